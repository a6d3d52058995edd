//! How far the log is searchable, for whoever watches it.

use jiff::Timestamp;

use super::Position;
use crate::store::{Error, Statement, Store, query_opt, statement};

const REACH: Statement = statement!("search/reach");

/// How far the log is searchable.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Reach {
    /// The first position that cannot be searched yet.
    pub end: Position,
    /// When the newest entry that can be was recorded; none before the first.
    pub newest_at: Option<Timestamp>,
    /// Seconds since leaves were published that cannot be searched yet; 0 where there are none.
    pub behind_seconds: f64,
}

impl Store {
    /// How far the log is searchable.
    pub(crate) async fn search_reach(&self) -> Result<Reach, Error> {
        let client = self.client(REACH.name).await?;
        let row = query_opt(&client, &REACH, &[]).await?;
        let row = row.ok_or(Error::Corrupt {
            statement: REACH.name,
            what: "the one row of the progress is gone",
        })?;
        Ok(Reach {
            end: Position::new(
                row.get::<_, i32>("epoch").cast_unsigned(),
                row.get::<_, i64>("next_index").cast_unsigned(),
            ),
            newest_at: row.get("newest_at"),
            behind_seconds: row.get("behind_seconds"),
        })
    }
}
