//! The cluster's directory: made once by `initdb`, and freed of what a killed process left there.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use super::account::{Account, run_as};
use super::binaries::Binaries;
use super::place::{Held, remove};
use super::{Error, POLL};

/// The user `initdb` creates, which is the owner of everything in the cluster.
pub(super) const SUPERUSER: &str = "postgres";
/// How long an abandoned server may take to shut down, then to drop everything.
const ORPHAN_TIMEOUT: Duration = Duration::from_secs(30);
/// Where sockets' directories are; longer paths would break the limit of 107 bytes.
pub(super) const SOCKETS: &str = "/tmp";
/// What their names begin with.
pub(super) const SOCKET_PREFIX: &str = "dancu-";

/// What a server writes down about itself in `postmaster.pid`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct PidFile {
    /// The process, which may be long gone and its number another's.
    pub pid: i32,
    /// The directory of its socket.
    pub socket: PathBuf,
    /// Whether it accepts connections.
    pub ready: bool,
}

impl PidFile {
    /// The file of that cluster; none where there is none, or it is not all there yet.
    pub fn read(cluster: &Path) -> Option<Self> {
        Self::parse(&fs::read_to_string(Self::path(cluster)).ok()?)
    }

    fn path(cluster: &Path) -> PathBuf {
        cluster.join("postmaster.pid")
    }

    /// Lines: process, directory, start, port, socket directory, address, memory key, status.
    fn parse(text: &str) -> Option<Self> {
        let mut lines = text.lines();
        Some(Self {
            pid: lines.next()?.trim().parse().ok()?,
            socket: lines.nth(3).unwrap_or_default().into(),
            ready: lines.nth(2).unwrap_or_default().trim() == "ready",
        })
    }
}

/// Makes the cluster of a data directory; one that was half made is discarded.
pub(super) fn create(
    held: &Held,
    binaries: &Binaries,
    account: Option<Account>,
    durable: bool,
) -> Result<PathBuf, Error> {
    let site = held.site(account)?;
    let program = binaries.program("initdb");
    let mut initdb = Command::new(&program);
    run_as(account, &mut initdb)
        .arg("--pgdata")
        .arg(&site)
        .args(["--username", SUPERUSER])
        .args(["--locale=C.UTF-8", "--encoding=UTF8"])
        .args(["--auth-local=trust", "--auth-host=reject"])
        .args((!durable).then_some("--no-sync"))
        .stdin(Stdio::null());
    let said = without_settings(&mut initdb)
        .output()
        .map_err(|source| Error::Spawn { program, source })?;
    if !said.status.success() {
        let output = String::from_utf8_lossy(&said.stderr);
        return Err(Error::Initdb {
            output: last_line(&output),
        });
    }
    held.settle(&site)
}

/// The major version of PostgreSQL that made it.
pub(super) fn version(cluster: &Path) -> Result<u32, Error> {
    let path = cluster.join("PG_VERSION");
    let text = fs::read_to_string(&path).map_err(Error::file("read", &path))?;
    text.trim().parse().map_err(|_| {
        Error::file("read the version in", &path)(std::io::ErrorKind::InvalidData.into())
    })
}

/// Stops a server whose owner was killed, and removes what a dead one left.
///
/// To be called by the holder of the data directory only, so no server there has an owner. It is
/// stopped rather than adopted: so there is one way to start, and its settings are ours.
pub(super) fn clear(cluster: &Path) -> Result<(), Error> {
    let path = PidFile::path(cluster);
    let Ok(text) = fs::read_to_string(&path) else {
        return Ok(());
    };
    if let Some(left) = PidFile::parse(&text) {
        stop_orphan(&left, cluster)?;
        remove_socket(&left.socket)?;
    }
    // The file would keep a server from starting if its number were now another process's.
    remove(&path)
}

fn stop_orphan(left: &PidFile, cluster: &Path) -> Result<(), Error> {
    let process = Pid::from_raw(left.pid).filter(|pid| works_in(*pid, cluster));
    for (signal, timeout) in [
        (Signal::INT, ORPHAN_TIMEOUT),
        (Signal::QUIT, ORPHAN_TIMEOUT / 3),
    ] {
        if let Some(process) = process {
            // It may have ended since, which is what is wanted.
            let _ = kill_process(process, signal);
        }
        // Its children may outlive it for a moment, and they share its memory.
        let deadline = Instant::now() + timeout;
        while Instant::now() < deadline {
            if !anyone_works_in(cluster) {
                return Ok(());
            }
            thread::sleep(POLL);
        }
    }
    Err(Error::Orphan { pid: left.pid })
}

/// Whether that process is a server of that cluster: each of them works in its directory.
///
/// Numbers of processes are used again, so the number alone proves nothing. Where there is no
/// `/proc`, none is found and PostgreSQL itself refuses to start twice.
fn works_in(process: Pid, cluster: &Path) -> bool {
    let works_in = format!("/proc/{}/cwd", process.as_raw_nonzero());
    fs::read_link(works_in).is_ok_and(|directory| directory == cluster)
}

fn anyone_works_in(cluster: &Path) -> bool {
    let Ok(processes) = fs::read_dir("/proc") else {
        return false;
    };
    processes
        .filter_map(|entry| Pid::from_raw(entry.ok()?.file_name().to_str()?.parse().ok()?))
        .any(|process| works_in(process, cluster))
}

/// Removes the directory of a socket, if it is one of ours.
pub(super) fn remove_socket(directory: &Path) -> Result<(), Error> {
    let ours = directory.parent() == Some(Path::new(SOCKETS))
        && directory
            .file_name()
            .and_then(|name| name.to_str())
            .is_some_and(|name| name.starts_with(SOCKET_PREFIX));
    if ours { remove(directory) } else { Ok(()) }
}

/// Keeps the caller's `PGDATA`, `PGPORT` and the like from reaching a server of ours.
pub(super) fn without_settings(command: &mut Command) -> &mut Command {
    for (name, _) in std::env::vars_os() {
        if name.as_encoded_bytes().starts_with(b"PG") {
            command.env_remove(name);
        }
    }
    command
}

/// The last line that says something.
pub(super) fn last_line(text: &str) -> String {
    text.lines()
        .rfind(|line| !line.trim().is_empty())
        .unwrap_or("it said nothing")
        .trim()
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const READY: &str =
        "5190\n/data/cluster\n1795300000\n5432\n/tmp/dancu-1f\n\n  9044 4\nready   \n";

    #[test]
    fn the_pid_file_of_a_ready_server_is_read_whole() {
        let expected = PidFile {
            pid: 5190,
            socket: "/tmp/dancu-1f".into(),
            ready: true,
        };
        assert_eq!(PidFile::parse(READY), Some(expected));
    }

    #[test]
    fn a_pid_file_that_is_still_being_written_is_not_ready() {
        let lines: Vec<&str> = READY.lines().collect();
        for kept in 1..lines.len() {
            let part = lines[..kept].join("\n");
            assert_eq!(PidFile::parse(&part).map(|found| found.ready), Some(false));
        }
        assert_eq!(PidFile::parse(""), None);
    }

    #[test]
    fn only_directories_of_ours_are_removed_with_a_socket() {
        let stranger = std::env::temp_dir().join(format!("keep-{}", std::process::id()));
        fs::create_dir(&stranger).unwrap();
        remove_socket(&stranger).unwrap();
        assert!(stranger.is_dir());
        fs::remove_dir(&stranger).unwrap();
    }
}
