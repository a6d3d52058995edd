//! `dancu keys make-note` and `dancu keys rotate-note`: the keys that sign checkpoints.

use std::path::PathBuf;

use crate::audit::SecondPlace;
use crate::cli::attach::{Attached, system_user};
use crate::cli::{Failure, print, say};
use crate::config::Config;
use crate::domain::entry::{Decision, Entry, Operation};
use crate::keys::NoteSigner;
use crate::tlog::{Algorithm, Note, VerifierKey};

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

/// Puts a new key that signs checkpoints before the newest one in `audit.note_key_file`.
///
/// Both sign, so verifiers have time to learn the new one, which is printed. Restart whoever seals;
/// when all verifiers have the new key, `--retire` takes the old ones away.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: dancu keys rotate-note --config /etc/dancu/dancu.toml")]
pub struct RotateNote {
    /// Make no key, and leave the newest one only. It must have signed the newest head.
    #[arg(long)]
    retire: bool,
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
    let file = config.note_key_file();
    let name = &config.audit.log_origin;
    let signer = NoteSigner::load(&file, false, name, Algorithm::Ed25519)?;
    if args.retire && !has_signed(&signer, config)? {
        return Err("the newest key has not signed the newest head: restart whoever seals".into());
    }
    let open = attached.log(config).await?;
    let user = system_user();
    let entry = Entry {
        count: Some(if args.retire { 1 } else { 2 }),
        system_user: Some(&user),
        ..Entry::new(Operation::CliRotateNoteKey, Decision::Done)
    };
    let recorded = open.log.record(&entry).await;
    open.close().await;
    recorded?;
    let signer = if args.retire {
        NoteSigner::retire(&file)?
    } else {
        NoteSigner::rotate(&file, name)?
    };
    say("These keys sign once whoever seals is restarted, the new one first:");
    for key in signer.verifiers() {
        print(&key.to_string())?;
    }
    Ok(())
}

/// Whether the newest key signed what the second place remembers: without the others it would take
/// that for a stranger's.
fn has_signed(signer: &NoteSigner, config: &Config) -> Result<bool, Failure> {
    let newest: Vec<VerifierKey> = signer.verifiers().take(1).cloned().collect();
    let remembered = SecondPlace::new(config.second_place()).newest()?;
    let note = remembered.and_then(|it| Note::parse(&it.note).ok());
    Ok(note.is_some_and(|note| note.verify(&newest).is_ok()))
}
