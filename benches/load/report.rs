//! The figures: medians of the rounds with their spread, and ratios to the empty handler and to
//! `pgbench`.

mod figures;
mod group;
mod ladder;
mod memory;
mod peers;
mod reading;
mod table;

use serde::Serialize;

use super::machine::Machine;
use super::options::Options;
use super::rounds::Measured;
use super::silent::Silence;
use super::stage::Stage;
use super::startup::Startup;

use group::Group;
use memory::Memory;

/// Everything that was measured.
#[derive(Debug, Serialize)]
pub struct Report {
    machine: Machine,
    citizens: u64,
    tokens: u16,
    rounds: u16,
    seconds: f64,
    /// By how many milliseconds the database's flushes were slower than its disk.
    fsync_ms: Option<u16>,
    /// Seconds that making the people took, if any were made.
    filled_seconds: Option<f64>,
    valid: bool,
    skipped: Vec<String>,
    groups: Vec<Group>,
    memory: Memory,
    startup: Option<Startup>,
    silence: Option<Silence>,
    stages: Vec<Stage>,
}

/// What was measured beside the rounds.
#[derive(Debug)]
pub struct Aside {
    /// The machine.
    pub machine: Machine,
    /// How long making the people took.
    pub filled_seconds: Option<f64>,
    /// Bytes of memory the service held before it was asked anything.
    pub resident_bytes: f64,
    /// How long starting took.
    pub startup: Option<Startup>,
    /// Whether a "no" told why.
    pub silence: Option<Silence>,
}

impl Report {
    /// Of those stages.
    pub fn new(options: &Options, aside: Aside, measured: Measured) -> Self {
        let groups: Vec<Group> = options
            .connections
            .iter()
            .map(|&connections| Group::new(connections, options, &measured))
            .collect();
        Self {
            machine: aside.machine,
            citizens: options.citizens,
            tokens: options.tokens,
            rounds: options.rounds,
            seconds: options.seconds,
            fsync_ms: options.fsync_ms,
            filled_seconds: aside.filled_seconds,
            valid: groups.iter().all(|group| group.valid),
            skipped: measured.skipped,
            groups,
            memory: Memory::new(aside.resident_bytes, &measured.stages),
            startup: aside.startup,
            silence: aside.silence,
            stages: measured.stages,
        }
    }
}
