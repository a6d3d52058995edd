//! Reads of what is not cached: misses in flight are collected into one statement, and a number
//! that many ask for at once is read once.

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::FutureExt;
use moka::sync::Cache;
use tokio::sync::{mpsc, oneshot};

use super::metrics::Metrics;
use super::stamps::{Stamp, Stamps};
use super::{Cached, Held, Key, until};
use crate::clock::Clock;
use crate::domain::citizen::StatusKind;
use crate::domain::number::{OldIdNumber, PersonalId};
use crate::domain::record::Record;
use crate::domain::reference::Reference;
use crate::store::{Error, Store};

/// Keys that one statement reads at most.
const BATCH: usize = 512;

/// Keys that may wait to be read; more are answered with an error at once.
const QUEUE: usize = 4096;

/// How long a question waits for its read, in a statement that has a limit of its own: for a
/// database that takes what is sent and says nothing.
const READ_LIMIT: Duration = Duration::from_millis(750);

type Loaded = Result<Cached, ()>;
type Waiting = Mutex<HashMap<Key, Vec<oneshot::Sender<Loaded>>>>;

/// The tasks that read, and what waits for them.
#[derive(Debug)]
pub(super) struct Loader {
    queue: mpsc::Sender<Key>,
    waiting: Arc<Waiting>,
}

/// What a reading task works with.
struct Reader {
    store: Store,
    reference: Arc<Reference>,
    clock: Clock,
    stamps: Arc<Stamps>,
    cache: Cache<Key, Cached>,
    waiting: Arc<Waiting>,
    metrics: Metrics,
}

impl Loader {
    /// Starts `readers` tasks, each with at most one statement under way.
    pub fn start(
        store: &Store,
        reference: Arc<Reference>,
        clock: Clock,
        stamps: Arc<Stamps>,
        cache: Cache<Key, Cached>,
        readers: usize,
        metrics: &Metrics,
    ) -> Self {
        let (queue, keys) = mpsc::channel(QUEUE);
        let keys = Arc::new(tokio::sync::Mutex::new(keys));
        let waiting = Arc::new(Waiting::default());
        for _ in 0..readers.max(1) {
            let reader = Reader {
                store: store.clone(),
                reference: Arc::clone(&reference),
                clock: clock.clone(),
                stamps: Arc::clone(&stamps),
                cache: cache.clone(),
                waiting: Arc::clone(&waiting),
                metrics: metrics.clone(),
            };
            tokio::spawn(reader.run(Arc::clone(&keys)));
        }
        Self { queue, waiting }
    }

    /// What the register holds under the key now, with the note that was taken before reading it.
    ///
    /// `known` looks into the cache. It is asked once more when nobody reads the key: a read that
    /// ended since the caller looked has left its value there, before it was no longer to be joined.
    pub async fn load(
        &self,
        key: Key,
        known: impl FnOnce() -> Option<Cached>,
    ) -> Result<Cached, Error> {
        let (sender, receiver) = oneshot::channel();
        let first = {
            let mut waiting = self.waiting.lock().expect("no one panics while holding it");
            let first = !waiting.contains_key(&key);
            if first && let Some(cached) = known() {
                return Ok(cached);
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
            // The cause was logged where it happened, once for all who waited.
            Ok(Ok(Err(())) | Err(_)) | Err(_) => Err(Error::NotRead),
        }
    }
}

impl Reader {
    async fn run(self, keys: Arc<tokio::sync::Mutex<mpsc::Receiver<Key>>>) {
        let mut batch = Vec::with_capacity(BATCH);
        loop {
            batch.clear();
            // Whoever holds the receiver collects everything that waits; the others read meanwhile.
            if keys.lock().await.recv_many(&mut batch, BATCH).await == 0 {
                return;
            }
            self.metrics.batch.observe(batch.len() as f64);
            self.read(&batch).await;
        }
    }

    async fn read(&self, keys: &[Key]) {
        let notes: HashMap<Key, Stamp> = keys
            .iter()
            .map(|key| (*key, self.stamps.note(key)))
            .collect();
        let begun_ms = self.clock.now().as_millisecond();
        // A fault of ours ends these questions, but not the task that all others wait for.
        let held = match AssertUnwindSafe(self.held(keys)).catch_unwind().await {
            Ok(Ok(held)) => Ok(held),
            Ok(Err(error)) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "the register is down"
                );
                Err(())
            }
            Err(_) => {
                tracing::error!("a record could not be read");
                Err(())
            }
        };
        let loaded: Vec<(Key, Loaded)> = keys
            .iter()
            .map(|key| {
                let loaded = held.as_ref().map_err(|failed| *failed).map(|held| Cached {
                    held: held.get(key).cloned().unwrap_or_else(|| nothing(key)),
                    stamp: notes[key],
                    until_ms: until(begun_ms, &self.stamps, key),
                });
                (*key, loaded)
            })
            .collect();
        for (key, loaded) in &loaded {
            if let Ok(cached) = loaded {
                self.cache.insert(*key, cached.clone());
            }
        }
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

    async fn held(&self, keys: &[Key]) -> Result<HashMap<Key, Held>, Error> {
        let mut people: Vec<PersonalId> = Vec::with_capacity(keys.len());
        let mut old: Vec<OldIdNumber> = Vec::new();
        for key in keys {
            match key {
                Key::Person(number) => people.push(*number),
                Key::Old(number) => old.push(*number),
            }
        }
        let mut held = HashMap::with_capacity(keys.len());
        if !people.is_empty() {
            let today = self.clock.today();
            for (citizen, meta) in self.store.find_nearest_citizens(&people).await? {
                // Made ready also where nobody asked about it: that takes as long for a number nobody has.
                let record = Arc::new(Record::new(&citizen, &meta, &self.reference, today));
                // A record that was made in error is never found.
                let record = (citizen.status.kind != StatusKind::Erroneous).then_some(record);
                held.insert(Key::Person(citizen.personal_id), Held::Person(record));
            }
        }
        if !old.is_empty() {
            let mut numbers: HashMap<OldIdNumber, Vec<PersonalId>> = HashMap::new();
            for (old, number) in self.store.find_by_old_numbers(&old).await? {
                numbers.entry(old).or_default().push(number);
            }
            for (old, mut numbers) in numbers {
                numbers.sort_unstable();
                held.insert(Key::Old(old), Held::Numbers(numbers.into()));
            }
        }
        Ok(held)
    }
}

/// What is held under a key of which there is no row.
fn nothing(key: &Key) -> Held {
    match key {
        Key::Person(_) => Held::Person(None),
        Key::Old(_) => Held::Numbers(Arc::default()),
    }
}
