//! Sealing and searching, begun and ended while the service answers: for what they cost, and how far
//! behind sealing is.

use std::path::Path;

use dancu::audit::search::{SearchMetrics, follow};
use dancu::config::{Config, Seal};
use dancu::server::{Circumstances, RunningSealer};
use dancu::store::{Database, Role};
use prometheus::Registry;
use tokio::task::JoinHandle;
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

/// Who makes published entries searchable, if anybody does.
pub struct Searching {
    database: Database,
    running: Option<JoinHandle<()>>,
}

impl Searching {
    /// Nobody yet.
    pub fn new(database: &Database) -> Self {
        Self {
            database: database.clone(),
            running: None,
        }
    }

    /// Begins, with whatever was left; or ends.
    pub fn turn(&mut self, on: bool) -> Result<(), Failure> {
        match (on, self.running.take()) {
            (true, None) => {
                let metrics = SearchMetrics::register(&Registry::new())?;
                let following = follow(self.database.store(Role::Search, 1), metrics);
                self.running = Some(tokio::spawn(following));
            }
            (true, running) => self.running = running,
            (false, running) => {
                if let Some(running) = running {
                    running.abort();
                }
            }
        }
        Ok(())
    }
}
