//! How far sealing is, as everybody but the sealer sees it.

use super::super::{Error, Statement, Store, query, query_opt, statement};
use super::unsigned;

const STATE: Statement = statement!("sealer/state");
const UNSEALED: Statement = statement!("lane/unsealed");

/// How far sealing is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Progress {
    /// The epoch that grows.
    pub epoch: u32,
    /// How many leaves of it are planned.
    pub planned: u64,
    /// Seconds since everything there was had been sealed.
    pub behind_seconds: f64,
    /// Seconds since the newest head was published; none before the first.
    pub checkpoint_age_seconds: Option<f64>,
    /// Lanes that gave no sign of life for a minute and have no end.
    pub lanes_without_end: i64,
}

/// A lane with entries that are under no published head.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Unsealed {
    /// The lane.
    pub lane: i64,
    /// The first number that is not sealed.
    pub first_seq: i64,
    /// The last number that is there, or is known to have been.
    pub last_seq: i64,
    /// Seconds since the first such entry was recorded, as it says; none where it is not there.
    pub age_seconds: Option<f64>,
}

impl Store {
    /// The lanes that have entries which are not sealed.
    pub(crate) async fn unsealed(&self) -> Result<Vec<Unsealed>, Error> {
        let client = self.client(UNSEALED.name).await?;
        let rows = query(&client, &UNSEALED, &[]).await?;
        let lane = |row: &tokio_postgres::Row| Unsealed {
            lane: row.get("lane_id"),
            first_seq: row.get("first_seq"),
            last_seq: row.get("last_seq"),
            age_seconds: row.get("age_seconds"),
        };
        Ok(rows.iter().map(lane).collect())
    }

    /// How far sealing is.
    pub(crate) async fn sealing_progress(&self) -> Result<Progress, Error> {
        let client = self.client(STATE.name).await?;
        let row = query_opt(&client, &STATE, &[]).await?;
        let row = row.ok_or(Error::Corrupt {
            statement: STATE.name,
            what: "the one row of the sealer is gone",
        })?;
        Ok(Progress {
            epoch: row.get::<_, i32>("epoch").cast_unsigned(),
            planned: unsigned(row.get("planned")),
            behind_seconds: row.get("behind_seconds"),
            checkpoint_age_seconds: row.get("checkpoint_age_seconds"),
            lanes_without_end: row.get("lanes_without_end"),
        })
    }
}
