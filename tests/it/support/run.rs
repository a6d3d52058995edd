//! One run of the tests: a directory for what it leaves on disk, and who cleans up after it.
//!
//! A run is one process with threads (`cargo test`) or a process a test (nextest). No destructor
//! runs at the end of a test process, a killed one runs none at all, and none of nextest's knows
//! that it is the last: so a shell in the background watches the runner, and after it stops every
//! server below the run's directory and removes that.

use std::env;
use std::fs::{self, File};
use std::os::unix::process::{CommandExt as _, parent_id};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

/// Waits for the runner `$1`, then cleans the directory `$2`.
///
/// A process that ended but whose status nobody asked for still takes signals, so the runner's
/// state is looked at, and a server's end is read off its pid file. A cluster is a link where root
/// runs the server under a user that cannot reach the target directory.
const WATCH: &str = r#"
runs() {
    kill -0 "$1" 2>/dev/null || return 1
    case $(cat "/proc/$1/stat" 2>/dev/null) in *") Z "*) return 1 ;; esac
}
while runs "$1"; do sleep 0.2; done
find -L "$2" -name postmaster.pid | while read -r file; do
    { read -r pid; read -r _; read -r _; read -r _; read -r socket; } <"$file"
    case $(cat "/proc/$pid/comm") in postgres*) kill -INT "$pid" ;; esac
    left=200
    while [ -e "$file" ] && [ $((left -= 1)) -gt 0 ]; do sleep 0.05; done
    case $socket in /tmp/dancu-*) rm -rf "$socket" ;; esac
done
find "$2" -type l -name cluster | while read -r link; do
    rm -rf "$(dirname "$(readlink "$link")")"
done
rm -rf "$2"
"#;

/// The run's directory, shared by all its processes.
pub fn directory() -> &'static Path {
    static DIRECTORY: OnceLock<PathBuf> = OnceLock::new();
    DIRECTORY.get_or_init(|| {
        let (run, runner) = match env::var("NEXTEST_RUN_ID") {
            Ok(run) => (run, parent_id()),
            Err(_) => (std::process::id().to_string(), std::process::id()),
        };
        let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("run-{run}"));
        if fs::create_dir(&directory).is_ok() {
            watch(runner, &directory);
        }
        directory
    })
}

/// A path of the caller's own in it, where there is nothing yet.
pub fn scratch(name: &str) -> PathBuf {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    directory().join(format!("{name} {} {number}", std::process::id()))
}

/// What the first process to ask writes to that file and the others read from it.
pub fn once(name: &str, first: impl FnOnce() -> String) -> String {
    let path = directory().join(name);
    let lock = File::create(path.with_extension("lock")).expect("the run's directory is writable");
    lock.lock().expect("files can be locked");
    fs::read_to_string(&path).unwrap_or_else(|_| {
        let text = first();
        fs::write(&path, &text).expect("the run's directory is writable");
        text
    })
}

fn watch(runner: u32, directory: &Path) {
    let watching = Command::new("sh")
        .args(["-c", WATCH, "dancu-tests", &runner.to_string()])
        .arg(directory)
        .current_dir("/")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        // Out of the reach of Ctrl-C, which ends the runner.
        .process_group(0)
        .spawn()
        .expect("there is a shell");
    drop(watching);
}
