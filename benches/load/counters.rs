//! What the machine and the service count by themselves, read before and after each stage.

use std::collections::HashMap;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Instant;

use serde::Serialize;

use super::Failure;
use super::child::Child;
use super::peers::Running;
use super::workload::Workload;

/// The title of those of PostgreSQL's processes that clean up where rows were written or deleted.
const CLEANING: &str = "autovacuum worker";

/// Counts at one moment.
#[derive(Debug)]
pub struct Counters {
    at: Instant,
    client_seconds: f64,
    service_seconds: f64,
    database_seconds: f64,
    resident_bytes: f64,
    metrics: HashMap<String, f64>,
}

impl Counters {
    /// The counts now, of whoever answers that workload.
    pub fn read(child: &Child, workload: Workload) -> Result<Self, Failure> {
        let service = Process::read(&child.pid().to_string())?;
        Ok(Self {
            service_seconds: service.own_seconds,
            resident_bytes: service.resident_bytes,
            metrics: metrics(child.started.metrics(workload)?)?,
            ..Self::of_others(child)?
        })
    }

    /// The counts now, of all processes of a peer, which shows no metrics.
    pub fn read_peer(child: &Child, peer: &Running) -> Result<Self, Failure> {
        let family = family(peer.pid())?;
        Ok(Self {
            service_seconds: seconds(&family),
            resident_bytes: family.iter().map(Process::own_bytes).sum(),
            ..Self::of_others(child)?
        })
    }

    /// Those of the generator and the database.
    fn of_others(child: &Child) -> Result<Self, Failure> {
        let client = Process::read("self")?;
        Ok(Self {
            at: Instant::now(),
            // Whoever asked in our place has ended.
            client_seconds: client.own_seconds + client.ended_seconds,
            service_seconds: 0.0,
            database_seconds: seconds(&family(child.started.postmaster)?),
            resident_bytes: 0.0,
            metrics: HashMap::new(),
        })
    }

    /// Memory that the service holds.
    pub fn resident_bytes(&self) -> f64 {
        self.resident_bytes
    }

    /// Values in the cache, and the bytes that it counts for them.
    pub fn cached(&self) -> (f64, f64) {
        let entries = self.metric("dancu_register_cache_entries");
        (entries, self.metric("dancu_register_cache_bytes"))
    }

    /// Cores that the generator, the service and the database kept busy since then.
    pub fn cores_since(&self, before: &Self) -> [f64; 3] {
        let elapsed = (self.at - before.at).as_secs_f64();
        self.seconds_since(before).map(|seconds| seconds / elapsed)
    }

    /// Seconds of processor time that they took since then.
    pub fn seconds_since(&self, before: &Self) -> [f64; 3] {
        [
            self.client_seconds - before.client_seconds,
            self.service_seconds - before.service_seconds,
            self.database_seconds - before.database_seconds,
        ]
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
        self.metric(name) - before.metric(name)
    }

    fn metric(&self, name: &str) -> f64 {
        self.metrics.get(name).copied().unwrap_or_default()
    }
}

/// What the kernel says of a process.
struct Process {
    pid: u32,
    parent: u32,
    /// Processor time of all its threads.
    own_seconds: f64,
    /// The same of its children that have ended.
    ended_seconds: f64,
    /// Memory it holds.
    resident_bytes: f64,
}

impl Process {
    fn read(process: &str) -> Result<Self, Failure> {
        let stat = std::fs::read_to_string(format!("/proc/{process}/stat"))?;
        // The name in brackets may hold anything; the parent is the second field after it, user and
        // system time the 12th and 13th, those of ended children the two after them; the 22nd is
        // memory, in pages.
        let (name, rest) = stat.rsplit_once(") ").ok_or("no such process")?;
        let (pid, _) = name.split_once(' ').ok_or("no such process")?;
        let fields: Vec<&str> = rest.split(' ').collect();
        let field = |at: usize| fields.get(at).copied().unwrap_or_default();
        let number = |at: usize| field(at).parse().unwrap_or(0.0);
        let a_second = rustix::param::clock_ticks_per_second() as f64;
        Ok(Self {
            pid: pid.parse()?,
            parent: field(1).parse()?,
            own_seconds: (number(11) + number(12)) / a_second,
            ended_seconds: (number(13) + number(14)) / a_second,
            resident_bytes: number(21) * rustix::param::page_size() as f64,
        })
    }

    /// What it says it is; nothing once it has ended.
    fn title(&self) -> String {
        let title = std::fs::read(format!("/proc/{}/cmdline", self.pid)).unwrap_or_default();
        String::from_utf8_lossy(&title).into_owned()
    }

    /// Memory it holds, of what it shares with others its part: so that a sum counts nothing twice.
    fn own_bytes(&self) -> f64 {
        let path = format!("/proc/{}/smaps_rollup", self.pid);
        let said = std::fs::read_to_string(path).unwrap_or_default();
        let kib = said.lines().find_map(|line| {
            let size = line.strip_prefix("Pss:")?.trim();
            size.strip_suffix(" kB")?.parse::<f64>().ok()
        });
        kib.map_or(self.resident_bytes, |kib| kib * 1024.0)
    }
}

/// A process, and all that it has started and these have.
fn family(head: u32) -> Result<Vec<Process>, Failure> {
    let mut family = vec![Process::read(&head.to_string())?];
    let mut others = Vec::new();
    for process in std::fs::read_dir("/proc")? {
        let name = process?.file_name();
        let name = name.to_str().unwrap_or_default();
        if name.starts_with(|first: char| first.is_ascii_digit()) {
            // It may have ended meanwhile.
            others.extend(Process::read(name));
        }
    }
    let mut at = 0;
    while let Some(parent) = family.get(at).map(|process| process.pid) {
        family.extend(others.extract_if(.., |other| other.parent == parent));
        at += 1;
    }
    Ok(family)
}

/// Processor time of all these, and of the children they had.
fn seconds(family: &[Process]) -> f64 {
    let seconds = family.iter().map(|it| it.own_seconds + it.ended_seconds);
    seconds.sum()
}

/// What processes hold.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Footprint {
    /// Bytes of memory that is theirs alone: neither files nor what they share.
    pub bytes: f64,
    /// Open descriptors.
    pub files: f64,
}

impl Footprint {
    /// Of one.
    pub fn of(pid: u32) -> Result<Self, Failure> {
        let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
        let anonymous = status.lines().find_map(|line| {
            let kib = line.strip_prefix("RssAnon:")?.trim().strip_suffix(" kB")?;
            kib.parse::<f64>().ok()
        });
        let files = std::fs::read_dir(format!("/proc/{pid}/fd"))?.count();
        Ok(Self {
            bytes: anonymous.ok_or("a process without memory")? * 1024.0,
            files: files as f64,
        })
    }

    /// Of PostgreSQL's processes, but for those that clean up for some seconds and end.
    pub fn of_database(postmaster: u32) -> Result<Self, Failure> {
        let mut all = Self::default();
        let lasting = |process: &Process| !process.title().contains(CLEANING);
        for process in family(postmaster)?.into_iter().filter(lasting) {
            // It may have ended meanwhile.
            if let Ok(one) = Self::of(process.pid) {
                all.bytes += one.bytes;
                all.files += one.files;
            }
        }
        Ok(all)
    }
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
