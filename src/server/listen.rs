//! Binding: the settings under which requests are taken, and the TLS of each listener.

use std::any::Any;
use std::net::SocketAddr;
use std::time::Duration;

use actix_tls::accept::rustls_0_23::TlsStream;
use actix_web::dev::{Extensions, Server};
use actix_web::rt::net::TcpStream;
use actix_web::web::ServiceConfig;
use actix_web::{App as Application, HttpServer};
use prometheus::Registry;
use tokio::task::JoinHandle;

use crate::auth::Thumbprint;
use crate::clock::Clock;
use crate::config::{HttpConfig, TlsConfig};
use crate::http::{self, Connections};
use crate::tls::{self, Listener, Metrics};

/// Connections that are kept waiting to be accepted.
const BACKLOG: u32 = 2048;
/// Connections beyond the limit that are accepted to be told so, beside an eighth of it. Whatever comes
/// then waits to be accepted.
const SPARE_CONNECTIONS: usize = 64;
/// Connections where metrics are shown; whoever collects them needs one.
const MAX_METRICS_CONNECTIONS: usize = 256;

/// How long an idle connection is kept.
const KEEP_ALIVE: Duration = Duration::from_secs(75);

/// How long requests in flight are waited for when the process ends.
const DRAIN_SECONDS: u64 = 30;

/// What listeners for requests and for metrics are called in metrics and logs.
pub(super) const REQUESTS: &str = "http";
pub(super) const METRICS: &str = "metrics";

/// The TLS of a listener for requests and of one for metrics, where they have any.
#[derive(Clone, Debug, Default)]
pub(super) struct Secured {
    pub requests: Option<Listener>,
    pub metrics: Option<Listener>,
}

/// A listener's files that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("the listener `{listener}` cannot speak TLS")]
pub struct TlsError {
    listener: &'static str,
    #[source]
    source: tls::Error,
}

impl Secured {
    /// Reads the files of both, all of which must be usable.
    pub fn open<E: From<TlsError> + From<prometheus::Error>>(
        requests: &TlsConfig,
        metrics: &TlsConfig,
        clock: &Clock,
        registry: &Registry,
    ) -> Result<Self, E> {
        if !requests.is_given() && !metrics.is_given() {
            return Ok(Self::default());
        }
        let counted = Metrics::register(registry)?;
        let open = |listener, config| {
            Listener::open(listener, config, clock.clone(), &counted)
                .map_err(|source| TlsError { listener, source })
        };
        Ok(Self {
            requests: open(REQUESTS, requests)?,
            metrics: open(METRICS, metrics)?,
        })
    }

    /// Keeps the files of both fresh, until aborted.
    pub fn keep_fresh(&self) -> Vec<JoinHandle<()>> {
        let both = self.requests.iter().chain(&self.metrics);
        both.map(|listener| tokio::spawn(listener.clone().keep_fresh()))
            .collect()
    }
}

/// Says, once, that what is asked and answered can be read on its way. A proxy may well stand in
/// front, so it is no fault.
pub(super) fn warn_of_plain_text(listener: &'static str, listen: SocketAddr, tls: &TlsConfig) {
    if !tls.is_given() && !listen.ip().is_loopback() {
        tracing::warn!(
            listener,
            %listen,
            "listens beyond this machine without TLS: a proxy that ends TLS must stand in front, and \
             nobody else reach this address"
        );
    }
}

/// Binds a server with the settings under which requests are taken, and says where.
///
/// What it serves is the caller's: a measurement serves an empty handler with it, to be compared
/// with under the same settings. Its certificate stays the one of now.
pub fn listen_with(
    config: &HttpConfig,
    configure: impl Fn(&mut ServiceConfig) + Clone + Send + 'static,
) -> std::io::Result<(Server, SocketAddr)> {
    let unseen = Registry::new();
    let metrics = Metrics::register(&unseen).map_err(std::io::Error::other)?;
    let tls = Listener::open(REQUESTS, &config.tls, Clock::default(), &metrics);
    let tls = tls.map_err(std::io::Error::other)?;
    let metrics = http::Metrics::register(&unseen).map_err(std::io::Error::other)?;
    let connections = Connections::new(&config.limits, &metrics);
    listen(config, tls.as_ref(), connections, configure)
}

/// The same with TLS that is opened already, and connections that are counted where somebody sees it.
pub(super) fn listen(
    config: &HttpConfig,
    tls: Option<&Listener>,
    connections: Connections,
    configure: impl Fn(&mut ServiceConfig) + Clone + Send + 'static,
) -> std::io::Result<(Server, SocketAddr)> {
    let workers = config.workers();
    let most = config.limits.connections + config.limits.connections / 8 + SPARE_CONNECTIONS;
    let server = HttpServer::new(move || Application::new().configure(configure.clone()))
        .on_connect(move |connection, beside| {
            connections.opened(beside);
            note_certificate(connection, beside);
        })
        .workers(workers)
        .backlog(BACKLOG)
        .max_connections(most.div_ceil(workers))
        .client_request_timeout(config.limits.head_deadline())
        .tls_handshake_timeout(config.limits.head_deadline())
        .keep_alive(KEEP_ALIVE)
        .shutdown_timeout(DRAIN_SECONDS)
        .disable_signals();
    let server = match tls {
        Some(tls) => server.bind_rustls_0_23(config.listen, tls.server_config())?,
        None => server.bind(config.listen)?,
    };
    let address = server.addrs().first().copied().unwrap_or(config.listen);
    Ok((server.run(), address))
}

/// Keeps, with a connection, which certificate its caller has shown: tokens may be bound to it.
fn note_certificate(connection: &dyn Any, data: &mut Extensions) {
    let Some(stream) = connection.downcast_ref::<TlsStream<TcpStream>>() else {
        return;
    };
    let (_, session) = stream.get_ref();
    if let Some([certificate, ..]) = session.peer_certificates() {
        data.insert(Thumbprint::of(certificate));
    }
}

/// The server of metrics, on a port of its own; it runs once it is polled.
pub(super) fn metrics_server(
    listen: SocketAddr,
    tls: Option<&Listener>,
    registry: Registry,
) -> std::io::Result<(Server, SocketAddr)> {
    let server = HttpServer::new(move || {
        let registry = registry.clone();
        Application::new().configure(|config| http::ops::configure_metrics(config, registry))
    })
    .workers(1)
    .max_connections(MAX_METRICS_CONNECTIONS)
    .disable_signals();
    let server = match tls {
        Some(tls) => server.bind_rustls_0_23(listen, tls.server_config())?,
        None => server.bind(listen)?,
    };
    let address = server.addrs().first().copied().unwrap_or(listen);
    Ok((server.run(), address))
}
