//! `dancu audit …`: what is done about the log rather than with it.

mod epoch;
mod hole;
mod reconcile;
mod verify;

use std::process::ExitCode;

use super::{Failure, attach, print, say};
use crate::config::Config;

/// The audit log: proving it, comparing it with an agency's journal, new epochs, a new second place,
/// lost entries.
#[derive(Debug, clap::Subcommand)]
#[command(after_help = "Example: dancu audit verify --key-file log.vkey")]
pub enum Command {
    Verify(Box<verify::Args>),
    NewEpoch(epoch::NewEpoch),
    AdoptSecondPlace(epoch::AdoptSecondPlace),
    DeclareHole(hole::DeclareHole),
    Reconcile(reconcile::Args),
}

/// Does it. The configuration is read only where it is needed.
pub async fn run(
    command: &Command,
    read: impl FnOnce() -> Result<Config, Failure>,
) -> Result<ExitCode, Failure> {
    let done = |()| ExitCode::SUCCESS;
    match command {
        Command::Verify(args) => verify::run(args, read).await,
        Command::NewEpoch(args) => epoch::new_epoch(args, &read()?).await.map(done),
        Command::AdoptSecondPlace(args) => {
            epoch::adopt_second_place(args, &read()?).await.map(done)
        }
        Command::DeclareHole(args) => hole::declare_hole(args, &read()?).await.map(done),
        Command::Reconcile(args) => reconcile::run(args, &read()?).await,
    }
}
