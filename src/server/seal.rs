//! Sealing inside `serve`, and as a process of its own.

use std::net::SocketAddr;
use std::time::Duration;

use actix_web::dev::ServerHandle;
use prometheus::Registry;
use tokio::task::JoinHandle;

use super::listen::{METRICS, Secured, metrics_server, warn_of_plain_text};
use super::{Circumstances, StartError, gauges};
use crate::audit::{self, SealConfig, SealMetrics, Sealing, SecondPlace, Witness};
use crate::config::{Config, TlsConfig};
use crate::keys::NoteSigner;
use crate::store::{Database, Role, migrate};
use crate::tlog::{Algorithm, KeyName, VerifierKey};

/// A process that does nothing but seal.
#[derive(Debug)]
pub struct RunningSealer {
    /// Where metrics are shown.
    pub metrics_address: SocketAddr,
    server: ServerHandle,
    serving: JoinHandle<std::io::Result<()>>,
    background: Vec<JoinHandle<()>>,
    sealing: Sealing,
}

impl RunningSealer {
    /// Starts to seal as soon as no other process does.
    pub async fn start(
        config: &Config,
        database: &Database,
        circumstances: Circumstances,
    ) -> Result<Self, StartError> {
        migrate::check(database).await?;
        let registry = Registry::new();
        gauges::process(&registry)?;
        let metrics = SealMetrics::register(&registry)?;
        let (http, clock) = (&config.http, &circumstances.clock);
        let secured = Secured::open::<StartError>(
            &TlsConfig::default(),
            &http.metrics_tls,
            clock,
            &registry,
        )?;
        warn_of_plain_text(METRICS, http.metrics_listen, &http.metrics_tls);
        let sealing = sealing(config, database, &circumstances, metrics.clone())?;
        let mut background = secured.keep_fresh();
        background.push(tokio::spawn(audit::watch(
            None,
            database.reader(Role::Service, 1),
            grace(config),
            metrics,
        )));
        let address = http.metrics_listen;
        let bound = metrics_server(address, secured.metrics.as_ref(), registry);
        let (server, metrics_address) = match bound {
            Ok(bound) => bound,
            Err(source) => {
                background.iter().for_each(JoinHandle::abort);
                sealing.stop().await;
                return Err(StartError::Bind { address, source });
            }
        };
        Ok(Self {
            metrics_address,
            server: server.handle(),
            serving: tokio::spawn(server),
            background,
            sealing,
        })
    }

    /// Seals what is there, gives the lease back and ends.
    pub async fn stop(self) {
        self.server.stop(true).await;
        self.serving.abort();
        self.background.iter().for_each(JoinHandle::abort);
        self.sealing.stop().await;
    }
}

/// Begins to seal with the configuration's key, second place and witnesses.
pub(super) fn sealing(
    config: &Config,
    database: &Database,
    circumstances: &Circumstances,
    metrics: SealMetrics,
) -> Result<Sealing, StartError> {
    let (signer, settings) = settings(config, circumstances.embedded)?;
    let clock = circumstances.clock.clone();
    Ok(Sealing::start(
        database.clone(),
        signer,
        clock,
        settings,
        metrics,
    ))
}

/// How this configuration seals, and its keys; with an embedded database they are made.
pub fn settings(config: &Config, embedded: bool) -> Result<(NoteSigner, SealConfig), StartError> {
    let audit = &config.audit;
    let name = &audit.log_origin;
    if KeyName::new(name).is_none() {
        return Err(StartError::LogOrigin);
    }
    let file = config.note_key_file();
    let signer = NoteSigner::load(&file, embedded, name, Algorithm::Ed25519)?;
    let witness = |given: &crate::config::WitnessConfig| {
        let key: VerifierKey = given.key.parse().map_err(|_| StartError::WitnessKey)?;
        if key.algorithm() == Algorithm::Cosignature {
            let url = given.url.clone();
            Ok(Witness { url, key })
        } else {
            Err(StartError::WitnessKey)
        }
    };
    let settings = SealConfig {
        name: name.clone(),
        process: audit::Config::default().process,
        interval: Duration::from_millis(audit.seal_interval_ms.into()),
        second_place: SecondPlace::new(config.second_place()),
        witnesses: audit
            .witnesses
            .iter()
            .map(witness)
            .collect::<Result<_, _>>()?,
    };
    Ok((signer, settings))
}

/// How long an entry may stay unsealed.
pub(super) fn grace(config: &Config) -> Duration {
    Duration::from_secs(config.audit.seal_grace_s.into())
}
