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
    metrics: HashMap<String, f64>,
}

impl Counters {
    /// The counts now.
    pub fn read(child: &Child) -> Result<Self, Failure> {
        Ok(Self {
            at: Instant::now(),
            client_seconds: cpu_seconds("self")?,
            service_seconds: cpu_seconds(&child.pid().to_string())?,
            metrics: metrics(child.started.metrics_address)?,
        })
    }

    /// Cores that the generator and the service kept busy since then.
    pub fn cores_since(&self, before: &Self) -> (f64, f64) {
        let elapsed = (self.at - before.at).as_secs_f64();
        (
            (self.client_seconds - before.client_seconds) / elapsed,
            (self.service_seconds - before.service_seconds) / elapsed,
        )
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

/// Processor time of a process, all its threads together.
fn cpu_seconds(process: &str) -> Result<f64, Failure> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat"))?;
    // The name in brackets may hold anything; user and system time are the 12th and 13th after it.
    let (_, rest) = stat.rsplit_once(") ").ok_or("no such process")?;
    let ticks: f64 = rest
        .split(' ')
        .skip(11)
        .take(2)
        .map(|ticks| ticks.parse().unwrap_or(0.0))
        .sum();
    Ok(ticks / rustix::param::clock_ticks_per_second() as f64)
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
