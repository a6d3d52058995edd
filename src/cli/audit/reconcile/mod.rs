//! `dancu audit reconcile`: the file, the report, and an exit code that says it.

mod journal;

use std::path::PathBuf;
use std::process::ExitCode;

use jiff::civil::Date;
use serde::Serialize;
use serde_json::json;
use tokio::sync::oneshot;
use uuid::Uuid;

use super::super::attach::{Attached, Ownership, attached, system_user};
use super::super::ending::Ending;
use super::super::{Failure, print, say};
use crate::audit::reconcile::{Comparison, Listed, Question, ReconcileError, reconcile};
use crate::config::Config;
use crate::domain::entry::{Decision, Entry, Operation, Private};
use crate::domain::fault::FromText;
use crate::domain::policy::Code;
use journal::{Format, JournalError, Summary};

/// Ids of one kind that are listed at most.
const MAX_LISTED: u64 = 10_000;

/// Compares an agency's own journal with the log.
///
/// FILE holds the audit ids of all answers that one client was given on one day (Vietnam's), in any
/// order: one a line; or NDJSON with a member `audit_id`; or CSV with a column of that name. It may be
/// of any size. Lines without an id are passed over.
///
/// Both sides get a digest, the one that POST /v1/audit/reconciliation answers. An agency computes its
/// own without us: `LC_ALL=C sort FILE | sha256sum`, where FILE has one id a line, in lower case.
///
/// An id that only the journal has is explained: of another client, of another day, or not in the log
/// at all. The last is grave, for no answer leaves without its entry. An entry that only the log has
/// belongs to an answer that never arrived, or to one that the journal lacks.
///
/// A day is compared once it is over in Vietnam and the log is searchable up to its end. The command
/// leaves an entry of its own. The exit code is 0 where both sides are equal, 1 where they differ or
/// nothing could be compared, and 2 for wrong usage.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example: dancu audit reconcile journal.csv --client onestop-hcm --day 2026-11-21"
)]
pub struct Args {
    /// The journal.
    file: PathBuf,
    /// The agency's system.
    #[arg(long, value_name = "ID", value_parser = client)]
    client: Code,
    /// The day in Vietnam.
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = day)]
    day: Date,
    /// What the file is; by its name (`.csv`, `.ndjson`, `.jsonl`, or ids) where this is not given.
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// How many ids of each kind are listed at most.
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u64).range(..=MAX_LISTED))]
    list: u64,
    /// Writes the report to standard output as JSON.
    #[arg(long)]
    json: bool,
}

/// What is reported.
#[derive(Debug, Serialize)]
struct Report<'a> {
    client_id: &'a str,
    day: Date,
    is_equal: bool,
    #[serde(flatten)]
    comparison: &'a Comparison,
    lines: Summary,
    audit_id: Uuid,
}

/// Why nothing was compared.
#[derive(Debug, thiserror::Error)]
enum Broken {
    #[error(transparent)]
    Journal(#[from] JournalError),
    #[error(transparent)]
    Reconcile(#[from] ReconcileError),
    #[error(transparent)]
    Ended(Failure),
}

/// Compares.
pub async fn run(args: &Args, config: &Config) -> Result<ExitCode, Failure> {
    attached(config, Ownership::Existing, async |attached, ending| {
        compare_recorded(args, config, attached, ending).await
    })
    .await
}

/// Compares, and leaves an entry of it before anything is said.
async fn compare_recorded(
    args: &Args,
    config: &Config,
    attached: &Attached,
    ending: &mut Ending,
) -> Result<ExitCode, Failure> {
    // First of all, for what cannot be recorded is not done.
    let open = attached.log(config).await?;
    let compared = compare(args, attached, ending).await;
    let user = system_user();
    let target = json!({"client_id": args.client.as_str(), "day": args.day}).to_string();
    let entry = Entry {
        claims: &["day", "client_id"],
        system_user: Some(&user),
        target: Some(Private::new(&target)),
        ..Entry::new(Operation::AuditReconciliation, Decision::Done)
    };
    let entry = match &compared {
        Ok((comparison, lines)) => Entry {
            count: Some(comparison.log.ids),
            digest: Some(lines.digest),
            ..entry
        },
        Err(error) => Entry {
            decision: Decision::Failed,
            reason: Some(match error {
                Broken::Reconcile(error) => error.code(),
                Broken::Journal(_) | Broken::Ended(_) => "internal",
            }),
            ..entry
        },
    };
    let recorded = open.log.record(&entry).await;
    open.close().await;
    let (comparison, lines) = compared?;
    let report = Report {
        client_id: args.client.as_str(),
        day: args.day,
        is_equal: comparison.is_equal() && lines.unreadable == 0,
        comparison: &comparison,
        lines,
        audit_id: recorded?,
    };
    if args.json {
        print(&serde_json::to_string_pretty(&report)?)?;
    }
    say(&in_words(&report));
    Ok(if report.is_equal {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

async fn compare(
    args: &Args,
    attached: &Attached,
    ending: &mut Ending,
) -> Result<(Comparison, Summary), Broken> {
    let question = Question {
        client_id: args.client.as_str(),
        day: args.day,
        listed: usize::try_from(args.list).unwrap_or(usize::MAX),
    };
    let (file, format) = (args.file.clone(), args.format());
    let work = async {
        // A thread that nobody waits for where the process is told to end meanwhile.
        let (done, read) = oneshot::channel();
        std::thread::spawn(move || {
            let _nobody_waits = done.send(journal::read(&file, format));
        });
        let (journal, lines) = read.await.map_err(|ended| Broken::Ended(ended.into()))??;
        let comparison = reconcile(&attached.database, &question, journal).await?;
        Ok::<_, Broken>((comparison, lines))
    };
    // Told apart, so that a command that is told to end says so.
    match ending
        .unless_told(async { Ok::<_, Failure>(work.await) })
        .await
    {
        Ok(compared) => compared,
        Err(told) => Err(Broken::Ended(told)),
    }
}

impl Args {
    fn format(&self) -> Format {
        self.format.unwrap_or_else(|| Format::of(&self.file))
    }
}

fn client(text: &str) -> Result<Code, &'static str> {
    Code::from_text(text).map_err(|_| "a client's id")
}

fn day(text: &str) -> Result<Date, &'static str> {
    let day = text.parse::<Date>().ok();
    day.filter(|day| text.len() == 10 && day.year() >= 1970)
        .ok_or("a day as yyyy-mm-dd")
}

/// Nothing of the journal is said but ids that were read as such.
fn in_words(report: &Report<'_>) -> String {
    let Report {
        client_id,
        day,
        comparison,
        lines: summary,
        ..
    } = report;
    let mut lines = vec![
        format!(
            "Compared {} ids of the journal with {} entries of {client_id} on {day}: {} agree.",
            comparison.journal.ids, comparison.log.ids, comparison.agreeing
        ),
        format!("The journal's digest: {}", comparison.journal.digest),
        format!("The log's digest:     {}", comparison.log.digest),
    ];
    let id = |id: &Uuid| id.to_string();
    let mut listed = |what: &str, listed: (u64, Vec<String>)| {
        let (count, ids) = listed;
        if count > 0 {
            lines.push(format!("{count} {what}"));
            let more = count - (ids.len() as u64).min(count);
            lines.extend(ids.iter().map(|id| format!("  {id}")));
            if more > 0 && !ids.is_empty() {
                lines.push(format!("  and {more} more"));
            }
        }
    };
    listed(
        "in the journal that the log does not hold. GRAVE: no answer leaves without its entry. Verify the \
         log (dancu audit verify) and ask where these ids came from:",
        texts(&comparison.unknown, id),
    );
    listed(
        "in the log that no search finds. GRAVE: what is searched is not the log. See \
         dancu_search_unreadable_total:",
        texts(&comparison.unsearchable, id),
    );
    listed(
        "in the journal are of other clients:",
        texts(&comparison.of_other_clients, |it| {
            let client = it.client_id.as_deref().unwrap_or("no client");
            format!("{} of {}", it.audit_id, client.escape_debug())
        }),
    );
    listed(
        "in the journal are of other days:",
        texts(&comparison.of_other_days, |it| {
            format!("{} of {}", it.audit_id, it.day)
        }),
    );
    listed(
        "in the journal are of days that were dropped when their retention had ended:",
        texts(&comparison.expired, id),
    );
    listed(
        "repetitions in the journal, of:",
        texts(&comparison.repeated, id),
    );
    listed(
        "only in the log: answers that did not arrive, or that the journal lacks:",
        texts(&comparison.only_in_log, id),
    );
    if let Some(first) = summary.first_unreadable {
        lines.push(format!(
            "{} lines of the journal hold something that is no audit id, the first of them number {first}.",
            summary.unreadable
        ));
    }
    if summary.without_id > 0 {
        lines.push(format!(
            "{} lines of the journal have no id, and were passed over.",
            summary.without_id
        ));
    }
    lines.push(if report.is_equal {
        "Both are equal.".into()
    } else {
        format!(
            "THEY DIFFER: {} only in the journal, {} only in the log.",
            comparison.only_in_journal(),
            comparison.only_in_log.count
        )
    });
    lines.push(format!("Recorded as {}.", report.audit_id));
    lines.join("\n")
}

fn texts<T>(of: &Listed<T>, text: impl Fn(&T) -> String) -> (u64, Vec<String>) {
    (of.count, of.listed.iter().map(text).collect())
}
