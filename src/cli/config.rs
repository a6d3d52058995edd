//! `dancu config`: the configuration in force.

use super::{Failure, print};
use crate::config::Config;

/// Prints the configuration in force, with secrets masked.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: dancu config --config /etc/dancu/dancu.toml")]
pub struct Args {}

/// Prints it.
pub fn run(_: &Args, config: &Config) -> Result<(), Failure> {
    print(config.to_toml().trim_end())
}
