//! Sealing inside `serve`, and as a process of its own.

use std::net::SocketAddr;
use std::time::Duration;

use actix_web::dev::ServerHandle;
use prometheus::Registry;
use tokio::task::JoinHandle;

use super::{Circumstances, StartError, metrics_server};
use crate::audit::{self, SealConfig, SealMetrics, Sealing, SecondPlace, Witness};
use crate::config::Config;
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
    watching: JoinHandle<()>,
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
        let metrics = SealMetrics::register(&registry)?;
        let sealing = sealing(config, database, &circumstances, metrics.clone())?;
        let watching = tokio::spawn(audit::watch(
            None,
            database.reader(Role::Service, 1),
            grace(config),
            metrics,
        ));
        let (metrics_address, server) = match metrics_server(config, registry) {
            Ok(bound) => bound,
            Err(error) => {
                watching.abort();
                sealing.stop().await;
                return Err(error);
            }
        };
        Ok(Self {
            metrics_address,
            server: server.handle(),
            serving: tokio::spawn(server),
            watching,
            sealing,
        })
    }

    /// Seals what is there, gives the lease back and ends.
    pub async fn stop(self) {
        self.server.stop(true).await;
        self.serving.abort();
        self.watching.abort();
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
