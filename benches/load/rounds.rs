//! All stages in their order: every workload in every round, so that what the machine does besides
//! falls on all of them alike.

use super::generator::Pace;
use super::options::Options;
use super::requests::Requests;
use super::service::Child;
use super::stage::{self, Plan, Stage};
use super::statistics::Spread;
use super::workload::{Workload, round};
use super::{Failure, say};

/// Runs all of them.
pub fn run(options: &Options, child: &Child, requests: &Requests) -> Result<Vec<Stage>, Failure> {
    let mut all = Vec::new();
    for &connections in &options.connections {
        let run = |workload, pace, round| {
            let plan = Plan {
                workload,
                connections,
                pace,
                round,
            };
            stage::run(&plan, options, child, requests)
        };
        say(&format!("{connections} connections: warming up …"));
        for workload in round(&options.workloads, 0) {
            run(workload, Pace::Closed, 0)?;
        }
        let first = all.len();
        for number in 0..options.rounds {
            say(&format!(
                "{connections} connections, round {} …",
                number + 1
            ));
            for workload in round(&options.workloads, number) {
                all.push(run(workload, Pace::Closed, number)?);
            }
        }
        let rates = rates(&all[first..], options);
        for number in 0..options.rounds {
            if !rates.is_empty() {
                say(&format!(
                    "{connections} connections, open, round {} …",
                    number + 1
                ));
            }
            for &(workload, rate) in &rates {
                all.push(run(workload, Pace::Open(rate), number)?);
            }
        }
    }
    Ok(all)
}

/// At which rate each workload is offered in the open loop.
fn rates(closed: &[Stage], options: &Options) -> Vec<(Workload, f64)> {
    if options.fraction == 0.0 {
        return Vec::new();
    }
    let rate = |workload| {
        let stages = closed.iter().filter(|stage| stage.workload == workload);
        Spread::of(stages.map(|stage| stage.per_second)).median * options.fraction
    };
    let workloads = std::iter::once(Workload::Empty).chain(options.workloads.iter().copied());
    workloads
        .map(|workload| (workload, rate(workload)))
        // What was never answered in time cannot be asked more slowly.
        .filter(|(_, rate)| *rate > 0.0)
        .collect()
}
