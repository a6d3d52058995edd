//! One PostgreSQL for the whole run of tests, gone a moment after the run.
//!
//! A run is one process with threads (`cargo test`) or a process a test (nextest). The first that
//! needs it starts the server, prepares the template and writes down the socket; the rest read that.
//! No destructor runs at the end of a test process, and none of nextest's processes knows that it is
//! the last, so a shell in the background watches the runner and stops the server after it.

use std::env;
use std::fs::{self, File};
use std::future::Future;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::thread;

use dancu::embedded::{Options, Postgres};
use dancu::store::{Database, migrate};

/// A migrated database without rows, which every test's own is cloned from.
pub const TEMPLATE: &str = "dancu_template";

/// Waits for the runner `$1`, then stops the server `$2` and removes the directory `$3` and that
/// of the socket, `$4`. (`$3/cluster` is a link where root runs the server under a user that cannot
/// get here.)
///
/// A process that ended but whose status nobody asked for still takes signals, so the runner's
/// state is looked at and the server's end is read off its pid file.
const WATCH: &str = r#"
runs() {
    kill -0 "$1" 2>/dev/null || return 1
    case $(cat "/proc/$1/stat" 2>/dev/null) in *") Z "*) return 1 ;; esac
}
while runs "$1"; do sleep 0.2; done
kill -INT "$2" 2>/dev/null
left=600
while [ -e "$3/cluster/postmaster.pid" ] && [ $((left -= 1)) -gt 0 ]; do sleep 0.05; done
if [ -L "$3/cluster" ]; then rm -rf "$(dirname "$(readlink "$3/cluster")")"; fi
rm -rf "$3" "$4"
"#;

/// The directory of the socket of this run's server.
pub fn socket() -> &'static Path {
    static SOCKET: OnceLock<PathBuf> = OnceLock::new();
    SOCKET.get_or_init(|| {
        let (run, runner) = run();
        let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("run-{run}"));
        fs::create_dir_all(&directory).expect("the target directory is writable");
        let first = File::create(directory.join("first")).expect("the directory was just made");
        first.lock().expect("files can be locked");
        let written = directory.join("socket");
        match fs::read_to_string(&written) {
            Ok(socket) => socket.into(),
            Err(_) => {
                let socket = start(&directory, runner);
                let text = socket.to_str().expect("the path of a socket is plain");
                fs::write(&written, text).expect("the directory was just made");
                socket
            }
        }
    })
}

/// Runs to its end on a thread and a runtime of its own, whatever runtime the test is on.
pub fn block_on<T: Send>(work: impl Future<Output = T> + Send) -> T {
    let alone = || {
        tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime starts")
            .block_on(work)
    };
    thread::scope(|scope| scope.spawn(alone).join().expect("the work does not panic"))
}

/// A name for the run, and the process that lives as long as it.
fn run() -> (String, u32) {
    match env::var("NEXTEST_RUN_ID") {
        Ok(run) => (run, std::os::unix::process::parent_id()),
        Err(_) => (std::process::id().to_string(), std::process::id()),
    }
}

fn start(directory: &Path, runner: u32) -> PathBuf {
    let options = Options {
        durable: false,
        ..Options::default()
    };
    block_on(async {
        let postgres = Postgres::start(directory, options)
            .await
            .unwrap_or_else(|error| panic!("no server for the tests: {error}"));
        let server = postgres.pid().expect("it was started here");
        watch(runner, server, directory, postgres.socket());
        let socket = postgres.socket().to_owned();
        let migrated = migrate::migrate(&postgres.database()).await;
        migrated.unwrap_or_else(|error| panic!("the migrations fail: {error:?}"));
        let client = super::database::superuser(&socket, "postgres").await;
        client
            .batch_execute(&format!(
                "ALTER DATABASE dancu RENAME TO {TEMPLATE};
                 ALTER DATABASE {TEMPLATE} WITH IS_TEMPLATE true ALLOW_CONNECTIONS false"
            ))
            .await
            .expect("nobody else is in the template");
        // From here on the server is the watching shell's to stop.
        std::mem::forget(postgres);
        socket
    })
}

fn watch(runner: u32, server: u32, directory: &Path, socket: &Path) {
    let watching = Command::new("sh")
        .args(["-c", WATCH, "dancu-tests"])
        .args([runner.to_string(), server.to_string()])
        .args([directory, socket])
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

/// A database of the run's server, as the program is given it.
pub fn database(name: &str) -> Database {
    Database::from_socket(socket(), 5432, name)
}
