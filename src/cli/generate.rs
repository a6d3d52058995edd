//! `dancu generate`: a synthetic population as NDJSON, or straight into the register, where it
//! leaves one entry in the log.

use std::fs::File;
use std::io::{self, BufWriter, IsTerminal as _, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use super::attach::{Attached, Ownership, attached, system_user};
use super::ending::Ending;
use super::{Failure, say};
use crate::config::Config;
use crate::domain::citizen::Citizen;
use crate::domain::entry::{Decision, Entry, Operation};
use crate::register::document::CitizenDocument;
use crate::register::import::{self, LoadSummary};
use crate::store::{Role, Store};
use crate::synth::{Chunks, MAX_SIZE, Population, people};

/// Between two plain lines where there is no terminal to draw a bar on, in per cent.
const TOLD_EVERY: u64 = 5;
/// Between two looks of the bar.
const TICK: Duration = Duration::from_millis(200);
/// Bytes a citizen's line takes, to make room for a chunk at once.
const LINE: usize = 3_000;

/// Generates a synthetic population.
///
/// No real person is in it. Each citizen is a function of the seed and an index, so the same call gives
/// the same people on every machine, a larger population begins with the smaller one, and parts made
/// elsewhere (--from, --to) fit together. Sizes that are multiples of 20 hold whole families.
///
/// Without --out the population goes straight into the register; what it already holds is left alone.
///
/// Example: dancu generate --citizens 10000 --out citizens.ndjson
/// Example: dancu generate --citizens 1000000 --seed 7
#[derive(Clone, Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {
    /// How many citizens, at most 100,000,000.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=MAX_SIZE))]
    citizens: u64,
    /// Another seed, other people.
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// Where the NDJSON goes, one citizen a line; - is standard output.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// The first index, from 0.
    #[arg(long, value_name = "I", default_value_t = 0)]
    from: u64,
    /// The index to stop before; all citizens where this is not given.
    #[arg(long, value_name = "J")]
    to: Option<u64>,
}

impl Args {
    /// The whole population of that size into the register.
    pub fn for_register(citizens: u64, seed: u64) -> Self {
        Self {
            citizens,
            seed,
            out: None,
            from: 0,
            to: None,
        }
    }

    /// The population and the indices that are asked for.
    fn population(&self) -> (Population, Range<u64>) {
        let population = Population::new(self.seed, self.citizens);
        let end = self.to.unwrap_or(self.citizens).min(self.citizens);
        (population, self.from.min(end)..end)
    }
}

/// Generates the population; reads the configuration only where it goes into the register.
pub async fn run(
    args: &Args,
    read: impl FnOnce() -> Result<Config, Failure>,
) -> Result<(), Failure> {
    if let Some(out) = &args.out {
        let written = write(args, out)?;
        say(&format!("{written} citizens written."));
        return Ok(());
    }
    let config = read()?;
    let loaded = attached(&config, Ownership::Share, async |attached, ending| {
        load_recorded(args, &config, attached, ending).await
    });
    let LoadSummary { applied, ignored } = loaded.await?;
    say(&format!(
        "{applied} citizens loaded, {ignored} were there before."
    ));
    Ok(())
}

/// Loads the population into the register and leaves one entry, also where it was told to end:
/// what was loaded by then stays.
pub async fn load_recorded(
    args: &Args,
    config: &Config,
    attached: &Attached,
    ending: &mut Ending,
) -> Result<LoadSummary, Failure> {
    let open = attached.log(config).await?;
    let store = attached.database.store(Role::Feed, 2);
    let outcome = ending.unless_told(load(args, &store)).await;
    let user = system_user();
    let entry = Entry {
        system_user: Some(&user),
        ..Entry::new(Operation::CliGenerate, Decision::Failed)
    };
    let entry = match &outcome {
        Ok(summary) => Entry {
            decision: Decision::Done,
            count: Some(summary.applied),
            skipped: Some(summary.ignored),
            ..entry
        },
        Err(_) => entry,
    };
    let recorded = open.log.record(&entry).await;
    open.close().await;
    let summary = outcome?;
    recorded?;
    // The planner's knowledge is the owner's to refresh.
    attached
        .database
        .store(Role::Owner, 1)
        .analyse_register()
        .await?;
    Ok(summary)
}

async fn load(args: &Args, store: &Store) -> Result<LoadSummary, import::Error> {
    let (population, indices) = args.population();
    let report = Report::new(&indices);
    let mut done = 0;
    let summary = import::load(store, people(&population, indices), |committed| {
        report.tell(done, committed);
        done = committed;
    })
    .await;
    report.bar.finish_and_clear();
    summary
}

/// Writes the population to that file, or to standard output; says how many citizens it wrote.
fn write(args: &Args, out: &Path) -> io::Result<u64> {
    if out.as_os_str() == "-" {
        write_to(args, &mut BufWriter::new(io::stdout().lock()))
    } else {
        write_to(args, &mut File::create(out)?)
    }
}

fn write_to(args: &Args, out: &mut dyn Write) -> io::Result<u64> {
    let (population, indices) = args.population();
    let report = Report::new(&indices);
    let mut done = 0;
    for (count, lines) in Chunks::on_all_cores(&population, indices, |citizens| lines(citizens)) {
        out.write_all(&lines)?;
        report.tell(done, done + count);
        done += count;
    }
    out.flush()?;
    report.bar.finish_and_clear();
    Ok(done)
}

/// A chunk as NDJSON, and how many lines it has.
fn lines(citizens: &mut dyn Iterator<Item = Citizen>) -> (u64, Vec<u8>) {
    let (least, _) = citizens.size_hint();
    let mut lines = Vec::with_capacity(least * LINE);
    let mut count = 0;
    for citizen in citizens {
        serde_json::to_writer(&mut lines, &CitizenDocument(&citizen))
            .expect("a citizen is text and lists, and memory takes every byte");
        lines.push(b'\n');
        count += 1;
    }
    (count, lines)
}

/// A bar on a terminal, a line now and then elsewhere.
struct Report {
    bar: ProgressBar,
    total: u64,
    is_terminal: bool,
}

impl Report {
    fn new(indices: &Range<u64>) -> Self {
        let total = indices.end - indices.start;
        let is_terminal = io::stderr().is_terminal();
        let bar = if is_terminal {
            ProgressBar::new(total)
        } else {
            ProgressBar::hidden()
        };
        let style = "{bar:30} {percent}% {human_pos} citizens, {per_sec}, {eta} left";
        bar.set_style(ProgressStyle::with_template(style).expect("the template is right"));
        bar.enable_steady_tick(TICK);
        Self {
            bar,
            total,
            is_terminal,
        }
    }

    fn tell(&self, before: u64, now: u64) {
        self.bar.set_position(now);
        let step = |done: u64| done * 100 / TOLD_EVERY / self.total.max(1);
        if !self.is_terminal && step(now) > step(before) {
            say(&format!("{}%: {now} citizens", step(now) * TOLD_EVERY));
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::domain::change::Change;
    use crate::domain::limits::Limits;
    use crate::register::document::read_line;

    #[derive(Parser)]
    struct Cli {
        #[command(flatten)]
        args: Args,
    }

    fn args(line: &str) -> Result<Args, clap::Error> {
        Cli::try_parse_from(format!("generate {line}").split(' ')).map(|cli| cli.args)
    }

    #[test]
    fn what_is_written_reads_back_as_the_same_citizens() {
        let args = args("--citizens 3000 --seed 5 --out -").unwrap();
        let mut out = Vec::new();
        assert_eq!(write_to(&args, &mut out).unwrap(), 3_000);
        let mut lines = out
            .strip_suffix(b"\n")
            .unwrap()
            .split(|byte| *byte == b'\n');
        for citizen in Population::new(5, 3_000).iter() {
            let line = lines.next().unwrap();
            let Change::Upsert(upsert) = read_line(line, Limits::default()).unwrap().unwrap()
            else {
                panic!("a line is a whole citizen");
            };
            let mut read = upsert.citizen;
            (read.status, read.protected) = upsert.status.zip(upsert.protected).unwrap();
            assert!(read == citizen, "{}", String::from_utf8_lossy(line));
        }
        assert_eq!(lines.next(), None);
    }

    #[test]
    fn parts_made_apart_fit_together() {
        let write = |line: &str| {
            let mut out = Vec::new();
            write_to(&args(line).unwrap(), &mut out).unwrap();
            out
        };
        let whole = write("--citizens 500 --out -");
        let first = write("--citizens 500 --out - --to 123");
        let second = write("--citizens 500 --out - --from 123 --to 9999");
        assert!(whole == [first, second].concat());
        assert!(write("--citizens 500 --out - --from 600").is_empty());
    }

    #[test]
    fn a_population_of_nobody_or_of_too_many_is_a_wrong_call() {
        assert!(args("--citizens 0").is_err());
        assert!(args("--citizens 100000001").is_err());
        assert!(args("--out -").is_err());
        assert!(args("--citizens 100000000").is_ok());
    }
}
