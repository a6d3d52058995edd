//! Where the database is, as whom we speak to it, and the pool of connections.

use std::str::FromStr;
use std::time::Duration;

use deadpool_postgres::{
    Manager, ManagerConfig, Object, Pool, PoolError, RecyclingMethod, Runtime, TimeoutType,
};
use prometheus::IntCounter;
use tokio_postgres::NoTls;

use super::Error;

/// How long a query waits for a connection before the answer is 503.
const POOL_WAIT: Duration = Duration::from_millis(250);
/// How long one attempt to connect may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
/// How long the kernel waits for an acknowledgement before a dead peer is noticed.
const TCP_USER_TIMEOUT: Duration = Duration::from_secs(3);

/// How long a statement may take that a caller or the feed waits for. The server ends it then, which
/// frees the connection: whoever waited longer would have been answered 503 already.
const READ_LIMIT_MS: u32 = 500;

/// A role of the cluster (`sql/roles.sql`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Owns the schema and migrates it.
    Owner,
    /// Answers requests; may insert audit entries and never change them.
    Service,
    /// Reads the audit log for auditors; may change nothing.
    Audit,
    /// Makes and drops partitions.
    Maintain,
    /// Seals the log: reads entries' bytes, writes the plan, tiles and heads.
    Seal,
    /// Makes published entries searchable: reads their bytes, writes what is searched.
    Search,
}

/// The `postgres://` addresses of a database: the service's, and every role's that has one of its
/// own.
#[derive(Clone, Copy, Debug, Default)]
pub struct Urls<'a> {
    /// The service's, and every role's that has none.
    pub service: &'a str,
    /// Whoever owns the schema.
    pub owner: Option<&'a str>,
    /// Whoever reads the log.
    pub audit: Option<&'a str>,
    /// Whoever keeps partitions.
    pub maintain: Option<&'a str>,
    /// Whoever seals.
    pub seal: Option<&'a str>,
    /// Whoever makes entries searchable.
    pub search: Option<&'a str>,
}

/// A database, and how each role speaks to it.
#[derive(Clone, Debug)]
pub struct Database {
    owner: tokio_postgres::Config,
    service: tokio_postgres::Config,
    audit: tokio_postgres::Config,
    maintain: tokio_postgres::Config,
    seal: tokio_postgres::Config,
    search: tokio_postgres::Config,
}

impl Database {
    /// A database by its addresses.
    pub fn from_urls(urls: Urls<'_>) -> Result<Self, Error> {
        let parse = |role: Option<&str>| {
            tokio_postgres::Config::from_str(role.unwrap_or(urls.service)).map_err(|source| {
                Error::Unavailable {
                    statement: "database.url",
                    source: Box::new(source),
                }
            })
        };
        Ok(Self {
            owner: parse(urls.owner)?,
            service: parse(None)?,
            audit: parse(urls.audit)?,
            maintain: parse(urls.maintain)?,
            seal: parse(urls.seal)?,
            search: parse(urls.search)?,
        })
    }

    /// A database of a cluster that trusts its private socket: each role is a user of its own.
    pub fn from_socket(directory: &std::path::Path, port: u16, name: &str) -> Self {
        let user = |user: &str| {
            let mut config = tokio_postgres::Config::new();
            config
                .host_path(directory)
                .port(port)
                .dbname(name)
                .user(user);
            config
        };
        Self {
            owner: user("postgres"),
            service: user("dancu_service"),
            audit: user("dancu_audit"),
            maintain: user("dancu_maintain"),
            seal: user("dancu_seal"),
            search: user("dancu_search"),
        }
    }

    /// The connection settings for that role.
    pub(crate) fn config(&self, role: Role) -> tokio_postgres::Config {
        let mut config = match role {
            Role::Owner => self.owner.clone(),
            Role::Service => self.service.clone(),
            Role::Audit => self.audit.clone(),
            Role::Maintain => self.maintain.clone(),
            Role::Seal => self.seal.clone(),
            Role::Search => self.search.clone(),
        };
        config
            .application_name("dancu")
            .connect_timeout(CONNECT_TIMEOUT)
            .tcp_user_timeout(TCP_USER_TIMEOUT);
        config
    }

    /// A pool of at most `size` such connections, opened as they are needed.
    fn pool(config: tokio_postgres::Config, size: usize) -> Pool {
        let manager = Manager::from_config(
            config,
            NoTls,
            ManagerConfig {
                recycling_method: RecyclingMethod::Fast,
            },
        );
        Pool::builder(manager)
            .max_size(size)
            .wait_timeout(Some(POOL_WAIT))
            .create_timeout(Some(CONNECT_TIMEOUT))
            .recycle_timeout(Some(POOL_WAIT))
            .runtime(Runtime::Tokio1)
            .build()
            .expect("a runtime was given, which is all that can miss")
    }

    /// One connection of that role, outside any pool.
    pub async fn connect(&self, role: Role) -> Result<Object, Error> {
        Self::pool(self.config(role), 1)
            .get()
            .await
            .map_err(|source| Error::Unavailable {
                statement: "connect",
                source: Box::new(source),
            })
    }

    /// A store that speaks as that role over at most `size` connections.
    pub fn store(&self, role: Role, size: usize) -> Store {
        Store {
            pool: Self::pool(self.config(role), size),
            timeouts: None,
        }
    }

    /// The same for short reads that somebody waits for: each statement has a limit.
    pub fn reader(&self, role: Role, size: usize) -> Store {
        let limit = format!("-c statement_timeout={READ_LIMIT_MS}");
        self.with_options(role, size, limit)
    }

    /// The same for questions about the whole log, each statement of which may take that long.
    ///
    /// They are planned for the values at hand: only then are the paths that are not asked for, and
    /// the months that cannot hold anything, left out before they cost something, and long lists
    /// hashed. Compiling a plan would take longer than most of them; counting people takes memory.
    pub fn searcher(&self, size: usize, limit: Duration) -> Store {
        let options = format!(
            "-c statement_timeout={} -c plan_cache_mode=force_custom_plan -c jit=off -c work_mem=64MB",
            limit.as_millis()
        );
        self.with_options(Role::Audit, size, options)
    }

    fn with_options(&self, role: Role, size: usize, options: String) -> Store {
        let mut config = self.config(role);
        let options = match config.get_options() {
            Some(given) => format!("{given} {options}"),
            None => options,
        };
        config.options(&options);
        Store {
            pool: Self::pool(config, size),
            timeouts: None,
        }
    }
}

/// The database as the rest of the program sees it: one method a question, in one file a table.
#[derive(Clone, Debug)]
pub struct Store {
    pub(super) pool: Pool,
    /// Counts waits in vain, where the pool is watched.
    pub(super) timeouts: Option<IntCounter>,
}

impl Store {
    /// Opens a connection before somebody waits for one.
    pub async fn connect(&self) -> Result<(), Error> {
        self.client("connect").await.map(drop)
    }

    /// A connection for `statement`, waited for no longer than the pool's limit.
    pub(crate) async fn client(&self, statement: &'static str) -> Result<Object, Error> {
        self.pool.get().await.map_err(|source| {
            if let (Some(timeouts), PoolError::Timeout(TimeoutType::Wait)) =
                (&self.timeouts, &source)
            {
                timeouts.inc();
            }
            Error::Unavailable {
                statement,
                source: Box::new(source),
            }
        })
    }
}
