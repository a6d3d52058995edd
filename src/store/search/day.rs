//! A client's day as it can be searched at one moment, to be compared with its agency's journal.

use std::pin::pin;

use deadpool_postgres::{GenericClient, Object};
use futures_util::TryStreamExt as _;
use jiff::Timestamp;
use jiff::civil::Date;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use crate::domain::entry::AuditId;
use crate::store::{Database, Error, Role, Statement, query, query_opt, statement};

const DAY: Statement = statement!("search/day");
const OF_CLIENT: Statement = statement!("search/of_client");
const WHOSE: Statement = statement!("entry/whose");
const IS_EXPIRED: Statement = statement!("entry/is_expired");

/// One snapshot for everything, so that a day that is dropped meanwhile is there or is not.
const BEGIN: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; \
    SET LOCAL plan_cache_mode = 'force_custom_plan'; SET LOCAL jit = 'off'; \
    SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0";

/// What keeps a day from being compared; all of it is nothing once it can be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Outstanding {
    /// The day has not ended in Vietnam.
    pub is_not_over: bool,
    /// Lanes of the day that may still write.
    pub open_lanes: u64,
    /// Lanes with entries that are no leaves yet.
    pub unsealed_lanes: u64,
    /// Lanes with leaves that are not searchable yet.
    pub unsearched_lanes: u64,
}

/// Whose entry it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Whose {
    pub audit_id: Uuid,
    pub client_id: Option<String>,
    pub at: Timestamp,
}

/// What can be searched at one moment. It ends when it is dropped.
#[derive(Debug)]
pub(crate) struct SearchSnapshot {
    client: Object,
}

impl Outstanding {
    /// Whether the day can be compared.
    pub(super) fn is_nothing(self) -> bool {
        self == Self::default()
    }
}

/// What of a day is not searchable.
pub(super) async fn outstanding(
    client: &impl GenericClient,
    day: Date,
) -> Result<Outstanding, Error> {
    let row = query_opt(client, &DAY, &[&day]).await?;
    let row = row.ok_or(Error::Corrupt {
        statement: DAY.name,
        what: "the one row of the progress is gone",
    })?;
    let count = |column| row.get::<_, i64>(column).cast_unsigned();
    Ok(Outstanding {
        is_not_over: !row.get::<_, bool>("is_over"),
        open_lanes: count("open_lanes"),
        unsealed_lanes: count("unsealed_lanes"),
        unsearched_lanes: count("unsearched_lanes"),
    })
}

/// Whether entries were written on that day and have been dropped since.
pub(super) async fn is_expired(client: &impl GenericClient, day: Date) -> Result<bool, Error> {
    let row = query_opt(client, &IS_EXPIRED, &[&day]).await?;
    Ok(row.is_some_and(|row| row.get("expired")))
}

impl SearchSnapshot {
    /// Takes it, as the role that reads the log.
    pub(crate) async fn take(database: &Database) -> Result<Self, Error> {
        let client = database.connect(Role::Audit).await?;
        let begun = client.batch_execute(BEGIN).await;
        begun.map_err(|source| Error::from_postgres("search/snapshot", source))?;
        Ok(Self { client })
    }

    /// What of a day is not searchable.
    pub(crate) async fn outstanding(&self, day: Date) -> Result<Outstanding, Error> {
        outstanding(&self.client, day).await
    }

    /// Whether entries were written on that day and have been dropped since.
    pub(crate) async fn is_expired(&self, day: Date) -> Result<bool, Error> {
        is_expired(&self.client, day).await
    }

    /// Tells `each` the ids of a client's entries of a day in ascending order, as they arrive.
    pub(crate) async fn ids<E: From<Error>>(
        &self,
        client_id: &str,
        day: Date,
        mut each: impl FnMut(Uuid) -> Result<(), E>,
    ) -> Result<(), E> {
        let named = |source| Error::from_postgres(OF_CLIENT.name, source);
        let params: [&(dyn ToSql + Sync); 2] = [&client_id, &day];
        let rows = self.client.query_raw(OF_CLIENT.sql, params).await;
        let mut rows = pin!(rows.map_err(named)?);
        while let Some(row) = rows.try_next().await.map_err(named)? {
            each(row.get("audit_id"))?;
        }
        Ok(())
    }

    /// Whose entries these are, in no order; what is no entry is missing.
    pub(crate) async fn whose(&self, ids: &[AuditId]) -> Result<Vec<Whose>, Error> {
        let uuids: Vec<Uuid> = ids.iter().map(|id| *id.as_uuid()).collect();
        let times: Vec<Timestamp> = ids.iter().map(AuditId::at).collect();
        let rows = query(&self.client, &WHOSE, &[&uuids, &times]).await?;
        let whose = |row: &tokio_postgres::Row| Whose {
            audit_id: row.get("audit_id"),
            client_id: row.get("client_id"),
            at: row.get("at"),
        };
        Ok(rows.iter().map(whose).collect())
    }
}
