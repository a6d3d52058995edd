//! Why there is no server, in words for the person who started it.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What keeps an embedded PostgreSQL from starting or stopping.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No usable installation.
    #[error(
        "no PostgreSQL 15 or newer was found ({tried}); install one, point PG_BIN to the directory \
         of its `postgres`, or use `./dev run`, which puts one in place"
    )]
    NoBinaries {
        /// Each place that was looked at and what was wrong with it.
        tried: String,
    },
    /// The cluster exists, but not a PostgreSQL that can read it.
    #[error("{} was made by PostgreSQL {needed}, which was not found ({tried})", .cluster.display())]
    OtherVersion {
        /// The cluster.
        cluster: PathBuf,
        /// The major version that made it.
        needed: u32,
        /// Each place that was looked at and what was wrong with it.
        tried: String,
    },
    /// Another process owns the directory.
    #[error("{} is in use by another process ({owner})", .data_dir.display())]
    InUse {
        /// The directory.
        data_dir: PathBuf,
        /// The process, as far as it is known.
        owner: String,
    },
    /// A server without an owner holds the cluster and does not end.
    #[error("an abandoned PostgreSQL (process {pid}) does not stop")]
    Orphan {
        /// The server's process.
        pid: i32,
    },
    /// A file or directory could not be made, read or removed.
    #[error("cannot {act} {}", .path.display())]
    File {
        /// What was tried.
        act: &'static str,
        /// On what.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// A program could not be run at all.
    #[error("cannot run {}", .program.display())]
    Spawn {
        /// The program.
        program: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// `initdb` refused.
    #[error("initdb failed: {output}")]
    Initdb {
        /// The last line it wrote.
        output: String,
    },
    /// The server ended while it was starting.
    #[error("PostgreSQL ended while starting ({}: {last})", .log.display())]
    Ended {
        /// Its log.
        log: PathBuf,
        /// The last line there.
        last: String,
    },
    /// The server runs but did not get ready in time.
    #[error("PostgreSQL did not get ready in time")]
    Silent,
    /// The server is ready but refused a connection.
    #[error("PostgreSQL refused a connection")]
    Connect(#[source] tokio_postgres::Error),
    /// The server runs but the database could not be created.
    #[error("the database could not be created")]
    Create(#[source] tokio_postgres::Error),
    /// The server had to be killed; the next start recovers.
    #[error("PostgreSQL did not stop within {0:?} and was killed")]
    Killed(Duration),
    /// The runtime shut down meanwhile.
    #[error("the program is ending")]
    Cancelled,
}

impl Error {
    /// For `map_err` on a file operation.
    pub(super) fn file(act: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::File { act, path, source }
    }
}
