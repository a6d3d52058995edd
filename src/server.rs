//! The composition root: the one place where everything meets.
//!
//! [`start`] reads what must be known before the first answer, binds, and returns the addresses;
//! tests start the very same function on port 0.

mod canary;
mod gauges;
mod listen;
mod seal;
mod signals;
mod witness;

use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::ServerHandle;
use actix_web::web::Data;
use prometheus::Registry;
use tokio::task::JoinHandle;

use crate::audit::{self, Lanes, Patience, SealMetrics, Sealing};
use crate::auth::{SetupError, TokenDesk, Verifier};
use crate::clock::Clock;
use crate::config::{Config, Seal};
use crate::domain::entry::{Decision, Entry, Operation};
use crate::domain::fault::FromText;
use crate::domain::policy::Code;
use crate::feed::{self, Follower};
use crate::http::{self, Admission, App, Connections, Readiness};
use crate::keys::{Kek, Keys};
use crate::policy::Policy;
use crate::register::{self, Nodes, Register};
use crate::service::administration::Administration;
use crate::service::{
    Auditors, Citizens, Log, Office, RegisterFeed, Sessions, TransparencyLog, record,
};
use crate::store::{self, Database, Role, migrate};
use crate::telemetry::Traces;
use crate::telemetry::traces::TraceError;

use listen::{METRICS, REQUESTS, Secured, listen, metrics_server, warn_of_plain_text};

pub use listen::{TlsError, listen_with};
pub use seal::{RunningSealer, settings as seal_settings};
pub use witness::{RunningWitness, WitnessListeners, WitnessStartError, start_witness};

/// How long decisions may be taken on a policy that was not confirmed: the second within which a
/// suspension must be in force, counted from the beginning of the last poll that succeeded.
const POLICY_BOUND: Duration = Duration::from_secs(1);

/// Connections for writes of the policy, and as many for those of the register.
const WRITERS: usize = 4;

/// Connections by which the register is read for whoever asks on no worker that reads itself, and for what is
/// renewed.
const READERS: usize = 1;
const RENEWERS: usize = 1;

/// Connections for auditors: for single entries and their proofs, for pages, and for numbers, which
/// may take long.
const AUDITORS: usize = 2;
const SEARCHES: usize = 4;
const COUNTS: usize = 2;

/// Connections for whoever looks at the transparency log. They are apart from the auditors', for
/// anybody may keep them busy.
const ONLOOKERS: usize = 4;

/// Connections for the sessions of the console, of which each page needs one for one statement.
const SESSIONS: usize = 2;

/// Between two removals of sessions that have expired.
const SWEEP_INTERVAL: Duration = Duration::from_secs(300);

/// Between two looks at the partitions that will be needed.
const UPKEEP_INTERVAL: Duration = Duration::from_secs(3600);

/// What a caller of [`start`] decides besides the configuration.
#[derive(Clone, Debug, Default)]
pub struct Circumstances {
    /// The time.
    pub clock: Clock,
    /// The database is our own: keys and partitions are made by this process.
    pub embedded: bool,
    /// Lanes open on a server that does not flush. For tests only.
    pub unsafe_for_tests: bool,
    /// What can be tried, in a demonstration.
    pub sandbox: Option<Arc<http::Sandbox>>,
}

/// Why the service did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The database, or its schema.
    #[error("the database cannot be used")]
    Store(#[from] store::Error),
    /// The keys of the log.
    #[error("the keys of the audit log cannot be used")]
    Keys(#[from] crate::keys::Error),
    /// The partitions of the log.
    #[error("the partitions of the audit log cannot be kept")]
    Maintain(#[from] audit::MaintainError),
    /// The lanes of the log.
    #[error("the audit log cannot be written")]
    Lanes(#[from] audit::OpenError),
    /// Issuers and their keys.
    #[error("tokens cannot be verified")]
    Auth(#[from] SetupError),
    /// The bootstrap client's name.
    #[error("`auth.bootstrap_client` is no identifier")]
    BootstrapName,
    /// The bootstrap client.
    #[error("the bootstrap client cannot be created")]
    Bootstrap(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The canary.
    #[error("the canary cannot be asked about: {0}")]
    Canary(&'static str),
    /// The metrics.
    #[error("the metrics cannot be registered")]
    Metrics(#[from] prometheus::Error),
    /// The traces.
    #[error("requests cannot be traced")]
    Traces(#[from] TraceError),
    /// The log's name.
    #[error("`audit.log_origin` names no log: it has neither spaces nor a plus sign")]
    LogOrigin,
    /// A witness's key.
    #[error("a key of `audit.witnesses` is no cosigner's verifier key")]
    WitnessKey,
    /// The TLS of a listener.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// An address.
    #[error("cannot listen on {address}")]
    Bind {
        /// Which.
        address: SocketAddr,
        /// Why.
        #[source]
        source: std::io::Error,
    },
}

/// A running service.
#[derive(Debug)]
pub struct Running {
    /// Where requests are taken.
    pub address: SocketAddr,
    /// Where metrics are shown.
    pub metrics_address: SocketAddr,
    readiness: Readiness,
    drain: Duration,
    servers: Vec<ServerHandle>,
    serving: Vec<JoinHandle<std::io::Result<()>>>,
    background: Vec<JoinHandle<()>>,
    lanes: Arc<Lanes>,
    sealing: Option<Sealing>,
    traces: Option<Traces>,
}

/// Starts the service over a migrated database.
pub async fn start(
    config: &Config,
    database: &Database,
    circumstances: Circumstances,
) -> Result<Running, StartError> {
    let Circumstances {
        clock,
        embedded,
        unsafe_for_tests,
        sandbox,
    } = circumstances.clone();
    keep_pages_small();
    let canary = canary::configured(&config.canary)?;
    let registry = Registry::new();
    let http_config = &config.http;
    let secured = Secured::open::<StartError>(
        &http_config.tls,
        &http_config.metrics_tls,
        &clock,
        &registry,
    )?;
    warn_of_plain_text(REQUESTS, http_config.listen, &http_config.tls);
    warn_of_plain_text(
        METRICS,
        http_config.metrics_listen,
        &http_config.metrics_tls,
    );
    gauges::process(&registry)?;
    let traces = Traces::start(&config.telemetry, &registry)?;
    let pools = store::PoolMetrics::register(&registry)?;
    let writers = pools.watch("writers", database.store(Role::Service, WRITERS));
    let changes = pools.watch("changes", database.store(Role::Feed, WRITERS));
    let followed = pools.watch("feed", database.reader(Role::Service, 1));
    let nodes = {
        let (database, pools) = (database.clone(), pools.clone());
        move |readers| {
            let primary = pools.watch("register", database.reader(Role::Service, readers));
            let replica = database.register_reader(readers);
            Nodes::new(
                primary,
                replica.map(|store| pools.watch("register_replica", store)),
            )
        }
    };
    let followed_replica = database.register_reader(1);
    let followed_replica = followed_replica.map(|store| pools.watch("feed_replica", store));
    let first_issuer = config
        .auth
        .issuers
        .first()
        .map_or("", |issuer| &issuer.issuer);
    let policy = Arc::new(Policy::new(first_issuer, POLICY_BOUND));
    let verifier = Verifier::new(&config.auth, config.http.listen)?;
    verifier.register_metrics(&registry)?;

    // Whatever only reads begins at once, each on a thread that is free. What fails first is said in the
    // order of these lines, so that an old schema is called an old schema.
    let tables = task({
        let writers = writers.clone();
        async move { writers.reference().await }
    });
    let polled = task({
        let (policy, followed, clock) = (Arc::clone(&policy), followed.clone(), clock.clone());
        async move { policy.poll(&followed, &clock).await }
    });
    let opened = async {
        migrate::check(database).await?;
        open_log(
            config,
            database,
            &clock,
            embedded,
            unsafe_for_tests,
            &registry,
        )
        .await
    };
    let (opened, loaded) = tokio::join!(opened, verifier.load(clock.now()));
    let (lanes, keys) = opened?;
    let lanes = Arc::new(lanes);
    let log = Log::new(Arc::clone(&lanes));
    let reference = Arc::new(tables.end().await?);
    polled.end().await?;
    loaded?;
    let administration = Arc::new(Administration::new(
        writers.clone(),
        Arc::clone(&policy),
        clock.clone(),
    ));
    bootstrap(config, &administration, &log).await?;

    let seal_metrics = SealMetrics::register(&registry)?;
    let sealing = match config.audit.seal {
        Seal::Here => {
            let metrics = seal_metrics.clone();
            Some(seal::sealing(config, database, &circumstances, metrics)?)
        }
        Seal::Elsewhere => None,
    };
    // Each worker reads itself, if there are readers for all of them.
    let of_each_worker = config.readers_of_each_worker();
    let readers = if of_each_worker == 0 {
        config.register.readers
    } else {
        READERS
    };
    let register = Register::new(
        nodes(readers + RENEWERS),
        reference,
        clock.clone(),
        config.register.cache_bytes,
        readers,
        register::Metrics::register(&registry)?,
    );
    let mut follower = Follower::new(
        followed,
        Arc::clone(&register),
        Arc::clone(&policy),
        clock.clone(),
        feed::Metrics::register(&registry)?,
    )
    .with_replica(followed_replica);
    follower.poll().await?;
    gauges::ages(&registry, &clock, &policy, &register)?;

    let limit = Duration::from_secs(config.audit.search_timeout_s.into());
    let entries = audit::Log::new(
        pools.watch("entries", database.reader(Role::Audit, AUDITORS)),
        pools.watch("searches", database.searcher(SEARCHES, limit)),
        pools.watch("counts", database.searcher(COUNTS, limit)),
    );
    let onlookers = pools.watch("onlookers", database.reader(Role::Audit, ONLOOKERS));
    let published = audit::Published::new(onlookers);
    let sessions = pools.watch("sessions", database.reader(Role::Service, SESSIONS));
    let sessions = Sessions::new(sessions, log.clone());
    let readiness = Readiness::default();
    let metrics = http::Metrics::register(&registry)?;
    let connections = Connections::new(&config.http.limits, &metrics);
    let app = App {
        citizens: Citizens::new(
            Arc::clone(&policy),
            Arc::clone(&register),
            log.clone(),
            Arc::clone(&keys),
            config.http.limits.handler_deadline(),
        ),
        auditors: Auditors::new(
            entries,
            Arc::clone(&policy),
            Arc::clone(&keys),
            pools.watch("numbers", database.reader(Role::Service, AUDITORS)),
            log.clone(),
            clock.clone(),
        ),
        feed: RegisterFeed::new(changes, log.clone()),
        office: Office::new(administration, log.clone()),
        transparency: TransparencyLog::new(published),
        sessions: sessions.clone(),
        console: Arc::new(config.console.clone()),
        search_timeout_s: config.audit.search_timeout_s,
        log,
        policy,
        clock: clock.clone(),
        admission: Admission::new(&config.http.limits, &metrics),
        metrics,
        traces: traces.clone(),
        limits: config.http.limits,
        description: Arc::new(http::Description::of(config.http.limits)),
        protected_resource: Arc::new(http::ProtectedResource::of(
            config.http.public_url.as_ref(),
            &config.auth,
        )),
        sandbox,
        trusted_proxies: config.http.trusted_proxies.clone().into(),
        readiness: readiness.clone(),
    };
    let mut background = vec![
        tokio::spawn(audit::watch(
            Some(Arc::clone(&lanes)),
            pools.watch("gate", database.reader(Role::Service, 1)),
            seal::grace(config),
            seal_metrics,
        )),
        tokio::spawn(follower.run()),
        tokio::spawn(verifier.clone().keep_fresh(clock.clone())),
        tokio::spawn(sweep(sessions, clock.clone())),
    ];
    if let Some(canary) = canary {
        let (citizens, policy) = (app.citizens.clone(), Arc::clone(&app.policy));
        let watched = canary::watch(canary, citizens, policy, clock.clone(), &registry)?;
        background.push(tokio::spawn(watched));
    }
    if config.audit.searchable {
        let metrics = audit::search::SearchMetrics::register(&registry)?;
        let store = pools.watch("search", database.follower());
        let follower = audit::search::follow(store, metrics);
        background.push(tokio::spawn(follower));
        let evaluator = audit::signals::Evaluator::new(
            pools.watch("signals", database.follower()),
            pools.watch("kin", database.store(Role::Service, 1)),
            keys,
            signals::rules(&config.signals),
            config.signals.ocsf_file.clone(),
            audit::signals::SignalMetrics::register(&registry)?,
        );
        background.push(tokio::spawn(audit::signals::evaluate(evaluator)));
    }
    background.extend(secured.keep_fresh());
    if embedded {
        let upkeep = upkeep(database.clone(), config.clone(), clock);
        background.push(tokio::spawn(upkeep));
    }
    let own = move || (of_each_worker > 0).then(|| (nodes(of_each_worker), of_each_worker));
    let app = move || app.of_worker(own());
    let bound = match serve(config, &secured, app, connections, verifier, registry) {
        Ok(bound) => bound,
        Err(error) => {
            background.drain(..).for_each(|task| task.abort());
            lanes.close().await;
            if let Some(sealing) = sealing {
                sealing.stop().await;
            }
            return Err(error);
        }
    };
    readiness.begin();
    let Bound {
        address,
        metrics_address,
        servers,
        serving,
    } = bound;
    Ok(Running {
        address,
        metrics_address,
        readiness,
        drain: config.http.drain(),
        servers,
        serving,
        background,
        lanes,
        sealing,
        traces,
    })
}

impl Running {
    /// Takes no more requests, finishes those in flight, and closes the log with nothing
    /// unacknowledged.
    ///
    /// At first each answer is the last of its connection, and nothing else changes: actix, told to
    /// stop, closes a connection on which no handler runs, whether or not a request has just come over it.
    pub async fn stop(self) {
        self.readiness.end();
        #[expect(
            clippy::disallowed_methods,
            reason = "nothing announces that nobody will ask any more"
        )]
        tokio::time::sleep(self.drain).await;
        for server in &self.servers {
            server.stop(true).await;
        }
        self.end().await;
    }

    /// Waits until the servers end by themselves, which they do only when something breaks.
    pub async fn ended(&mut self) {
        if let Some(serving) = self.serving.first_mut() {
            let _ended = serving.await;
        }
    }

    async fn end(self) {
        for task in &self.background {
            task.abort();
        }
        self.lanes.close().await;
        // Last, so that the lanes' ends are sealed too.
        if let Some(sealing) = self.sealing {
            sealing.stop().await;
        }
        if let Some(traces) = self.traces {
            traces.stop().await;
        }
    }
}

/// Keeps the kernel from joining this process's pages to huge ones. It does so some minutes after the allocator
/// has returned parts of them, which takes all of those again: memory would grow, and nothing holds it.
fn keep_pages_small() {
    if let Err(error) = rustix::thread::disable_transparent_huge_pages(true) {
        let error: &dyn std::error::Error = &error;
        tracing::debug!(error, "the kernel may make pages huge");
    }
}

/// Something that is done meanwhile; no more once nobody waits for it.
struct Task<T>(JoinHandle<Result<T, store::Error>>);

fn task<T: Send + 'static>(
    work: impl Future<Output = Result<T, store::Error>> + Send + 'static,
) -> Task<T> {
    Task(tokio::spawn(work))
}

impl<T> Task<T> {
    async fn end(mut self) -> Result<T, store::Error> {
        match (&mut self.0).await {
            Ok(done) => done,
            Err(failed) => std::panic::resume_unwind(failed.into_panic()),
        }
    }
}

impl<T> Drop for Task<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn open_log(
    config: &Config,
    database: &Database,
    clock: &Clock,
    embedded: bool,
    unsafe_for_tests: bool,
    registry: &Registry,
) -> Result<(Lanes, Arc<Keys>), StartError> {
    let kek = Kek::load(&config.kek_file(), embedded)?;
    let keys = Arc::new(Keys::new(kek, database.store(Role::Service, 1)));
    if embedded {
        keep_partitions(config, database, clock, Patience::NONE).await?;
    }
    let metrics = audit::Metrics::default();
    metrics.register(registry)?;
    let lanes = audit::Config {
        lanes: config.audit.lanes,
        queue: config.audit.queue,
        require_standby: config.audit.require_standby,
        unsafe_for_tests,
        ..audit::Config::default()
    };
    let lanes = Lanes::open(
        database.clone(),
        Arc::clone(&keys),
        clock.clone(),
        lanes,
        metrics,
    )
    .await?;
    Ok((lanes, keys))
}

/// Creates the bootstrap client, unless it ever was.
async fn bootstrap(
    config: &Config,
    administration: &Administration,
    log: &Log,
) -> Result<(), StartError> {
    let Some(name) = &config.auth.bootstrap_client else {
        return Ok(());
    };
    let client_id = Code::from_text(name).map_err(|_| StartError::BootstrapName)?;
    loop {
        let begun = administration.begin_bootstrap(&client_id).await;
        let Some(pending) = begun.map_err(|error| StartError::Bootstrap(error.into()))? else {
            return Ok(());
        };
        let entry = Entry::new(Operation::CliBootstrap, Decision::Done);
        record(log, &entry, &pending)
            .await
            .map_err(|error| StartError::Bootstrap(error.into()))?;
        let committed = administration.commit(pending).await;
        committed.map_err(|error| StartError::Bootstrap(error.into()))?;
    }
}

/// Sees to it, with a database of our own, that the next days' partitions are there in time. (The
/// keys are followed by the lanes.)
async fn upkeep(database: Database, config: Config, clock: Clock) {
    let mut ticks = tokio::time::interval(UPKEEP_INTERVAL);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    // The first tick is at once, and start-up has just done all this.
    ticks.tick().await;
    loop {
        ticks.tick().await;
        let kept = keep_partitions(&config, &database, &clock, Patience::NIGHTLY);
        if let Err(error) = kept.await {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "partitions were not kept"
            );
        }
    }
}

/// Keeps them once, and says which days should have gone and are there.
async fn keep_partitions(
    config: &Config,
    database: &Database,
    clock: &Clock,
    patience: Patience,
) -> Result<(), audit::MaintainError> {
    let (ahead, retention) = (config.audit.ahead_days, config.audit.retention_days);
    let kept = audit::maintain_patiently(database, clock, ahead, retention, patience).await?;
    if !kept.is_whole() {
        tracing::warn!(
            read = ?kept.busy,
            unsealed = ?kept.unsealed,
            "days whose retention is over are still in the log: somebody reads it, or they are not sealed"
        );
    }
    Ok(())
}

/// Removes, for as long as it is polled, sessions of the console that have expired.
async fn sweep(sessions: Sessions, clock: Clock) {
    let mut ticks = tokio::time::interval(SWEEP_INTERVAL);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        if let Err(error) = sessions.sweep(clock.now()).await {
            let error: &dyn std::error::Error = &error;
            tracing::warn!(error, "expired sessions of the console were not removed");
        }
    }
}

struct Bound {
    address: SocketAddr,
    metrics_address: SocketAddr,
    servers: Vec<ServerHandle>,
    serving: Vec<JoinHandle<std::io::Result<()>>>,
}

fn serve(
    config: &Config,
    secured: &Secured,
    app: impl Fn() -> App + Clone + Send + 'static,
    connections: Connections,
    verifier: Verifier,
    registry: Registry,
) -> Result<Bound, StartError> {
    let bind = |address| move |source| StartError::Bind { address, source };
    let (requests, at) = (secured.requests.as_ref(), config.http.listen);
    let (main, address) = listen(&config.http, requests, connections, move |service| {
        service
            .app_data(Data::new(app()))
            .app_data(Rc::new(TokenDesk::new(verifier.clone())))
            .configure(http::configure);
    })
    .map_err(bind(at))?;
    let at = config.http.metrics_listen;
    let (metrics, metrics_address) =
        metrics_server(at, secured.metrics.as_ref(), registry).map_err(bind(at))?;
    let servers = vec![main.handle(), metrics.handle()];
    let serving = vec![tokio::spawn(main), tokio::spawn(metrics)];
    Ok(Bound {
        address,
        metrics_address,
        servers,
        serving,
    })
}
