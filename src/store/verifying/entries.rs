//! Entries, lane by lane in the order of their numbers.

use jiff::Timestamp;
use jiff::civil::Date;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use super::super::blocks::{OF_LANE, Span};
use super::super::{Error, Statement, statement};
use super::Snapshot;
use crate::domain::entry::AuditId;

const COUNT: Statement = statement!("block/count_by_lane");
const MISCOUNTED: Statement = statement!("block/miscounted");
const STRAYS: Statement = statement!("block/strays");
const ATTACHMENTS: Statement = statement!("attachment/page");

/// Blocks of a lane's end that are read at once.
const NEXT_BLOCKS: i64 = 64;

/// An entry of a block as it lies there: nothing in it is to be believed.
#[derive(Clone, Debug)]
pub(crate) struct StoredEntry {
    /// Its number, as the block has it.
    pub seq: i64,
    /// Its time, as the block has it.
    pub at: Timestamp,
    /// The canonical bytes.
    pub entry: Vec<u8>,
}

impl StoredEntry {
    /// The id it ends with, if it is long enough for one.
    pub(crate) fn audit_id(&self) -> Option<Uuid> {
        let id = self.entry.last_chunk::<16>()?;
        Some(Uuid::from_bytes(*id))
    }

    /// When it was recorded, as its id says.
    pub(crate) fn recorded_at(&self) -> Option<Timestamp> {
        let id = AuditId::from_uuid(self.audit_id()?)?;
        Some(id.at())
    }
}

/// An entry that lies where its lane has none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stray {
    /// The id it ends with, if it is long enough for one.
    pub audit_id: Option<Uuid>,
    /// When its block says it was recorded.
    pub at: Timestamp,
    /// Its number.
    pub seq: i64,
    /// Whether it lies in another day's partition.
    pub elsewhere: bool,
}

/// The entries that the blocks of a lane say to hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct EntryCount {
    /// The lane.
    pub lane: i64,
    /// How many they are.
    pub count: i64,
    /// Whether a block says a number that none may have.
    pub miscounted: bool,
}

/// A block that says to hold another number of entries than a block may.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct MiscountedBlock {
    /// The number of the first one.
    pub first_seq: i64,
    /// When it says they were recorded.
    pub at: Timestamp,
    /// How many it says they are.
    pub count: i32,
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
    /// So many numbers of a lane from `from_seq` on: the entries that are there, in their order.
    pub(crate) async fn entries(
        &self,
        lane: i64,
        day: Option<Date>,
        from_seq: i64,
        count: i64,
    ) -> Result<Vec<StoredEntry>, Error> {
        let (entries, _) = self.span(&Span::new(lane, day, from_seq, count)).await?;
        Ok(entries)
    }

    /// The next entries of a lane, from `from_seq` on and whatever lies between, and whether these are
    /// the last ones.
    pub(crate) async fn next_entries(
        &self,
        lane: i64,
        day: Date,
        from_seq: i64,
    ) -> Result<(Vec<StoredEntry>, bool), Error> {
        let span = Span {
            blocks: Some(NEXT_BLOCKS),
            ..Span::new(lane, Some(day), from_seq, i64::MAX)
        };
        let (entries, blocks) = self.span(&span).await?;
        Ok((entries, (blocks as i64) < NEXT_BLOCKS))
    }

    async fn span(&self, span: &Span) -> Result<(Vec<StoredEntry>, usize), Error> {
        let block = |row: Row| {
            let entries = span.entries(&row)?;
            let stored = entries.iter().map(|placed| StoredEntry {
                seq: placed.seq,
                at: placed.at,
                entry: placed.entry.to_vec(),
            });
            Ok(stored.collect::<Vec<_>>())
        };
        let blocks = self.read(&OF_LANE, &span.params(), block).await?;
        let count = blocks.len();
        let mut entries = blocks.concat();
        // Blocks may overlap, where somebody put one there.
        entries.sort_by_key(|entry| entry.seq);
        Ok((entries, count))
    }

    /// How many entries each lane has, wherever they lie.
    pub(crate) async fn entry_counts(&self) -> Result<Vec<EntryCount>, Error> {
        let count = |row: Row| {
            Ok(EntryCount {
                lane: row.get("lane_id"),
                count: row.get("count"),
                miscounted: row.get("miscounted"),
            })
        };
        self.read(&COUNT, &[], count).await
    }

    /// Blocks of a lane that say to hold another number of entries than a block may.
    pub(crate) async fn miscounted(
        &self,
        lane: i64,
        limit: i64,
    ) -> Result<Vec<MiscountedBlock>, Error> {
        let block = |row: Row| {
            Ok(MiscountedBlock {
                first_seq: row.get("first_seq"),
                at: row.get("at"),
                count: row.get("count"),
            })
        };
        self.read(&MISCOUNTED, &[&lane, &limit], block).await
    }

    /// Entries of a lane outside of its day and of the numbers below `end_seq`, or within `gaps`, of which
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
