//! `dancu seal`: seals the log, as a process and a database role of its own.

use tokio::signal::unix::{SignalKind, signal};

use super::attach::{Attached, Ownership};
use super::{Failure, say};
use crate::config::Config;
use crate::server::{Circumstances, RunningSealer};
use crate::telemetry;

/// Seals the log until it is told to end.
///
/// For services with `audit.seal = "elsewhere"`, so that whoever answers callers has no key that
/// signs. Any number may run: one seals, and another takes over when it is gone. Needs
/// `audit.note_key_file`, `audit.second_place` and the role `dancu_seal` (`database.seal_url`).
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: dancu seal --config /etc/dancu/seal.toml")]
pub struct Args {}

/// Seals.
pub async fn run(_: &Args, config: Config) -> Result<(), Failure> {
    config.check_sealing()?;
    telemetry::init(&config.log)?;
    let mut interrupted = signal(SignalKind::interrupt())?;
    let mut terminated = signal(SignalKind::terminate())?;
    let attached = Attached::open(&config, Ownership::Share).await?;
    let circumstances = Circumstances {
        embedded: attached.is_embedded(),
        ..Circumstances::default()
    };
    let started = RunningSealer::start(&config, &attached.database, circumstances).await;
    let running = match started {
        Ok(running) => running,
        Err(error) => {
            attached.close().await?;
            return Err(error.into());
        }
    };
    let metrics = running.metrics_address;
    say(&format!(
        "dancu seals; its metrics are on http://{metrics}/metrics"
    ));
    tokio::select! {
        _ = interrupted.recv() => {}
        _ = terminated.recv() => {}
    }
    running.stop().await;
    attached.close().await
}
