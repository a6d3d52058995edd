//! How far sealing is, as everybody but the sealer sees it.

use super::super::{Error, Statement, Store, query_opt, statement};
use super::unsigned;

const STATE: Statement = statement!("sealer/state");

/// How far sealing is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Progress {
    /// The epoch that grows.
    pub epoch: u32,
    /// How many leaves of it are planned.
    pub planned: u64,
    /// Whether there are entries that are not planned.
    pub unsealed: bool,
    /// Seconds since everything there was had been sealed.
    pub behind_seconds: f64,
    /// Seconds since the newest head was published; none before the first.
    pub checkpoint_age_seconds: Option<f64>,
    /// Lanes that gave no sign of life for a minute and have no end.
    pub lanes_without_end: i64,
}

impl Store {
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
            unsealed: row.get("unsealed"),
            behind_seconds: row.get("behind_seconds"),
            checkpoint_age_seconds: row.get("checkpoint_age_seconds"),
            lanes_without_end: row.get("lanes_without_end"),
        })
    }
}
