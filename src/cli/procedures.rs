//! `dancu procedures`: check, load and export catalogues of procedures.

use std::path::{Path, PathBuf};
use std::{fs, io};

use clap::{Args, Subcommand};

use crate::domain::entry::{Decision, Entry, Operation};
use crate::domain::policy::Procedure;
use crate::policy::catalogue;
use crate::service::administration::{Administration, Error as AdministrationError};
use crate::service::{self, Log};

/// Check, load and export catalogues of procedures: JSON lists of what the admin API takes.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Example: dancu procedures load procedures.json")]
pub struct Procedures {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do with a catalogue.
#[derive(Clone, Debug, Subcommand)]
pub enum Command {
    /// Say whether a file is a catalogue, and every fault with its place; needs no database.
    #[command(after_help = "Example: dancu procedures check procedures.json")]
    Check {
        /// The catalogue.
        file: PathBuf,
    },
    /// Put every procedure of a catalogue in place; others stay as they are.
    #[command(after_help = "Example: dancu procedures load procedures.json")]
    Load {
        /// The catalogue; without one, the catalogue shipped with the program.
        file: Option<PathBuf>,
    },
    /// Write the procedures that are registered to standard output, as a catalogue.
    #[command(after_help = "Example: dancu procedures export > procedures.json")]
    Export,
}

/// Why a catalogue was not dealt with.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file cannot be read.
    #[error("{} cannot be read", .file.display())]
    File {
        /// The file.
        file: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The file is no catalogue.
    #[error(transparent)]
    Catalogue(#[from] catalogue::Error),
    /// The database did not take it, or give it.
    #[error("the procedures could not be administered")]
    Administration(#[from] AdministrationError),
    /// The entry could not be made durable, so nothing was changed.
    #[error("the change could not be recorded, so it was not made")]
    Record(#[source] service::Error),
}

/// How many procedures a load changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Loaded {
    /// Created or replaced.
    pub changed: u64,
    /// Left as they were.
    pub unchanged: u64,
}

/// Reads a catalogue file; how many procedures it holds is its length.
pub fn check(file: &Path) -> Result<Vec<Procedure>, Error> {
    let text = fs::read(file).map_err(|source| Error::File {
        file: file.to_owned(),
        source,
    })?;
    Ok(catalogue::read(&text)?)
}

/// Loads a catalogue file, or the shipped catalogue, and leaves one entry: who, the digest of the
/// file, how many procedures were changed and how many left.
pub async fn load(
    administration: &Administration,
    log: &Log,
    file: Option<&Path>,
    system_user: &str,
) -> Result<Loaded, Error> {
    let text = match file {
        Some(file) => fs::read(file).map_err(|source| Error::File {
            file: file.to_owned(),
            source,
        })?,
        None => catalogue::SHIPPED.to_vec(),
    };
    let procedures = catalogue::read(&text)?;
    let pending = administration.begin_load(procedures).await?;
    let loaded = Loaded {
        changed: pending.created + pending.replaced,
        unchanged: pending.unchanged,
    };
    let entry = Entry {
        count: Some(loaded.changed),
        skipped: Some(loaded.unchanged),
        digest: Some(digest(&text)),
        system_user: Some(system_user),
        ..Entry::new(Operation::CliReference, Decision::Done)
    };
    log.record(&entry).await.map_err(Error::Record)?;
    if let Err(error) = administration.commit_load(pending).await {
        // The entry says what was not done; this one says so.
        let entry = Entry {
            decision: Decision::Failed,
            reason: Some(error.code()),
            ..entry
        };
        log.record(&entry).await.map_err(Error::Record)?;
        return Err(error.into());
    }
    Ok(loaded)
}

/// The procedures that are registered, as a catalogue.
pub async fn export(administration: &Administration) -> Result<String, Error> {
    Ok(catalogue::write(&administration.procedures().await?))
}

fn digest(text: &[u8]) -> [u8; 32] {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, text);
    digest.as_ref().try_into().expect("SHA-256 is 32 bytes")
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Cli {
        #[command(flatten)]
        procedures: Procedures,
    }

    fn parse(line: &str) -> Result<Command, clap::Error> {
        Cli::try_parse_from(line.split(' ')).map(|cli| cli.procedures.command)
    }

    #[test]
    fn a_catalogue_is_checked_loaded_or_exported() {
        assert!(matches!(
            parse("procedures check a.json"),
            Ok(Command::Check { .. })
        ));
        assert!(matches!(
            parse("procedures load"),
            Ok(Command::Load { file: None })
        ));
        assert!(matches!(
            parse("procedures load a.json"),
            Ok(Command::Load { file: Some(_) })
        ));
        assert!(matches!(parse("procedures export"), Ok(Command::Export)));
        assert!(parse("procedures check").is_err() && parse("procedures").is_err());
    }

    #[test]
    fn the_shipped_file_is_a_catalogue_and_another_is_not() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let shipped = check(&root.join("sql/reference/procedures.json")).unwrap();
        assert_eq!(shipped, catalogue::shipped());
        assert!(matches!(
            check(&root.join("Cargo.toml")),
            Err(Error::Catalogue(_))
        ));
        assert!(matches!(
            check(&root.join("nothing.json")),
            Err(Error::File { .. })
        ));
    }
}
