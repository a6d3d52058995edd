//! The record cache and the batched reads behind it; the register's own feed is written by
//! [`import`] and by the use case that takes its changes.
//!
//! The only room that uses moka. Absence is a cached value like any other, so asking twice does not tell
//! whether a person exists. A cached value counts only while nothing it depends on has changed:
//! see [`stamps`].

pub mod document;
pub mod import;
mod loader;
mod memory;
mod metrics;
mod nodes;
mod reader;
mod stamps;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use futures_util::future::{join_all, try_join_all};
use jiff::Timestamp;
use prometheus::IntGauge;

use crate::clock::Clock;
use crate::domain::number::{OldIdNumber, PersonalId};
use crate::domain::record::Record;
use crate::domain::reference::Reference;
use crate::store::Error;
use crate::store::register_feed::{Changes, FeedChange};
use crate::telemetry::traces;

pub use memory::{Cached, Held, Key, Memory, Reading};
pub use metrics::Metrics;
pub use nodes::Nodes;

use loader::{Loader, Reads, Renewals};
use reader::Reader;

/// When the feed was seen to end where it was followed to. Both times are no later than what was seen,
/// so that nothing is promised that was not.
#[derive(Clone, Copy, Debug)]
pub struct Polled {
    /// By our clock, before it was looked at.
    pub since: Timestamp,
    /// By the database's clock, of the same look.
    pub database_time: Timestamp,
}

/// Everyone a number may mean, as of a time.
#[derive(Clone, Debug)]
pub struct Found {
    /// Their records; erroneous ones are never among them.
    pub records: smallvec::SmallVec<[Arc<Record>; 1]>,
    /// The time up to which these are known to be current.
    pub as_of: Timestamp,
}

/// The register as the rest of the program reads it.
#[derive(Debug)]
pub struct Register {
    memory: Arc<Memory>,
    loader: Loader,
    reference: Arc<Reference>,
    clock: Clock,
    metrics: Metrics,
}

impl Register {
    /// A register read from these nodes whose cache takes at most `cache_bytes`. Reads run on tasks of their
    /// own, `readers` of them and one for what is renewed, each with a connection while it reads. Whoever asks
    /// much does so [on one thread](Self::of_thread).
    pub fn new(
        nodes: impl Into<Nodes>,
        reference: Arc<Reference>,
        clock: Clock,
        cache_bytes: u64,
        readers: usize,
        metrics: Metrics,
    ) -> Arc<Self> {
        let (register, reads, renewals) = Self::unread(reference, clock, cache_bytes, metrics);
        let (reader, reads) = (register.reader(nodes.into()), Arc::new(reads));
        for _ in 0..readers.max(1) {
            tokio::spawn(reader.clone().run(Arc::clone(&reads)));
        }
        tokio::spawn(reader.renew(renewals));
        Arc::new(register)
    }

    /// The same register for callers on one thread, what it has in memory included. What they ask for is read
    /// over connections of their own and made into records by what must be polled on that thread for as long
    /// as they ask: handing each record to another thread would take longer than making it.
    pub fn of_thread(
        &self,
        nodes: Nodes,
        readers: usize,
    ) -> (Arc<Self>, impl Future<Output = ()> + use<>) {
        let (register, reads) = self.beside();
        let (reader, reads) = (register.reader(nodes), Arc::new(reads));
        let reading = async move {
            reader.nodes.connect().await;
            let running = (0..readers.max(1)).map(|_| reader.clone().run(Arc::clone(&reads)));
            drop(join_all(running).await);
        };
        (Arc::new(register), reading)
    }

    /// The same register, of which something else wants to be read.
    fn beside(&self) -> (Self, Reads) {
        let (loader, reads) = self.loader.of_thread();
        let register = Self {
            memory: Arc::clone(&self.memory),
            loader,
            reference: Arc::clone(&self.reference),
            clock: self.clock.clone(),
            metrics: self.metrics.clone(),
        };
        (register, reads)
    }

    /// A register and what it wants to be read.
    fn unread(
        reference: Arc<Reference>,
        clock: Clock,
        cache_bytes: u64,
        metrics: Metrics,
    ) -> (Self, Reads, Renewals) {
        let memory = Arc::new(Memory::new(clock.clone(), cache_bytes));
        let (loader, reads, renewals) = loader::queue(&memory);
        let register = Self {
            memory,
            loader,
            reference,
            clock,
            metrics,
        };
        (register, reads, renewals)
    }

    fn reader(&self, nodes: Nodes) -> Reader {
        Reader {
            nodes: Arc::new(nodes),
            reference: Arc::clone(&self.reference),
            clock: self.clock.clone(),
            metrics: self.metrics.clone(),
        }
    }

    /// The person with that number.
    pub async fn find(&self, number: PersonalId) -> Result<Found, Error> {
        let (record, as_of) = self.person(number).await?;
        Ok(Found {
            records: record.into_iter().collect(),
            as_of,
        })
    }

    /// Everyone who has had that nine-digit number. A number that was cancelled for others, the last
    /// of whom has had it too, is the same person, and left out.
    pub async fn find_by_old_number(&self, number: OldIdNumber) -> Result<Found, Error> {
        let (held, mut as_of) = self.get(Key::Old(number)).await?;
        let numbers = match held {
            Held::Numbers(numbers) => numbers,
            Held::Person(_) => Arc::default(),
        };
        if numbers.is_empty() {
            // Nobody has had it: a read all the same, or its time would tell. What it finds, if
            // anything, is nobody who was asked about.
            self.person(stand_in(number)).await?;
        }
        // All at once: one after another would tell by time how many there are.
        let people = numbers.iter().map(|number| self.person(*number));
        let mut records = smallvec::SmallVec::<[Arc<Record>; 1]>::new();
        for (record, person_as_of) in try_join_all(people).await? {
            as_of = as_of.min(person_as_of);
            records.extend(record);
        }
        let superseded: Vec<bool> = records
            .iter()
            .map(|record| {
                let current = record.current_number();
                current != record.personal_id
                    && records.iter().any(|other| other.personal_id == current)
            })
            .collect();
        let mut superseded = superseded.into_iter();
        records.retain(|_| !superseded.next().unwrap_or(false));
        Ok(Found { records, as_of })
    }

    async fn person(&self, number: PersonalId) -> Result<(Option<Arc<Record>>, Timestamp), Error> {
        match self.get(Key::Person(number)).await? {
            (Held::Person(record), as_of) => Ok((record, as_of)),
            (Held::Numbers(_), as_of) => Ok((None, as_of)),
        }
    }

    /// What is held under the key, and up to which time that is known to be current.
    async fn get(&self, key: Key) -> Result<(Held, Timestamp), Error> {
        let mut step = traces::child("register.find");
        let as_of = self.memory.current_to();
        let asked = self.memory.now();
        if let Some(cached) = self.memory.known(&key, asked) {
            self.metrics.hits.inc();
            step.say("dancu.register.from", "memory");
            if cached.ends_soon(asked) {
                self.loader.renew(key);
            }
            return Ok((cached.held, as_of));
        }
        self.metrics.misses.inc();
        step.say("dancu.register.from", "database");
        let mut loaded = self.loader.load(key).await?;
        if !self.memory.answers(&key, &loaded.cached, asked) {
            // The read that was joined had begun before a change that is known by now, or too long ago,
            // so the answer would be older than it says. The next read begins later than this question.
            loaded = self.loader.load(key).await?;
        }
        Ok((loaded.cached.held, as_of.max(loaded.current_to)))
    }

    /// The primary's clock showed that time.
    pub fn see(&self, database_time: Timestamp) {
        self.memory.see(database_time);
    }

    /// Changes up to that place of the feed are about to be told. To be said before [`follow`](Self::follow)
    /// and [`note`](Self::note).
    pub fn reach(&self, position: i64) {
        self.memory.reach(position);
    }

    /// Takes note of committed changes, after which the feed ended when it was polled. `gap`: changes
    /// were missed, so nothing cached counts any more.
    pub fn follow(&self, changes: &[FeedChange], gap: bool, polled: Polled) {
        self.note(changes, gap);
        self.memory.followed(polled);
    }

    /// Takes note of committed changes, after which more are known to come.
    pub fn note(&self, changes: &[FeedChange], gap: bool) {
        if gap {
            self.memory.touch_all();
        }
        for change in changes {
            match &change.what {
                Changes::Everything => self.memory.touch_all(),
                Changes::Citizen {
                    personal_id,
                    old_numbers,
                    protected_changed,
                } => {
                    self.memory.touch(&Key::Person(*personal_id));
                    for old in old_numbers {
                        self.memory.touch(&Key::Old(*old));
                    }
                    if *protected_changed {
                        self.memory.touch_dependants();
                    }
                }
            }
        }
        self.metrics.changes.inc_by(changes.len() as u64);
    }

    /// Since when the feed is known to have been followed to its end; none before the first time.
    pub fn followed_at(&self) -> Option<Timestamp> {
        self.memory.followed_at()
    }

    /// Refreshes the gauges that are only looked at now and then.
    pub fn observe(&self) {
        let (entries, bytes) = (self.memory.entries(), self.memory.bytes());
        let set = |gauge: &IntGauge, value| gauge.set(i64::try_from(value).unwrap_or(i64::MAX));
        set(&self.metrics.entries, entries);
        set(&self.metrics.bytes, bytes);
        set(&self.metrics.each, bytes.checked_div(entries).unwrap_or(0));
    }
}

/// The number that is read where nobody has had a nine-digit one, the same for the same one. It lies among
/// those that people have, for a read elsewhere would take another time.
fn stand_in(number: OldIdNumber) -> PersonalId {
    let digits: u64 = number.as_str().parse().expect("nine digits");
    let province = digits / 10_000_000 % 96 + 1;
    let text = format!(
        "{province:03}{:02}{:07}",
        digits % 4 * 10 + digits / 100 % 10,
        digits % 10_000_000
    );
    PersonalId::parse(&text).expect("twelve digits")
}
