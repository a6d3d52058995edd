//! `dancu witness`: cosigns a log's checkpoints, on a machine of somebody else.

use std::net::SocketAddr;
use std::path::PathBuf;

use tokio::signal::unix::{SignalKind, signal};

use super::{Failure, print, say};
use crate::clock::Clock;
use crate::config::LogConfig;
use crate::server::start_witness;
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
    /// Where checkpoints are taken. Put a proxy that ends TLS before it.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8085")]
    listen: SocketAddr,
    /// Where metrics are shown; nowhere where this is not given.
    #[arg(long, value_name = "ADDRESS")]
    metrics_listen: Option<SocketAddr>,
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
    let mut running = start_witness(setup, clock, args.listen, args.metrics_listen)?;
    say(&format!(
        "The witness answers on http://{}; its verifier key is {}",
        running.address, running.key
    ));
    tokio::select! {
        _ = interrupted.recv() => {}
        _ = terminated.recv() => {}
        () = running.ended() => {}
    }
    running.stop().await;
    Ok(())
}
