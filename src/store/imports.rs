//! `register.import`: how far each file was read, so that an import that was stopped goes on.

use deadpool_postgres::Transaction;

use super::{Error, Statement, Store, execute, query_opt, statement};
use crate::domain::change::Outcome;

const FIND: Statement = statement!("imports/find");
const RECORD: Statement = statement!("imports/record");

/// SHA-256 of a file.
pub type Digest = [u8; 32];

/// How far a file was read, and what came of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ImportState {
    /// Where the first line begins that was not read, in bytes.
    pub byte_offset: u64,
    /// Lines read.
    pub line: u64,
    /// Lines that changed a record.
    pub applied: u64,
    /// Lines as old as the record or older.
    pub ignored: u64,
    /// Lines that were not taken.
    pub rejected: u64,
    /// Whether the end was reached.
    pub is_finished: bool,
}

/// A step in the reading of a file, written with the part it belongs to.
#[derive(Clone, Copy, Debug)]
pub struct Mark {
    /// The file.
    pub digest: Digest,
    /// Where this part begins.
    pub begins_at: u64,
    /// The state after it, but for what the part itself applies and ignores.
    pub state: ImportState,
}

impl ImportState {
    /// This state, with what became of a part counted.
    #[must_use]
    pub fn with(mut self, outcomes: &[Outcome]) -> Self {
        for outcome in outcomes {
            match outcome {
                Outcome::Applied => self.applied += 1,
                Outcome::Ignored(_) => self.ignored += 1,
            }
        }
        self
    }
}

impl Store {
    /// How far that file was read, if it ever was.
    pub async fn find_import(&self, digest: &Digest) -> Result<Option<ImportState>, Error> {
        let client = self.client(FIND.name).await?;
        let row = query_opt(&client, &FIND, &[&digest.as_slice()]).await?;
        Ok(row.map(|row| {
            let count = |name| row.get::<_, i64>(name).unsigned_abs();
            ImportState {
                byte_offset: count("byte_offset"),
                line: count("line"),
                applied: count("applied"),
                ignored: count("ignored"),
                rejected: count("rejected"),
                is_finished: row.get("is_finished"),
            }
        }))
    }
}

/// Writes how far the file is read. False: another process has read on meanwhile.
pub(super) async fn record(
    transaction: &Transaction<'_>,
    mark: &Mark,
    outcomes: &[Outcome],
) -> Result<bool, Error> {
    let state = mark.state.with(outcomes);
    let rows = execute(
        transaction,
        &RECORD,
        &[
            &mark.digest.as_slice(),
            &state.byte_offset.cast_signed(),
            &state.line.cast_signed(),
            &state.applied.cast_signed(),
            &state.ignored.cast_signed(),
            &state.rejected.cast_signed(),
            &state.is_finished,
            &mark.begins_at.cast_signed(),
        ],
    )
    .await?;
    Ok(rows == 1)
}
