//! One PostgreSQL for the whole run of tests: the first test that needs it starts it and prepares
//! the template; it ends with the run.

use std::future::Future;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::thread;

use dancu::embedded::{Options, Postgres};
use dancu::store::{Database, migrate};

use super::database::superuser;
use super::run;

/// A migrated database without rows, which every test's own is cloned from.
pub const TEMPLATE: &str = "dancu_template";

/// The directory of the socket of this run's server.
pub fn socket() -> &'static Path {
    static SOCKET: OnceLock<PathBuf> = OnceLock::new();
    SOCKET.get_or_init(|| run::once("socket", || block_on(start())).into())
}

/// A database of the run's server, as the program is given it.
pub fn database(name: &str) -> Database {
    Database::from_socket(socket(), 5432, name)
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
    thread::scope(|scope| {
        let done = scope.spawn(alone).join();
        done.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

async fn start() -> String {
    let options = Options {
        durable: false,
        ..Options::default()
    };
    let postgres = Postgres::start(&run::directory().join("shared"), options)
        .await
        .unwrap_or_else(|error| panic!("no server for the tests: {error}"));
    let migrated = migrate::migrate(&postgres.database()).await;
    migrated.unwrap_or_else(|error| panic!("the migrations fail: {error:?}"));
    let client = superuser(postgres.socket(), "postgres").await;
    client
        .batch_execute(&format!("ALTER DATABASE dancu RENAME TO {TEMPLATE}"))
        .await
        .expect("nobody else is in the database");
    client
        .batch_execute(&format!(
            "ALTER DATABASE {TEMPLATE} WITH IS_TEMPLATE true ALLOW_CONNECTIONS false"
        ))
        .await
        .expect("the superuser may do this");
    let socket = postgres.socket().to_str().expect("the path is plain");
    let socket = socket.to_owned();
    // From here on it is the run's, whose end is its end.
    std::mem::forget(postgres);
    socket
}
