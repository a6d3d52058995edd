//! What can be asked of a measurement. Everything has a default and a bound.

use std::path::PathBuf;
use std::thread::available_parallelism;
use std::time::Duration;

use crate::peers::Peer;
use crate::workload::{Server, Workload};

/// Milliseconds of `--overload`, and questions that the service may have under way in it: few, for five times
/// what they come to must be offered by the same machine.
const SLOW_DISK_MS: u16 = 4;
const FEW: u16 = 16;
/// The service's default.
const IN_FLIGHT: u16 = 1024;

/// Measures the whole service on this machine, and compares it with an empty handler, with `pgbench`
/// or with peers.
#[derive(Clone, Debug, clap::Parser)]
#[command(
    name = "load",
    after_help = "Example: cargo bench --bench load -- --rounds 7 --connections 64"
)]
pub struct Options {
    /// How many citizens are made.
    #[arg(long, value_name = "N", default_value_t = 200_000, value_parser = clap::value_parser!(u64).range(1_000..=10_000_000))]
    pub citizens: u64,
    /// Where everything lies, to be kept and used again; removed with the run unless said.
    #[arg(long, value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// How many tokens ask, spread over the clients.
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u16).range(1..=5_000))]
    pub tokens: u16,
    /// How many connections are open at once, one measurement each.
    #[arg(long, value_name = "N,…", value_delimiter = ',', default_values_t = [1, 64, 256], value_parser = clap::value_parser!(u16).range(1..=5_000))]
    pub connections: Vec<u16>,
    /// What is asked; the empty handler always is.
    #[arg(long, value_name = "NAME,…", value_delimiter = ',', value_enum, default_values_t = Workload::ASKING)]
    pub workloads: Vec<Workload>,
    /// How many times each is measured, in turns.
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..=100))]
    pub rounds: u16,
    /// How long each is measured each time.
    #[arg(long, value_name = "S", default_value_t = 2.0, default_value_if("overload", "true", "10"), value_parser = seconds)]
    pub seconds: f64,
    /// The rate of the open loop, as a fraction of what the closed loop reached; 0 leaves it out.
    #[arg(long, value_name = "F", default_value_t = 0.5, value_parser = fraction)]
    pub fraction: f64,
    /// What goes up the ladder of rates in the open loop, if it is among the workloads.
    #[arg(long, value_name = "NAME,…", value_delimiter = ',', value_enum, default_values_t = [Workload::Verify])]
    pub ladder: Vec<Workload>,
    /// The ladder's rungs, as fractions of what the closed loop reached; 0 leaves it out.
    #[arg(long, value_name = "F,…", value_delimiter = ',', default_values_t = [0.2, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1], value_parser = rung)]
    pub rungs: Vec<f64>,
    /// Milliseconds by which the database's flushes are slower than its disk.
    #[arg(long, value_name = "MS", value_parser = clap::value_parser!(u16).range(1..=1_000))]
    pub fsync_ms: Option<u16>,
    /// How many times the service is started again over its database; 0 leaves it out.
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u16).range(0..=100))]
    pub starts: u16,
    /// Measure too whether a "no" tells why: by its time and its shape.
    #[arg(long)]
    pub silent: bool,
    /// How many pairs of a "no" are compared, of each kind.
    #[arg(long, value_name = "N", default_value_t = 20_000, value_parser = clap::value_parser!(u32).range(100..=1_000_000))]
    pub pairs: u32,
    /// Measure nothing else, but whether anything grows within so many minutes: half of what the closed
    /// loop reaches over the most connections, about 200,000 people in no order, while days of the log
    /// are dropped.
    #[arg(long, value_name = "MINUTES", value_parser = clap::value_parser!(u16).range(1..=1_440))]
    pub soak: Option<u16>,
    /// Measure nothing else, but what becomes of five times what can be done: the service may have
    /// `--in-flight` questions under way and a disk that is slower (`--fsync-ms`, 4 unless said); what it
    /// answers in a closed loop is found, five times that is offered for `--seconds` (10 unless said), and
    /// half of it then.
    #[arg(long, conflicts_with_all = ["soak", "peers", "hold"])]
    pub overload: bool,
    /// Questions that the service may have under way at once; its default unless said.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=10_000))]
    pub in_flight: Option<u16>,
    /// Measure the lookup alone, beside peers that answer the same over the same database (all that
    /// can be installed, unless named; see benches/peers/README.md). The log is neither sealed nor made
    /// searchable meanwhile.
    #[arg(
        long, value_name = "NAME,…", value_delimiter = ',', value_enum, num_args = 0..,
        default_missing_value = "fastify,fastify-row,fastapi,fastapi-row,postgraphile,postgraphile-row",
        conflicts_with_all = ["workloads", "fraction", "ladder", "rungs", "starts", "silent", "hold"]
    )]
    pub peers: Vec<Peer>,
    /// Threads of the generator; as many as cores unless said.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=64))]
    pub threads: Option<u16>,
    /// Threads of the service that answer; its default unless said.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    pub workers: Option<u16>,
    /// Where all figures go.
    #[arg(long, value_name = "FILE", default_value = concat!(env!("CARGO_TARGET_TMPDIR"), "/load.json"))]
    pub json: PathBuf,
    /// Draw them too.
    #[arg(long, value_name = "FILE")]
    pub chart: Option<PathBuf>,
    /// Measure nothing, but draw the figures of an earlier run.
    #[arg(long, requires = "chart")]
    pub redraw: bool,
    /// Measure nothing, but keep the service up for another generator: see what is said.
    #[arg(long)]
    pub hold: bool,
    /// Be the service: how the harness starts its child.
    #[arg(long, hide = true)]
    pub service: bool,
    /// Answer without entries, too: told to the child.
    #[arg(long, hide = true)]
    pub unrecorded: bool,
    /// Given by cargo to whatever it benches.
    #[arg(long, hide = true)]
    pub bench: bool,
}

impl Options {
    /// What is asked where peers are: the lookup of the service and theirs, in the closed loop.
    pub fn settled(mut self) -> Self {
        if !self.peers.is_empty() {
            let peers = self.peers.iter().copied().map(Workload::Peer);
            self.workloads = Workload::BESIDE_PEERS.into_iter().chain(peers).collect();
            self.rungs.clear();
            self.fraction = 0.0;
            self.starts = 0;
        }
        if self.overload {
            self.fsync_ms.get_or_insert(SLOW_DISK_MS);
            self.in_flight.get_or_insert(FEW);
        } else if let Some(most) = self.connections.iter().max() {
            // Whoever asks in a closed loop over many connections means to be answered.
            self.in_flight.get_or_insert((*most).max(IN_FLIGHT));
        }
        self
    }

    /// How long each stage counts.
    pub fn measured(&self) -> Duration {
        Duration::from_secs_f64(self.seconds)
    }

    /// How long each stage runs before it counts.
    pub fn ramp(&self) -> Duration {
        Duration::from_secs_f64((self.seconds / 10.0).clamp(0.05, 0.5))
    }

    /// Threads that generate load over that many connections.
    pub fn threads(&self, connections: u16) -> usize {
        let cores = available_parallelism().map_or(1, usize::from);
        let wanted = self.threads.map_or(cores, usize::from);
        wanted.min(usize::from(connections))
    }

    /// Whether anything is asked that is answered without an entry.
    pub fn asks_unrecorded(&self) -> bool {
        let asked = &self.workloads;
        asked.iter().any(|it| it.server() == Server::Unrecorded)
    }

    /// Whether anybody is asked about who is not cached.
    pub fn asks_cold(&self) -> bool {
        self.workloads.iter().any(|workload| workload.is_cold())
    }
}

fn seconds(text: &str) -> Result<f64, String> {
    within(text, 0.1, 60.0)
}

fn fraction(text: &str) -> Result<f64, String> {
    within(text, 0.0, 0.95)
}

fn rung(text: &str) -> Result<f64, String> {
    within(text, 0.0, 2.0)
}

fn within(text: &str, least: f64, most: f64) -> Result<f64, String> {
    text.parse()
        .ok()
        .filter(|number| (least..=most).contains(number))
        .ok_or_else(|| format!("a number from {least} to {most}"))
}
