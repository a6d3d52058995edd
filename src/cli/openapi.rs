//! `dancu openapi`: the description of the interface.

use super::{Failure, print};
use crate::http::openapi;

/// Prints the OpenAPI 3.1 document of the interface.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: dancu openapi > openapi.json")]
pub struct Args {}

/// Prints it.
pub fn run(_: &Args) -> Result<(), Failure> {
    print(openapi::document().trim_end())
}
