//! A socket in front of the run's server, whose lines fall silent as those to a machine that lost its power.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use dancu::store::Database;
use tokio::io::copy_bidirectional;
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::watch;
use tokio::task::AbortHandle;

use super::cluster;

const SOCKET: &str = ".s.PGSQL.5432";

/// Lines to the run's server.
pub struct Lines {
    directory: PathBuf,
    /// How often they fell silent.
    silences: watch::Sender<u32>,
    task: AbortHandle,
}

impl Lines {
    pub fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let directory = PathBuf::from(format!("/tmp/dancu-lines-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&directory).unwrap();
        let listener = UnixListener::bind(directory.join(SOCKET)).unwrap();
        let (silences, told) = watch::channel(0);
        let task = tokio::spawn(async move {
            while let Ok((asking, _)) = listener.accept().await {
                drop(tokio::spawn(carry(asking, told.clone())));
            }
        });
        Self {
            directory,
            silences,
            task: task.abort_handle(),
        }
    }

    /// The database of that name, at the other end of them.
    pub fn database(&self, name: &str) -> Database {
        Database::from_socket(&self.directory, 5432, name)
    }

    /// Whatever is sent over a line there is now is taken, and nothing ever comes back. A new line leads to a
    /// server that answers, as after another machine took the address.
    pub fn fall_silent(&self) {
        self.silences.send_modify(|silences| *silences += 1);
    }
}

impl Drop for Lines {
    fn drop(&mut self) {
        self.task.abort();
        let _ = std::fs::remove_dir_all(&self.directory);
    }
}

async fn carry(mut asking: UnixStream, mut told: watch::Receiver<u32>) {
    let before = *told.borrow();
    let mut server = UnixStream::connect(cluster::socket().join(SOCKET))
        .await
        .unwrap();
    tokio::select! {
        _ended = copy_bidirectional(&mut asking, &mut server) => return,
        silent = told.wait_for(|silences| *silences != before) => {
            if silent.is_err() {
                return;
            }
        }
    }
    // With the machine its server is gone.
    drop(server);
    // Until whoever asks gives up.
    let _ended = tokio::io::copy(&mut asking, &mut tokio::io::sink()).await;
}
