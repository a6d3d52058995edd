//! `dancu serve`: answers requests until it is told to end.

use tokio::signal::unix::{SignalKind, signal};

use super::attach::{Attached, Ownership};
use super::{Failure, say};
use crate::config::Config;
use crate::server::{self, Circumstances};
use crate::telemetry;

/// Answers requests until it is told to end.
///
/// Without `database.url` an embedded PostgreSQL under `data_dir` is started, migrated and ended
/// with it; with one, the schema must have been migrated.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: dancu serve --config /etc/dancu/dancu.toml")]
pub struct Args {}

/// Serves.
pub async fn run(_: &Args, config: Config) -> Result<(), Failure> {
    config.check_service()?;
    telemetry::init(&config.log)?;
    let attached = Attached::open(&config, Ownership::Own).await?;
    let ended = until_told(&config, &attached, |_| async { Ok(()) }).await;
    attached.close().await?;
    ended
}

/// Starts the service, does something once it answers, and ends it with SIGINT or SIGTERM.
pub async fn until_told<F: Future<Output = Result<(), Failure>>>(
    config: &Config,
    attached: &Attached,
    once_it_answers: impl FnOnce(std::net::SocketAddr) -> F,
) -> Result<(), Failure> {
    let mut interrupted = signal(SignalKind::interrupt())?;
    let mut terminated = signal(SignalKind::terminate())?;
    let circumstances = Circumstances {
        embedded: attached.is_embedded(),
        ..Circumstances::default()
    };
    let mut running = server::start(config, &attached.database, circumstances).await?;
    say(&format!("dancu answers on http://{}", running.address));
    let begun = once_it_answers(running.address).await;
    if begun.is_ok() {
        tokio::select! {
            _ = interrupted.recv() => {}
            _ = terminated.recv() => {}
            () = running.ended() => {}
        }
        say("dancu finishes what is under way and ends.");
    }
    running.stop().await;
    begun
}
