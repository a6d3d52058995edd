//! One stage: one workload, over some connections, for some seconds.

use std::net::SocketAddr;
use std::time::Duration;

use serde::Serialize;

use super::Failure;
use super::child::Child;
use super::counters::Counters;
use super::generator::{self, Load, Outcome, Pace};
use super::options::Options;
use super::peers::Running;
use super::requests::Requests;
use super::statistics::percentile;
use super::workload::Workload;

/// Over how many connections whoever answers is warmed up, at least: so many reach each process of a peer,
/// and fill the service's cache soon.
const CONNECTIONS: u16 = 64;
/// What share of people must be found in the cache before a hot workload counts.
const CACHED: f64 = 0.98;
/// Seconds of warming up for each that is measured, at most.
const PATIENCE: f64 = 10.0;
/// The seed of the first second of warming up, beyond those of all rounds.
const SEED: u64 = 1_000;

/// What is to be measured.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// What is asked.
    pub workload: Workload,
    /// Over how many connections.
    pub connections: u16,
    /// When requests are sent.
    pub pace: Pace,
    /// The rung of the ladder: that rate, as a share of what the closed loop reached.
    pub rung: Option<f64>,
    /// In which round, from 0.
    pub round: u16,
}

impl Plan {
    /// What the generator is to do.
    fn load<'a>(&self, options: &Options, requests: &'a Requests, target: SocketAddr) -> Load<'a> {
        let connections = self.workload.connections(self.connections);
        Load {
            script: requests.of(self.workload),
            target,
            pace: self.pace,
            may_refuse: self.rung.is_some(),
            change: None,
            connections: usize::from(connections),
            threads: options.threads(connections),
            ramp: options.ramp(),
            measured: options.measured(),
            seed: u64::from(self.round),
        }
    }
}

/// What was measured. Latencies and processor times are in microseconds.
#[derive(Clone, Debug, Serialize)]
pub struct Stage {
    /// What was asked.
    pub workload: Workload,
    /// Over how many connections.
    pub connections: u16,
    /// Requests due each second, in the open loop.
    pub offered: Option<f64>,
    /// The rung of the ladder.
    pub rung: Option<f64>,
    /// In which round.
    pub round: u16,
    /// Requests answered each second.
    pub per_second: f64,
    /// How many were counted.
    pub count: usize,
    /// How many were answered in all.
    pub answers: u64,
    /// How many were refused for being too much.
    pub refused: u64,
    /// Half were answered within.
    pub p50: f64,
    /// Of a hundred all but one.
    pub p99: f64,
    /// Of a thousand all but one.
    pub p999: f64,
    /// All of them.
    pub max: f64,
    /// From due to sent where a connection was free, of a hundred all but one: the generator's part.
    pub lag_p99: f64,
    /// Processor time of the generator for one request.
    pub client_cpu: f64,
    /// Processor time of the service for one request.
    pub service_cpu: f64,
    /// Processor time of the database for one request, whatever it does meanwhile.
    pub database_cpu: f64,
    /// Entries of one commit, on average.
    pub entries_a_commit: f64,
    /// The share of people found in the cache.
    pub cache_hits: f64,
    /// Seconds since everything there was had been sealed, at the end.
    pub seal_lag: f64,
    /// Bytes of memory the service held at the end.
    pub resident_bytes: f64,
    /// Values in the cache at the end.
    pub cached: f64,
    /// The bytes that the cache counted for them.
    pub cached_bytes: f64,
}

impl Stage {
    /// Processor time of everything together for one request.
    pub fn cpu(&self) -> f64 {
        self.client_cpu + self.service_cpu + self.database_cpu
    }
}

/// Measures, whoever answers: the service, or a peer. Fails with the first answer that was wrong.
pub fn run(
    plan: &Plan,
    options: &Options,
    child: &Child,
    requests: &Requests,
    peer: Option<&Running>,
) -> Result<Stage, Failure> {
    let target = match peer {
        Some(peer) => peer.address,
        None => child.started.target(plan.workload)?,
    };
    let counters = || match peer {
        Some(peer) => Counters::read_peer(child, peer),
        None => Counters::read(child, plan.workload),
    };
    if plan.workload.is_hot() {
        fill_cache(plan, options, child, requests, target)?;
    }
    let load = plan.load(options, requests, target);
    // What was left is sealed before, so that nothing piles up where nothing is sealed for long.
    child.seal(true)?;
    child.seal(plan.workload.is_sealed() && options.peers.is_empty())?;
    child.search(plan.workload.is_searched())?;
    let before = counters()?;
    let outcome = generator::run(&load)?;
    let seal_lag = child.seal_lag()?;
    let after = counters()?;
    let Outcome {
        latencies,
        answered,
        right,
        refused,
        lags,
        ..
    } = without_fault(plan, outcome)?;
    let [client_cores, service_cores, database_cores] = after.cores_since(&before);
    let per_second = answered as f64 / options.seconds;
    let (cached, cached_bytes) = after.cached();
    let microseconds = |share| percentile(&latencies, share) as f64 / 1000.0;
    Ok(Stage {
        workload: plan.workload,
        connections: plan.connections,
        offered: match plan.pace {
            Pace::Closed => None,
            Pace::Open(rate) => Some(rate),
        },
        rung: plan.rung,
        round: plan.round,
        per_second,
        count: latencies.len(),
        answers: right,
        refused,
        p50: microseconds(0.5),
        p99: microseconds(0.99),
        p999: microseconds(0.999),
        max: microseconds(1.0),
        lag_p99: percentile(&lags, 0.99) as f64 / 1000.0,
        client_cpu: client_cores / per_second * 1e6,
        service_cpu: service_cores / per_second * 1e6,
        database_cpu: database_cores / per_second * 1e6,
        entries_a_commit: after.entries_a_commit_since(&before),
        cache_hits: after.hits_since(&before),
        seal_lag,
        resident_bytes: after.resident_bytes(),
        cached,
        cached_bytes,
    })
}

/// Asks until nearly everybody whom a hot workload is about is cached: since it was asked last, others were,
/// and values live for half a minute at most.
fn fill_cache(
    plan: &Plan,
    options: &Options,
    child: &Child,
    requests: &Requests,
    target: SocketAddr,
) -> Result<(), Failure> {
    for second in 0..patience(options) {
        let before = Counters::read(child, plan.workload)?;
        warm_up(plan, options, requests, target, second)?;
        let after = Counters::read(child, plan.workload)?;
        if after.hits_since(&before) >= CACHED {
            break;
        }
    }
    Ok(())
}

/// Asks for a second as fast as it goes, without measuring, others in another second; returns how many were
/// answered.
pub fn warm_up(
    plan: &Plan,
    options: &Options,
    requests: &Requests,
    target: SocketAddr,
    second: u64,
) -> Result<u64, Failure> {
    let plan = &Plan {
        connections: plan.connections.max(CONNECTIONS),
        pace: Pace::Closed,
        rung: None,
        ..*plan
    };
    let load = Load {
        ramp: Duration::ZERO,
        measured: Duration::from_secs(1),
        seed: SEED + second,
        ..plan.load(options, requests, target)
    };
    Ok(without_fault(plan, generator::run(&load)?)?.right)
}

/// The most seconds of warming up for what is measured so long. A look at many things needs less of it.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "some hundreds at most"
)]
pub fn patience(options: &Options) -> u64 {
    (options.seconds * PATIENCE).ceil() as u64
}

/// Only if every answer was what it must be.
fn without_fault(plan: &Plan, outcome: Outcome) -> Result<Outcome, Failure> {
    if outcome.faults == 0 {
        return Ok(outcome);
    }
    let (name, faults) = (plan.workload.name(), outcome.faults);
    let example = outcome.example.unwrap_or_else(|| "none came".to_owned());
    Err(format!("{name}: {faults} wrong answers or none; the first:\n{example}").into())
}
