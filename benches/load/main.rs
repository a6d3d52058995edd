//! How fast is the whole service? It is started over a PostgreSQL of its own that flushes every
//! commit, asked by many callers at once, and compared with an empty handler in the same process and
//! with `pgbench` reading the same rows, or with peers that answer the same lookup.
//!
//! ```sh
//! cargo bench --bench load                                   # half an hour
//! cargo bench --bench load -- --seconds 1 --rounds 1         # a look
//! cargo bench --bench load -- --help
//! ```
//!
//! Two processes: this one asks (`child` is what it sees of the other), a child of it answers
//! (`service`). What is measured and how is in `docs/performance.md`. Not here: other databases, more
//! than one machine.

mod answer;
mod callers;
mod chart;
mod child;
mod connection;
mod counters;
mod dice;
mod dropping;
mod existing;
mod generator;
mod hold;
mod home;
mod machine;
mod options;
mod overload;
mod peers;
mod people;
mod pgbench;
mod population;
mod report;
mod requests;
mod rounds;
mod script;
mod sealing;
mod service;
mod silent;
mod slow_disk;
mod soak;
mod stage;
mod startup;
mod statistics;
mod unrecorded;
mod workload;

use std::error::Error;
use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;

use clap::Parser as _;

use options::Options;

/// As in the product.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What a measurement fails with: said once, with all its causes.
type Failure = Box<dyn Error + Send + Sync>;

fn main() -> ExitCode {
    let options = Options::parse().settled();
    let done = if options.service {
        service::run(&options)
    } else if options.redraw {
        draw(&options)
    } else {
        measure(&options)
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let mut cause = error.source();
            let mut text = error.to_string();
            while let Some(error) = cause {
                text.push_str(": ");
                text.push_str(&error.to_string());
                cause = error.source();
            }
            say(&format!("load: {text}"));
            ExitCode::FAILURE
        }
    }
}

fn measure(options: &Options) -> Result<(), Failure> {
    let home = home::Home::open(options)?;
    say("starting the service and making its people …");
    let child = child::Child::start(options, &home)?;
    let callers = callers::admit(&child.started, options)?;
    say("writing the requests …");
    let requests = requests::Requests::new(&callers, options);
    if options.hold {
        return hold::hold(&child.started, &requests);
    }
    let machine = machine::look(&child.started)?;
    slow_disk::check(options, &child.started)?;
    if let Some(minutes) = options.soak {
        let soak = soak::run(options, minutes, &child, &requests, machine)?;
        child.stop()?;
        print(&soak.table())?;
        write(&options.json, &serde_json::to_vec_pretty(&soak)?)?;
        say(&format!("all figures: {}", options.json.display()));
        return if soak.is_flat() {
            Ok(())
        } else {
            Err("something grows".into())
        };
    }
    if options.overload {
        let overload = overload::run(options, &child, &requests, machine)?;
        child.stop()?;
        print(&overload.table())?;
        write(&options.json, &serde_json::to_vec_pretty(&overload)?)?;
        say(&format!("all figures: {}", options.json.display()));
        return overload.judged();
    }
    let resident_bytes = counters::Counters::read(&child, workload::Workload::Verify)?;
    let measured = rounds::run(options, &child, &requests)?;
    let mut aside = report::Aside {
        machine,
        filled_seconds: child.started.filled_seconds,
        resident_bytes: resident_bytes.resident_bytes(),
        startup: None,
        silence: None,
    };
    child.stop()?;
    if options.starts > 0 || options.silent {
        say("starting the service again …");
        let (mut startup, child) = startup::run(options, &home, &requests)?;
        if options.silent {
            aside.silence = Some(silent::run(options, &child, &callers, &requests)?);
        }
        child.stop()?;
        if options.starts > 0 {
            startup.existing_seconds = Some(existing::run(options, &home, &requests)?);
            aside.startup = Some(startup);
        }
    }
    let report = report::Report::new(options, aside, measured);
    print(&report.table())?;
    write(&options.json, &serde_json::to_vec_pretty(&report)?)?;
    say(&format!("all figures: {}", options.json.display()));
    draw(options)
}

/// Draws the figures that were written, where that is wanted.
fn draw(options: &Options) -> Result<(), Failure> {
    let Some(path) = &options.chart else {
        return Ok(());
    };
    let figures = std::fs::read(&options.json)?;
    write(path, chart::draw(&figures)?.as_bytes())?;
    say(&format!("the chart: {}", path.display()));
    Ok(())
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    if let Some(directory) = path.parent() {
        std::fs::create_dir_all(directory)?;
    }
    Ok(std::fs::write(path, bytes)?)
}

/// Says something to the person at the terminal.
fn say(text: &str) {
    let _nobody_listens = writeln!(std::io::stderr().lock(), "{text}");
}

/// Writes a result to standard output.
fn print(text: &str) -> Result<(), Failure> {
    Ok(writeln!(std::io::stdout().lock(), "{text}")?)
}
