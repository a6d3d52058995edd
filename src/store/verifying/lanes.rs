//! The registered lanes, and the partitions their entries lie in.

use jiff::Timestamp;
use jiff::civil::Date;
use tokio_postgres::Row;

use super::super::{Error, Statement, statement};
use super::Snapshot;

const PAGE: Statement = statement!("lane/page");
const PARTITIONS: Statement = statement!("partition/list");
const MINIMUM_DAYS: Statement = statement!("partition/minimum_days");

/// A row of `audit.lane`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RegisteredLane {
    /// The lane.
    pub lane: i64,
    /// The day its entries lie in.
    pub day: Date,
    /// When it was registered.
    pub opened_at: Timestamp,
    /// The last number it knew to be durable; -1 before the first.
    pub acknowledged: i64,
    /// Whether it says that it ended.
    pub closed: bool,
}

impl Snapshot {
    /// Registered lanes with a higher number than `after`, at most `limit`, by their numbers.
    pub(crate) async fn lanes(&self, after: i64, limit: i64) -> Result<Vec<RegisteredLane>, Error> {
        let lane = |row: Row| {
            Ok(RegisteredLane {
                lane: row.get("lane_id"),
                day: row.get("day"),
                opened_at: row.get("opened_at"),
                acknowledged: row.get("acknowledged"),
                closed: row.get("closed"),
            })
        };
        self.read(&PAGE, &[&after, &limit], lane).await
    }

    /// The days that have a partition in the log.
    pub(crate) async fn attached_days(&self) -> Result<Vec<Date>, Error> {
        let day = |row: Row| Ok((row.get("day"), row.get("attached")));
        let days: Vec<(Date, bool)> = self.read(&PARTITIONS, &[], day).await?;
        let attached = days.into_iter().filter(|&(_, attached)| attached);
        Ok(attached.map(|(day, _)| day).collect())
    }

    /// How many days the schema keeps entries whatever the configuration says.
    pub(crate) async fn minimum_days(&self) -> Result<i32, Error> {
        let days = |row: Row| Ok(row.get("minimum_days"));
        let rows = self.read(&MINIMUM_DAYS, &[], days).await?;
        rows.first().copied().ok_or(Error::Corrupt {
            statement: MINIMUM_DAYS.name,
            what: "the one row of the retention is gone",
        })
    }
}
