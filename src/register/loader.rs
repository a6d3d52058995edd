//! Who waits for what is being read: a number that many ask for at once is read once, and whatever
//! waits is read together. What is asked for again and again is read again before its time is over, and
//! nobody waits for that. Not here: the statements ([`super::reader`]).

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};

use super::memory::{Cached, Held, Key, Memory, Reading};
use crate::store::Error;

/// Keys that one statement reads at most.
const BATCH: usize = 512;

/// Keys that may wait to be read; more are answered with an error at once.
const QUEUE: usize = 4096;

/// How long a statement keeps those who read beside it from beginning another: one that reads more takes less
/// for each. What takes longer waits for a disk, or hangs.
const PATIENCE: Duration = Duration::from_millis(2);

/// How often whatever else the thread has to do has its turn before a statement begins, as long as each turn
/// brings more to read: one after another, a statement each, would cost more for each.
const TURNS: usize = 8;

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

/// What all ends share.
#[derive(Debug)]
struct Shared {
    memory: Arc<Memory>,
    waiting: Mutex<HashMap<Key, Vec<oneshot::Sender<Loaded>>>>,
    /// What is to be renewed, or is being so.
    renewed: Mutex<HashSet<Key>>,
}

/// The questions' end.
#[derive(Debug)]
pub(super) struct Loader {
    shared: Arc<Shared>,
    queue: mpsc::Sender<Key>,
    renewals: mpsc::Sender<Key>,
}

/// The readers' end.
#[derive(Debug)]
pub(super) struct Reads {
    shared: Arc<Shared>,
    queue: tokio::sync::Mutex<mpsc::Receiver<Key>>,
    /// Held by those who have a statement under way that is not late.
    turns: Arc<Semaphore>,
}

/// What is about to be read. Dropped, it failed.
struct Taken<'a> {
    shared: &'a Arc<Shared>,
    keys: Vec<Key>,
}

/// The end of whoever reads again.
#[derive(Debug)]
pub(super) struct Renewals {
    shared: Arc<Shared>,
    queue: mpsc::Receiver<Key>,
}

/// A read under way. Dropped, it failed: whoever waits for what it did not bring is told so.
#[derive(Debug)]
pub(super) struct Load {
    shared: Arc<Shared>,
    /// What is being read.
    pub reading: Reading,
    _turn: Option<OwnedSemaphorePermit>,
}

/// All ends of what is to be read into that memory.
pub(super) fn queue(memory: &Arc<Memory>) -> (Loader, Reads, Renewals) {
    let shared = Arc::new(Shared {
        memory: Arc::clone(memory),
        waiting: Mutex::default(),
        renewed: Mutex::default(),
    });
    let (renewals, queue) = mpsc::channel(QUEUE);
    let renewing = Renewals {
        shared: Arc::clone(&shared),
        queue,
    };
    // Whoever reads on threads of others is held up by none of them.
    let (loader, reads) = shared.ends(renewals, Semaphore::MAX_PERMITS);
    (loader, reads, renewing)
}

impl Loader {
    /// Another queue of the same memory, for those who ask and read on one thread. Who asks for what is being
    /// read on another waits for that.
    pub fn of_thread(&self) -> (Self, Reads) {
        self.shared.ends(self.renewals.clone(), 1)
    }

    /// What the register holds under the key now, with the note that was taken before reading it.
    pub async fn load(&self, key: Key) -> Result<Fresh, Error> {
        let (sender, receiver) = oneshot::channel();
        let first = {
            let mut waiting = held(&self.shared.waiting);
            let first = !waiting.contains_key(&key);
            // A read that ended since the caller looked has left its value there, before it was no
            // longer to be joined.
            let memory = &self.shared.memory;
            if first && let Some(cached) = memory.known(&key, memory.now()) {
                let current_to = Timestamp::UNIX_EPOCH;
                return Ok(Fresh { cached, current_to });
            }
            waiting.entry(key).or_default().push(sender);
            first
        };
        if first && self.queue.try_send(key).is_err() {
            held(&self.shared.waiting).remove(&key);
        }
        match tokio::time::timeout(READ_LIMIT, receiver).await {
            Ok(Ok(Ok(loaded))) => Ok(loaded),
            Ok(Ok(Err(Failed)) | Err(_)) | Err(_) => Err(Error::NotRead),
        }
    }

    /// Has a value read again whose time is nearly over. Where too many are, it will be read when it is asked
    /// for next.
    pub fn renew(&self, key: Key) {
        let renewed = || held(&self.shared.renewed);
        if renewed().insert(key) && self.renewals.try_send(key).is_err() {
            renewed().remove(&key);
        }
    }
}

impl Reads {
    /// What is to be read next; `None` when nobody can ask any more.
    pub async fn next(&self) -> Option<Load> {
        // Whoever holds the receiver collects everything that waits; the others read meanwhile.
        let mut queue = self.queue.lock().await;
        let turn = Arc::clone(&self.turns).acquire_owned();
        let turn = tokio::time::timeout(PATIENCE, turn).await;
        let mut taken = Taken::new(&self.shared);
        for _ in 0..TURNS {
            let before = taken.keys.len();
            if before == BATCH || queue.recv_many(&mut taken.keys, BATCH - before).await == 0 {
                break;
            }
            // Everything that is ready runs first, and whatever came over the network meanwhile.
            tokio::task::yield_now().await;
            if queue.is_empty() {
                break;
            }
        }
        taken.begin(turn.ok().and_then(Result::ok))
    }
}

impl<'a> Taken<'a> {
    fn new(shared: &'a Arc<Shared>) -> Self {
        let keys = Vec::new();
        Self { shared, keys }
    }

    /// Begins to read them, if there are any.
    fn begin(mut self, turn: Option<OwnedSemaphorePermit>) -> Option<Load> {
        let keys = std::mem::take(&mut self.keys);
        (!keys.is_empty()).then(|| self.shared.begin(&keys, turn))
    }
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        for key in &self.keys {
            self.shared.tell(key, Err(Failed));
        }
    }
}

impl Drop for Reads {
    /// Nobody reads what still waits here: its thread has ended.
    fn drop(&mut self) {
        let queue = self.queue.get_mut();
        queue.close();
        while let Ok(key) = queue.try_recv() {
            self.shared.tell(&key, Err(Failed));
        }
    }
}

impl Renewals {
    /// What is to be renewed next; `None` when nobody can ask any more.
    pub async fn next(&mut self) -> Option<Load> {
        loop {
            let mut keys = vec![self.queue.recv().await?];
            if self.queue.len() < RENEWED {
                #[expect(
                    clippy::disallowed_methods,
                    reason = "it is time that brings others, and nobody waits"
                )]
                tokio::time::sleep(GATHERED).await;
            }
            while keys.len() < RENEWED
                && let Ok(key) = self.queue.try_recv()
            {
                keys.push(key);
            }
            if let Some(load) = self.shared.renew(keys) {
                return Some(load);
            }
        }
    }

    /// The next renewal, if anything is to be renewed, without waiting for more.
    #[cfg(test)]
    pub fn at_once(&mut self) -> Option<Load> {
        let keys = std::iter::from_fn(|| self.queue.try_recv().ok());
        self.shared.renew(keys.take(RENEWED).collect())
    }
}

impl Load {
    /// Keeps what has been read, and tells it to whoever waits, while the rest is on its way.
    pub fn arrived(&mut self, key: Key, held: Held) {
        if let Some(cached) = self.shared.memory.keep(&mut self.reading, key, held) {
            let current_to = self.reading.current_to();
            self.shared.tell(&key, Ok(Fresh { cached, current_to }));
        }
    }

    /// All has been read: of what has not arrived there is nothing.
    pub fn end(mut self) {
        let rest: Vec<Key> = self.reading.keys().collect();
        for key in rest {
            self.arrived(key, Held::nothing(&key));
        }
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        for key in self.reading.keys() {
            self.shared.tell(&key, Err(Failed));
        }
    }
}

impl Shared {
    /// A queue of which so many statements at a time read that are not late.
    fn ends(self: &Arc<Self>, renewals: mpsc::Sender<Key>, turns: usize) -> (Loader, Reads) {
        let (queue, receiver) = mpsc::channel(QUEUE);
        let loader = Loader {
            shared: Arc::clone(self),
            queue,
            renewals,
        };
        let reads = Reads {
            shared: Arc::clone(self),
            queue: tokio::sync::Mutex::new(receiver),
            turns: Arc::new(Semaphore::new(turns)),
        };
        (loader, reads)
    }

    fn begin(self: &Arc<Self>, keys: &[Key], turn: Option<OwnedSemaphorePermit>) -> Load {
        Load {
            shared: Arc::clone(self),
            reading: self.memory.begin(keys),
            _turn: turn,
        }
    }

    /// Begins to read these again, but for those that are being read already, and those that changed, which
    /// nobody may ask for again.
    fn renew(self: &Arc<Self>, mut keys: Vec<Key>) -> Option<Load> {
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
        (!keys.is_empty()).then(|| self.begin(&keys, None))
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
    use std::pin::pin;
    use std::time::Instant;

    use futures_util::{FutureExt, poll};

    use super::super::Polled;
    use super::*;
    use crate::clock::Clock;
    use crate::domain::fault::FromText;
    use crate::domain::number::PersonalId;

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_millisecond(ms).expect("a time")
    }

    /// A memory that holds nobody under a key whose time is nearly over, and both ends of its queue.
    fn ending(key: Key) -> (Arc<Memory>, Loader, Renewals) {
        let clock = Clock::frozen(at(1_000));
        let memory = Arc::new(Memory::new(clock.clone(), 1 << 20));
        let (loader, _, renewals) = queue(&memory);
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
        (memory, loader, renewals)
    }

    #[test]
    fn a_value_is_renewed_once_at_a_time_and_then_has_its_whole_time() {
        let key = Key::Person(PersonalId::from_text("001095000001").expect("twelve digits"));
        let (memory, loader, mut renewals) = ending(key);
        loader.renew(key);
        loader.renew(key);
        let load = renewals.at_once().expect("it is to be read");
        assert!(load.reading.keys().eq([key]));
        loader.renew(key);
        assert!(renewals.at_once().is_none(), "it is being read");
        load.end();
        let now = memory.now();
        let known = memory.known(&key, now).expect("it was read");
        assert!(!known.ends_soon(now));
        loader.renew(key);
        assert!(renewals.at_once().is_none(), "it has time");
    }

    #[test]
    fn what_changed_since_it_was_gathered_is_not_renewed_and_a_failure_can_be_tried_again() {
        let key = Key::Person(PersonalId::from_text("001095000001").expect("twelve digits"));
        let (memory, loader, mut renewals) = ending(key);
        loader.renew(key);
        let load = renewals.at_once().expect("it is to be read");
        drop(load);
        loader.renew(key);
        let load = renewals.at_once().expect("it is to be read again");
        drop(load);
        loader.renew(key);
        memory.touch(&key);
        assert!(renewals.at_once().is_none(), "nobody may ask again");
        assert!(memory.known(&key, memory.now()).is_none());
    }

    /// Two threads' ends of an empty memory.
    fn threads() -> [(Loader, Reads); 2] {
        let memory = Arc::new(Memory::new(Clock::frozen(at(1_000)), 1 << 20));
        let (loader, reads, _) = queue(&memory);
        let other = loader.of_thread();
        [(loader, reads), other]
    }

    fn key(number: &str) -> Key {
        Key::Person(PersonalId::from_text(number).expect("twelve digits"))
    }

    #[tokio::test]
    async fn what_is_read_on_one_thread_is_waited_for_on_another() {
        let [(one, reads), (other, others)] = threads();
        let key = key("001095000001");
        let (mut first, mut second) = (pin!(one.load(key)), pin!(other.load(key)));
        assert!(poll!(&mut first).is_pending() && poll!(&mut second).is_pending());
        let load = reads.next().await.expect("it is asked for");
        assert!(load.reading.keys().eq([key]));
        assert!(poll!(Box::pin(others.next())).is_pending(), "it is read");
        load.end();
        assert!(first.await.is_ok() && second.await.is_ok());
    }

    #[tokio::test]
    async fn a_thread_that_ends_leaves_nobody_waiting_for_what_it_was_to_read() {
        let [(ending, reads), (other, others)] = threads();
        let (begun, queued) = (key("001095000001"), key("001095000002"));
        let mut asked = vec![Box::pin(ending.load(begun)), Box::pin(other.load(begun))];
        // Asked in turn, so that the other thread's wait for what the first was to read.
        assert!(poll!(&mut asked[0]).is_pending());
        let load = reads.next().await.expect("it is asked for");
        asked.extend([Box::pin(ending.load(queued)), Box::pin(other.load(queued))]);
        for question in &mut asked {
            assert!(poll!(question).is_pending());
        }
        drop((load, reads));
        for question in asked {
            assert!(question.now_or_never().expect("it is told").is_err());
        }
        let mut again = pin!(other.load(queued));
        assert!(poll!(&mut again).is_pending());
        let load = others.next().await.expect("it is asked for again");
        load.end();
        assert!(again.await.is_ok());
    }

    #[tokio::test]
    async fn readers_of_all_begin_statements_beside_one_another() {
        let [(loader, reads), _] = threads();
        let keys = ["001095000001", "001095000002"].map(key);
        let mut asked = keys.map(|key| Box::pin(loader.load(key)));
        let mut under_way = Vec::new();
        for question in &mut asked {
            assert!(poll!(question).is_pending());
            under_way.push(reads.next().await.expect("it is asked for"));
        }
        let turns = Semaphore::MAX_PERMITS - reads.turns.available_permits();
        assert_eq!(turns, 2, "neither is late");
    }

    #[tokio::test]
    async fn on_one_thread_nobody_begins_another_statement_beside_one_that_is_not_late() {
        let [_, (loader, reads)] = threads();
        let keys = ["001095000001", "001095000002", "001095000003"].map(key);
        let mut asked = keys.map(|key| Box::pin(loader.load(key)));
        assert!(poll!(&mut asked[0]).is_pending());
        let first = reads.next().await.expect("it is asked for");
        for question in &mut asked[1..] {
            assert!(poll!(question).is_pending());
        }
        let mut second = pin!(reads.next());
        assert!(poll!(&mut second).is_pending());
        let begun = Instant::now();
        let second = second.await.expect("the first is late");
        assert!(begun.elapsed() >= PATIENCE / 2);
        assert!(second.reading.keys().eq([keys[1], keys[2]]));
        drop((first, second));
        assert_eq!(reads.turns.available_permits(), 1, "nothing is under way");
    }

    #[tokio::test]
    async fn a_statement_reads_what_others_ask_for_meanwhile_and_fails_for_all_if_it_never_begins()
    {
        let [_, (loader, reads)] = threads();
        let keys = ["001095000001", "001095000002", "001095000003"].map(key);
        let mut asked = keys.map(|key| Box::pin(loader.load(key)));
        let mut next = Box::pin(reads.next());
        for question in &mut asked {
            assert!(poll!(question).is_pending());
            assert!(poll!(&mut next).is_pending(), "another may be ready");
        }
        drop(next);
        for question in asked {
            assert!(question.now_or_never().expect("it is told").is_err());
        }
        let mut asked = keys.map(|key| Box::pin(loader.load(key)));
        let mut next = Box::pin(reads.next());
        for question in &mut asked {
            assert!(poll!(question).is_pending());
            assert!(poll!(&mut next).is_pending());
        }
        let load = next.await.expect("they are asked for");
        assert!(load.reading.keys().eq(keys));
    }
}
