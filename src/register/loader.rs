//! Who waits for what is being read: a number that many ask for at once is read once, and whatever
//! waits is read together. What is asked for again and again is read again before its time is over, and
//! nobody waits for that. Not here: the statements ([`super::reader`]).

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::{mpsc, oneshot};

use super::memory::{Cached, Held, Key, Memory, Reading};
use crate::store::Error;

/// Keys that one statement reads at most.
const BATCH: usize = 512;

/// Keys that may wait to be read; more are answered with an error at once.
const QUEUE: usize = 4096;

/// Keys that one statement renews at most: a question that joins them does not wait for long.
const RENEWED: usize = 64;

/// How long keys to be renewed wait for others. One by one they would cost several times as much.
const GATHERED: Duration = Duration::from_millis(50);

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
/// What is to be renewed, or is being so.
type Renewed = Mutex<HashSet<Key>>;

/// The questions' end.
#[derive(Debug)]
pub(super) struct Loader {
    memory: Arc<Memory>,
    queue: mpsc::Sender<Key>,
    waiting: Arc<Waiting>,
    renewals: mpsc::Sender<Key>,
    renewed: Arc<Renewed>,
}

/// The readers' end.
#[derive(Debug)]
pub(super) struct Reads {
    memory: Arc<Memory>,
    queue: tokio::sync::Mutex<mpsc::Receiver<Key>>,
    waiting: Arc<Waiting>,
    renewals: tokio::sync::Mutex<mpsc::Receiver<Key>>,
    renewed: Arc<Renewed>,
}

/// Both ends of a queue of what is to be read into that memory.
pub(super) fn queue(memory: &Arc<Memory>) -> (Loader, Reads) {
    let (sender, receiver) = mpsc::channel(QUEUE);
    let (renewing, renewals) = mpsc::channel(QUEUE);
    let (waiting, renewed) = (Arc::<Waiting>::default(), Arc::<Renewed>::default());
    let loader = Loader {
        memory: Arc::clone(memory),
        queue: sender,
        waiting: Arc::clone(&waiting),
        renewals: renewing,
        renewed: Arc::clone(&renewed),
    };
    let reads = Reads {
        memory: Arc::clone(memory),
        queue: tokio::sync::Mutex::new(receiver),
        waiting,
        renewals: tokio::sync::Mutex::new(renewals),
        renewed,
    };
    (loader, reads)
}

impl Loader {
    /// What the register holds under the key now, with the note that was taken before reading it.
    pub async fn load(&self, key: Key) -> Result<Fresh, Error> {
        let (sender, receiver) = oneshot::channel();
        let first = {
            let mut waiting = held(&self.waiting);
            let first = !waiting.contains_key(&key);
            // A read that ended since the caller looked has left its value there, before it was no
            // longer to be joined.
            if first && let Some(cached) = self.memory.known(&key, self.memory.now()) {
                let current_to = Timestamp::UNIX_EPOCH;
                return Ok(Fresh { cached, current_to });
            }
            waiting.entry(key).or_default().push(sender);
            first
        };
        if first && self.queue.try_send(key).is_err() {
            held(&self.waiting).remove(&key);
        }
        match tokio::time::timeout(READ_LIMIT, receiver).await {
            Ok(Ok(Ok(loaded))) => Ok(loaded),
            Ok(Ok(Err(Failed)) | Err(_)) | Err(_) => Err(Error::NotRead),
        }
    }

    /// Has a value read again whose time is nearly over. Where too many are, it will be read when it is asked
    /// for next.
    pub fn renew(&self, key: Key) {
        if held(&self.renewed).insert(key) && self.renewals.try_send(key).is_err() {
            held(&self.renewed).remove(&key);
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

    /// What is to be renewed next; `None` when nobody can ask any more.
    pub async fn next_renewal(&self) -> Option<Reading> {
        let mut renewals = self.renewals.lock().await;
        loop {
            let mut keys = vec![renewals.recv().await?];
            if renewals.len() < RENEWED {
                #[expect(
                    clippy::disallowed_methods,
                    reason = "it is time that brings others, and nobody waits"
                )]
                tokio::time::sleep(GATHERED).await;
            }
            while keys.len() < RENEWED
                && let Ok(key) = renewals.try_recv()
            {
                keys.push(key);
            }
            if let Some(reading) = self.renewal(keys) {
                return Some(reading);
            }
        }
    }

    /// Begins to read these again, but for those that are being read already, and those that changed, which
    /// nobody may ask for again.
    fn renewal(&self, mut keys: Vec<Key>) -> Option<Reading> {
        let now = self.memory.now();
        let (mut waiting, mut pending) = (held(&self.waiting), held(&self.renewed));
        keys.retain(|key| {
            let known = self.memory.known(key, now);
            let renewed = known.is_some_and(|it| it.ends_soon(now)) && !waiting.contains_key(key);
            if renewed {
                waiting.insert(*key, Vec::new());
            } else {
                pending.remove(key);
            }
            renewed
        });
        drop((waiting, pending));
        (!keys.is_empty()).then(|| self.memory.begin(&keys))
    }

    /// The next renewal, if anything is to be renewed, without waiting for more.
    #[cfg(test)]
    pub fn renewal_at_once(&self) -> Option<Reading> {
        let mut renewals = self.renewals.try_lock().ok()?;
        let keys = std::iter::from_fn(|| renewals.try_recv().ok());
        self.renewal(keys.take(RENEWED).collect())
    }

    /// Keeps what has been read of that reading, and tells it to whoever waits, while the rest is on its way.
    pub fn arrived(&self, reading: &mut Reading, key: Key, held: Held) {
        if let Some(cached) = self.memory.keep(reading, key, held) {
            let current_to = reading.current_to();
            self.tell(&key, Ok(Fresh { cached, current_to }));
        }
    }

    /// Ends a reading: of what has not arrived there is nothing, or it was not read.
    pub fn end(&self, mut reading: Reading, ended: Result<(), Failed>) {
        let rest: Vec<Key> = reading.keys().collect();
        for key in rest {
            match ended {
                Ok(()) => self.arrived(&mut reading, key, Held::nothing(&key)),
                Err(failed) => self.tell(&key, Err(failed)),
            }
        }
    }

    fn tell(&self, key: &Key, loaded: Loaded) {
        let senders = {
            let (mut waiting, mut renewed) = (held(&self.waiting), held(&self.renewed));
            renewed.remove(key);
            waiting.remove(key).unwrap_or_default()
        };
        for sender in senders {
            // Whoever no longer waits has gone away.
            let _gone = sender.send(loaded.clone());
        }
    }
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().expect("no one panics while holding it")
}

#[cfg(test)]
mod tests {
    use super::super::Polled;
    use super::*;
    use crate::clock::Clock;
    use crate::domain::fault::FromText;
    use crate::domain::number::PersonalId;

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_millisecond(ms).expect("a time")
    }

    /// A memory that holds nobody under a key whose time is nearly over, and both ends of its queue.
    fn ending(key: Key) -> (Arc<Memory>, Loader, Reads) {
        let clock = Clock::frozen(at(1_000));
        let memory = Arc::new(Memory::new(clock.clone(), 1 << 20));
        let (loader, reads) = queue(&memory);
        let kept = memory.keep(&mut memory.begin(&[key]), key, Held::nothing(&key));
        assert!(kept.is_some());
        let now = (1_000..31_000)
            .step_by(100)
            .map(at)
            .find(|now| {
                memory.followed(Polled {
                    since: *now,
                    database_time: *now,
                });
                memory
                    .known(&key, *now)
                    .is_some_and(|it| it.ends_soon(*now))
            })
            .expect("its time is nearly over once");
        clock.set(now);
        (memory, loader, reads)
    }

    #[test]
    fn a_value_is_renewed_once_at_a_time_and_then_has_its_whole_time() {
        let key = Key::Person(PersonalId::from_text("001095000001").expect("twelve digits"));
        let (memory, loader, reads) = ending(key);
        loader.renew(key);
        loader.renew(key);
        let reading = reads.renewal_at_once().expect("it is to be read");
        assert!(reading.keys().eq([key]));
        loader.renew(key);
        assert!(reads.renewal_at_once().is_none(), "it is being read");
        reads.end(reading, Ok(()));
        let now = memory.now();
        let known = memory.known(&key, now).expect("it was read");
        assert!(!known.ends_soon(now));
        loader.renew(key);
        assert!(reads.renewal_at_once().is_none(), "it has time");
    }

    #[test]
    fn what_changed_since_it_was_gathered_is_not_renewed_and_a_failure_can_be_tried_again() {
        let key = Key::Person(PersonalId::from_text("001095000001").expect("twelve digits"));
        let (memory, loader, reads) = ending(key);
        loader.renew(key);
        let reading = reads.renewal_at_once().expect("it is to be read");
        reads.end(reading, Err(Failed));
        loader.renew(key);
        let reading = reads.renewal_at_once().expect("it is to be read again");
        reads.end(reading, Err(Failed));
        loader.renew(key);
        memory.touch(&key);
        assert!(reads.renewal_at_once().is_none(), "nobody may ask again");
        assert!(memory.known(&key, memory.now()).is_none());
    }
}
