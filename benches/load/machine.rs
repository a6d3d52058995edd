//! What it was measured on: without it no figure means anything.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;
use std::thread::available_parallelism;
use std::time::Instant;

use serde::Serialize;
use tokio_postgres::{Client, Config, NoTls};

use super::Failure;
use super::child::Started;
use super::statistics::Spread;

/// Flushes that are timed.
const FLUSHES: usize = 100;
/// Bytes of each: a page of PostgreSQL.
const PAGE: usize = 8192;

/// The least that is committed: a record of the log that says nothing.
const COMMIT: &str = "SELECT pg_logical_emit_message(true, 'load', '')";

/// The settings that decide what a commit is worth, and what it costs.
const SETTINGS: [&str; 7] = [
    "server_version",
    "fsync",
    "synchronous_commit",
    "full_page_writes",
    "wal_sync_method",
    "shared_buffers",
    "max_wal_size",
];

/// The machine.
#[derive(Debug, Serialize)]
pub struct Machine {
    /// The processor's model.
    pub processor: String,
    /// How many of its cores there are.
    pub cores: usize,
    /// The kernel.
    pub kernel: String,
    /// Milliseconds to flush one page to the disk, in the middle of many times.
    pub flush_ms: f64,
    /// Milliseconds that a commit of the database takes, alike.
    pub commit_ms: f64,
    /// The database's version and settings.
    pub database: Vec<(String, String)>,
    /// This program.
    pub version: &'static str,
    /// How it was built.
    pub profile: &'static str,
}

/// Looks at the machine, its disk and the database on it.
pub fn look(started: &Started) -> Result<Machine, Failure> {
    let processors = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let processor = processors
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(": "))
        .map_or("unknown", |(_, model)| model);
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease")?;
    let (commit_ms, database) = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?
        .block_on(look_into(&started.socket))?;
    Ok(Machine {
        processor: processor.to_owned(),
        cores: available_parallelism()?.get(),
        kernel: kernel.trim().to_owned(),
        flush_ms: flush_ms(&started.data_dir.join("flush"))?,
        commit_ms,
        database,
        version: env!("CARGO_PKG_VERSION"),
        profile: if cfg!(debug_assertions) {
            "debug"
        } else {
            "release"
        },
    })
}

fn flush_ms(path: &Path) -> Result<f64, Failure> {
    let mut file = File::create(path)?;
    let mut taken = Vec::with_capacity(FLUSHES);
    for _ in 0..FLUSHES {
        let begun = Instant::now();
        file.write_all(&[7; PAGE])?;
        file.sync_data()?;
        taken.push(begun.elapsed().as_secs_f64() * 1000.0);
    }
    fs::remove_file(path)?;
    Ok(Spread::of(taken.into_iter()).median)
}

/// How long a commit takes, and what the database says of itself.
async fn look_into(socket: &Path) -> Result<(f64, Vec<(String, String)>), Failure> {
    let client = connect(socket).await?;
    let mut taken = Vec::with_capacity(FLUSHES);
    for _ in 0..FLUSHES {
        let begun = Instant::now();
        client.execute(COMMIT, &[]).await?;
        taken.push(begun.elapsed().as_secs_f64() * 1000.0);
    }
    let mut settings = Vec::new();
    for setting in SETTINGS {
        let row = client.query_one(&format!("SHOW {setting}"), &[]).await?;
        settings.push((setting.to_owned(), row.try_get(0)?));
    }
    Ok((Spread::of(taken.into_iter()).median, settings))
}

/// A connection that looks behind the service's back.
pub async fn connect(socket: &Path) -> Result<Client, Failure> {
    let mut config = Config::new();
    config.host_path(socket).user("postgres").dbname("dancu");
    let (client, connection) = config.connect(NoTls).await?;
    // It ends with the client.
    drop(tokio::spawn(connection));
    Ok(client)
}
