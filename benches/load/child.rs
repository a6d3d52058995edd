//! The service that is measured, seen from the harness: a child that is started, told what is to run
//! beside it, and ended.

use std::cell::RefCell;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::SocketAddr;
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Child as Process, ChildStdin, ChildStdout, Command, Stdio};

use serde::{Deserialize, Serialize};

use super::Failure;
use super::home::Home;
use super::options::Options;
use super::workload::{Server, Workload};

/// What the child says once it answers.
#[derive(Debug, Deserialize, Serialize)]
pub struct Started {
    /// Where the service takes requests.
    pub address: SocketAddr,
    /// Where the empty handler takes them.
    pub empty_address: SocketAddr,
    /// Where the handler without entries takes them, and shows its metrics.
    pub unrecorded_address: Option<SocketAddr>,
    /// Where the service shows its metrics.
    pub metrics_address: SocketAddr,
    /// Where everything lies.
    pub data_dir: PathBuf,
    /// The directory of the database's socket.
    pub socket: PathBuf,
    /// The directory of its programs.
    pub binaries: PathBuf,
    /// The database's first process.
    pub postmaster: u32,
    /// Seconds until the database answered.
    pub database_seconds: f64,
    /// Seconds that making the people took, if any were made.
    pub filled_seconds: Option<f64>,
}

impl Started {
    /// Where that workload is sent.
    pub fn target(&self, workload: Workload) -> Result<SocketAddr, Failure> {
        match workload.server() {
            Server::Empty => Ok(self.empty_address),
            Server::Service => Ok(self.address),
            Server::Unrecorded => self.unrecorded(),
            Server::Peer => Err("a peer is none of the service's".into()),
        }
    }

    /// Where whoever answers that workload shows metrics.
    pub fn metrics(&self, workload: Workload) -> Result<SocketAddr, Failure> {
        match workload.server() {
            Server::Empty | Server::Service => Ok(self.metrics_address),
            Server::Unrecorded => self.unrecorded(),
            Server::Peer => Err("a peer shows no metrics".into()),
        }
    }

    fn unrecorded(&self) -> Result<SocketAddr, Failure> {
        let address = self.unrecorded_address;
        address.ok_or_else(|| "nobody answers without an entry".into())
    }
}

/// The child: ended when it is stopped or dropped.
#[derive(Debug)]
pub struct Child {
    /// What it said.
    pub started: Started,
    process: Process,
    /// What the child is told, a word a line, and what it answers. The end of the first is the
    /// child's.
    line: RefCell<Option<(ChildStdin, BufReader<ChildStdout>)>>,
}

/// What the child is told: to seal, and not to.
pub const SEAL: &str = "seal";
/// See [`SEAL`].
pub const REST: &str = "rest";
/// To make published entries searchable, and no more.
pub const SEARCH: &str = "search";
/// See [`SEARCH`].
pub const NO_SEARCH: &str = "no search";
/// To drop a day of the log.
pub const DROP: &str = "drop";
/// To say how far behind sealing is.
pub const LAG: &str = "lag";

impl Child {
    /// Starts it over that directory, and waits until it answers.
    pub fn start(options: &Options, home: &Home) -> Result<Self, Failure> {
        let mut command = Command::new(std::env::current_exe()?);
        command
            .arg("--service")
            .arg("--data-dir")
            .arg(&home.dir)
            .args(["--citizens", &options.citizens.to_string()]);
        if let Some(workers) = options.workers {
            command.args(["--workers", &workers.to_string()]);
        }
        if let Some(ms) = options.fsync_ms {
            command.args(["--fsync-ms", &ms.to_string()]);
        }
        if let Some(in_flight) = options.in_flight {
            command.args(["--in-flight", &in_flight.to_string()]);
        }
        if options.asks_unrecorded() {
            command.arg("--unrecorded");
        }
        // Ctrl-C reaches the harness alone, whose end then ends the child in good order.
        let mut process = command
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let (Some(told), Some(said)) = (process.stdin.take(), process.stdout.take()) else {
            return Err("the service has no ends to talk over".into());
        };
        let mut said = BufReader::new(said);
        let mut line = String::new();
        said.read_line(&mut line)?;
        let started = serde_json::from_str(&line)
            .map_err(|_| "the service did not start: it said why above")?;
        Ok(Self {
            started,
            process,
            line: RefCell::new(Some((told, said))),
        })
    }

    /// Has the log sealed from now on, all that was left before first; or not.
    pub fn seal(&self, on: bool) -> Result<(), Failure> {
        self.tell(if on { SEAL } else { REST }).map(|_| ())
    }

    /// Makes published entries searchable, or no more.
    pub fn search(&self, on: bool) -> Result<(), Failure> {
        self.tell(if on { SEARCH } else { NO_SEARCH }).map(|_| ())
    }

    /// How long ago everything there was had been sealed, in seconds.
    pub fn seal_lag(&self) -> Result<f64, Failure> {
        Ok(self.tell(LAG)?.trim_end().parse()?)
    }

    /// Has a day of the log made and dropped; says how many were dropped.
    pub fn drop_a_day(&self) -> Result<u64, Failure> {
        Ok(self.tell(DROP)?.trim_end().parse()?)
    }

    fn tell(&self, word: &str) -> Result<String, Failure> {
        let mut line = self.line.borrow_mut();
        let (told, said) = line.as_mut().ok_or("the service has ended")?;
        writeln!(told, "{word}")?;
        let mut answer = String::new();
        if said.read_line(&mut answer)? == 0 {
            return Err("the service ended: it said why above".into());
        }
        Ok(answer)
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.process.id()
    }

    /// Ends it.
    pub fn stop(mut self) -> Result<(), Failure> {
        self.end()
    }

    fn end(&mut self) -> Result<(), Failure> {
        if self.line.take().is_none() {
            return Ok(());
        }
        let ended = self.process.wait()?;
        if ended.success() {
            Ok(())
        } else {
            Err(format!("the service did not end well: {ended}").into())
        }
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        if let Err(error) = self.end() {
            super::say(&format!("load: {error}"));
        }
    }
}
