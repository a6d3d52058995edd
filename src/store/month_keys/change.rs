//! One change of the months' keys, as an open transaction that is committed once it is recorded.

use super::{KekId, WrappedKeys, number, wrapped};
use crate::domain::entry::Month;
use crate::store::open::{OpenTransaction, expect_one};
use crate::store::{Error, Statement, Store, execute, query, statement};

const ALL: Statement = statement!("month_key/all");
const ADD: Statement = statement!("month_key/add");
const REWRAP: Statement = statement!("month_key/rewrap");
const DESTROY: Statement = statement!("month_key/destroy");
const REPLACE_KEK: Statement = statement!("kek/replace");

/// Keeps offers and other changes out until the end; whoever only reads is not kept waiting. It
/// waits 5 s for its turn, and is ended by the server when its entry takes longer than 10 s.
const BEGIN: &str = "BEGIN; SET LOCAL lock_timeout = '5s'; \
    SET LOCAL idle_in_transaction_session_timeout = '10s'; \
    LOCK TABLE audit.month_key IN SHARE ROW EXCLUSIVE MODE";

/// An open change. Dropped, it leaves nothing behind.
#[derive(Debug)]
pub(crate) struct MonthKeyChange(OpenTransaction);

impl Store {
    /// Opens a change, after the one that is open. Only the owner of the schema may.
    pub(crate) async fn begin_month_key_change(&self) -> Result<MonthKeyChange, Error> {
        Ok(MonthKeyChange(self.open("month_key/begin", BEGIN).await?))
    }
}

impl MonthKeyChange {
    /// All wrapped keys, by month and generation.
    pub(crate) async fn all(&self) -> Result<Vec<WrappedKeys>, Error> {
        let rows = query(self.0.client(), &ALL, &[]).await?;
        rows.iter().map(|row| wrapped(&ALL, row)).collect()
    }

    /// Adds a generation, wrapped by the key in force.
    pub(crate) async fn add(&self, keys: &WrappedKeys) -> Result<(), Error> {
        expect_one(ADD.name, self.write(&ADD, keys).await?)
    }

    /// Puts a newly wrapped pair in the place of the same pair.
    pub(crate) async fn rewrap(&self, keys: &WrappedKeys) -> Result<(), Error> {
        expect_one(REWRAP.name, self.write(&REWRAP, keys).await?)
    }

    /// Puts another key-encryption key in force. Its rows follow within the same change, or its
    /// commit is refused.
    pub(crate) async fn replace_kek(&self, id: &KekId) -> Result<(), Error> {
        let deferred = "SET CONSTRAINTS audit.month_key_kek DEFERRED";
        self.0.batch("month_key/defer", deferred).await?;
        let replaced = execute(self.0.client(), &REPLACE_KEK, &[&id.as_slice()]).await?;
        expect_one(REPLACE_KEK.name, replaced)
    }

    /// Removes every generation of a month; how many there were.
    pub(crate) async fn destroy(&self, month: Month) -> Result<u64, Error> {
        execute(self.0.client(), &DESTROY, &[&number(month)]).await
    }

    /// Makes the change seen. [`Error::Unavailable`] leaves it unknown whether it is.
    pub(crate) async fn commit(self) -> Result<(), Error> {
        self.0.end("month_key/commit", "COMMIT").await
    }

    async fn write(&self, statement: &Statement, keys: &WrappedKeys) -> Result<u64, Error> {
        let generation = i32::try_from(keys.generation).map_err(|_| Error::Corrupt {
            statement: statement.name,
            what: "a month has more generations than can be",
        })?;
        let (month, id) = (number(keys.month), keys.kek_id.as_slice());
        execute(
            self.0.client(),
            statement,
            &[&month, &generation, &id, &keys.bytes],
        )
        .await
    }
}
