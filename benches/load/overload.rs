//! What becomes of five times what can be done? The service may have few questions under way, over a disk
//! that is slow. What it answers in a closed loop is its peak; five times that is offered in an open loop,
//! then half of it. Judged is what is still answered, how soon the rest is refused, what memory is taken, and
//! how soon all is well again.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use serde::Serialize;

use super::child::Child;
use super::counters::Footprint;
use super::generator::{self, Change, Load, Outcome, Pace, SLICE, Slice};
use super::machine::Machine;
use super::options::Options;
use super::requests::Requests;
use super::statistics::percentile;
use super::workload::Workload;
use super::{Failure, say};

/// How many times the peak is offered.
const TIMES: f64 = 5.0;
/// Over how many connections: so many that a request that is due finds one free.
const CONNECTIONS: usize = 512;
/// The share of the peak that is offered after it.
const AFTERWARDS: f64 = 0.5;
/// What must be answered still, of the peak.
const LEAST: f64 = 0.7;
/// Within how many milliseconds the rest must be refused.
const SOON_MS: f64 = 5.0;
/// What memory may grow by: what connections and requests under way take, which are bounded.
const GROWTH_MIB: f64 = 64.0;
/// The share of a second's requests from which on all is well.
const WELL: f64 = 0.95;
/// Seconds after the load falls, beside the one that is looked for, in which all must be well.
const AT_ONCE_SECONDS: f64 = 1.0;
/// How long what comes after is looked at.
const LOOKED_AT: Duration = Duration::from_secs(5);
/// Between two looks at memory.
const LOOK: Duration = Duration::from_millis(50);
const MIB: f64 = 1024.0 * 1024.0;

/// How long something took, in milliseconds.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Times {
    count: usize,
    p50: f64,
    p99: f64,
    p999: f64,
    max: f64,
}

impl Times {
    /// Of sorted nanoseconds.
    fn of(sorted: &[u64]) -> Self {
        let milliseconds = |share| percentile(sorted, share) as f64 / 1e6;
        Self {
            count: sorted.len(),
            p50: milliseconds(0.5),
            p99: milliseconds(0.99),
            p999: milliseconds(0.999),
            max: milliseconds(1.0),
        }
    }
}

/// Everything that was seen.
#[derive(Debug, Serialize)]
pub struct Overload {
    machine: Machine,
    fsync_ms: Option<u16>,
    in_flight: Option<u16>,
    /// Answers a second in the closed loop, with every place taken.
    peak: f64,
    /// Requests offered a second, and how many of them were due in all.
    offered: f64,
    due: u64,
    /// Answers a second while so many were offered.
    accepted: f64,
    /// From due to answered, of what was answered.
    answers: Times,
    /// From sent to refused, of what was refused.
    refusals: Times,
    /// From sent to answered, of an empty handler that is asked as much over as many connections: what the
    /// machine and the generator take for themselves.
    empty: Times,
    /// From due to sent where a connection was free: the generator's own delay.
    lag_p99: f64,
    start_mib: f64,
    max_mib: f64,
    end_mib: f64,
    /// Seconds from when the load fell to the first second in which nearly all was answered.
    recovered_after: Option<f64>,
}

/// Offers it.
pub fn run(
    options: &Options,
    child: &Child,
    requests: &Requests,
    machine: Machine,
) -> Result<Overload, Failure> {
    let places = usize::from(
        options
            .in_flight
            .ok_or("how many may be under way was not said")?,
    );
    let load = |pace, connections: usize| -> Result<Load<'_>, Failure> {
        Ok(Load {
            script: requests.of(Workload::Verify),
            target: child.started.target(Workload::Verify)?,
            pace,
            may_refuse: true,
            change: None,
            connections,
            threads: options.threads(u16::try_from(connections)?),
            ramp: options.ramp(),
            measured: options.measured(),
            seed: 0,
        })
    };
    child.seal(true)?;
    say("looking for the peak …");
    // The first makes what is asked about known, the second counts.
    generator::run(&load(Pace::Closed, places)?)?;
    let closed = right(generator::run(&load(Pace::Closed, places)?)?)?;
    let peak = closed.answered as f64 / options.seconds;
    let offered = peak * TIMES;

    say(&format!(
        "{peak:.0} a second; an empty handler is asked {offered:.0} …"
    ));
    let empty = Load {
        script: requests.of(Workload::Empty),
        target: child.started.target(Workload::Empty)?,
        ..load(Pace::Open(offered), CONNECTIONS)?
    };
    let empty = right(generator::run(&empty)?)?;

    say("the service is asked as much …");
    let start = Footprint::of(child.pid())?.bytes;
    let over = load(Pace::Open(offered), CONNECTIONS)?;
    let over = Load {
        change: Some(Change {
            after: options.measured(),
            rate: peak * AFTERWARDS,
        }),
        measured: options.measured() + LOOKED_AT,
        ..over
    };
    let (outcome, max) = watching(child, || {
        let outcome = generator::run(&over)?;
        right(outcome)
    })?;
    let end = Footprint::of(child.pid())?.bytes;

    let fall = slices(options.measured());
    let during = outcome.slices.get(..fall).unwrap_or(&outcome.slices);
    let sum = |of: fn(&Slice) -> u64| during.iter().map(of).sum::<u64>();
    let accepted = sum(|slice| slice.answered) as f64 / options.seconds;
    let refused = sum(|slice| slice.refused);
    if refused == 0 {
        return Err("nothing was refused: more can be done than was offered".into());
    }
    Ok(Overload {
        machine,
        fsync_ms: options.fsync_ms,
        in_flight: options.in_flight,
        peak,
        offered,
        due: refused + sum(|slice| slice.right),
        accepted,
        answers: Times::of(&outcome.latencies),
        refusals: Times::of(&outcome.refusals),
        empty: Times::of(&empty.latencies),
        lag_p99: percentile(&outcome.lags, 0.99) as f64 / 1e6,
        start_mib: start / MIB,
        max_mib: max / MIB,
        end_mib: end / MIB,
        recovered_after: recovered(outcome.slices.get(fall..).unwrap_or_default()),
    })
}

/// Does something, and says how much memory the service held at most meanwhile.
fn watching<T>(
    child: &Child,
    work: impl FnOnce() -> Result<T, Failure>,
) -> Result<(T, f64), Failure> {
    let (pid, over) = (child.pid(), AtomicBool::new(false));
    thread::scope(|scope| {
        let watching = scope.spawn(|| -> Result<f64, Failure> {
            let mut max = 0.0_f64;
            while !over.load(Ordering::Relaxed) {
                max = max.max(Footprint::of(pid)?.bytes);
                thread::sleep(LOOK);
            }
            Ok(max)
        });
        let done = work();
        over.store(true, Ordering::Relaxed);
        let max = watching
            .join()
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        Ok((done?, max?))
    })
}

/// Only if every answer was what it must be, or a refusal.
fn right(outcome: Outcome) -> Result<Outcome, Failure> {
    if outcome.faults == 0 {
        return Ok(outcome);
    }
    let example = outcome.example.unwrap_or_else(|| "none came".to_owned());
    let faults = outcome.faults;
    Err(format!("{faults} wrong answers or none; the first:\n{example}").into())
}

/// How many slices are in that time.
fn slices(time: Duration) -> usize {
    usize::try_from(time.as_nanos() / SLICE.as_nanos()).unwrap_or(usize::MAX)
}

/// Seconds to the first second of those slices in which nearly all was answered.
fn recovered(slices: &[Slice]) -> Option<f64> {
    let second = self::slices(Duration::from_secs(1));
    let well = |slices: &[Slice]| {
        let right: u64 = slices.iter().map(|slice| slice.right).sum();
        let refused: u64 = slices.iter().map(|slice| slice.refused).sum();
        right > 0 && right as f64 >= (right + refused) as f64 * WELL
    };
    let first = slices.windows(second).position(well)?;
    Some(first as f64 * SLICE.as_secs_f64())
}

impl Overload {
    /// What is judged, each with whether it is as it must be; nothing where that cannot be told here.
    fn verdicts(&self) -> [(String, Option<bool>); 4] {
        let share = self.accepted / self.peak;
        // Where an empty handler takes as long, the machine tells nothing of the service.
        let soon = |of: fn(&Times) -> f64| {
            if of(&self.refusals) < SOON_MS {
                Some(true)
            } else {
                (of(&self.empty) < SOON_MS).then_some(false)
            }
        };
        let all = [soon(|it| it.p50), soon(|it| it.p99), soon(|it| it.p999)];
        let refused = if all.contains(&Some(false)) {
            Some(false)
        } else {
            (!all.contains(&None)).then_some(true)
        };
        let grown = self.max_mib - self.start_mib;
        let recovered = match self.recovered_after {
            Some(after) => format!("well again {after:.1} s after the load fell"),
            None => "not well again".to_owned(),
        };
        [
            (
                format!("{:.0} % of the peak are answered still", share * 100.0),
                Some(share >= LEAST),
            ),
            (format!("refused within {SOON_MS} ms"), refused),
            (
                format!("{grown:+.1} MiB of memory at most"),
                Some(grown <= GROWTH_MIB),
            ),
            (
                recovered,
                Some(self.recovered_after.is_some_and(|it| it <= AT_ONCE_SECONDS)),
            ),
        ]
    }

    /// Whether all is as it must be. A debug build is not judged.
    pub fn judged(&self) -> Result<(), Failure> {
        let is_well = self.verdicts().iter().all(|(_, it)| *it != Some(false));
        if is_well || cfg!(debug_assertions) {
            Ok(())
        } else {
            Err("what is too much is not borne".into())
        }
    }

    /// All of it, for people.
    pub fn table(&self) -> String {
        let mut out = format!(
            "a flush {} ms slower, {} questions under way at most, {CONNECTIONS} connections\n\
             {:>8.0} a second answered in the closed loop\n\
             {:>8.0} a second offered in the open loop, {} in all\n\
             {:>8.0} a second of them answered\n\
             {:26} {:>9} {:>8} {:>8} {:>8} {:>8}\n",
            self.fsync_ms.unwrap_or_default(),
            self.in_flight.unwrap_or_default(),
            self.peak,
            self.offered,
            self.due,
            self.accepted,
            "milliseconds",
            "count",
            "p50",
            "p99",
            "p99.9",
            "max",
        );
        for (name, times) in [
            ("answered, from due", &self.answers),
            ("refused, from sent", &self.refusals),
            ("an empty handler, from due", &self.empty),
        ] {
            let Times {
                count,
                p50,
                p99,
                p999,
                max,
            } = times;
            // Writing to a text cannot fail.
            let _ = writeln!(
                out,
                "{name:26} {count:>9} {p50:>8.2} {p99:>8.2} {p999:>8.2} {max:>8.2}"
            );
        }
        let _ = write!(
            out,
            "from due to sent: 99 of 100 within {:.2} ms, which is the generator's own delay\n\
             memory: {:.1} MiB before, {:.1} at most, {:.1} after",
            self.lag_p99, self.start_mib, self.max_mib, self.end_mib
        );
        for (what, is_well) in self.verdicts() {
            let word = match is_well {
                Some(true) => "good",
                Some(false) => "BAD",
                None => "INVALID, an empty handler takes as long here",
            };
            let _ = write!(out, "\n{word}: {what}");
        }
        out
    }
}
