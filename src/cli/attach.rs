//! The database a subcommand works on: one by its address, or an embedded one of our own, attached
//! to where a server runs already and started for the time of the command otherwise.

use std::sync::Arc;

use super::Failure;
use super::ending::Ending;
use crate::audit::{self, Lanes};
use crate::clock::Clock;
use crate::config::Config;
use crate::embedded::{Options, Postgres};
use crate::keys::{Kek, Keys};
use crate::service::Log;
use crate::store::{Database, Role, Urls, migrate};

/// A database, for the time of a command.
pub struct Attached {
    pub database: Database,
    postgres: Option<Postgres>,
}

/// Whose embedded server it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ownership {
    /// This process's alone: fails where another has it.
    Own,
    /// Whoever's it is.
    Share,
    /// Whoever's it is, and there already: an empty one would be made for nothing, and would show no fault
    /// of the one that was meant.
    Existing,
}

/// Does something with the database of the configuration. Whatever was started for it has ended
/// afterwards, also where the process is told to end meanwhile; the work itself says what of it
/// that stops.
pub async fn attached<T>(
    config: &Config,
    ownership: Ownership,
    work: impl AsyncFnOnce(&Attached, &mut Ending) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let mut ending = Ending::listen()?;
    let attached = ending
        .unless_told(Attached::open(config, ownership))
        .await?;
    let done = work(&attached, &mut ending).await;
    attached.close().await?;
    done
}

impl Attached {
    /// The database of the configuration. An embedded one is migrated.
    async fn open(config: &Config, ownership: Ownership) -> Result<Self, Failure> {
        let given = &config.database;
        if let Some(url) = &given.url {
            let database = Database::from_urls(Urls {
                service: url,
                owner: given.owner_url.as_deref(),
                audit: given.audit_url.as_deref(),
                maintain: given.maintain_url.as_deref(),
                seal: given.seal_url.as_deref(),
                search: given.search_url.as_deref(),
            })?;
            return Ok(Self {
                database,
                postgres: None,
            });
        }
        let (data_dir, options) = (&config.data_dir, Options::default());
        let postgres = match ownership {
            Ownership::Existing if !Postgres::is_made(data_dir) => {
                return Err(format!(
                    "there is no database in `{}`: name the directory of one (`data_dir`), or an address (`database.url`)",
                    data_dir.display()
                )
                .into());
            }
            Ownership::Own => Postgres::start(data_dir, options).await?,
            Ownership::Share | Ownership::Existing => {
                Postgres::attach_or_start(data_dir, options).await?
            }
        };
        let database = postgres.database();
        migrate::migrate(&database).await?;
        Ok(Self {
            database,
            postgres: Some(postgres),
        })
    }

    /// Whether the database is our own.
    pub fn is_embedded(&self) -> bool {
        self.postgres.is_some()
    }

    /// The keys of the log.
    pub fn keys(&self, config: &Config) -> Result<Arc<Keys>, Failure> {
        let kek = Kek::load(&config.kek_file(), self.is_embedded())?;
        Ok(Arc::new(Keys::new(
            kek,
            self.database.store(Role::Service, 1),
        )))
    }

    /// Sees to it that an embedded log has its partitions.
    pub async fn keep_partitions(&self, config: &Config) -> Result<(), Failure> {
        if self.is_embedded() {
            let (ahead, retention) = (config.audit.ahead_days, config.audit.retention_days);
            audit::maintain(&self.database, &Clock::default(), ahead, retention).await?;
        }
        Ok(())
    }

    /// A log for what this command changes.
    pub async fn log(&self, config: &Config) -> Result<OpenLog, Failure> {
        let clock = Clock::default();
        let keys = self.keys(config)?;
        self.keep_partitions(config).await?;
        let settings = audit::Config {
            lanes: 1,
            require_standby: config.audit.require_standby,
            ..audit::Config::default()
        };
        let metrics = audit::Metrics::default();
        let lanes = Lanes::open(self.database.clone(), keys, clock, settings, metrics).await?;
        let lanes = Arc::new(lanes);
        Ok(OpenLog {
            log: Log::new(Arc::clone(&lanes)),
            lanes,
        })
    }

    /// Ends what was started for this command.
    async fn close(self) -> Result<(), Failure> {
        if let Some(postgres) = self.postgres {
            postgres.stop().await?;
        }
        Ok(())
    }
}

/// A log while a command writes to it.
pub struct OpenLog {
    pub log: Log,
    lanes: Arc<Lanes>,
}

impl OpenLog {
    /// Closes it with nothing unacknowledged.
    pub async fn close(self) {
        self.lanes.close().await;
    }
}

/// The operating system's user behind this command, as the log names them.
pub fn system_user() -> String {
    format!("uid {}", rustix::process::getuid().as_raw())
}
