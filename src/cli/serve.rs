//! `dancu serve`: answers requests until it is told to end.

use std::sync::Arc;

use super::attach::{Attached, Ownership, attached};
use super::ending::Ending;
use super::{Failure, say};
use crate::config::Config;
use crate::http::Sandbox;
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
    attached(&config, Ownership::Own, async |attached, ending| {
        until_told(&config, attached, ending, None, |_| async { Ok(()) }).await
    })
    .await
}

/// Starts the service, of a demonstration with what can be tried, does something once it answers, and
/// ends it when the process is told to.
pub async fn until_told<F: Future<Output = Result<(), Failure>>>(
    config: &Config,
    attached: &Attached,
    ending: &mut Ending,
    sandbox: Option<Arc<Sandbox>>,
    once_it_answers: impl FnOnce(std::net::SocketAddr) -> F,
) -> Result<(), Failure> {
    let circumstances = Circumstances {
        embedded: attached.is_embedded(),
        sandbox,
        ..Circumstances::default()
    };
    let starting = server::start(config, &attached.database, circumstances);
    let mut running = ending.unless_told(starting).await?;
    let scheme = config.http.tls.scheme();
    say(&format!("dancu answers on {scheme}://{}", running.address));
    let begun = ending.unless_told(once_it_answers(running.address)).await;
    if begun.is_ok() {
        tokio::select! {
            () = ending.told() => {}
            () = running.ended() => {}
        }
        say("dancu finishes what is under way and ends.");
    }
    running.stop().await;
    begun
}
