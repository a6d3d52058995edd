//! The command line, one file a subcommand.

pub mod generate;
pub mod import;
pub mod procedures;
