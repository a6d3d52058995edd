//! Disks that may not answer: a mount whose server is gone.

use std::io::{self, ErrorKind};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;

/// How long reading or writing may take: what a disk needs, and not a mount whose server is gone.
const LIMIT: Duration = Duration::from_secs(10);

/// A disk that is asked one thing at a time. What hangs cannot be ended, and holds a thread: so there is one.
#[derive(Clone, Debug)]
pub(super) struct Disk(Arc<Semaphore>);

impl Default for Disk {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(1)))
    }
}

impl Disk {
    /// Refuses while what was begun is not done.
    pub(super) fn check(&self) -> io::Result<()> {
        match self.0.available_permits() {
            0 => Err(silent()),
            _ => Ok(()),
        }
    }

    /// Does this on a thread that may wait, once what was begun before is done, and for no longer than a disk
    /// takes that answers.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> io::Result<T> + Send + 'static,
    ) -> io::Result<T> {
        let turn = Arc::clone(&self.0);
        let done = async {
            let turn = turn.acquire_owned().await;
            let work = move || {
                let _until_it_is_done = turn;
                work()
            };
            let done = tokio::task::spawn_blocking(work).await;
            done.unwrap_or_else(|error| Err(io::Error::other(error)))
        };
        let done = tokio::time::timeout(LIMIT, done).await;
        done.unwrap_or_else(|_| Err(silent()))
    }
}

fn silent() -> io::Error {
    io::Error::new(ErrorKind::TimedOut, "the disk does not answer")
}
