//! `dancu audit …`: what is done about the log rather than with it.

mod epoch;

use std::process::ExitCode;

use super::{Failure, attach, say};
use crate::config::Config;

/// The transparency log: new epochs, a new second place.
#[derive(Debug, clap::Subcommand)]
#[command(after_help = "Example: dancu audit new-epoch --config /etc/dancu/seal.toml")]
pub enum Command {
    NewEpoch(epoch::NewEpoch),
    AdoptSecondPlace(epoch::AdoptSecondPlace),
}

/// Does it.
pub async fn run(command: &Command, config: Config) -> Result<ExitCode, Failure> {
    let done = |()| ExitCode::SUCCESS;
    match command {
        Command::NewEpoch(args) => epoch::new_epoch(args, &config).await.map(done),
        Command::AdoptSecondPlace(args) => epoch::adopt_second_place(args, &config).await.map(done),
    }
}
