//! What a verifier reads: the whole log, as it was at one moment.
//!
//! One connection of the auditors' role in one read-only transaction, so that a service that goes on
//! writing cannot make two statements contradict each other. Every read is bounded: by a page, a
//! block of tiles, or a chunk of one lane. Not here: what to make of it, which is
//! [`audit`](crate::audit)'s.

mod entries;
mod lanes;
mod log;

use std::pin::pin;

use deadpool_postgres::Object;
use futures_util::TryStreamExt as _;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use super::{Database, Error, Role, Statement};

pub(crate) use entries::{EntryCount, StoredAttachment, StoredEntry};
pub(crate) use lanes::RegisteredLane;
pub(crate) use log::SignedHead;

/// One snapshot for everything. Plans are made for the values at hand, because only then are the
/// partitions of other days left out; nothing that waits for the verifier's own work may time out.
const BEGIN: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; \
    SET LOCAL plan_cache_mode = 'force_custom_plan'; SET LOCAL jit = 'off'; \
    SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0; \
    SET LOCAL enable_partitionwise_aggregate = 'on'";

/// The log at one moment. It ends when it is dropped.
#[derive(Debug)]
pub(crate) struct Snapshot {
    client: Object,
}

impl Snapshot {
    /// Takes it.
    pub(crate) async fn take(database: &Database) -> Result<Self, Error> {
        let client = database.connect(Role::Audit).await?;
        let begun = client.batch_execute(BEGIN).await;
        begun.map_err(|source| Error::from_postgres("verify/begin", source))?;
        Ok(Self { client })
    }

    /// The rows of a statement, each turned into what `read` makes of it as it arrives.
    async fn read<T>(
        &self,
        statement: &Statement,
        params: &[&(dyn ToSql + Sync)],
        mut read: impl FnMut(Row) -> Result<T, Error>,
    ) -> Result<Vec<T>, Error> {
        let named = |source| Error::from_postgres(statement.name, source);
        let prepared = self
            .client
            .prepare_cached(statement.sql)
            .await
            .map_err(named)?;
        let rows = self.client.query_raw(&prepared, params.iter().copied());
        let mut rows = pin!(rows.await.map_err(named)?);
        let mut all = Vec::new();
        while let Some(row) = rows.try_next().await.map_err(named)? {
            all.push(read(row)?);
        }
        Ok(all)
    }
}
