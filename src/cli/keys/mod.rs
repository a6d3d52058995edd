//! `dancu keys`: the months' keys, one file a subcommand.

mod destroy_months;
mod rewrap;
mod rotate_month;

use clap::Subcommand;

use super::Failure;
use super::attach::{Attached, Ownership};
use crate::config::Config;
use crate::service::month_keys::MonthKeys;
use crate::store::Role;

/// Rotate, destroy and re-wrap the keys under which the log holds people's names.
///
/// Needs `database.owner_url` (or a `database.url` whose user owns the schema) and the key file.
/// Each change leaves an entry in the log.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: dancu keys rotate-month --config /etc/dancu/dancu.toml")]
pub struct Keys {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    RotateMonth(rotate_month::Args),
    DestroyMonths(destroy_months::Args),
    Rewrap(rewrap::Args),
}

/// Does what is said.
pub async fn run(keys: &Keys, config: Config) -> Result<(), Failure> {
    let attached = Attached::open(&config, Ownership::Share).await?;
    let done = match &keys.command {
        Command::RotateMonth(args) => rotate_month::run(args, &config, &attached).await,
        Command::DestroyMonths(args) => destroy_months::run(args, &config, &attached).await,
        Command::Rewrap(args) => rewrap::run(args, &config, &attached).await,
    };
    attached.close().await?;
    done
}

/// The months' keys of that database, to be changed.
fn month_keys(attached: &Attached) -> MonthKeys {
    MonthKeys::new(attached.database.store(Role::Owner, 1))
}
