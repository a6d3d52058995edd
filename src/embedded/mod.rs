//! A PostgreSQL of our own as a child process, for the demo, for small installations and for tests.
//!
//! [`Postgres::start`] owns a cluster below a data directory, [`Postgres::attach_or_start`] borrows
//! one. No TCP port is opened: the cluster trusts its private socket, which lies in a directory only
//! its own user can enter. Nothing here knows what is kept in the database.
//!
//! ```text
//! data_dir/lock                 held by the one process that owns the cluster; its number inside
//! data_dir/cluster/             the cluster, or a link to it (see `place`)
//! data_dir/log/postgresql.log   what the server says; statements and values are kept out of it
//! /tmp/dancu-<random>/          the socket, for a socket's path may not exceed 107 bytes
//! ```

mod account;
mod binaries;
mod cluster;
mod error;
mod place;
mod server;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use tokio_postgres::NoTls;
use tokio_postgres::error::SqlState;

use crate::store::Database;
use place::{Held, Place};
use server::Server;

pub use error::Error;

/// The database that is created in the cluster.
const DATABASE: &str = "dancu";
/// Only a file's name here (`.s.PGSQL.5432`), for nothing listens on TCP.
const PORT: u16 = 5432;
/// How long a server may take to accept connections; recovery after a crash is part of it.
const START_TIMEOUT: Duration = Duration::from_mins(5);
/// How long to wait for a server that another process owns and is starting or stopping.
const ATTACH_TIMEOUT: Duration = Duration::from_secs(30);
/// Between two looks at a server that is starting.
const POLL: Duration = Duration::from_millis(10);

/// How to run the server.
#[derive(Clone, Debug)]
pub struct Options {
    /// Flush every commit to disk. False only in tests: a crash then loses the cluster.
    pub durable: bool,
    /// PostgreSQL's own page cache, in MiB.
    pub shared_buffers_mib: u32,
    /// The directory of the binaries; found by itself where `None`.
    pub binaries: Option<PathBuf>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            durable: true,
            shared_buffers_mib: 256,
            binaries: None,
        }
    }
}

/// A running server: stopped on [`stop`](Self::stop) or drop if this process started it.
#[derive(Debug)]
pub struct Postgres {
    socket: PathBuf,
    /// None where the server belongs to another process.
    server: Option<Server>,
}

impl Postgres {
    /// Starts the server over `data_dir`, made on first use, and waits until it answers.
    ///
    /// An orphan that a killed process left there is stopped first. While another process owns the
    /// directory, this fails with [`Error::InUse`].
    pub async fn start(data_dir: &Path, options: Options) -> Result<Self, Error> {
        let held = Place::open(data_dir)?.hold()?;
        Self::launch(held, options).await
    }

    /// Whether a server was ever made below `data_dir`. Nothing is made to find out.
    pub fn is_made(data_dir: &Path) -> bool {
        place::cluster(data_dir).is_dir()
    }

    /// The server over `data_dir`: the running one, left running afterwards, or one of our own.
    pub async fn attach_or_start(data_dir: &Path, options: Options) -> Result<Self, Error> {
        let place = Place::open(data_dir)?;
        let deadline = Instant::now() + ATTACH_TIMEOUT;
        loop {
            match place.hold() {
                Ok(held) => return Self::launch(held, options).await,
                Err(in_use @ Error::InUse { .. }) => {
                    // Its owner may be about to start it, or to end: until then, look again.
                    if let Some(socket) = place.announced_socket()
                        && probe(&socket, DATABASE).await.is_ok()
                    {
                        return Ok(Self {
                            socket,
                            server: None,
                        });
                    }
                    if Instant::now() > deadline {
                        return Err(in_use);
                    }
                    pause().await;
                }
                Err(other) => return Err(other),
            }
        }
    }

    /// The database of the product in it.
    pub fn database(&self) -> Database {
        Database::from_socket(&self.socket, PORT, DATABASE)
    }

    /// The directory of the socket, whose port is always 5432.
    pub fn socket(&self) -> &Path {
        &self.socket
    }

    /// The server's process, where this process started it.
    pub fn pid(&self) -> Option<u32> {
        self.server.as_ref().map(Server::pid)
    }

    /// Stops the server that this process started: sessions are ended, what is committed is on disk.
    pub async fn stop(mut self) -> Result<(), Error> {
        let Some(server) = self.server.take() else {
            return Ok(());
        };
        on_a_thread(move || server.stop()).await
    }

    async fn launch(held: Held, options: Options) -> Result<Self, Error> {
        let mut server = on_a_thread(move || Server::launch(held, &options)).await?;
        let deadline = Instant::now() + START_TIMEOUT;
        while !server.is_ready()? {
            if Instant::now() > deadline {
                return Err(Error::Silent);
            }
            pause().await;
        }
        let postgres = Self {
            socket: server.socket().to_owned(),
            server: Some(server),
        };
        postgres.create_database().await?;
        Ok(postgres)
    }

    /// On every start, for a first start may have ended between `initdb` and here.
    async fn create_database(&self) -> Result<(), Error> {
        match probe(&self.socket, DATABASE).await {
            Err(missing) if missing.code() == Some(&SqlState::UNDEFINED_DATABASE) => {
                let client = probe(&self.socket, "postgres")
                    .await
                    .map_err(Error::Connect)?;
                client
                    .batch_execute(&format!("CREATE DATABASE {DATABASE}"))
                    .await
                    .map_err(Error::Create)
            }
            found => found.map(drop).map_err(Error::Connect),
        }
    }
}

/// One connection as the superuser, which proves that the server accepts them.
async fn probe(
    socket: &Path,
    database: &str,
) -> Result<tokio_postgres::Client, tokio_postgres::Error> {
    let (client, connection) = tokio_postgres::Config::new()
        .host_path(socket)
        .port(PORT)
        .user(cluster::SUPERUSER)
        .dbname(database)
        .connect_timeout(Duration::from_secs(2))
        .connect(NoTls)
        .await?;
    // The task ends with the client.
    drop(tokio::spawn(connection));
    Ok(client)
}

#[expect(
    clippy::disallowed_methods,
    reason = "a server that starts announces itself to nobody: it can only be asked again"
)]
async fn pause() {
    tokio::time::sleep(POLL).await;
}

/// Files and processes block, so they are kept off the runtime's threads.
async fn on_a_thread<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    tokio::task::spawn_blocking(work)
        .await
        .unwrap_or_else(|failed| match failed.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => Err(Error::Cancelled),
        })
}
