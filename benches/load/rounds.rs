//! All stages in their order: every workload in every round, so that what the machine does besides
//! falls on all of them alike.

use super::child::Child;
use super::generator::Pace;
use super::options::Options;
use super::peers::Peers;
use super::pgbench::{Pgbench, Reading};
use super::requests::Requests;
use super::stage::{self, Plan, Stage};
use super::statistics::Spread;
use super::workload::{Step, Workload, round};
use super::{Failure, say};

/// Everything that was measured while the service ran.
#[derive(Debug, Default)]
pub struct Measured {
    /// What was asked.
    pub stages: Vec<Stage>,
    /// What `pgbench` read.
    pub readings: Vec<Reading>,
    /// What could not be measured here.
    pub skipped: Vec<String>,
}

/// Who takes part.
struct Rounds<'a> {
    options: &'a Options,
    child: &'a Child,
    requests: &'a Requests,
    /// What is asked, of all that was wanted.
    asked: Vec<Workload>,
    pgbench: Option<Pgbench>,
    peers: Option<Peers<'a>>,
}

/// Runs all of them.
pub fn run(options: &Options, child: &Child, requests: &Requests) -> Result<Measured, Failure> {
    let mut measured = Measured::default();
    let beside_peers = !options.peers.is_empty();
    let pgbench = if options.asks_cold() && !beside_peers {
        let found = Pgbench::find(&child.started, &requests.strangers)?;
        if found.is_none() {
            let skipped = "pgbench (it is not beside the other programs of PostgreSQL)";
            measured.skipped.push(skipped.to_owned());
        }
        found
    } else {
        None
    };
    let mut asked = options.workloads.clone();
    let peers = if beside_peers {
        let peers = Peers::open(options, child, requests)?;
        asked.retain(|workload| peers.can_answer(*workload));
        measured.skipped.extend(peers.skipped());
        Some(peers)
    } else {
        None
    };
    let rounds = Rounds {
        options,
        child,
        requests,
        asked,
        pgbench,
        peers,
    };
    for &connections in &options.connections {
        rounds.over(connections, &mut measured)?;
    }
    Ok(measured)
}

impl Rounds<'_> {
    /// Everything over that many connections.
    fn over(&self, connections: u16, measured: &mut Measured) -> Result<(), Failure> {
        let options = self.options;
        let word = |what: &str| say(&format!("{connections} connections{what} …"));
        let plan = |workload, round| Plan {
            workload,
            connections,
            pace: Pace::Closed,
            rung: None,
            round,
        };
        word(": warming up");
        for step in round(&self.asked, 0) {
            // A peer is warmed up each time that it is started.
            if let Step::Ask(workload) = step
                && workload.peer().is_none()
            {
                self.stage(&plan(workload, 0))?;
            }
        }
        let first = measured.stages.len();
        for number in 0..options.rounds {
            word(&format!(", round {}", number + 1));
            for step in round(&self.asked, number) {
                match step {
                    Step::Ask(workload) => {
                        measured.stages.push(self.stage(&plan(workload, number))?);
                    }
                    Step::Pgbench => self.read(connections, number, measured)?,
                }
            }
        }
        let closed = measured.stages[first..].to_vec();
        let open = open(&closed, options);
        let ladder = ladder(&closed, options);
        for number in 0..options.rounds {
            if !open.is_empty() || !ladder.is_empty() {
                word(&format!(", open, round {}", number + 1));
            }
            for &(workload, pace, rung) in open.iter().chain(&ladder) {
                let plan = Plan {
                    pace,
                    rung,
                    ..plan(workload, number)
                };
                measured.stages.push(self.stage(&plan)?);
            }
        }
        Ok(())
    }

    fn stage(&self, plan: &Plan) -> Result<Stage, Failure> {
        match &self.peers {
            Some(peers) => peers.stage(plan),
            None => stage::run(plan, self.options, self.child, self.requests, None),
        }
    }

    fn read(&self, connections: u16, round: u16, measured: &mut Measured) -> Result<(), Failure> {
        if let Some(pgbench) = &self.pgbench {
            let readings = pgbench.read(self.child, connections, round, self.options)?;
            measured.readings.extend(readings);
        }
        Ok(())
    }
}

type Open = (Workload, Pace, Option<f64>);

/// Every workload at one rate.
fn open(closed: &[Stage], options: &Options) -> Vec<Open> {
    let workloads = std::iter::once(Workload::Empty).chain(options.workloads.iter().copied());
    workloads
        .filter_map(|workload| Some((workload, pace(closed, workload, options.fraction)?, None)))
        .collect()
}

/// Some workloads at many rates.
fn ladder(closed: &[Stage], options: &Options) -> Vec<Open> {
    let climbing = options.ladder.iter().copied();
    climbing
        .flat_map(|workload| {
            let rungs = options.rungs.iter();
            rungs.filter_map(move |&rung| {
                Some((workload, pace(closed, workload, rung)?, Some(rung)))
            })
        })
        .collect()
}

/// A share of the rate that a workload reached. None: what was never answered in time cannot be asked
/// more slowly.
fn pace(closed: &[Stage], workload: Workload, share: f64) -> Option<Pace> {
    let stages = closed.iter().filter(|stage| stage.workload == workload);
    let rate = Spread::of(stages.map(|stage| stage.per_second)).median * share;
    (rate > 0.0).then_some(Pace::Open(rate))
}
