//! The partitions of `audit.block`, one a day, through the functions of the schema's owner.

use jiff::civil::Date;
use tokio_postgres::error::SqlState;

use super::{Error, Statement, Store, query, query_opt, statement};

const LIST: Statement = statement!("partition/list");
const CREATE: Statement = statement!("partition/create");
const DETACH: Statement = statement!("partition/detach");
const DROP: Statement = statement!("partition/drop");
const MINIMUM_DAYS: Statement = statement!("partition/minimum_days");

/// A day's partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Partition {
    /// The day in Vietnam.
    pub day: Date,
    /// Whether it is part of the log still.
    pub attached: bool,
}

/// What became of taking a day out of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Detached {
    /// It is out.
    Done,
    /// Somebody reads the log.
    Busy,
    /// Not all its entries are leaves of the transparency log.
    Unsealed,
}

impl Store {
    /// All partitions, oldest first, those taken out of the log included.
    pub(crate) async fn partitions(&self) -> Result<Vec<Partition>, Error> {
        let client = self.client(LIST.name).await?;
        let rows = query(&client, &LIST, &[]).await?;
        let partition = |row: &tokio_postgres::Row| Partition {
            day: row.get("day"),
            attached: row.get("attached"),
        };
        Ok(rows.iter().map(partition).collect())
    }

    /// Makes the partition of that day; says whether it was missing.
    pub(crate) async fn create_partition(&self, day: Date) -> Result<bool, Error> {
        let client = self.client(CREATE.name).await?;
        let row = query_opt(&client, &CREATE, &[&day]).await?;
        row.map(|row| row.get("made")).ok_or(Error::Corrupt {
            statement: CREATE.name,
            what: "a function gave no row",
        })
    }

    /// Takes the partition of that day out of the log, unless something stands in the way.
    pub(crate) async fn detach_partition(&self, day: Date) -> Result<Detached, Error> {
        let client = self.client(DETACH.name).await?;
        match query_opt(&client, &DETACH, &[&day]).await {
            Ok(_) => Ok(Detached::Done),
            Err(error) if error.is_lock_timeout() => Ok(Detached::Busy),
            Err(Error::Statement { source, .. })
                if *source.code() == SqlState::OBJECT_NOT_IN_PREREQUISITE_STATE =>
            {
                Ok(Detached::Unsealed)
            }
            Err(error) => Err(error),
        }
    }

    /// Drops the partition of that day, which must have been taken out.
    pub(crate) async fn drop_partition(&self, day: Date) -> Result<(), Error> {
        let client = self.client(DROP.name).await?;
        query_opt(&client, &DROP, &[&day]).await.map(|_| ())
    }

    /// How many days the schema keeps entries whatever the configuration says.
    pub(crate) async fn minimum_days(&self) -> Result<i32, Error> {
        let client = self.client(MINIMUM_DAYS.name).await?;
        let row = query_opt(&client, &MINIMUM_DAYS, &[]).await?;
        row.map(|row| row.get("minimum_days"))
            .ok_or(Error::Corrupt {
                statement: MINIMUM_DAYS.name,
                what: "the one row of the retention is gone",
            })
    }
}
