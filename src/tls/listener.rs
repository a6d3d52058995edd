//! A listener's TLS: what it shows, what it asks of callers, and how both are replaced while it
//! listens.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use arc_swap::ArcSwap;
use rustls::ServerConfig;
use rustls::server::{ClientHello, NoServerSessionStorage, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::version::{TLS12, TLS13};

use super::authorities::{self, CallersJudge};
use super::metrics::OfListener;
use super::pair::{Pair, PairFiles};
use super::{Error, Metrics, PROVIDER};
use crate::clock::Clock;
use crate::config::{TlsConfig, TlsVersion};
use crate::files::Watch;

/// How often the files are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// The TLS of one listener. Clones share it.
#[derive(Clone, Debug)]
pub struct Listener(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    name: &'static str,
    oldest: TlsVersion,
    clock: Clock,
    metrics: OfListener,
    files: PairFiles,
    shown: Arc<Shown>,
    judge: Option<Arc<CallersJudge>>,
    watches: Mutex<Watches>,
}

#[derive(Debug)]
struct Watches {
    pair: Watch,
    authorities: Option<Watch>,
}

/// The certificate that is shown now, to whatever name was asked for.
struct Shown(ArcSwap<CertifiedKey>);

impl std::fmt::Debug for Shown {
    /// Nothing of a private key, whatever other crates' `Debug` tells.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Shown")
    }
}

impl ResolvesServerCert for Shown {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.0.load_full())
    }
}

impl Listener {
    /// Reads the files, all of which must be usable; nothing where none are configured. `name` is
    /// what the listener is called in metrics and logs.
    pub fn open(
        name: &'static str,
        config: &TlsConfig,
        clock: Clock,
        metrics: &Metrics,
    ) -> Result<Option<Self>, Error> {
        let (Some(certificate), Some(key)) = (&config.certificate_file, &config.key_file) else {
            return Ok(None);
        };
        let files = PairFiles {
            certificate: certificate.clone(),
            key: key.clone(),
        };
        let (digest, contents) = files.read()?;
        let pair = files.pair(&contents)?;
        let metrics = metrics.of(name);
        metrics.expiry.set(pair.expires_at.as_second());
        if pair.expires_at <= clock.now() {
            // Callers refuse it, but whoever looks at metrics and logs must be able to see why.
            tracing::error!(listener = name, "the certificate has expired");
        }
        let mut watches = Watches {
            pair: Watch::new(digest),
            authorities: None,
        };
        let mut judge = None;
        if let Some(path) = &config.client_ca_file {
            let (digest, pem) = authorities::read(path)?;
            judge = Some(Arc::new(CallersJudge::new(path, &pem)?));
            watches.authorities = Some(Watch::new(digest));
        }
        Ok(Some(Self(Arc::new(Shared {
            name,
            oldest: config.min_version,
            clock,
            metrics,
            files,
            shown: Arc::new(Shown(ArcSwap::new(pair.certified))),
            judge,
            watches: Mutex::new(watches),
        }))))
    }

    /// How connections are accepted. It stays true when files change.
    pub fn server_config(&self) -> ServerConfig {
        let shared = &*self.0;
        let versions: &[_] = match shared.oldest {
            TlsVersion::V1_3 => &[&TLS13],
            TlsVersion::V1_2 => &[&TLS13, &TLS12],
        };
        let builder = ServerConfig::builder_with_provider(Arc::clone(&PROVIDER))
            .with_protocol_versions(versions)
            .expect("aws-lc-rs has suites for both versions");
        let shown = Arc::clone(&shared.shown);
        match &shared.judge {
            None => builder.with_no_client_auth().with_cert_resolver(shown),
            Some(judge) => {
                let judge = Arc::clone(judge);
                let builder = builder.with_client_cert_verifier(judge);
                let mut config = builder.with_cert_resolver(shown);
                // A session that is taken up again shows no certificate: one whose authority was
                // taken out of the file would go on getting in.
                config.session_storage = Arc::new(NoServerSessionStorage {});
                config.send_tls13_tickets = 0;
                config
            }
        }
    }

    /// Looks at the files again and again, until dropped.
    pub async fn keep_fresh(self) {
        let mut ticks = tokio::time::interval(LOOK_EVERY);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        // The first tick is at once, and the files have just been read.
        ticks.tick().await;
        loop {
            ticks.tick().await;
            let listener = self.clone();
            let looked = tokio::task::spawn_blocking(move || listener.look()).await;
            if let Err(panicked) = looked {
                let error: &dyn std::error::Error = &panicked;
                tracing::error!(error, "looking at certificates failed");
            }
        }
    }

    /// Puts in force what is new in the files and can be used.
    fn look(&self) {
        let shared = &*self.0;
        let Ok(mut watches) = shared.watches.lock() else {
            return;
        };
        let pair = watches.pair.look(shared.files.read(), |contents| {
            let pair = shared.files.pair(&contents)?;
            if pair.expires_at <= shared.clock.now() {
                return Err(Error::Expired(shared.files.certificate.clone()));
            }
            self.show(pair);
            Ok(())
        });
        self.tell("certificate", pair);
        if let (Some(judge), Some(watch)) = (&shared.judge, &mut watches.authorities) {
            let replaced = watch.look(judge.read(), |pem| judge.replace(&pem));
            self.tell("authorities of callers", replaced);
        }
    }

    fn show(&self, pair: Pair) {
        self.0.metrics.expiry.set(pair.expires_at.as_second());
        self.0.shown.0.store(pair.certified);
    }

    fn tell(&self, what: &'static str, outcome: Option<Result<(), Error>>) {
        let listener = self.0.name;
        match outcome {
            None => {}
            Some(Ok(())) => tracing::info!(listener, what, "TLS goes on with new files"),
            Some(Err(error)) => {
                self.0.metrics.failures.inc();
                let error: &dyn std::error::Error = &error;
                tracing::error!(
                    listener,
                    what,
                    error,
                    "changed files cannot be used: what was in force before goes on"
                );
            }
        }
    }
}
