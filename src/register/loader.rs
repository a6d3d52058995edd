//! Who waits for what is being read: a number that many ask for at once is read once, and whatever
//! waits is read together. Not here: the statements ([`super::reader`]).

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::{mpsc, oneshot};

use super::memory::{Cached, Held, Key, Memory, Reading};
use crate::store::Error;

/// Keys that one statement reads at most.
const BATCH: usize = 512;

/// Keys that may wait to be read; more are answered with an error at once.
const QUEUE: usize = 4096;

/// How long a question waits for its read, in a statement that has a limit of its own: for a
/// database that takes what is sent and says nothing.
const READ_LIMIT: Duration = Duration::from_millis(750);

/// A read failed. Why was logged where it did, once for all who waited.
#[derive(Clone, Copy, Debug)]
pub(super) struct Failed;

/// What was read.
#[derive(Clone, Debug)]
pub(super) struct Fresh {
    pub cached: Cached,
    /// The time up to which it is known to be current, if that is later than of all that is followed.
    pub current_to: Timestamp,
}

type Loaded = Result<Fresh, Failed>;
type Waiting = Mutex<HashMap<Key, Vec<oneshot::Sender<Loaded>>>>;

/// The questions' end.
#[derive(Debug)]
pub(super) struct Loader {
    memory: Arc<Memory>,
    queue: mpsc::Sender<Key>,
    waiting: Arc<Waiting>,
}

/// The readers' end.
#[derive(Debug)]
pub(super) struct Reads {
    memory: Arc<Memory>,
    queue: tokio::sync::Mutex<mpsc::Receiver<Key>>,
    waiting: Arc<Waiting>,
}

/// Both ends of a queue of what is to be read into that memory.
pub(super) fn queue(memory: &Arc<Memory>) -> (Loader, Reads) {
    let (sender, receiver) = mpsc::channel(QUEUE);
    let waiting = Arc::new(Waiting::default());
    let loader = Loader {
        memory: Arc::clone(memory),
        queue: sender,
        waiting: Arc::clone(&waiting),
    };
    let reads = Reads {
        memory: Arc::clone(memory),
        queue: tokio::sync::Mutex::new(receiver),
        waiting,
    };
    (loader, reads)
}

impl Loader {
    /// What the register holds under the key now, with the note that was taken before reading it.
    pub async fn load(&self, key: Key) -> Result<Fresh, Error> {
        let (sender, receiver) = oneshot::channel();
        let first = {
            let mut waiting = self.waiting.lock().expect("no one panics while holding it");
            let first = !waiting.contains_key(&key);
            // A read that ended since the caller looked has left its value there, before it was no
            // longer to be joined.
            if first && let Some(cached) = self.memory.known(&key) {
                let current_to = Timestamp::UNIX_EPOCH;
                return Ok(Fresh { cached, current_to });
            }
            waiting.entry(key).or_default().push(sender);
            first
        };
        if first && self.queue.try_send(key).is_err() {
            self.waiting
                .lock()
                .expect("no one panics while holding it")
                .remove(&key);
        }
        match tokio::time::timeout(READ_LIMIT, receiver).await {
            Ok(Ok(Ok(loaded))) => Ok(loaded),
            Ok(Ok(Err(Failed)) | Err(_)) | Err(_) => Err(Error::NotRead),
        }
    }
}

impl Reads {
    /// What is to be read next; `None` when nobody can ask any more.
    pub async fn next(&self) -> Option<Reading> {
        let mut keys = Vec::new();
        // Whoever holds the receiver collects everything that waits; the others read meanwhile.
        let taken = self.queue.lock().await.recv_many(&mut keys, BATCH).await;
        (taken > 0).then(|| self.memory.begin(&keys))
    }

    /// Keeps what was read, and tells it to whoever waits.
    pub fn end(&self, reading: Reading, held: Result<HashMap<Key, Held>, Failed>) {
        let current_to = reading.current_to();
        let loaded: Vec<(Key, Loaded)> = match held {
            Ok(held) => {
                let of = |key: &Key| held.get(key).cloned();
                let kept = self
                    .memory
                    .keep(reading, |key| of(key).unwrap_or_else(|| Held::nothing(key)));
                let fresh = |cached| Fresh { cached, current_to };
                kept.into_iter()
                    .map(|(key, it)| (key, Ok(fresh(it))))
                    .collect()
            }
            Err(failed) => reading.keys().map(|key| (key, Err(failed))).collect(),
        };
        let mut waiting = self.waiting.lock().expect("no one panics while holding it");
        let told: Vec<_> = loaded
            .into_iter()
            .map(|(key, loaded)| (waiting.remove(&key).unwrap_or_default(), loaded))
            .collect();
        drop(waiting);
        for (senders, loaded) in told {
            for sender in senders {
                // Whoever no longer waits has gone away.
                let _gone = sender.send(loaded.clone());
            }
        }
    }
}
