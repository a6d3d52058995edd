//! Does anything grow? For many minutes half of what the closed loop reached is asked about 200,000
//! people in no order, who come into the cache and go again, and each minute a day of the log is dropped.

use std::fmt::Write as _;

use serde::Serialize;

use super::child::Child;
use super::counters::Footprint;
use super::generator::Pace;
use super::machine::Machine;
use super::options::Options;
use super::requests::Requests;
use super::stage::{self, Plan, Stage};
use super::workload::Workload;
use super::{Failure, say};

/// Seconds that the closed loop is measured.
const CLOSED_SECONDS: f64 = 10.0;
/// The share of its rate that is asked.
const SHARE: f64 = 0.5;
/// By how much of what is held memory may grow, as the slope of the second half says, in a quarter of an
/// hour. Whatever leaks with requests would be far above it, what an allocator does by itself below.
const FLAT: f64 = 0.02;
/// By how many descriptors alike.
const FLAT_FILES: f64 = 2.0;
/// Minutes over which that counts.
const MINUTES: f64 = 15.0;

/// What was held at the end of one minute.
#[derive(Clone, Debug, Serialize)]
pub struct Minute {
    /// From 1.
    pub minute: u16,
    /// Requests answered each second.
    pub per_second: f64,
    /// How many were refused for being too much.
    pub refused: u64,
    /// Of a hundred requests all but one were answered within so many microseconds.
    pub p99: f64,
    /// The service's.
    pub service: Footprint,
    /// The database's, all processes together that last.
    pub database: Footprint,
    /// Values in the cache.
    pub cached: f64,
    /// The bytes that the cache counted for them.
    pub cached_bytes: f64,
    /// Days of the log that were dropped in it.
    pub dropped: u64,
}

/// By how much something grew each minute of the second half, and whether that is flat.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Growth {
    /// Each minute.
    pub a_minute: f64,
    /// Whether it may be.
    pub is_flat: bool,
}

/// Everything that was seen.
#[derive(Debug, Serialize)]
pub struct Soak {
    machine: Machine,
    citizens: u64,
    /// Requests due each second.
    offered: f64,
    minutes: Vec<Minute>,
    service_bytes: Growth,
    service_files: Growth,
    database_bytes: Growth,
    database_files: Growth,
}

/// Asks for so many minutes.
pub fn run(
    options: &Options,
    minutes: u16,
    child: &Child,
    requests: &Requests,
    machine: Machine,
) -> Result<Soak, Failure> {
    let connections = options.connections.iter().copied().max().unwrap_or(1);
    let stage = |pace, seconds, round| -> Result<Stage, Failure> {
        let plan = Plan {
            workload: Workload::Churn,
            connections,
            pace,
            // Where something else takes the machine for a moment, refusing is right.
            rung: Some(SHARE),
            round,
        };
        let options = Options {
            seconds,
            ..options.clone()
        };
        stage::run(&plan, &options, child, requests, None)
    };
    say(&format!("{connections} connections, the closed loop …"));
    let offered = stage(Pace::Closed, CLOSED_SECONDS, 0)?.per_second * SHARE;
    say(&format!("{offered:.0} a second for {minutes} minutes:"));
    say(&title());
    let mut seen = Vec::with_capacity(usize::from(minutes));
    for minute in 1..=minutes {
        let dropped = child.drop_a_day()?;
        let stage = stage(Pace::Open(offered), 60.0, minute)?;
        let minute = Minute {
            minute,
            per_second: stage.per_second,
            refused: stage.refused,
            p99: stage.p99,
            service: Footprint::of(child.pid())?,
            database: Footprint::of_database(child.started.postmaster)?,
            cached: stage.cached,
            cached_bytes: stage.cached_bytes,
            dropped,
        };
        say(&minute.row());
        seen.push(minute);
    }
    Ok(Soak {
        machine,
        citizens: options.citizens,
        offered,
        service_bytes: bytes(&seen, |it| it.service.bytes),
        service_files: files(&seen, |it| it.service.files),
        database_bytes: bytes(&seen, |it| it.database.bytes),
        database_files: files(&seen, |it| it.database.files),
        minutes: seen,
    })
}

fn bytes(minutes: &[Minute], of: fn(&Minute) -> f64) -> Growth {
    let (a_minute, mean) = slope(minutes, of);
    Growth {
        a_minute,
        is_flat: a_minute * MINUTES <= mean * FLAT,
    }
}

fn files(minutes: &[Minute], of: fn(&Minute) -> f64) -> Growth {
    let (a_minute, _) = slope(minutes, of);
    Growth {
        a_minute,
        is_flat: a_minute * MINUTES <= FLAT_FILES,
    }
}

/// The slope of the straight line that is nearest to the second half, and its mean.
fn slope(minutes: &[Minute], of: fn(&Minute) -> f64) -> (f64, f64) {
    let half = &minutes[minutes.len() / 2..];
    let count = half.len() as f64;
    let mean = |of: &dyn Fn(&Minute) -> f64| half.iter().map(of).sum::<f64>() / count;
    let middle = mean(&|it| f64::from(it.minute));
    let height = mean(&of);
    let spread = |it: &Minute| f64::from(it.minute) - middle;
    let along = half.iter().map(|it| spread(it) * (of(it) - height));
    let across = half.iter().map(|it| spread(it) * spread(it));
    let (along, across) = (along.sum::<f64>(), across.sum::<f64>());
    let slope = if across > 0.0 { along / across } else { 0.0 };
    (slope, height)
}

impl Soak {
    /// Whether nothing grew.
    pub fn is_flat(&self) -> bool {
        let all = [
            self.service_bytes,
            self.service_files,
            self.database_bytes,
            self.database_files,
        ];
        all.iter().all(|growth| growth.is_flat)
    }

    /// All of it, for people.
    pub fn table(&self) -> String {
        let mut out = title();
        for minute in &self.minutes {
            out.push('\n');
            out.push_str(&minute.row());
        }
        let mut tell = |what: &str, growth: Growth, unit: f64, name: &str| {
            let flat = if growth.is_flat { "flat" } else { "GROWS" };
            let each = growth.a_minute / unit;
            // Writing to a text cannot fail.
            let _ = write!(
                out,
                "\n{what}: {each:+.3} {name} a minute in the second half: {flat}"
            );
        };
        tell("service", self.service_bytes, MIB, "MiB");
        tell("service", self.service_files, 1.0, "descriptors");
        tell("database", self.database_bytes, MIB, "MiB");
        tell("database", self.database_files, 1.0, "descriptors");
        out
    }
}

const MIB: f64 = 1024.0 * 1024.0;

fn title() -> String {
    "minute  a second  refused  p99 ms  service MiB  files  database MiB  files  cached  bytes each  dropped"
        .to_owned()
}

impl Minute {
    fn row(&self) -> String {
        format!(
            "{:>6}  {:>8.0}  {:>7}  {:>6.1}  {:>11.1}  {:>5.0}  {:>12.1}  {:>5.0}  {:>6.0}  {:>10.0}  {:>7}",
            self.minute,
            self.per_second,
            self.refused,
            self.p99 / 1000.0,
            self.service.bytes / MIB,
            self.service.files,
            self.database.bytes / MIB,
            self.database.files,
            self.cached,
            self.cached_bytes / self.cached,
            self.dropped
        )
    }
}
