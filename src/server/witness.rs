//! A witness's server: binds, and returns the addresses.

use std::net::SocketAddr;
use std::time::Duration;

use actix_web::dev::ServerHandle;
use actix_web::web::Data;
use actix_web::{App as Application, HttpServer};
use prometheus::Registry;
use tokio::task::JoinHandle;

use super::gauges;
use super::listen::{METRICS, REQUESTS, Secured, TlsError, metrics_server, warn_of_plain_text};
use crate::clock::Clock;
use crate::config::TlsConfig;
use crate::http::{self, WitnessApp};
use crate::witness::{Metrics, Setup, SetupError, Witness};

/// Connections at a time; a log needs one.
const MAX_CONNECTIONS: usize = 256;
/// Connections that wait to be accepted.
const BACKLOG: u32 = 64;
/// How long the head of a request may take to come.
const HEAD_DEADLINE: Duration = Duration::from_secs(5);
/// How long an idle connection is kept.
const KEEP_ALIVE: Duration = Duration::from_secs(75);
/// Threads that may wait for the disk.
const WRITERS: usize = 4;
/// How long requests in flight are waited for when the process ends.
const DRAIN_SECONDS: u64 = 10;

/// Why a witness did not start.
#[derive(Debug, thiserror::Error)]
pub enum WitnessStartError {
    /// Its key, its logs or its state.
    #[error("the witness cannot be set up")]
    Setup(#[from] SetupError),
    /// The metrics.
    #[error("the metrics cannot be registered")]
    Metrics(#[from] prometheus::Error),
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

/// Where a witness listens.
#[derive(Clone, Debug)]
pub struct WitnessListeners {
    /// Where checkpoints are taken.
    pub listen: SocketAddr,
    /// The TLS there.
    pub tls: TlsConfig,
    /// Where metrics are shown, if they are.
    pub metrics_listen: Option<SocketAddr>,
    /// The TLS there.
    pub metrics_tls: TlsConfig,
}

impl WitnessListeners {
    /// Plain HTTP.
    pub fn plain(listen: SocketAddr, metrics_listen: Option<SocketAddr>) -> Self {
        Self {
            listen,
            tls: TlsConfig::default(),
            metrics_listen,
            metrics_tls: TlsConfig::default(),
        }
    }
}

/// A running witness.
#[derive(Debug)]
pub struct RunningWitness {
    /// Where checkpoints are taken.
    pub address: SocketAddr,
    /// Where metrics are shown, if they are.
    pub metrics_address: Option<SocketAddr>,
    /// Its verifier key.
    pub key: String,
    servers: Vec<ServerHandle>,
    serving: Vec<JoinHandle<std::io::Result<()>>>,
    background: Vec<JoinHandle<()>>,
}

/// Starts a witness.
pub fn start_witness(
    setup: Setup,
    clock: Clock,
    listeners: &WitnessListeners,
) -> Result<RunningWitness, WitnessStartError> {
    let WitnessListeners {
        listen,
        ref tls,
        metrics_listen,
        ref metrics_tls,
    } = *listeners;
    let bind = |address| move |source| WitnessStartError::Bind { address, source };
    let registry = Registry::new();
    gauges::process(&registry)?;
    let secured = Secured::open::<WitnessStartError>(tls, metrics_tls, &clock, &registry)?;
    warn_of_plain_text(REQUESTS, listen, tls);
    if let Some(listen) = metrics_listen {
        warn_of_plain_text(METRICS, listen, metrics_tls);
    }
    let witness = Witness::open(setup, Metrics::register(&registry)?)?;
    let key = witness
        .keys()
        .next()
        .map_or(String::new(), ToString::to_string);
    let app = Data::new(WitnessApp { witness, clock });
    let main = HttpServer::new(move || {
        let app = Data::clone(&app);
        Application::new().configure(|config| http::configure_witness(config, app))
    })
    .workers(1)
    .worker_max_blocking_threads(WRITERS)
    .backlog(BACKLOG)
    .max_connections(MAX_CONNECTIONS)
    .client_request_timeout(HEAD_DEADLINE)
    .tls_handshake_timeout(HEAD_DEADLINE)
    .keep_alive(KEEP_ALIVE)
    .shutdown_timeout(DRAIN_SECONDS)
    .disable_signals();
    let main = match &secured.requests {
        Some(tls) => main.bind_rustls_0_23(listen, tls.server_config()),
        None => main.bind(listen),
    };
    let main = main.map_err(bind(listen))?;
    let address = main.addrs().first().copied().unwrap_or(listen);
    let mut running = RunningWitness {
        address,
        metrics_address: None,
        key,
        servers: Vec::new(),
        serving: Vec::new(),
        background: Vec::new(),
    };
    let metrics = match metrics_listen {
        Some(listen) => {
            let metrics = metrics_server(listen, secured.metrics.as_ref(), registry);
            let (metrics, address) = metrics.map_err(bind(listen))?;
            running.metrics_address = Some(address);
            Some(metrics)
        }
        None => None,
    };
    for server in std::iter::once(main.run()).chain(metrics) {
        running.servers.push(server.handle());
        running.serving.push(tokio::spawn(server));
    }
    running.background = secured.keep_fresh();
    Ok(running)
}

impl RunningWitness {
    /// Takes no more requests and finishes those in flight.
    pub async fn stop(self) {
        for server in &self.servers {
            server.stop(true).await;
        }
        self.background.iter().for_each(JoinHandle::abort);
        // The last of them holds the state directory's lock.
        for serving in self.serving.into_iter().filter(|it| !it.is_finished()) {
            let _ended = serving.await;
        }
    }

    /// Waits until the server ends by itself, which it does only when something breaks.
    pub async fn ended(&mut self) {
        if let Some(serving) = self.serving.first_mut() {
            let _ended = serving.await;
        }
    }
}
