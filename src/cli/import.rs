//! `dancu import`: a file of citizens into the register, with its progress on the terminal.

use std::ffi::OsString;
use std::fs::File;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use super::progress::Bar;
use super::say;
use crate::domain::limits::Limits;
use crate::register::import::{self, Error, Format, ImportSummary, Progress, RejectFile};
use crate::store::Store;
use crate::store::imports::ImportState;

/// Imports citizens from a file.
///
/// NDJSON holds one citizen a line, as the register writes it; CSV has a first row of dotted column
/// names (`permanent_residence.commune_code`), JSON text in the cells of lists, and dates as
/// yyyy-mm-dd, yyyy-mm, yyyy or dd/mm/yyyy. A line may carry its `revision`; without one it is 1.
///
/// What is as old as the register's record is ignored, so a file may be imported again. An import
/// that was stopped goes on where it was. Lines at fault go to a file of their own with their number
/// and the reasons; all others are imported, and the exit code is then 1.
///
/// Example: dancu import citizens.ndjson --rejects rejected.ndjson
#[derive(Clone, Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {
    /// The file.
    file: PathBuf,
    /// What it is; by its name (`.csv` or anything else) where this is not given.
    #[arg(long, value_enum)]
    format: Option<FormatName>,
    /// Where rejected lines go; FILE.rejects.ndjson where this is not given. Only its owner can read it.
    #[arg(long, value_name = "FILE")]
    rejects: Option<PathBuf>,
}

/// A format by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum FormatName {
    Ndjson,
    Csv,
}

/// Imports the file and says on standard error how far it is and what came of it.
pub async fn run(args: &Args, limits: Limits, store: &Store) -> Result<ImportSummary, Error> {
    let file = File::open(&args.file)?;
    let rejects_path = args.rejects_path();
    let mut rejects = RejectFile::new(rejects_path.clone());
    let mut bar = Bar::new("{bar:30} {percent}% {msg} {bytes_per_sec}, {eta} left");
    let tell = |progress: &Progress| {
        tell(&mut bar, progress);
        ControlFlow::Continue(())
    };
    let done = import::run(store, file, args.format(), limits, &mut rejects, tell).await;
    bar.end();
    let summary = done?;
    say(&in_words(&summary, &rejects_path));
    Ok(summary)
}

impl Args {
    fn format(&self) -> Format {
        let is_csv = || {
            self.file
                .extension()
                .is_some_and(|name| name.eq_ignore_ascii_case("csv"))
        };
        match self.format {
            Some(FormatName::Csv) => Format::Csv,
            Some(FormatName::Ndjson) => Format::Ndjson,
            None if is_csv() => Format::Csv,
            None => Format::Ndjson,
        }
    }

    fn rejects_path(&self) -> PathBuf {
        self.rejects.clone().unwrap_or_else(|| {
            let mut path = OsString::from(&self.file);
            path.push(".rejects.ndjson");
            path.into()
        })
    }
}

fn tell(bar: &mut Bar, progress: &Progress) {
    let ImportState {
        applied,
        ignored,
        rejected,
        ..
    } = progress.state;
    bar.message(format!("{applied} applied, {rejected} rejected,"));
    bar.tell(progress.bytes, progress.total_bytes, || {
        format!("{applied} applied, {ignored} ignored, {rejected} rejected")
    });
}

fn in_words(summary: &ImportSummary, rejects: &Path) -> String {
    let ImportSummary {
        applied,
        ignored,
        rejected,
        resumed_at,
        was_finished,
        ..
    } = summary;
    let counts = format!("{applied} applied, {ignored} ignored, {rejected} rejected");
    if *was_finished {
        return format!("This file was imported before: {counts}.");
    }
    let from = match resumed_at {
        0 => String::new(),
        line => format!(", going on from line {line}"),
    };
    let kept = match rejected {
        0 => String::new(),
        _ => format!(" See {}.", rejects.display()),
    };
    format!("Imported{from}: {counts}.{kept}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args(file: &str) -> Args {
        Args {
            file: file.into(),
            format: None,
            rejects: None,
        }
    }

    #[test]
    fn the_format_is_told_by_the_name_unless_it_is_given() {
        assert_eq!(args("a.CSV").format(), Format::Csv);
        assert_eq!(args("a.ndjson").format(), Format::Ndjson);
        assert_eq!(args("csv").format(), Format::Ndjson);
        let given = Args {
            format: Some(FormatName::Ndjson),
            ..args("a.csv")
        };
        assert_eq!(given.format(), Format::Ndjson);
    }

    #[test]
    fn rejects_lie_beside_the_file() {
        assert_eq!(
            args("in/a.csv").rejects_path(),
            PathBuf::from("in/a.csv.rejects.ndjson")
        );
    }

    #[test]
    fn a_finished_file_and_a_resumed_one_are_said_so() {
        let summary = ImportSummary {
            digest: [0; 32],
            applied: 5,
            ignored: 4,
            rejected: 1,
            resumed_at: 3,
            was_finished: false,
        };
        let said = in_words(&summary, Path::new("r"));
        assert_eq!(
            said,
            "Imported, going on from line 3: 5 applied, 4 ignored, 1 rejected. See r."
        );
        let finished = ImportSummary {
            was_finished: true,
            ..summary
        };
        assert!(in_words(&finished, Path::new("r")).starts_with("This file was imported before"));
    }
}
