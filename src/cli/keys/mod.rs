//! `dancu keys`: the months' keys and the keys that sign checkpoints, one file a subcommand.

mod destroy_months;
mod note;
mod rewrap;
mod rotate_month;

use clap::Subcommand;

use super::Failure;
use super::attach::{Attached, Ownership, attached};
use crate::config::Config;
use crate::service::month_keys::MonthKeys;
use crate::store::Role;

/// The keys under which the log holds people's names, and those that sign its checkpoints.
///
/// The months' keys need `database.owner_url` (or a `database.url` whose user owns the schema) and the key file.
/// Each change leaves an entry in the log.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: dancu keys rotate-month --config /etc/dancu/dancu.toml")]
pub struct Keys {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    MakeNote(note::MakeNote),
    RotateNote(note::RotateNote),
    RotateMonth(rotate_month::Args),
    DestroyMonths(destroy_months::Args),
    Rewrap(rewrap::Args),
}

/// Does what is said.
pub async fn run(
    keys: &Keys,
    read: impl FnOnce() -> Result<Config, Failure>,
) -> Result<(), Failure> {
    if let Command::MakeNote(args) = &keys.command {
        return note::make(args);
    }
    let config = read()?;
    attached(&config, Ownership::Share, async |attached, _| {
        match &keys.command {
            Command::MakeNote(args) => note::make(args),
            Command::RotateNote(args) => note::rotate(args, &config, attached).await,
            Command::RotateMonth(args) => rotate_month::run(args, &config, attached).await,
            Command::DestroyMonths(args) => destroy_months::run(args, &config, attached).await,
            Command::Rewrap(args) => rewrap::run(args, &config, attached).await,
        }
    })
    .await
}

/// The months' keys of that database, to be changed.
fn month_keys(attached: &Attached) -> MonthKeys {
    MonthKeys::new(attached.database.store(Role::Owner, 1))
}
