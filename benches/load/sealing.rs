//! Sealing, begun and ended while the service answers: for what it costs, and how far behind it is.

use std::path::Path;

use dancu::config::{Config, Seal};
use dancu::server::{Circumstances, RunningSealer};
use dancu::store::Database;
use tokio_postgres::Client;

use super::{Failure, machine};

/// How long ago everything there was had been sealed.
const LAG: &str = "SELECT extract(epoch FROM clock_timestamp() - sealed_through)::float8
    FROM audit.sealer";
/// A backlog is sealed once no more than this is left.
const CAUGHT_UP_SECONDS: f64 = 1.5;

/// Who seals, if anybody does.
pub struct Sealing {
    config: Config,
    database: Database,
    client: Client,
    running: Option<RunningSealer>,
}

impl Sealing {
    /// Begins to seal.
    pub async fn start(
        config: &Config,
        database: &Database,
        socket: &Path,
    ) -> Result<Self, Failure> {
        let mut config = config.clone();
        config.audit.seal = Seal::Here;
        let mut sealing = Self {
            config,
            database: database.clone(),
            client: machine::connect(socket).await?,
            running: None,
        };
        sealing.turn(true).await?;
        Ok(sealing)
    }

    /// Seals, from the moment at which nothing old is left to be sealed; or no more.
    pub async fn turn(&mut self, on: bool) -> Result<(), Failure> {
        if !on {
            if let Some(running) = self.running.take() {
                running.stop().await;
            }
            return Ok(());
        }
        if self.running.is_none() {
            let circumstances = Circumstances {
                embedded: true,
                ..Circumstances::default()
            };
            let started = RunningSealer::start(&self.config, &self.database, circumstances).await?;
            self.running = Some(started);
        }
        while self.lag().await? > CAUGHT_UP_SECONDS {
            tokio::task::yield_now().await;
        }
        Ok(())
    }

    /// How long ago everything there was had been sealed, in seconds.
    pub async fn lag(&self) -> Result<f64, Failure> {
        Ok(self.client.query_one(LAG, &[]).await?.get(0))
    }
}
