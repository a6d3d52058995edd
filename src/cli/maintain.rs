//! `dancu maintain`: partitions ahead of time, and retention.

use super::attach::{Attached, Ownership, attached, system_user};
use super::{Failure, say};
use crate::audit::{self, Patience};
use crate::clock::Clock;
use crate::config::Config;
use crate::domain::entry::{Decision, Entry, Operation};

/// Makes the log's partitions of the coming days, and drops those whose retention is over.
///
/// To be run daily where the database is not embedded. `audit.ahead_days` and
/// `audit.retention_days` say how many. A log that somebody reads is tried again for a minute; exit code 1 where a
/// day was left that should have gone.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: dancu maintain --config /etc/dancu/dancu.toml")]
pub struct Args {}

/// Maintains.
pub async fn run(_: &Args, config: Config) -> Result<(), Failure> {
    attached(&config, Ownership::Share, async |attached, ending| {
        ending.unless_told(maintain(&config, attached)).await
    })
    .await
}

async fn maintain(config: &Config, attached: &Attached) -> Result<(), Failure> {
    // What cannot be recorded is not done. No lane is opened for it: today's partition may be what is missing.
    attached.keys(config)?;
    let (ahead, retention) = (config.audit.ahead_days, config.audit.retention_days);
    let (database, clock) = (&attached.database, Clock::default());
    let patience = Patience::NIGHTLY;
    let done = audit::maintain_patiently(database, &clock, ahead, retention, patience).await?;
    let days = |days: &[jiff::civil::Date]| {
        days.iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join(", ")
    };
    if !done.made.is_empty() || !done.dropped.is_empty() {
        let open = attached.log(config).await?;
        let user = system_user();
        let entry = Entry {
            count: Some((done.made.len() + done.dropped.len()) as u64),
            system_user: Some(&user),
            ..Entry::new(Operation::CliMaintain, Decision::Done)
        };
        let recorded = open.log.record(&entry).await;
        open.close().await;
        recorded?;
    }
    say(&format!(
        "Made {}; dropped {}; still read by somebody {}; not sealed {}.",
        or_none(days(&done.made)),
        or_none(days(&done.dropped)),
        or_none(days(&done.busy)),
        or_none(days(&done.unsealed))
    ));
    if done.is_whole() {
        Ok(())
    } else {
        Err(LeftError.into())
    }
}

/// Days were left that should have gone. What was done is done, and recorded.
#[derive(Debug, thiserror::Error)]
#[error(
    "days whose retention is over are still in the log: end what reads it, or have it sealed, and run this again"
)]
struct LeftError;

fn or_none(days: String) -> String {
    if days.is_empty() { "none".into() } else { days }
}
