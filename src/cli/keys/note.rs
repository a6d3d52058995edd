//! `dancu keys make-note` and `dancu keys rotate-note`: the keys that sign checkpoints.

use std::path::PathBuf;

use crate::cli::attach::{Attached, system_user};
use crate::cli::{Failure, print, say};
use crate::config::Config;
use crate::domain::entry::{Decision, Entry, Operation};
use crate::keys::NoteSigner;
use crate::tlog::Algorithm;

/// Makes a file with a key that signs checkpoints, and prints its verifier key.
///
/// Give the verifier key to auditors, by another way than this service. The name is the log's
/// (`audit.log_origin`). A file that is there stays as it is.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example: dancu keys make-note /etc/dancu/log-note --name dancu.agency.gov.example/log"
)]
pub struct MakeNote {
    /// The file to make, mode 0600.
    file: PathBuf,
    /// The log's name.
    #[arg(long)]
    name: String,
}

/// Puts a new key that signs checkpoints before those in `audit.note_key_file`.
///
/// All keys in the file sign, so verifiers have time to learn the new one, which is printed. Restart
/// whoever seals. Run it again with `--keep 0` to take the old keys away.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: dancu keys rotate-note --config /etc/dancu/dancu.toml")]
pub struct RotateNote {
    /// How many of the keys in the file go on signing beside the new one.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u8).range(0..=7))]
    keep: u8,
}

/// Makes the file. It needs no database, for the log may not be there yet.
pub fn make(args: &MakeNote) -> Result<(), Failure> {
    let signer = NoteSigner::load(&args.file, true, &args.name, Algorithm::Ed25519)?;
    for key in signer.verifiers() {
        print(&key.to_string())?;
    }
    Ok(())
}

/// Rotates. The entry comes first: a key that nobody knows of must never sign.
pub async fn rotate(
    args: &RotateNote,
    config: &Config,
    attached: &Attached,
) -> Result<(), Failure> {
    let open = attached.log(config).await?;
    let user = system_user();
    let entry = Entry {
        count: Some(u64::from(args.keep) + 1),
        system_user: Some(&user),
        ..Entry::new(Operation::CliRotateNoteKey, Decision::Done)
    };
    let recorded = open.log.record(&entry).await;
    open.close().await;
    recorded?;
    let file = config.note_key_file();
    let signer = NoteSigner::rotate(&file, &config.audit.log_origin, args.keep.into())?;
    say("These keys sign once whoever seals is restarted, the new one first:");
    for key in signer.verifiers() {
        print(&key.to_string())?;
    }
    Ok(())
}
