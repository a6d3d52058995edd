//! The lease: one process seals, and another takes over when its connection or its sign of life is
//! gone. The fence is a row, not an advisory lock, so it is checked in the transaction it protects.

use std::time::Duration;

use deadpool_postgres::{Object, Transaction};

use super::super::{Database, Error, Role, Statement, execute, query_opt, statement};
use super::{signed, unsigned};

const ACQUIRE: Statement = statement!("sealer/acquire");
const RELEASE: Statement = statement!("sealer/release");
const TOUCH: Statement = statement!("sealer/touch");
const CAUGHT_UP: Statement = statement!("sealer/caught_up");
const SECOND_PLACE: Statement = statement!("sealer/second_place");
const KEEP_SECOND_PLACE: Statement = statement!("sealer/keep_second_place");

/// A round's commits must be as durable as entries are, whatever the cluster's default is. Nothing a
/// sealer waits for may hold it for ever.
const SESSION: &str = "SET synchronous_commit = 'on'; SET lock_timeout = '2s'; \
    SET statement_timeout = '60s'; SET idle_in_transaction_session_timeout = '30s'; \
    SET default_transaction_isolation = 'read committed'";

/// Why the holder could not go on.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LeaseError {
    /// Another process holds the lease now.
    #[error("another process seals")]
    Lost,
    /// The database.
    #[error("the transparency log's tables could not be used")]
    Store(#[from] Error),
}

/// The lease, for as long as nobody else has it.
#[derive(Debug)]
pub(crate) struct Lease {
    pub(super) client: Object,
    pub(super) fence: i64,
}

/// Where the log stands when a lease begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Standing {
    /// The epoch that grows.
    pub epoch: u32,
    /// How many leaves of it are planned.
    pub planned: u64,
}

/// A transaction of the holder.
pub(crate) struct Held<'a> {
    pub(super) transaction: Transaction<'a>,
}

impl Lease {
    /// Takes the lease, if its holder is gone: its connection closed, or no sign of life for
    /// `expiry`. None while another process has it.
    pub(crate) async fn acquire(
        database: &Database,
        process: &str,
        expiry: Duration,
    ) -> Result<Option<(Self, Standing)>, Error> {
        let client = database.connect(Role::Seal).await?;
        let failed = |source| Error::from_postgres("sealer/session", source);
        client.batch_execute(SESSION).await.map_err(failed)?;
        let params: [&(dyn tokio_postgres::types::ToSql + Sync); 2] =
            [&process, &expiry.as_secs_f64()];
        let Some(row) = query_opt(&client, &ACQUIRE, &params).await? else {
            return Ok(None);
        };
        let standing = Standing {
            epoch: row.get::<_, i32>("epoch").cast_unsigned(),
            planned: unsigned(row.get("planned")),
        };
        let fence = row.get("fence");
        Ok(Some((Self { client, fence }, standing)))
    }

    /// Gives the lease back, so that another process need not find out.
    pub(crate) async fn release(self) -> Result<(), Error> {
        // None where it was lost already, which is as good.
        let _at_most_one = execute(&self.client, &RELEASE, &[&self.fence]).await?;
        Ok(())
    }

    /// Says that the holder lives, where a step takes long.
    pub(crate) async fn touch(&self) -> Result<(), LeaseError> {
        match execute(&self.client, &TOUCH, &[&self.fence]).await? {
            1 => Ok(()),
            _ => Err(LeaseError::Lost),
        }
    }

    /// Which second place the log has; none before it was sealed.
    pub(crate) async fn second_place(&self) -> Result<Option<String>, Error> {
        let row = query_opt(&self.client, &SECOND_PLACE, &[]).await?;
        Ok(row.and_then(|row| row.get("second_place")))
    }

    /// Keeps which second place the log has from now on.
    pub(crate) async fn keep_second_place(&self, id: &str) -> Result<(), LeaseError> {
        match execute(&self.client, &KEEP_SECOND_PLACE, &[&self.fence, &id]).await? {
            1 => Ok(()),
            _ => Err(LeaseError::Lost),
        }
    }

    /// Ends a round: shows the head of that size, if there is a new one, and says that everything
    /// committed at `through` is sealed, if it is. What is lost of this in a crash is done again, so
    /// it need not be flushed.
    pub(crate) async fn conclude(
        &mut self,
        published: Option<(u32, u64)>,
        through: Option<jiff::Timestamp>,
    ) -> Result<(), LeaseError> {
        let fence = self.fence;
        let held = self.begin().await?;
        let lazily = held
            .transaction
            .batch_execute("SET LOCAL synchronous_commit = 'off'");
        lazily
            .await
            .map_err(|source| Error::from_postgres("sealer/conclude", source))?;
        if let Some((epoch, size)) = published {
            held.publish(epoch, size).await?;
        }
        if let Some(through) = through {
            let changed = execute(&held.transaction, &CAUGHT_UP, &[&fence, &through]).await?;
            if changed != 1 {
                return Err(LeaseError::Lost);
            }
        }
        held.commit().await
    }

    /// Begins a transaction in which the lease's row is locked: it is this process's until the end.
    pub(crate) async fn begin(&mut self) -> Result<Held<'_>, LeaseError> {
        let failed = |source| Error::from_postgres("sealer/begin", source);
        let transaction = self.client.transaction().await.map_err(failed)?;
        match execute(&transaction, &TOUCH, &[&self.fence]).await? {
            1 => Ok(Held { transaction }),
            _ => Err(LeaseError::Lost),
        }
    }

    /// The same, which also moves the plan of `epoch` from `from` to `to` leaves.
    pub(super) async fn begin_plan(
        &mut self,
        epoch: u32,
        from: u64,
        to: u64,
    ) -> Result<Held<'_>, LeaseError> {
        const PLAN: Statement = statement!("sealer/plan");
        let failed = |source| Error::from_postgres("sealer/begin", source);
        let fence = self.fence;
        let transaction = self.client.transaction().await.map_err(failed)?;
        let params: [&(dyn tokio_postgres::types::ToSql + Sync); 4] =
            [&fence, &epoch.cast_signed(), &signed(from), &signed(to)];
        match execute(&transaction, &PLAN, &params).await? {
            1 => Ok(Held { transaction }),
            _ => Err(LeaseError::Lost),
        }
    }
}

impl Held<'_> {
    /// Commits.
    pub(crate) async fn commit(self) -> Result<(), LeaseError> {
        let committed = self.transaction.commit().await;
        Ok(committed.map_err(|source| Error::from_postgres("sealer/commit", source))?)
    }
}
