//! `dancu keys rewrap`: another key-encryption key.

use std::path::{Path, PathBuf};

use super::month_keys;
use crate::cli::attach::{Attached, system_user};
use crate::cli::{Failure, say};
use crate::config::Config;
use crate::keys::Kek;

/// Wraps all months' keys with another key-encryption key.
///
/// The key file of the configuration must be the one in force. All keys are wrapped anew, or none.
/// Running processes go on with what they have in memory, but can make no keys of coming months:
/// put the new file in place and restart them within days. Do it when the key file may have been
/// read by somebody, and after a destruction of months, which it completes.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: dancu keys rewrap --new-kek /etc/dancu/audit-kek.new")]
pub struct Args {
    /// The new key; made, for its owner alone, unless it is there.
    #[arg(long, value_name = "FILE")]
    new_kek: PathBuf,
}

/// Wraps anew.
pub async fn run(args: &Args, config: &Config, attached: &Attached) -> Result<(), Failure> {
    let in_use = config.kek_file();
    // Before anything is made: a missing file is the operator's mistake, not the first start.
    let old = Kek::load(&in_use, false)?;
    let new = Kek::load(&args.new_kek, true)?;
    let keys = month_keys(attached);
    if old.name() != new.name() && keys.is_in_force(&new).await? {
        say("The months' keys are wrapped with that key already.");
        say(&what_is_left(&args.new_kek, &in_use));
        return Ok(());
    }
    let open = attached.log(config).await?;
    let wrapped = keys.rewrap(&open.log, &old, &new, &system_user()).await;
    open.close().await;
    say(&format!(
        "{} pairs of keys are wrapped with the new key.",
        wrapped?
    ));
    say(&what_is_left(&args.new_kek, &in_use));
    Ok(())
}

fn what_is_left(new: &Path, in_use: &Path) -> String {
    let (new, in_use) = (new.display(), in_use.display());
    format!(
        "Now: 1. put {new} in the place of {in_use}, on every machine;\n     \
         2. restart every process;\n     \
         3. take a fresh backup of the database, and a copy of the new key to another place;\n     \
         4. destroy the old key and its copies, once no backup that needs it is to be kept."
    )
}
