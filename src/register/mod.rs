//! The record cache and the batched reads behind it; the register's own feed is written by
//! [`import`] and by the use case that takes its changes.
//!
//! The only room that uses moka. Absence is a cached value like any other, so asking twice does not tell
//! whether a person exists. A cached value counts only while nothing it depends on has changed:
//! see [`stamps`].

pub mod document;
pub mod import;
mod loader;
mod metrics;
mod stamps;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use moka::sync::Cache;

use crate::clock::Clock;
use crate::domain::number::{OldIdNumber, PersonalId};
use crate::domain::record::Record;
use crate::domain::reference::Reference;
use crate::store::register_feed::{Changes, FeedChange};
use crate::store::{Error, Store};

pub use metrics::Metrics;

use loader::Loader;
use stamps::{Stamp, Stamps};

/// How long a cached value may live at all: the hard bound of staleness.
const TIME_TO_LIVE: Duration = Duration::from_secs(30);

/// By how much less a value may live, each key by a time of its own: what was read together is not
/// read again together, for a crowd of reads is felt by everyone else.
const SPREAD_MS: u64 = 10_000;

/// How long the feed may be silent before cached values no longer count.
const FEED_BOUND_MS: i64 = 800;

/// What a cached value costs beside the record itself: key, entry and bookkeeping of the cache.
const ENTRY_OVERHEAD: usize = 200;

/// What a number leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Key {
    Person(PersonalId),
    Old(OldIdNumber),
}

/// What the register holds under a key; nothing is a value too.
#[derive(Clone, Debug)]
enum Held {
    Person(Option<Arc<Record>>),
    Numbers(Arc<[PersonalId]>),
}

#[derive(Clone, Debug)]
struct Cached {
    held: Held,
    stamp: Stamp,
    /// When its time is over, by our clock.
    until_ms: i64,
}

impl Cached {
    /// Whether it is still what the database holds, as far as the feed was followed.
    fn counts(&self, stamps: &Stamps, key: &Key) -> bool {
        stamps.counts(&self.stamp, key, depends_on_others(&self.held))
    }
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
    cache: Cache<Key, Cached>,
    stamps: Arc<Stamps>,
    loader: Loader,
    clock: Clock,
    /// When the feed was last followed to its end, by our clock and by the database's.
    followed_at_ms: AtomicI64,
    current_to_ms: AtomicI64,
    metrics: Metrics,
}

impl Register {
    /// A register over `store` whose cache takes at most `cache_bytes`. Reads run on tasks of their
    /// own, `readers` of them, each with a connection while it reads.
    pub fn new(
        store: &Store,
        reference: Arc<Reference>,
        clock: Clock,
        cache_bytes: u64,
        readers: usize,
        metrics: Metrics,
    ) -> Arc<Self> {
        let stamps = Arc::new(Stamps::default());
        let cache = Cache::builder()
            .max_capacity(cache_bytes)
            .weigher(|_: &Key, cached: &Cached| {
                let size = ENTRY_OVERHEAD
                    + match &cached.held {
                        Held::Person(record) => record.as_ref().map_or(0, |record| record.size()),
                        Held::Numbers(numbers) => size_of_val(&**numbers),
                    };
                u32::try_from(size).unwrap_or(u32::MAX)
            })
            .time_to_live(TIME_TO_LIVE)
            .build();
        let loader = Loader::start(
            store,
            reference,
            clock.clone(),
            Arc::clone(&stamps),
            cache.clone(),
            readers,
            &metrics,
        );
        Arc::new(Self {
            cache,
            stamps,
            loader,
            clock,
            followed_at_ms: AtomicI64::new(i64::MIN),
            current_to_ms: AtomicI64::new(0),
            metrics,
        })
    }

    /// The person with that number.
    pub async fn find(&self, number: PersonalId) -> Result<Found, Error> {
        let as_of = self.current_to();
        let record = self.person(number).await?;
        Ok(Found {
            records: record.into_iter().collect(),
            as_of,
        })
    }

    /// Everyone who has had that nine-digit number. A number that was cancelled for others, the last
    /// of whom has had it too, is the same person, and left out.
    pub async fn find_by_old_number(&self, number: OldIdNumber) -> Result<Found, Error> {
        let as_of = self.current_to();
        let numbers = match self.get(Key::Old(number)).await? {
            Held::Numbers(numbers) => numbers,
            Held::Person(_) => Arc::default(),
        };
        let mut records = smallvec::SmallVec::<[Arc<Record>; 1]>::new();
        if numbers.is_empty() {
            // Nobody has had it: a read all the same, or its time would tell. What it finds, if
            // anything, is nobody who was asked about.
            self.person(stand_in(number)).await?;
        }
        for number in numbers.iter() {
            records.extend(self.person(*number).await?);
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

    async fn person(&self, number: PersonalId) -> Result<Option<Arc<Record>>, Error> {
        match self.get(Key::Person(number)).await? {
            Held::Person(record) => Ok(record),
            Held::Numbers(_) => Ok(None),
        }
    }

    async fn get(&self, key: Key) -> Result<Held, Error> {
        if let Some(cached) = self.known(&key) {
            self.metrics.hits.inc();
            return Ok(cached.held);
        }
        self.metrics.misses.inc();
        let known = || self.known(&key);
        let mut loaded = self.loader.load(key, known).await?;
        if !loaded.counts(&self.stamps, &key) {
            // The read that was joined had begun before a change that is known by now, so the answer
            // would be older than it says. The next read begins later than this question.
            loaded = self.loader.load(key, known).await?;
        }
        Ok(loaded.held)
    }

    /// What is cached, if it counts.
    fn known(&self, key: &Key) -> Option<Cached> {
        let now_ms = self.clock.now().as_millisecond();
        if !self.is_followed(now_ms) {
            return None;
        }
        let cached = self.cache.get(key)?;
        (now_ms < cached.until_ms && cached.counts(&self.stamps, key)).then_some(cached)
    }

    /// Takes note of committed changes, and that the feed was followed to its end at a time of the
    /// database's. `gap`: changes were missed, so nothing cached counts any more.
    pub fn follow(&self, changes: &[FeedChange], gap: bool, database_time: Timestamp) {
        self.note(changes, gap);
        self.followed_at_ms
            .store(self.clock.now().as_millisecond(), Ordering::Release);
        self.current_to_ms
            .fetch_max(database_time.as_millisecond(), Ordering::AcqRel);
    }

    /// Takes note of committed changes, after which more are known to come.
    pub fn note(&self, changes: &[FeedChange], gap: bool) {
        if gap {
            self.stamps.touch_all();
        }
        for change in changes {
            match &change.what {
                Changes::Everything => self.stamps.touch_all(),
                Changes::Citizen {
                    personal_id,
                    old_numbers,
                    protected_changed,
                } => {
                    self.touch(Key::Person(*personal_id));
                    for old in old_numbers {
                        self.touch(Key::Old(*old));
                    }
                    if *protected_changed {
                        self.stamps.touch_dependants();
                    }
                }
            }
        }
        self.metrics.changes.inc_by(changes.len() as u64);
    }

    fn touch(&self, key: Key) {
        self.stamps.touch(&key);
        // Housekeeping only: a value that is being loaded right now is not there yet.
        self.cache.invalidate(&key);
    }

    /// Whether the feed was followed recently enough for cached values to count.
    fn is_followed(&self, now_ms: i64) -> bool {
        let followed_at = self.followed_at_ms.load(Ordering::Acquire);
        now_ms <= followed_at.saturating_add(FEED_BOUND_MS)
    }

    /// The time, by the database's clock, up to which answers are current.
    fn current_to(&self) -> Timestamp {
        let ms = self.current_to_ms.load(Ordering::Acquire);
        Timestamp::from_millisecond(ms).expect("stored from a timestamp")
    }

    /// Refreshes the gauges that are only looked at now and then.
    pub fn observe(&self) {
        self.metrics
            .entries
            .set(i64::try_from(self.cache.entry_count()).unwrap_or(i64::MAX));
        self.metrics
            .bytes
            .set(i64::try_from(self.cache.weighted_size()).unwrap_or(i64::MAX));
    }
}

/// When the time of a value is over that is read from then on.
fn until(from_ms: i64, stamps: &Stamps, key: &Key) -> i64 {
    let longest = u64::try_from(TIME_TO_LIVE.as_millis()).expect("half a minute");
    from_ms.saturating_add_unsigned(longest - stamps.hash(key) % SPREAD_MS)
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

/// Whether other people's protection decides what is shown of it.
fn depends_on_others(held: &Held) -> bool {
    match held {
        Held::Person(Some(record)) => record.names_others(),
        Held::Person(None) | Held::Numbers(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::{Key, Stamps, until};
    use crate::domain::fault::FromText;
    use crate::domain::number::PersonalId;

    #[test]
    fn what_is_read_together_is_not_read_again_together_and_nothing_lives_longer_than_it_may() {
        let stamps = Stamps::default();
        let times: Vec<i64> = (0..1_000)
            .map(|person| {
                let number = PersonalId::from_text(&format!("001095{person:06}"));
                until(1_000, &stamps, &Key::Person(number.expect("twelve digits")))
            })
            .collect();
        assert!(times.iter().all(|time| (21_001..=31_000).contains(time)));
        let seconds: HashSet<i64> = times.iter().map(|time| time / 1_000).collect();
        assert!(seconds.len() >= 10, "{seconds:?}");
    }
}
