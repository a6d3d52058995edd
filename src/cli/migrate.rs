//! `dancu migrate`: roles, schema and reference tables.

use super::attach::{Ownership, attached};
use super::{Failure, say};
use crate::config::Config;
use crate::store::migrate;

/// Brings roles, schema and reference tables up to this program's version.
///
/// Needs `database.owner_url` (or a `database.url` whose user owns the schema). Running it again
/// changes nothing.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: dancu migrate --config /etc/dancu/dancu.toml")]
pub struct Args {}

/// Migrates.
pub async fn run(_: &Args, config: Config) -> Result<(), Failure> {
    // Opening an embedded database migrates it, so that nothing is left to do here.
    let applied = attached(&config, Ownership::Share, async |attached, ending| {
        ending
            .unless_told(migrate::migrate(&attached.database))
            .await
    });
    match applied.await? {
        0 => say(&format!("The schema is at version {}.", migrate::needed())),
        applied => say(&format!(
            "Applied {applied} migrations; the schema is at version {}.",
            migrate::needed()
        )),
    }
    Ok(())
}
