//! `dancu seal`: seals the log, as a process and a database role of its own.

use super::attach::{Ownership, attached};
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
    attached(&config, Ownership::Share, async |attached, ending| {
        let circumstances = Circumstances {
            embedded: attached.is_embedded(),
            ..Circumstances::default()
        };
        let starting = RunningSealer::start(&config, &attached.database, circumstances);
        let running = ending.unless_told(starting).await?;
        let metrics = running.metrics_address;
        let scheme = config.http.metrics_tls.scheme();
        say(&format!(
            "dancu seals; its metrics are on {scheme}://{metrics}/metrics"
        ));
        ending.told().await;
        running.stop().await;
        Ok(())
    })
    .await
}
