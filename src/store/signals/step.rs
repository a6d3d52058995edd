//! One step along the searched log, and the lock it is made under.

use jiff::Timestamp;
use uuid::Uuid;

use crate::domain::entry::{AuditId, Tag};
use crate::store::open::{OpenTransaction, expect_one};
use crate::store::search::Position;
use crate::store::{Error, Statement, Store, execute, query, query_opt, statement};

const BEGIN: &str = "signals/begin";
const COMMIT: &str = "signals/commit";
const ROLLBACK: &str = "signals/rollback";
const LOCK_PROGRESS: Statement = statement!("signals/lock_progress");
const SEE_AGE: Statement = statement!("signals/see_age");
const MOVE_PROGRESS: Statement = statement!("signals/move_progress");
const ROWS: Statement = statement!("signals/rows");
const FIND_ALL: Statement = statement!("entry/find_all");

/// A step that may look at what lies between two places. Dropped, it leaves nothing behind.
#[derive(Debug)]
pub(crate) struct SignalStep {
    pub(super) open: OpenTransaction,
    /// The first place that was not looked at yet.
    pub next: Position,
    /// The first place that cannot be looked at yet.
    pub end: Position,
}

/// What is looked at of an entry.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Looking {
    pub position: Position,
    pub at: Timestamp,
    pub id: AuditId,
    pub agency_code: Option<String>,
    pub client_id: Option<String>,
    pub operation: String,
    pub decision: String,
    pub subject_tag: Option<Tag>,
    pub officer_tag: Option<Tag>,
    /// How long ago it was recorded.
    pub age_seconds: f64,
}

impl Store {
    /// Begins a step; none while another process is at one.
    pub(crate) async fn begin_signals(&self) -> Result<Option<SignalStep>, Error> {
        let open = self.open(BEGIN, "BEGIN").await?;
        let Some(row) = query_opt(open.client(), &LOCK_PROGRESS, &[]).await? else {
            open.end(ROLLBACK, "ROLLBACK").await?;
            return Ok(None);
        };
        let next = position(LOCK_PROGRESS.name, row.get("next_position"))?;
        let end = Position::new(
            row.get::<_, i32>("search_epoch").cast_unsigned(),
            row.get::<_, i64>("search_next").cast_unsigned(),
        );
        Ok(Some(SignalStep { open, next, end }))
    }
}

impl Store {
    /// How old the oldest searchable entry is that was not looked at, in seconds; none where all were.
    /// For whoever may not begin a step.
    pub(crate) async fn signals_age(&self) -> Result<Option<f64>, Error> {
        let client = self.client(SEE_AGE.name).await?;
        let row = query_opt(&client, &SEE_AGE, &[]).await?;
        Ok(row.map(|row| row.get("age_seconds")))
    }
}

impl SignalStep {
    /// The next entries there are, at most `limit`.
    pub(crate) async fn rows(&self, limit: i64) -> Result<Vec<Looking>, Error> {
        let (next, end) = (self.next.number(), self.end.number());
        let rows = query(self.open.client(), &ROWS, &[&next, &end, &limit]).await?;
        rows.iter()
            .map(|row| {
                let id: Uuid = row.get("audit_id");
                Ok(Looking {
                    position: position(ROWS.name, row.get("position"))?,
                    at: row.get("at"),
                    id: AuditId::from_uuid(id).ok_or(Error::Corrupt {
                        statement: ROWS.name,
                        what: "no id of an entry",
                    })?,
                    agency_code: row.get("agency_code"),
                    client_id: row.get("client_id"),
                    operation: row.get("operation"),
                    decision: row.get("decision"),
                    subject_tag: tag(row, "subject_tag"),
                    officer_tag: tag(row, "officer_tag"),
                    age_seconds: row.get("age_seconds"),
                })
            })
            .collect()
    }

    /// The canonical bytes of entries, in no order; those of dropped days are missing.
    pub(crate) async fn canonical(&self, ids: &[AuditId]) -> Result<Vec<(Uuid, Vec<u8>)>, Error> {
        let uuids: Vec<Uuid> = ids.iter().map(|id| *id.as_uuid()).collect();
        let times: Vec<Timestamp> = ids.iter().map(AuditId::at).collect();
        let rows = query(self.open.client(), &FIND_ALL, &[&uuids, &times]).await?;
        let entry = |row: &tokio_postgres::Row| (row.get("audit_id"), row.get("entry"));
        Ok(rows.iter().map(entry).collect())
    }

    /// Commits all that was done, and that everything before `next` was looked at.
    pub(crate) async fn finish(self, next: Position) -> Result<(), Error> {
        let moved = execute(self.open.client(), &MOVE_PROGRESS, &[&next.number()]).await?;
        expect_one(MOVE_PROGRESS.name, moved)?;
        self.keep().await
    }

    /// Commits all that was done.
    pub(crate) async fn keep(self) -> Result<(), Error> {
        self.open.end(COMMIT, "COMMIT").await
    }

    /// Ends it with nothing done.
    pub(crate) async fn give_up(self) -> Result<(), Error> {
        self.open.end(ROLLBACK, "ROLLBACK").await
    }
}

pub(super) fn position(statement: &'static str, number: i64) -> Result<Position, Error> {
    Position::from_number(number).ok_or(Error::Corrupt {
        statement,
        what: "no place in the log",
    })
}

pub(super) fn tag(row: &tokio_postgres::Row, column: &str) -> Option<Tag> {
    row.get::<_, Option<&[u8]>>(column)
        .and_then(|tag| tag.try_into().ok())
}
