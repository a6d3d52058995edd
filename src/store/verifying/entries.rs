//! Entries, lane by lane in the order of their numbers, with every column beside them.

use jiff::Timestamp;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use super::super::{Error, Statement, statement};
use super::Snapshot;

const OF_LANE: Statement = statement!("entry/of_lane");
const COUNT: Statement = statement!("entry/count_by_lane");
const STRAYS: Statement = statement!("entry/strays");
const ATTACHMENTS: Statement = statement!("attachment/page");

/// A row of `audit.entry` as it lies there: nothing in it is to be believed.
#[derive(Debug)]
pub(crate) struct StoredEntry {
    row: Row,
    seq: i64,
}

// In the order of the statement: a verifier reads millions, so columns go by their number here.
const SEQ: usize = 0;
const AT: usize = 1;
const AUDIT_ID: usize = 2;
const AGENCY_CODE: usize = 3;
const CLIENT_ID: usize = 4;
const PROCEDURE_CODE: usize = 5;
const OPERATION: usize = 6;
const DECISION: usize = 7;
const SUBJECT_TAG: usize = 8;
const OFFICER_TAG: usize = 9;
const CASE_TAG: usize = 10;
const ENTRY: usize = 11;

impl StoredEntry {
    /// The column `seq`.
    pub(crate) fn seq(&self) -> i64 {
        self.seq
    }

    /// The column `at`.
    pub(crate) fn at(&self) -> Timestamp {
        self.row.get(AT)
    }

    /// The column `audit_id`.
    pub(crate) fn audit_id(&self) -> Uuid {
        self.row.get(AUDIT_ID)
    }

    /// The column `agency_code`.
    pub(crate) fn agency_code(&self) -> Option<&str> {
        self.row.get(AGENCY_CODE)
    }

    /// The column `client_id`.
    pub(crate) fn client_id(&self) -> Option<&str> {
        self.row.get(CLIENT_ID)
    }

    /// The column `procedure_code`.
    pub(crate) fn procedure_code(&self) -> Option<&str> {
        self.row.get(PROCEDURE_CODE)
    }

    /// The column `operation`.
    pub(crate) fn operation(&self) -> Option<&str> {
        self.row.get(OPERATION)
    }

    /// The column `decision`.
    pub(crate) fn decision(&self) -> Option<&str> {
        self.row.get(DECISION)
    }

    /// The column `subject_tag`.
    pub(crate) fn subject_tag(&self) -> Option<&[u8]> {
        self.row.get(SUBJECT_TAG)
    }

    /// The column `officer_tag`.
    pub(crate) fn officer_tag(&self) -> Option<&[u8]> {
        self.row.get(OFFICER_TAG)
    }

    /// The column `case_tag`.
    pub(crate) fn case_tag(&self) -> Option<&[u8]> {
        self.row.get(CASE_TAG)
    }

    /// The canonical bytes.
    pub(crate) fn entry(&self) -> &[u8] {
        self.row.get(ENTRY)
    }
}

/// Which entries of a lane are wanted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Chunk {
    /// The lane.
    pub lane: i64,
    /// From this number on.
    pub from_seq: i64,
    /// Recorded at this time or later.
    pub from: Timestamp,
    /// Recorded before this time.
    pub to: Timestamp,
    /// This many at most.
    pub limit: i64,
}

/// A row that lies where its lane has none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stray {
    /// Its column `audit_id`.
    pub audit_id: Uuid,
    /// Its column `at`.
    pub at: Timestamp,
    /// Its column `seq`.
    pub seq: i64,
    /// Whether it lies in another day's partition.
    pub elsewhere: bool,
}

/// A row of `audit.attachment`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StoredAttachment {
    /// The lane of its entry.
    pub lane: i64,
    /// The number of its entry.
    pub seq: i64,
    /// The time of its entry.
    pub at: Timestamp,
    /// The sealed bytes.
    pub sealed: Vec<u8>,
}

impl Snapshot {
    /// Entries of a lane, by their numbers.
    pub(crate) async fn entries(&self, chunk: &Chunk) -> Result<Vec<StoredEntry>, Error> {
        let params: [&(dyn ToSql + Sync); 5] = [
            &chunk.lane,
            &chunk.from_seq,
            &chunk.from,
            &chunk.to,
            &chunk.limit,
        ];
        let entry = |row: Row| {
            let seq = row.get(SEQ);
            Ok(StoredEntry { row, seq })
        };
        self.read(&OF_LANE, &params, entry).await
    }

    /// How many rows each lane has, wherever they lie.
    pub(crate) async fn entry_counts(&self) -> Result<Vec<(i64, i64)>, Error> {
        let count = |row: Row| Ok((row.get("lane_id"), row.get("count")));
        self.read(&COUNT, &[], count).await
    }

    /// Rows of a lane outside of its day and of the numbers below `end_seq`, or within `gaps`, of which
    /// both ends are included.
    pub(crate) async fn strays(
        &self,
        lane: i64,
        end_seq: i64,
        (from, to): (Timestamp, Timestamp),
        gaps: &[(i64, i64)],
        limit: i64,
    ) -> Result<Vec<Stray>, Error> {
        let (first, last): (Vec<i64>, Vec<i64>) = gaps.iter().copied().unzip();
        let params: [&(dyn ToSql + Sync); 7] = [&lane, &end_seq, &from, &to, &limit, &first, &last];
        let stray = |row: Row| {
            Ok(Stray {
                audit_id: row.get("audit_id"),
                at: row.get("at"),
                seq: row.get("seq"),
                elsewhere: row.get("elsewhere"),
            })
        };
        self.read(&STRAYS, &params, stray).await
    }

    /// What is sealed beside entries behind that lane and number, at most `limit`.
    pub(crate) async fn attachments(
        &self,
        (lane, seq): (i64, i64),
        limit: i64,
    ) -> Result<Vec<StoredAttachment>, Error> {
        let attachment = |row: Row| {
            Ok(StoredAttachment {
                lane: row.get("lane_id"),
                seq: row.get("seq"),
                at: row.get("at"),
                sealed: row.get("sealed"),
            })
        };
        self.read(&ATTACHMENTS, &[&lane, &seq, &limit], attachment)
            .await
    }
}
