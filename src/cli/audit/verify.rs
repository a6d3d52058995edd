//! `dancu audit verify`: progress on the terminal, the report, and an exit code that says it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use uuid::Uuid;

use super::super::attach::{Ownership, attached};
use super::super::progress::Bar;
use super::super::{Failure, print, say};
use crate::audit::SecondPlace;
use crate::audit::verify::{
    AcceptedLoss, Fault, LEAST_RETENTION_DAYS, Options, Place, Progress, Remote, Report, Trust,
    WitnessNote, verify, verify_remote,
};
use crate::clock::Clock;
use crate::config::{AuditConfig, Config};
use crate::tlog::{MAX_NOTE_LENGTH, VerifierKey};

/// The bar.
const STYLE: &str = "{bar:30} {percent}% {human_pos} leaves, {per_sec}, {eta} left";
/// How many faults are said one by one; `--json` gives more.
const SAID: usize = 10;

/// Proves that no entry was altered, removed, inserted or back-dated.
///
/// Computes every hash again from the entries in the database and compares with the tiles, with every
/// signed checkpoint, with the plain columns, with what the second place remembers and with what
/// witnesses signed. It may run beside a service that writes: entries that are too young to be sealed
/// are reported, and are no fault. Signed leaves that `dancu audit new-epoch` declared lost are a fault
/// until whoever verifies accepts them by number: an epoch can be begun by whoever has the key that
/// signs, and only you know whether a backup was restored at the time.
///
/// With --url it is the tree that a running service shows under /log that is computed again, without
/// any access to its database: every tile, against the signed checkpoint and whatever else is known
/// of it.
///
/// The keys must come from elsewhere than the database, or whoever administers it could have put
/// their own there. The exit code is 0 where nothing is wrong, 1 where something is (an unaccepted loss
/// and an empty second place among it) or the log cannot be read, and 2 for wrong usage.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example: dancu audit verify --key-file log.vkey --witness-key-file witness.vkey",
    group(clap::ArgGroup::new("trusted").args(["keys", "key_file"]).multiple(true))
)]
pub struct Args {
    /// A key that signs checkpoints, as `name+id+key`. May be repeated.
    #[arg(long = "key", value_name = "VKEY")]
    keys: Vec<VerifierKey>,
    /// A file of such keys, one a line.
    #[arg(long, value_name = "FILE")]
    key_file: Option<PathBuf>,
    /// A witness's key. May be repeated.
    #[arg(long = "witness-key", value_name = "VKEY")]
    witness_keys: Vec<VerifierKey>,
    /// A file of witnesses' keys, one a line.
    #[arg(long, value_name = "FILE")]
    witness_key_file: Option<PathBuf>,
    /// A checkpoint that a witness kept: a file, or an http address. May be repeated.
    #[arg(long = "witness-checkpoint", value_name = "FILE|URL")]
    witness_checkpoints: Vec<String>,
    /// The directory that remembers what was signed; the configured one where this is not given.
    #[arg(long, value_name = "DIR")]
    second_place: Option<PathBuf>,
    /// A loss that a new epoch declared and that is in order, as the report says it: the epoch, and how
    /// many leaves it lost at the most. May be repeated.
    #[arg(
        long = "accept-loss",
        value_name = "EPOCH:LEAVES",
        conflicts_with = "url"
    )]
    accepted_losses: Vec<AcceptedLoss>,
    /// Days that entries are kept at the least: younger ones that are gone were removed, whatever the
    /// database says of their age or of its retention.
    #[arg(long, value_name = "DAYS", default_value_t = LEAST_RETENTION_DAYS)]
    least_retention: u16,
    /// A service, as `http://host:port`: verifies what it shows instead of a database.
    #[arg(long, requires = "trusted")]
    url: Option<String>,
    /// Which epoch of it; the one that grows where this is not given.
    #[arg(long, value_name = "N", requires = "url")]
    epoch: Option<u32>,
    /// The checkpoint an earlier run kept: the log must be that one, grown.
    #[arg(long, value_name = "FILE", requires = "url")]
    since: Option<PathBuf>,
    /// Keeps the checkpoint for the next run, if nothing is wrong.
    #[arg(long, value_name = "FILE", requires = "url")]
    keep: Option<PathBuf>,
    /// A file with an auditor's token, for --entry.
    #[arg(long, value_name = "FILE", requires_all = ["url", "entries"])]
    token_file: Option<PathBuf>,
    /// Fetches the proof of the entry with this audit id, and checks it. May be repeated.
    #[arg(long = "entry", value_name = "ID", requires_all = ["url", "token_file"])]
    entries: Vec<Uuid>,
    /// Writes the report to standard output as JSON.
    #[arg(long)]
    json: bool,
}

/// Verifies.
pub async fn run(
    args: &Args,
    read: impl FnOnce() -> Result<Config, Failure>,
) -> Result<ExitCode, Failure> {
    let trust = args.trust()?;
    let mut witness_notes = Vec::new();
    for from in &args.witness_checkpoints {
        witness_notes.push(note(from).await?);
    }
    let began = Instant::now();
    if let Some(url) = &args.url {
        let report = over_http(args, url, trust, witness_notes).await?;
        return tell(&report, began.elapsed(), args.json);
    }
    let config = read()?;
    let options = Options {
        trust,
        second_place: args.second_place(&config)?,
        witness_notes,
        accepted_losses: args.accepted_losses.clone(),
        grace: Duration::from_secs(config.audit.seal_grace_s.into()),
        least_retention_days: args.least_retention,
    };
    let mut bar = Bar::new(STYLE);
    let now = Clock::default().now();
    let verified = attached(&config, Ownership::Existing, async |attached, ending| {
        let tell = |progress| told(&mut bar, progress);
        let work = verify(&attached.database, options, now, tell);
        ending.unless_told(work).await
    });
    let report = verified.await;
    bar.end();
    tell(&report?, began.elapsed(), args.json)
}

async fn over_http(
    args: &Args,
    url: &str,
    trust: Trust,
    witness_notes: Vec<WitnessNote>,
) -> Result<Report, Failure> {
    let remembered = match &args.second_place {
        Some(directory) => Some(SecondPlace::new(named(directory)?).all()?),
        None => None,
    };
    let proofs = match &args.token_file {
        Some(file) => Some((text(file)?.trim().to_owned(), args.entries.clone())),
        None => None,
    };
    let remote = Remote {
        url: url.to_owned(),
        epoch: args.epoch,
        trust,
        remembered,
        witness_notes,
        since: args.since.as_deref().map(text).transpose()?,
        proofs,
        now: Clock::default().now(),
        grace: Duration::from_secs(AuditConfig::default().seal_grace_s.into()),
        least_retention_days: args.least_retention,
    };
    let mut bar = Bar::new(STYLE);
    let verified = verify_remote(&remote, |progress| told(&mut bar, progress)).await;
    bar.end();
    let (report, checkpoint) = verified?;
    if let (Some(file), Some(checkpoint)) = (&args.keep, checkpoint) {
        fs::write(file, checkpoint)
            .map_err(|error| format!("{} cannot be written: {error}", file.display()))?;
    }
    Ok(report)
}

impl Args {
    fn trust(&self) -> Result<Trust, Failure> {
        Ok(Trust {
            log: with_file(&self.keys, self.key_file.as_ref())?,
            witnesses: with_file(&self.witness_keys, self.witness_key_file.as_ref())?,
        })
    }

    /// A directory that was named must be there. The configured one, or that of an embedded database,
    /// is as good as empty where it is not: it was lost, or is not mounted. There is none to compare
    /// with where the configuration names none, for whoever seals may be on another machine.
    fn second_place(&self, config: &Config) -> Result<Option<SecondPlace>, Failure> {
        let directory = match &self.second_place {
            Some(directory) => named(directory)?,
            None if config.audit.second_place.is_some() || !config.database.is_given() => {
                config.second_place()
            }
            None => return Ok(None),
        };
        Ok(Some(SecondPlace::new(directory)))
    }
}

fn named(directory: &Path) -> Result<PathBuf, Failure> {
    if directory.is_dir() {
        return Ok(directory.to_owned());
    }
    Err(format!("there is no directory {}", directory.display()).into())
}

fn text(file: &Path) -> Result<String, Failure> {
    let text = fs::read_to_string(file);
    Ok(text.map_err(|error| format!("{} cannot be read: {error}", file.display()))?)
}

fn with_file(keys: &[VerifierKey], file: Option<&PathBuf>) -> Result<Vec<VerifierKey>, Failure> {
    let mut keys = keys.to_vec();
    if let Some(file) = file {
        for line in text(file)?
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty())
        {
            keys.push(
                line.parse()
                    .map_err(|error| format!("{}: {error}", file.display()))?,
            );
        }
    }
    Ok(keys)
}

async fn note(from: &str) -> Result<WitnessNote, Failure> {
    let note = if from.starts_with("http://") || from.starts_with("https://") {
        let client = reqwest::Client::builder()
            .timeout(Duration::from_secs(10))
            .build()?;
        client
            .get(from)
            .send()
            .await?
            .error_for_status()?
            .text()
            .await?
    } else {
        text(Path::new(from))?
    };
    if note.len() > MAX_NOTE_LENGTH {
        return Err(format!("{from} is no checkpoint: it is too long").into());
    }
    Ok(WitnessNote {
        from: from.to_owned(),
        note,
    })
}

fn told(bar: &mut Bar, progress: Progress) {
    let Progress { done, total } = progress;
    bar.tell(done, total, || format!("{done} of {total} leaves"));
}

/// Says the report, and the exit code it comes to.
fn tell(report: &Report, took: Duration, json: bool) -> Result<ExitCode, Failure> {
    if json {
        print(&serde_json::to_string_pretty(report)?)?;
    }
    say(&in_words(report, took));
    Ok(if report.is_good() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn in_words(report: &Report, took: Duration) -> String {
    let checked = &report.checked;
    let per_second = (checked.leaves as f64 / took.as_secs_f64().max(0.001)).round();
    let mut lines = vec![format!(
        "Checked {} leaves of {} epochs, {} entries, {} lanes, {} tiles, {} checkpoints, {} heads of \
         the second place, {} states before and after a change, {} cosignatures, {} proofs in {:.1} s ({per_second} a second).",
        checked.leaves,
        checked.epochs,
        checked.entries,
        checked.lanes,
        checked.tiles,
        checked.checkpoints,
        checked.second_place,
        checked.attachments,
        checked.cosignatures,
        checked.proofs,
        took.as_secs_f64(),
    )];
    lines.extend(noted(report));
    let Some(first) = &report.first else {
        lines.push("Nothing is wrong.".into());
        return lines.join("\n");
    };
    lines.push(format!("FAULT. The first bad entry: {}", fault(first)));
    lines.push("All faults:".into());
    for (kind, count) in &report.counts {
        lines.push(format!("  {count} {}: {}", kind.as_str(), kind.text()));
    }
    lines.extend(
        report
            .faults
            .iter()
            .take(SAID)
            .map(|it| format!("  - {}", fault(it))),
    );
    let all: u64 = report.counts.values().sum();
    if all > SAID as u64 {
        lines.push(format!("  and {} more", all - SAID as u64));
    }
    lines.join("\n")
}

fn fault(fault: &Fault) -> String {
    let detail = match fault.detail.as_str() {
        "" => String::new(),
        detail => format!(" ({detail})"),
    };
    format!("{}: {}{detail}", place(&fault.place), fault.kind.text())
}

fn place(place: &Place) -> String {
    let mut parts = Vec::new();
    let mut part = |name: &str, value: Option<String>| {
        parts.extend(value.map(|value| format!("{name} {value}")));
    };
    part("epoch", place.epoch.map(|it| it.to_string()));
    part("index", place.index.map(|it| it.to_string()));
    part("lane", place.lane.map(|it| it.to_string()));
    part("seq", place.seq.map(|it| it.to_string()));
    part("audit_id", place.audit_id.map(|it| it.to_string()));
    part("at", place.at.map(|it| it.to_string()));
    if parts.is_empty() {
        "the log as a whole".into()
    } else {
        parts.join(", ")
    }
}

fn noted(report: &Report) -> Vec<String> {
    let noted = &report.noted;
    let mut lines = Vec::new();
    if noted.keys_from_database {
        lines.push(
            "WARNING: no --key was given, so the keys in the database were believed. That proves \
             nothing against whoever administers the database."
                .into(),
        );
    }
    if !noted.second_place_compared {
        lines.push(
            "WARNING: nothing was compared with a second place. A restored backup, or a log signed \
             again with its own key, is not seen without one."
                .into(),
        );
    }
    for (count, text) in [
        (noted.unplanned_entries, "entries are not sealed yet"),
        (
            noted.unsigned_entries,
            "entries are planned and not signed yet",
        ),
        (noted.living_lanes, "lanes are open"),
        (
            noted.abandoned_lanes,
            "lanes have no end, which another lane reported",
        ),
        (
            noted.past_lanes,
            "lanes were opened for days that were over: a demonstration's history, or written into \
             the past",
        ),
        (noted.empty_lanes, "lanes never wrote"),
        (
            noted.dropped_entries,
            "entries were dropped when their retention was over",
        ),
        (
            noted.newer_entries,
            "entries are of a newer version, or hold newer words: only their hashes were checked",
        ),
        (
            noted.uncompared_heads,
            "known heads are of other epochs, and were not compared",
        ),
        (
            noted.unknown_cosignatures,
            "cosignatures are by witnesses whose keys were not given",
        ),
    ] {
        if count > 0 {
            lines.push(format!("{count} {text}."));
        }
    }
    for loss in &noted.losses {
        lines.push(format!(
            "DECLARED LOSS: of epoch {} {} leaves were signed and {} are left; epoch {} follows it. If \
             a backup was restored at the time: --accept-loss {}:{}",
            loss.epoch,
            loss.signed,
            loss.kept,
            loss.followed_by,
            loss.epoch,
            loss.lost()
        ));
    }
    for hole in &noted.holes {
        lines.push(format!(
            "DECLARED HOLE: numbers {} to {} of lane {} were lost before they were sealed, as the entry \
             of {} declares.",
            hole.first_seq,
            hole.last_seq,
            hole.lane,
            place(&hole.declared_by)
        ));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::verify::Kind;

    #[test]
    fn a_report_names_the_first_bad_entry_and_warns_of_keys_from_the_database() {
        let first = Fault {
            kind: Kind::EntryAltered,
            place: Place {
                epoch: Some(1),
                index: Some(7),
                lane: Some(3),
                seq: Some(4),
                ..Place::default()
            },
            detail: String::new(),
        };
        let mut report = Report {
            first: Some(first.clone()),
            faults: vec![first],
            counts: [(Kind::EntryAltered, 1)].into(),
            ..Report::default()
        };
        report.noted.keys_from_database = true;
        let said = in_words(&report, Duration::from_secs(1));
        assert!(said.contains("The first bad entry: epoch 1, index 7, lane 3, seq 4"));
        assert!(said.contains("proves nothing"));
        assert!(!said.contains("Nothing is wrong"));
    }
}
