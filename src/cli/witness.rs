//! `dancu witness`: cosigns a log's checkpoints, on a machine of somebody else.

use std::net::SocketAddr;
use std::path::PathBuf;

use tokio::signal::unix::{SignalKind, signal};

use super::{Failure, print, say};
use crate::clock::Clock;
use crate::config::{LogConfig, TlsConfig, TlsVersion};
use crate::server::{WitnessListeners, start_witness};
use crate::telemetry;
use crate::tlog::VerifierKey;
use crate::witness::{self, Logs, Setup};

/// Cosigns a log's checkpoints as long as each continues the last.
///
/// For an auditor, on a machine that the log's operator does not run. It reads no configuration and
/// needs no database; it makes its key at the first start and says its verifier key, which the
/// operator of the log configures as a witness. docs/operations/witness.md tells what that proves.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example: dancu witness --name witness.example/w1 --state /var/lib/dancu-witness --log 'log.example/dancu+12345678+AQ…'"
)]
pub struct Args {
    /// Where checkpoints are taken. Without `--tls-certificate`, put a proxy that ends TLS before it.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8085")]
    listen: SocketAddr,
    /// Where metrics are shown; nowhere where this is not given.
    #[arg(long, value_name = "ADDRESS")]
    metrics_listen: Option<SocketAddr>,
    /// A PEM file of certificates, its own first: speaks TLS. Looked at again every two seconds.
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_certificate: Option<PathBuf>,
    /// A PEM file with that certificate's private key, mode 0600.
    #[arg(long, value_name = "FILE", requires = "tls_certificate")]
    tls_key: Option<PathBuf>,
    /// A PEM file of authorities: whoever connects must show a certificate one of them signed.
    #[arg(long, value_name = "FILE", requires = "tls_certificate")]
    tls_client_ca: Option<PathBuf>,
    /// The oldest version of TLS that is spoken: 1.3 or 1.2.
    #[arg(long, value_name = "VERSION", default_value = "1.3")]
    tls_min_version: TlsVersion,
    /// The same as `--tls-certificate`, where metrics are shown.
    #[arg(long, value_name = "FILE", requires_all = ["metrics_listen", "metrics_tls_key"])]
    metrics_tls_certificate: Option<PathBuf>,
    /// The same as `--tls-key`, where metrics are shown.
    #[arg(long, value_name = "FILE", requires = "metrics_tls_certificate")]
    metrics_tls_key: Option<PathBuf>,
    /// The same as `--tls-client-ca`, where metrics are shown.
    #[arg(long, value_name = "FILE", requires = "metrics_tls_certificate")]
    metrics_tls_client_ca: Option<PathBuf>,
    /// The same as `--tls-min-version`, where metrics are shown.
    #[arg(long, value_name = "VERSION", default_value = "1.3")]
    metrics_tls_min_version: TlsVersion,
    /// The name of the witness and of its key: a URL without its scheme.
    #[arg(long)]
    name: String,
    /// The directory of its key and of what it cosigned.
    #[arg(long, value_name = "DIR")]
    state: PathBuf,
    /// A log's verifier key; several may be of one log, and of several logs.
    #[arg(
        long = "log",
        value_name = "VKEY",
        required_unless_present = "print_key"
    )]
    logs: Vec<VerifierKey>,
    /// An origin, such as `log.example/dancu/2`, whose first checkpoint is taken although another
    /// epoch of its log is known.
    #[arg(long, value_name = "ORIGIN")]
    accept_epoch: Vec<String>,
    /// Prints the verifier key and ends.
    #[arg(long)]
    print_key: bool,
}

impl Args {
    fn listeners(&self) -> WitnessListeners {
        WitnessListeners {
            listen: self.listen,
            tls: TlsConfig {
                certificate_file: self.tls_certificate.clone(),
                key_file: self.tls_key.clone(),
                client_ca_file: self.tls_client_ca.clone(),
                min_version: self.tls_min_version,
            },
            metrics_listen: self.metrics_listen,
            metrics_tls: TlsConfig {
                certificate_file: self.metrics_tls_certificate.clone(),
                key_file: self.metrics_tls_key.clone(),
                client_ca_file: self.metrics_tls_client_ca.clone(),
                min_version: self.metrics_tls_min_version,
            },
        }
    }
}

/// Runs a witness.
pub async fn run(args: &Args) -> Result<(), Failure> {
    if args.print_key {
        let signer = witness::load_key(&args.state, &args.name)?;
        for key in signer.verifiers() {
            print(&key.to_string())?;
        }
        return Ok(());
    }
    telemetry::init(&LogConfig::default())?;
    let mut interrupted = signal(SignalKind::interrupt())?;
    let mut terminated = signal(SignalKind::terminate())?;
    let setup = Setup {
        name: args.name.clone(),
        directory: args.state.clone(),
        logs: Logs::new(args.logs.iter().cloned())?,
        accepted: args.accept_epoch.iter().cloned().collect(),
    };
    let clock = Clock::default();
    let listeners = args.listeners();
    let mut running = start_witness(setup, clock, &listeners)?;
    say(&format!(
        "The witness answers on {}://{}; its verifier key is {}",
        listeners.tls.scheme(),
        running.address,
        running.key
    ));
    tokio::select! {
        _ = interrupted.recv() => {}
        _ = terminated.recv() => {}
        () = running.ended() => {}
    }
    running.stop().await;
    Ok(())
}
