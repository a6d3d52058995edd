//! The server's process: launched, watched while it starts, and stopped.

use std::fs::{self, File};
use std::os::unix::fs::OpenOptionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use super::account::{Account, run_as};
use super::binaries::Binaries;
use super::place::{Held, make_private};
use super::{Error, Options, POLL, PORT, cluster};
use crate::clock;

/// How long a shutdown may take, its checkpoint included, before it is cut short.
const STOP_TIMEOUT: Duration = Duration::from_mins(1);
/// How long the short way may take before the process is killed.
const QUIT_TIMEOUT: Duration = Duration::from_secs(5);
/// A log longer than this is put aside at the next start, in the place of the one before.
const LOG_LIMIT: u64 = 16 << 20;

/// A server of ours; dropped, it is stopped.
#[derive(Debug)]
pub(super) struct Server {
    child: Child,
    socket: PathBuf,
    log: PathBuf,
    /// Kept until the server has ended, so that nobody else takes the directory before.
    held: Held,
    stopped: bool,
}

impl Server {
    /// Makes the cluster if there is none and starts a server over it, without waiting for it.
    pub fn launch(held: Held, options: &Options) -> Result<Self, Error> {
        let found = held.cluster()?;
        let account = Account::for_cluster(&held.entrance());
        let needed = found.as_deref().map(cluster::version).transpose()?;
        let binaries = Binaries::find(
            options.binaries.as_deref(),
            needed.zip(found.as_deref()),
            account,
        )?;
        let cluster = match found {
            Some(cluster) => {
                cluster::clear(&cluster)?;
                cluster
            }
            None => cluster::create(&held, &binaries, account, options.durable)?,
        };
        Self::spawn(held, &binaries, account, &cluster, options)
    }

    /// The directory of its socket.
    pub fn socket(&self) -> &Path {
        &self.socket
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Whether it accepts connections yet; fails if it has ended, with the last line of its log.
    pub fn is_ready(&mut self) -> Result<bool, Error> {
        match self.child.try_wait() {
            Ok(None) => Ok(self.held.announced_socket().as_ref() == Some(&self.socket)),
            // Its status says less than its log.
            Ok(Some(_)) | Err(_) => Err(Error::Ended {
                log: self.log.clone(),
                last: cluster::last_line(&fs::read_to_string(&self.log).unwrap_or_default()),
            }),
        }
    }

    /// Ends the sessions, writes a checkpoint, and waits until the process is gone.
    pub fn stop(mut self) -> Result<(), Error> {
        self.shut_down()
    }

    fn spawn(
        held: Held,
        binaries: &Binaries,
        account: Option<Account>,
        cluster: &Path,
        options: &Options,
    ) -> Result<Self, Error> {
        let program = binaries.program("postgres");
        let log = held.log()?.join("postgresql.log");
        let output = open_log(&log)?;
        let errors = output.try_clone().map_err(Error::file("open", &log))?;
        let compression = compression(&program, account, cluster);
        let socket = make_socket(account)?;
        let mut postgres = Command::new(&program);
        run_as(account, &mut postgres)
            .arg("-D")
            .arg(cluster)
            .args(arguments(settings(options, &socket)))
            .args(compression)
            .stdin(Stdio::null())
            .stdout(output)
            .stderr(errors)
            // A group of its own, so that Ctrl-C reaches us and we end the server in our order.
            .process_group(0);
        let child = cluster::without_settings(&mut postgres)
            .spawn()
            .map_err(|source| {
                // The first reason is the one to tell.
                let _ = cluster::remove_socket(&socket);
                Error::Spawn { program, source }
            })?;
        Ok(Self {
            child,
            socket,
            log,
            held,
            stopped: false,
        })
    }

    fn shut_down(&mut self) -> Result<(), Error> {
        if std::mem::replace(&mut self.stopped, true) {
            return Ok(());
        }
        let orderly = self.end_within(Signal::INT, STOP_TIMEOUT);
        if !orderly && !self.end_within(Signal::QUIT, QUIT_TIMEOUT) {
            self.end_within(Signal::KILL, QUIT_TIMEOUT);
        }
        cluster::remove_socket(&self.socket)?;
        if orderly {
            Ok(())
        } else {
            Err(Error::Killed(STOP_TIMEOUT))
        }
    }

    /// Sends a signal and waits; false if the process is still there afterwards.
    fn end_within(&mut self, signal: Signal, timeout: Duration) -> bool {
        if let (Ok(None), Some(process)) = (
            self.child.try_wait(),
            Pid::from_raw(self.child.id().cast_signed()),
        ) {
            // Not waited for yet, so the number is still its own.
            let _ = kill_process(process, signal);
        }
        let deadline = Instant::now() + timeout;
        while let Ok(None) = self.child.try_wait() {
            if Instant::now() > deadline {
                return false;
            }
            thread::sleep(POLL);
        }
        true
    }
}

impl Drop for Server {
    /// Best effort, for a failure has nowhere to go: the next start stops what is left.
    fn drop(&mut self) {
        let _ = self.shut_down();
    }
}

/// What differs from PostgreSQL's own defaults, and why.
fn settings(options: &Options, socket: &Path) -> Vec<(&'static str, String)> {
    let durable = if options.durable { "on" } else { "off" };
    let fixed = [
        // Only the private socket.
        ("listen_addresses", ""),
        ("unix_socket_permissions", "0700"),
        ("max_connections", "100"),
        // Fewer checkpoints write fewer full pages.
        ("max_wal_size", "4GB"),
        ("checkpoint_timeout", "15min"),
        // Our statements are short: compiling them costs more than it saves.
        ("jit", "off"),
        ("random_page_cost", "1.1"),
        ("timezone", "UTC"),
        ("log_timezone", "UTC"),
        // No value of a statement reaches the log: neither its text, its parameters nor its keys.
        ("log_min_error_statement", "panic"),
        ("log_parameter_max_length_on_error", "0"),
        ("log_error_verbosity", "terse"),
    ];
    let mut settings: Vec<_> = fixed.map(|(name, value)| (name, value.to_owned())).into();
    settings.push(("port", PORT.to_string()));
    settings.push(("unix_socket_directories", socket.display().to_string()));
    settings.push((
        "shared_buffers",
        format!("{}MB", options.shared_buffers_mib),
    ));
    for name in ["fsync", "synchronous_commit", "full_page_writes"] {
        settings.push((name, durable.to_owned()));
    }
    settings
}

fn arguments(settings: Vec<(&'static str, String)>) -> impl Iterator<Item = String> {
    settings
        .into_iter()
        .flat_map(|(name, value)| ["-c".to_owned(), format!("{name}={value}")])
}

/// Compresses the log of changes with lz4, which costs next to nothing, where this build has it.
fn compression(program: &Path, account: Option<Account>, cluster: &Path) -> [&'static str; 2] {
    const LZ4: [&str; 2] = ["-c", "wal_compression=lz4"];
    let mut postgres = Command::new(program);
    let asked = run_as(account, &mut postgres)
        .args(["-C", "wal_compression", "-D"])
        .arg(cluster)
        .args(LZ4)
        .stdin(Stdio::null());
    match cluster::without_settings(asked).output() {
        Ok(answer) if answer.status.success() => LZ4,
        Ok(_) | Err(_) => ["-c", "wal_compression=on"],
    }
}

/// A short path only the server's user and root can enter, new for every start.
fn make_socket(account: Option<Account>) -> Result<PathBuf, Error> {
    let mut name = [0; 8];
    clock::random(&mut name);
    let name = format!("{}{}", cluster::SOCKET_PREFIX, hex::encode(name));
    let socket = Path::new(cluster::SOCKETS).join(name);
    make_private(&socket, false)?;
    if let Some(account) = account {
        account.own(&socket)?;
    }
    Ok(socket)
}

/// Opened by us, so that its place need not be open to the server's user.
fn open_log(path: &Path) -> Result<File, Error> {
    if fs::metadata(path).is_ok_and(|found| found.len() > LOG_LIMIT) {
        let aside = path.with_extension("log.old");
        fs::rename(path, &aside).map_err(Error::file("put aside", path))?;
    }
    File::options()
        .append(true)
        .create(true)
        .mode(0o600)
        .open(path)
        .map_err(Error::file("open", path))
}
