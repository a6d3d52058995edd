//! `dancu keys rotate-month`: a further pair of keys for the current month.

use super::month_keys;
use crate::cli::attach::{Attached, system_user};
use crate::cli::{Failure, say};
use crate::clock::Clock;
use crate::config::Config;
use crate::keys::Kek;

/// Makes a new pair of tag and seal keys for the current month.
///
/// Running processes use it within a minute, without a restart. The month's earlier pairs stay: they
/// open what they sealed. A person has another pseudonym from then on. Rotate when a process or a
/// machine that held the keys may have been read by somebody, and once every replica is of a version
/// that knows this command.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: dancu keys rotate-month --config /etc/dancu/dancu.toml")]
pub struct Args {}

/// Rotates.
pub async fn run(_: &Args, config: &Config, attached: &Attached) -> Result<(), Failure> {
    let open = attached.log(config).await?;
    let kek = Kek::load(&config.kek_file(), false)?;
    let (now, user) = (Clock::default().now(), system_user());
    let rotated = month_keys(attached)
        .rotate(&open.log, &kek, now, &user)
        .await;
    open.close().await;
    say(&format!(
        "This month's keys are at generation {}; every process uses it within a minute.",
        rotated?
    ));
    Ok(())
}
