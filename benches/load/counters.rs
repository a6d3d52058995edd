//! What the machine and the service count by themselves, read before and after each stage.

use std::collections::HashMap;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Instant;

use super::Failure;
use super::service::Child;

/// Counts at one moment.
#[derive(Debug)]
pub struct Counters {
    at: Instant,
    client_seconds: f64,
    service_seconds: f64,
    database_seconds: f64,
    metrics: HashMap<String, f64>,
}

impl Counters {
    /// The counts now.
    pub fn read(child: &Child) -> Result<Self, Failure> {
        Ok(Self {
            at: Instant::now(),
            client_seconds: Process::read("self")?.own_seconds,
            service_seconds: Process::read(&child.pid().to_string())?.own_seconds,
            database_seconds: child.started.postmaster.map_or(Ok(0.0), family_seconds)?,
            metrics: metrics(child.started.metrics_address)?,
        })
    }

    /// Cores that the generator, the service and the database kept busy since then.
    pub fn cores_since(&self, before: &Self) -> [f64; 3] {
        let elapsed = (self.at - before.at).as_secs_f64();
        [
            self.client_seconds - before.client_seconds,
            self.service_seconds - before.service_seconds,
            self.database_seconds - before.database_seconds,
        ]
        .map(|seconds| seconds / elapsed)
    }

    /// Entries of one commit since then, on average.
    pub fn entries_a_commit_since(&self, before: &Self) -> f64 {
        let grown = |name| self.grown(before, name);
        grown("dancu_audit_batch_entries_sum") / grown("dancu_audit_batch_entries_count")
    }

    /// The share of people found in the cache since then.
    pub fn hits_since(&self, before: &Self) -> f64 {
        let hits = self.grown(before, "dancu_register_cache_hits_total");
        hits / (hits + self.grown(before, "dancu_register_cache_misses_total"))
    }

    fn grown(&self, before: &Self, name: &str) -> f64 {
        let at = |counters: &Self| counters.metrics.get(name).copied().unwrap_or_default();
        at(self) - at(before)
    }
}

/// What the kernel says of a process.
struct Process {
    parent: u32,
    /// Processor time of all its threads.
    own_seconds: f64,
    /// The same of its children that have ended.
    ended_seconds: f64,
}

impl Process {
    fn read(process: &str) -> Result<Self, Failure> {
        let stat = std::fs::read_to_string(format!("/proc/{process}/stat"))?;
        // The name in brackets may hold anything; the parent is the second field after it, user and
        // system time the 12th and 13th, those of ended children the two after them.
        let (_, rest) = stat.rsplit_once(") ").ok_or("no such process")?;
        let fields: Vec<&str> = rest.split(' ').collect();
        let field = |at: usize| fields.get(at).copied().unwrap_or_default();
        let ticks = |at: usize| field(at).parse().unwrap_or(0.0);
        let a_second = rustix::param::clock_ticks_per_second() as f64;
        Ok(Self {
            parent: field(1).parse()?,
            own_seconds: (ticks(11) + ticks(12)) / a_second,
            ended_seconds: (ticks(13) + ticks(14)) / a_second,
        })
    }
}

/// Processor time of a process and all children it has and had.
fn family_seconds(parent: u32) -> Result<f64, Failure> {
    let head = Process::read(&parent.to_string())?;
    let mut seconds = head.own_seconds + head.ended_seconds;
    for process in std::fs::read_dir("/proc")? {
        let name = process?.file_name();
        let Some(name) = name.to_str() else {
            continue;
        };
        if !name.starts_with(|first: char| first.is_ascii_digit()) {
            continue;
        }
        // It may have ended meanwhile.
        if let Ok(child) = Process::read(name)
            && child.parent == parent
        {
            seconds += child.own_seconds;
        }
    }
    Ok(seconds)
}

/// Every metric without labels.
fn metrics(address: SocketAddr) -> Result<HashMap<String, f64>, Failure> {
    let mut stream = TcpStream::connect(address)?;
    write!(
        stream,
        "GET /metrics HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n"
    )?;
    let mut text = String::new();
    stream.read_to_string(&mut text)?;
    let metric = |line: &str| {
        let (name, value) = line.split_once(' ')?;
        Some((name.to_owned(), value.trim().parse().ok()?))
    };
    Ok(text.lines().filter_map(metric).collect())
}
