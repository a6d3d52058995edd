//! `dancu audit …`: what is done with the log itself.

mod verify;

use std::process::ExitCode;

use super::Failure;
use crate::config::Config;

/// Works on the audit log: proves it.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: dancu audit verify --key-file log.vkey")]
pub struct Audit {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Verify(Box<verify::Args>),
}

/// Runs the subcommand. The configuration is read only where it is needed.
pub async fn run(
    audit: &Audit,
    read: impl FnOnce() -> Result<Config, Failure>,
) -> Result<ExitCode, Failure> {
    match &audit.command {
        Command::Verify(args) => verify::run(args, read).await,
    }
}
