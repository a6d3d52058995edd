//! Days of the log that are dropped while it is written: each is made for that, older than the schema
//! keeps any, and dropped by what drops them in the product.

use std::path::Path;

use dancu::audit;
use dancu::clock::Clock;
use dancu::config::Config;
use dancu::store::Database;
use tokio_postgres::Client;

use super::{Failure, machine};

/// Makes a day's partition, so many days ago.
const MAKE: &str = "SELECT audit.create_partition(
    (clock_timestamp() AT TIME ZONE INTERVAL '7 hours')::date - $1::int4)";
/// The days that the schema keeps at least.
const RETENTION_DAYS: u16 = 365;
/// How long ago the first day is that is made.
const FIRST_DAYS_AGO: i32 = 400;

/// Who drops them.
pub struct Dropping {
    database: Database,
    client: Client,
    ahead_days: u16,
    days_ago: i32,
}

impl Dropping {
    /// Nothing yet.
    pub async fn new(config: &Config, database: &Database, socket: &Path) -> Result<Self, Failure> {
        Ok(Self {
            database: database.clone(),
            client: machine::connect(socket).await?,
            ahead_days: config.audit.ahead_days,
            days_ago: FIRST_DAYS_AGO,
        })
    }

    /// Makes another day, and drops all that are too old; says how many were.
    pub async fn drop_a_day(&mut self) -> Result<usize, Failure> {
        self.client.execute(MAKE, &[&self.days_ago]).await?;
        self.days_ago += 1;
        let (clock, retention) = (Clock::default(), Some(RETENTION_DAYS));
        let kept = audit::maintain(&self.database, &clock, self.ahead_days, retention).await?;
        Ok(kept.dropped.len())
    }
}
