//! A peer's processes: installed, started, ended.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child as Process, ChildStdin, Command, ExitStatus, Stdio};
use std::thread;
use std::thread::available_parallelism;
use std::time::{Duration, Instant};

use dancu::auth::development::{AUDIENCE, ISSUER};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, Signal, kill_process_group};

use super::Peer;
use crate::child::Started;
use crate::{Failure, say};

/// Where the issuer's keys are, below the directory of a service.
const KEYS: &str = "keys/development-issuer.jwks.json";
/// How long its packages may take to come.
const INSTALLED: Duration = Duration::from_mins(3);
/// How long it may take until it answers.
const STARTED: Timespec = Timespec {
    tv_sec: 40,
    tv_nsec: 0,
};
/// How long it may take to end.
const ENDED: Duration = Duration::from_secs(10);
/// How often it is looked whether it has.
const LOOK: Duration = Duration::from_millis(10);
/// Connections of all processes of a peer to the database, at most: it takes 100, of which the service
/// holds some.
const CONNECTIONS: usize = 64;
/// Variables of whoever started the harness that would make it another peer, or ask another database.
const OTHERS: [&str; 6] = [
    "PEER_AUDIT",
    "PEER_PORT",
    "PGPORT",
    "PGOPTIONS",
    "PGSERVICE",
    "PGPASSWORD",
];

/// Puts its packages in place; says why that cannot be.
pub fn install(name: &str) -> Result<Result<(), String>, Failure> {
    let there = packages()?;
    fs::create_dir_all(&there)?;
    let said = there.join(format!("{name}-install.txt"));
    let mut process = Command::new(program(name, "install"))
        .env("PEER_DIR", &there)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(File::create(&said)?)
        .process_group(0)
        .spawn()?;
    match wait(&mut process, INSTALLED)? {
        Some(ended) if ended.success() => return Ok(Ok(())),
        Some(_) => {}
        None => {
            kill(&mut process)?;
            return Ok(Err("its packages did not come in time".to_owned()));
        }
    }
    let said = fs::read_to_string(&said)?;
    say(said.trim_end());
    Ok(Err(reason(&said).to_owned()))
}

/// The line that tells most of what npm, pip or the shell said.
fn reason(said: &str) -> &str {
    let is_error = |line: &&str| {
        let line = line.to_ascii_lowercase();
        line.starts_with("error") || line.starts_with("npm error")
    };
    let line = said.lines().find(is_error).or_else(|| said.lines().next());
    line.unwrap_or("it did not say why").trim()
}

/// One that answers: ended when it is stopped or dropped.
#[derive(Debug)]
pub struct Running {
    /// Where.
    pub address: SocketAddr,
    process: Process,
    /// Its end is the peer's.
    input: Option<ChildStdin>,
}

impl Running {
    /// Starts one, and waits until all of its processes answer.
    pub fn start(peer: Peer, started: &Started) -> Result<Self, Failure> {
        let workers = available_parallelism().map_or(1, usize::from);
        let mut command = Command::new(program(peer.program(), "run"));
        for name in OTHERS {
            command.env_remove(name);
        }
        command
            .env("PEER_DIR", packages()?)
            .env("PGHOST", &started.socket)
            .env("PGUSER", "dancu_peer")
            .env("PGDATABASE", "dancu")
            .env("PEER_JWKS", started.data_dir.join(KEYS))
            .env("PEER_ISSUER", ISSUER)
            .env("PEER_AUDIENCE", AUDIENCE)
            .env("PEER_WORKERS", workers.to_string());
        if peer.has_row() {
            command.env("PEER_AUDIT", "1");
        }
        let share = CONNECTIONS / workers;
        if share < peer.pool() {
            command.env("PEER_POOL", share.max(1).to_string());
        }
        let mut process = command
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let (input, said) = (process.stdin.take(), process.stdout.take());
        // From here on whatever fails ends it.
        let mut running = Self {
            address: ([127, 0, 0, 1], 0).into(),
            process,
            input,
        };
        let said = said.ok_or("a peer has no end to be heard at")?;
        let ready = poll(&mut [PollFd::new(&said, PollFlags::IN)], Some(&STARTED))?;
        let mut line = String::new();
        if ready > 0 {
            BufReader::new(said).read_line(&mut line)?;
        }
        running.address = line
            .trim_end()
            .parse()
            .map_err(|_| format!("{} did not start: it said why above", peer.name()))?;
        Ok(running)
    }

    /// The first of its processes.
    pub fn pid(&self) -> u32 {
        self.process.id()
    }

    /// Ends it.
    pub fn stop(mut self) -> Result<(), Failure> {
        self.end()
    }

    fn end(&mut self) -> Result<(), Failure> {
        if self.input.take().is_none() {
            return Ok(());
        }
        match wait(&mut self.process, ENDED)? {
            Some(ended) if ended.success() => Ok(()),
            Some(ended) => Err(format!("a peer did not end well: {ended}").into()),
            None => {
                kill(&mut self.process)?;
                Err("a peer did not end in time".into())
            }
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Err(error) = self.end() {
            say(&format!("load: {error}"));
        }
    }
}

/// A program of a peer.
fn program(name: &str, what: &str) -> PathBuf {
    let peers = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/peers");
    peers.join(name).join(what)
}

/// Where their packages are: beside what is built, to be used again.
fn packages() -> Result<PathBuf, Failure> {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent();
    let target = target.ok_or("there is no directory for what is built")?;
    Ok(std::path::absolute(target.join("peers"))?)
}

/// Waits for the end of a process, so long at most.
fn wait(process: &mut Process, patience: Duration) -> Result<Option<ExitStatus>, Failure> {
    let begun = Instant::now();
    loop {
        let ended = process.try_wait()?;
        if ended.is_some() || begun.elapsed() > patience {
            return Ok(ended);
        }
        thread::sleep(LOOK);
    }
}

/// Ends a process and all it has started.
fn kill(process: &mut Process) -> Result<(), Failure> {
    kill_process_group(Pid::from_child(process), Signal::KILL)?;
    process.wait()?;
    Ok(())
}
