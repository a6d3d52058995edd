//! Where the database is, as whom we speak to it, and the pool of connections.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use deadpool_postgres::{
    Manager, ManagerConfig, Object, Pool, PoolError, RecyclingMethod, Runtime, TimeoutType,
};
use prometheus::IntCounter;

use super::Error;
use super::endpoint::{Connector, Endpoint, Url};
use crate::tls::{self, ClientFiles};

/// How long a query waits for a connection before the answer is 503.
const POOL_WAIT: Duration = Duration::from_millis(250);
/// How long one attempt to connect may take.
pub(super) const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
/// How long the kernel waits for an acknowledgement before a dead peer is noticed.
pub(super) const TCP_USER_TIMEOUT: Duration = Duration::from_secs(3);

/// A server whose machine is gone says nothing, not even that. So it is asked whether it is there after so long a
/// silence, so often, and given up after so many questions without an answer.
pub(super) const KEEPALIVES_IDLE: Duration = Duration::from_secs(5);
pub(super) const KEEPALIVES_INTERVAL: Duration = Duration::from_secs(2);
pub(super) const KEEPALIVES_RETRIES: u32 = 3;

/// How long a read is waited for that answers rest on. The server ends its statements long before, unless it
/// hangs or is gone; what comes later is of no use to who waits, or too old to decide by.
pub(super) const ANSWER_LIMIT: Duration = Duration::from_secs(2);

/// How long a statement may take that a caller or the feed waits for. The server ends it then, which
/// frees the connection: whoever waited longer would have been answered 503 already.
const READ_LIMIT_MS: u32 = 500;

/// What follows the log does so behind a lock that every other process would take. Whoever has it is held to these,
/// so that one that hangs, or whose machine is gone, loses it.
const FOLLOWER: &str = "-c idle_in_transaction_session_timeout=30s -c statement_timeout=60s \
    -c tcp_keepalives_idle=5 -c tcp_keepalives_interval=2 -c tcp_keepalives_count=3 \
    -c tcp_user_timeout=10s";

/// A role of the cluster (`sql/roles.sql`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Owns the schema and migrates it.
    Owner,
    /// Answers requests; may insert audit entries and never change them.
    Service,
    /// Writes the register: its feed, imports and generated populations.
    Feed,
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
/// own; and the files their TLS rests on.
#[derive(Clone, Copy, Debug)]
pub struct Urls<'a> {
    /// The service's, and every role's that has none.
    pub service: Url<'a>,
    /// Whoever owns the schema.
    pub owner: Option<Url<'a>>,
    /// Whoever writes the register.
    pub feed: Option<Url<'a>>,
    /// Whoever reads the log.
    pub audit: Option<Url<'a>>,
    /// Whoever keeps partitions.
    pub maintain: Option<Url<'a>>,
    /// Whoever seals.
    pub seal: Option<Url<'a>>,
    /// Whoever makes entries searchable.
    pub search: Option<Url<'a>>,
    /// Whoever reads the register, on a node of its own.
    pub register: Option<Url<'a>>,
    /// Authorities that sign servers' certificates, in PEM form; the system's where this is absent.
    pub authorities: Option<&'a Path>,
    /// A certificate to show to the server, and its key.
    pub certificate: Option<(&'a Path, &'a Path)>,
}

impl<'a> Urls<'a> {
    /// One address for all roles.
    pub fn of(service: Url<'a>) -> Self {
        Self {
            service,
            owner: None,
            feed: None,
            audit: None,
            maintain: None,
            seal: None,
            search: None,
            register: None,
            authorities: None,
            certificate: None,
        }
    }
}

/// A database, and how each role speaks to it.
#[derive(Clone, Debug)]
pub struct Database {
    owner: Arc<Endpoint>,
    service: Arc<Endpoint>,
    feed: Arc<Endpoint>,
    audit: Arc<Endpoint>,
    maintain: Arc<Endpoint>,
    seal: Arc<Endpoint>,
    search: Arc<Endpoint>,
    register: Option<Arc<Endpoint>>,
}

impl Database {
    /// A database by its addresses. Files are read, and nothing is connected to.
    pub fn from_urls(urls: Urls<'_>) -> Result<Self, Error> {
        type Cause = Box<dyn std::error::Error + Send + Sync>;
        let unusable =
            |statement: &'static str, source: Cause| Error::Unavailable { statement, source };
        let tls = tls::Client::open(ClientFiles {
            authorities: urls.authorities,
            pair: urls.certificate,
        });
        let tls = tls.map_err(|error| unusable("TLS to the database", error.into()))?;
        let tls = Arc::new(tls);
        let open = |key, url: Option<Url<'_>>| {
            let endpoint = Endpoint::open(url.unwrap_or(urls.service), &tls);
            let endpoint = endpoint.map_err(|error| unusable(key, error.into()));
            endpoint.map(Arc::new)
        };
        Ok(Self {
            service: open("database.url", None)?,
            owner: open("database.owner_url", urls.owner)?,
            feed: open("database.feed_url", urls.feed)?,
            audit: open("database.audit_url", urls.audit)?,
            maintain: open("database.maintain_url", urls.maintain)?,
            seal: open("database.seal_url", urls.seal)?,
            search: open("database.search_url", urls.search)?,
            register: match urls.register {
                Some(url) => Some(open("database.register_url", Some(url))?),
                None => None,
            },
        })
    }

    /// A database of a cluster that trusts its private socket: each role is a user of its own.
    pub fn from_socket(directory: &Path, port: u16, name: &str) -> Self {
        let tls = tls::Client::open(ClientFiles::default());
        let tls = Arc::new(tls.expect("no file is read"));
        let user = |user: &str| {
            let mut config = tokio_postgres::Config::new();
            config
                .host_path(directory)
                .port(port)
                .dbname(name)
                .user(user);
            Arc::new(Endpoint::plain(config, &tls))
        };
        Self {
            owner: user("postgres"),
            service: user("dancu_service"),
            feed: user("dancu_feed"),
            audit: user("dancu_audit"),
            maintain: user("dancu_maintain"),
            seal: user("dancu_seal"),
            search: user("dancu_search"),
            register: None,
        }
    }

    /// Where that role's connections go.
    pub(super) fn endpoint(&self, role: Role) -> &Arc<Endpoint> {
        match role {
            Role::Owner => &self.owner,
            Role::Service => &self.service,
            Role::Feed => &self.feed,
            Role::Audit => &self.audit,
            Role::Maintain => &self.maintain,
            Role::Seal => &self.seal,
            Role::Search => &self.search,
        }
    }

    /// A pool of at most `size` connections there, opened as they are needed, each with these
    /// settings.
    fn pool(endpoint: &Arc<Endpoint>, options: Option<String>, size: usize) -> Pool {
        let connector = Connector {
            endpoint: Arc::clone(endpoint),
            options,
        };
        // The connector knows where to; the pool's own settings are not used.
        let manager = Manager::from_connect(
            tokio_postgres::Config::new(),
            connector,
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
        Self::pool(self.endpoint(role), None, 1)
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
            pool: Self::pool(self.endpoint(role), None, size),
            timeouts: None,
        }
    }

    /// The same for short reads that somebody waits for: each statement has a limit.
    pub fn reader(&self, role: Role, size: usize) -> Store {
        let limit = format!("-c statement_timeout={READ_LIMIT_MS}");
        Self::with_options(self.endpoint(role), size, limit)
    }

    /// The same for reads of the register on the node that is named for them; none where that is the
    /// primary.
    pub fn register_reader(&self, size: usize) -> Option<Store> {
        let limit = format!("-c statement_timeout={READ_LIMIT_MS}");
        Some(Self::with_options(self.register.as_ref()?, size, limit))
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
        Self::with_options(self.endpoint(Role::Audit), size, options)
    }

    /// The same for one that follows the log, a step after another.
    pub fn follower(&self) -> Store {
        Self::with_options(self.endpoint(Role::Search), 1, FOLLOWER.into())
    }

    fn with_options(endpoint: &Arc<Endpoint>, size: usize, options: String) -> Store {
        Store {
            pool: Self::pool(endpoint, Some(options), size),
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

    /// What is read of this store, for no longer than it is of use. The connections that nobody uses then are
    /// closed, and that of the read is among them: it would be lent again, to somebody who waits in vain too.
    pub(crate) async fn in_time<T>(
        &self,
        statement: &'static str,
        read: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        let done = tokio::time::timeout(ANSWER_LIMIT, read).await;
        done.unwrap_or_else(|late| {
            drop(self.pool.retain(|_, _| false));
            Err(Error::Unavailable {
                statement,
                source: Box::new(late),
            })
        })
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
