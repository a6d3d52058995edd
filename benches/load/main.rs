//! How fast is the whole service? It is started over a PostgreSQL of its own that flushes every
//! commit, asked by many callers at once, and compared with an empty handler in the same process.
//!
//! ```sh
//! cargo bench --bench load                                   # some ten minutes
//! cargo bench --bench load -- --seconds 1 --rounds 1         # a look
//! cargo bench --bench load -- --help
//! ```
//!
//! Two processes: this one asks, a child of it answers (`service`). What is measured and how is in
//! `docs/performance.md`. Not here: cold reads, other databases, more than one machine.

mod answer;
mod callers;
mod connection;
mod counters;
mod dice;
mod generator;
mod hold;
mod machine;
mod options;
mod report;
mod requests;
mod rounds;
mod sealing;
mod service;
mod stage;
mod statistics;
mod workload;

use std::error::Error;
use std::io::Write as _;
use std::process::ExitCode;

use clap::Parser as _;

use options::Options;

/// As in the product.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What a measurement fails with: said once, with all its causes.
type Failure = Box<dyn Error + Send + Sync>;

fn main() -> ExitCode {
    let options = Options::parse();
    let done = if options.service {
        service::run(&options)
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
    say("starting the service and making its people …");
    let running = service::Child::start(options)?;
    let callers = callers::admit(&running.started, options)?;
    say("writing the requests …");
    let requests = requests::Requests::new(&running.started, &callers, options.citizens);
    if options.hold {
        return hold::hold(&running.started, &requests);
    }
    let machine = machine::look(&running.started.data_dir)?;
    let measured = rounds::run(options, &running, &requests)?;
    let database = running.started.database.clone();
    running.stop()?;
    let report = report::Report::new(options, machine, database, measured);
    print(&report.table())?;
    if let Some(directory) = options.json.parent() {
        std::fs::create_dir_all(directory)?;
    }
    std::fs::write(&options.json, serde_json::to_vec_pretty(&report)?)?;
    say(&format!("all figures: {}", options.json.display()));
    Ok(())
}

/// Says something to the person at the terminal.
fn say(text: &str) {
    let _nobody_listens = writeln!(std::io::stderr().lock(), "{text}");
}

/// Writes a result to standard output.
fn print(text: &str) -> Result<(), Failure> {
    Ok(writeln!(std::io::stdout().lock(), "{text}")?)
}
