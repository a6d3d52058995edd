//! What is known of the register without asking it, and when that counts. Not here: who reads what is
//! not known, and who waits for it.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use foldhash::quality::RandomState;
use jiff::Timestamp;
use moka::sync::Cache;

use super::Polled;
use super::stamps::{Stamp, Stamps};
use crate::clock::Clock;
use crate::domain::number::{OldIdNumber, PersonalId};
use crate::domain::record::Record;

/// How long a cached value may live at all: the hard bound of staleness.
const TIME_TO_LIVE: Duration = Duration::from_secs(30);

/// By how much less a value may live, each key by a time of its own: what was read together is not
/// read again together, for a crowd of reads is felt by everyone else.
const SPREAD_MS: u64 = 10_000;

/// How long before its time is over a value that is asked for is read again: long enough for whoever is asked
/// about every few seconds to be in memory always.
const RENEWED_BEFORE_MS: i64 = 5_000;

/// How long the feed may be silent before cached values no longer count, and how much earlier than a
/// question the read may have begun that it joins. So no answer lacks what was committed longer ago.
const FEED_BOUND_MS: i64 = 800;

/// What the cache takes for an entry beside its value: the key, the value's entry and its state, its nodes
/// in two queues and its place in the table, as measured (`cargo bench --bench cache`); a test holds it
/// to that.
const ENTRY: usize = 320;

/// An [`Arc`]'s two counts.
const COUNTS: usize = 2 * size_of::<usize>();

/// What a number leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Key {
    /// The record of a person.
    Person(PersonalId),
    /// Everyone who has had an old number.
    Old(OldIdNumber),
}

/// What the register holds under a key; nothing is a value too.
#[derive(Clone, Debug)]
pub enum Held {
    /// A person's record, if there is one.
    Person(Option<Arc<Record>>),
    /// The numbers of everyone who has had an old one.
    Numbers(Arc<Box<[PersonalId]>>),
}

impl Held {
    /// What is held under a key of which there is no row.
    pub fn nothing(key: &Key) -> Self {
        match key {
            Key::Person(_) => Self::Person(None),
            Key::Old(_) => Self::Numbers(Arc::default()),
        }
    }

    /// Whether other people's protection decides what is shown of it.
    fn depends_on_others(&self) -> bool {
        match self {
            Self::Person(Some(record)) => record.names_others(),
            Self::Person(None) | Self::Numbers(_) => false,
        }
    }

    /// What it takes in memory.
    fn size(&self) -> usize {
        match self {
            Self::Person(None) => 0,
            Self::Person(Some(record)) => {
                let rest: usize = record.allocations().map(allocated).sum();
                allocated(COUNTS + size_of::<Record>()) + rest
            }
            Self::Numbers(numbers) => {
                let list = size_of::<Box<[PersonalId]>>();
                allocated(COUNTS + list) + allocated(size_of_val(&***numbers))
            }
        }
    }
}

/// A value that was read, and what makes it count.
#[derive(Clone, Debug)]
pub struct Cached {
    /// The value.
    pub held: Held,
    stamp: Stamp,
    /// When it began to be read, by our clock.
    begun_ms: i64,
    /// When its time is over.
    until_ms: i64,
}

impl Cached {
    /// Whether its time is nearly over at that time.
    pub fn ends_soon(&self, now: Timestamp) -> bool {
        now.as_millisecond() >= self.until_ms - RENEWED_BEFORE_MS
    }
}

/// A read that begins: the proof that its notes were taken before it.
#[derive(Debug)]
pub struct Reading {
    notes: VecDeque<(Key, Stamp)>,
    begun_ms: i64,
    replica: Option<Replica>,
    /// The time, by the database's clock, up to which what is read is current; 0 where that is what it is of
    /// all that is followed.
    current_to_ms: i64,
}

/// On which terms what is to be read may come from a replica.
#[derive(Clone, Copy, Debug)]
struct Replica {
    /// The place of the feed that it must have reached: every change before is in the notes.
    reached: i64,
    /// At which time it was known to have everything.
    since_ms: i64,
}

impl Reading {
    /// What is to be read.
    pub fn keys(&self) -> impl ExactSizeIterator<Item = Key> {
        self.notes.iter().map(|(key, _)| *key)
    }

    /// Takes the note of what has been read, which nearly always is the first.
    fn take(&mut self, key: &Key) -> Option<Stamp> {
        let at = self.notes.iter().position(|(other, _)| other == key)?;
        self.notes.remove(at).map(|(_, stamp)| stamp)
    }

    /// The place of the feed that a replica must have reached to be read from; none where none may be,
    /// for it is not known to have what was committed lately.
    pub fn replica_at(&self) -> Option<i64> {
        self.replica.map(|replica| replica.reached)
    }

    /// It was read from a replica, and so is as old as that may be.
    pub fn was_replicas(&mut self) {
        if let Some(replica) = self.replica {
            self.begun_ms = self.begun_ms.min(replica.since_ms);
            self.current_to_ms = 0;
        }
    }

    /// The time, by the database's clock, up to which what is read from the primary is current.
    pub fn current_to(&self) -> Timestamp {
        timestamp(self.current_to_ms)
    }
}

/// The cache, and what makes its values count.
#[derive(Debug)]
pub struct Memory {
    cache: Cache<Key, Cached, RandomState>,
    stamps: Stamps,
    clock: Clock,
    /// Since when the feed is known to have ended where it was followed to, by our clock and by the
    /// database's.
    followed_since_ms: AtomicI64,
    current_to_ms: AtomicI64,
    /// What time it was by the database's clock when the primary was seen last.
    seen_ms: AtomicI64,
    /// The place of the feed up to which changes are noted, or about to be.
    reached: AtomicI64,
}

impl Memory {
    /// A memory that takes at most `cache_bytes` and knows nothing.
    pub fn new(clock: Clock, cache_bytes: u64) -> Self {
        let cache = Cache::builder()
            .max_capacity(cache_bytes)
            .weigher(|_: &Key, cached: &Cached| {
                u32::try_from(ENTRY + cached.held.size()).unwrap_or(u32::MAX)
            })
            .time_to_live(TIME_TO_LIVE)
            .build_with_hasher(RandomState::default());
        Self {
            cache,
            stamps: Stamps::default(),
            clock,
            followed_since_ms: AtomicI64::new(i64::MIN),
            current_to_ms: AtomicI64::new(0),
            seen_ms: AtomicI64::new(0),
            reached: AtomicI64::new(0),
        }
    }

    /// The time by the clock that everything here is measured by.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// What is cached, if it counts at that time.
    pub fn known(&self, key: &Key, now: Timestamp) -> Option<Cached> {
        let now_ms = now.as_millisecond();
        if !self.is_followed(now_ms) {
            return None;
        }
        let cached = self.cache.get(key)?;
        (now_ms < cached.until_ms && self.counts(key, &cached)).then_some(cached)
    }

    /// Whether what was read may answer a question of that time, which may have joined a read that had
    /// begun before it.
    pub fn answers(&self, key: &Key, read: &Cached, asked: Timestamp) -> bool {
        let latest_ms = read.begun_ms.saturating_add(FEED_BOUND_MS);
        asked.as_millisecond() <= latest_ms && self.counts(key, read)
    }

    /// Whether it is still what the database holds, as far as the feed was followed.
    fn counts(&self, key: &Key, cached: &Cached) -> bool {
        let depends_on_others = cached.held.depends_on_others();
        self.stamps.counts(&cached.stamp, key, depends_on_others)
    }

    /// Takes the notes of what is going to be read.
    pub fn begin(&self, keys: &[Key]) -> Reading {
        let notes = keys
            .iter()
            .map(|key| (*key, self.stamps.note(key)))
            .collect();
        let begun_ms = self.now().as_millisecond();
        // In this order, after the notes: the place is then no smaller than that of any change in them, nor
        // than what was followed by that time.
        let since_ms = self.followed_since_ms.load(Ordering::Acquire);
        let reached = self.reached.load(Ordering::Acquire);
        let is_followed = begun_ms <= since_ms.saturating_add(FEED_BOUND_MS);
        Reading {
            notes,
            begun_ms,
            replica: is_followed.then_some(Replica { reached, since_ms }),
            current_to_ms: self.seen_ms.load(Ordering::Acquire),
        }
    }

    /// Keeps a value that was read; none where that is not being read, or was kept already.
    pub fn keep(&self, reading: &mut Reading, key: Key, held: Held) -> Option<Cached> {
        let stamp = reading.take(&key)?;
        let cached = Cached {
            held,
            stamp,
            begun_ms: reading.begun_ms,
            until_ms: until(reading.begun_ms, &self.stamps, &key),
        };
        self.cache.insert(key, cached.clone());
        Some(cached)
    }

    /// The primary's clock showed that time: what is read from it from now on is no older.
    pub fn see(&self, database_time: Timestamp) {
        self.seen_ms
            .fetch_max(database_time.as_millisecond(), Ordering::AcqRel);
    }

    /// Changes up to that place of the feed are about to be noted: who reads from a replica must not take a
    /// value of before them for one of after them.
    pub fn reach(&self, position: i64) {
        self.reached.store(position, Ordering::Release);
    }

    /// What is held under the key changed.
    pub fn touch(&self, key: &Key) {
        self.stamps.touch(key);
        // Housekeeping only: a value that is being loaded right now is not there yet.
        self.cache.invalidate(key);
    }

    /// Somebody's protection changed.
    pub fn touch_dependants(&self) {
        self.stamps.touch_dependants();
    }

    /// Anything may have changed.
    pub fn touch_all(&self) {
        self.stamps.touch_all();
    }

    /// Everything that poll announced is noted.
    pub fn followed(&self, polled: Polled) {
        self.followed_since_ms
            .store(polled.since.as_millisecond(), Ordering::Release);
        self.current_to_ms
            .fetch_max(polled.database_time.as_millisecond(), Ordering::AcqRel);
    }

    /// Whether the feed was followed recently enough for cached values to count.
    fn is_followed(&self, now_ms: i64) -> bool {
        let since_ms = self.followed_since_ms.load(Ordering::Acquire);
        now_ms <= since_ms.saturating_add(FEED_BOUND_MS)
    }

    /// Since when the feed is known to have been followed to its end; none before the first time.
    pub fn followed_at(&self) -> Option<Timestamp> {
        Timestamp::from_millisecond(self.followed_since_ms.load(Ordering::Acquire)).ok()
    }

    /// The time, by the database's clock, up to which answers are current.
    pub fn current_to(&self) -> Timestamp {
        timestamp(self.current_to_ms.load(Ordering::Acquire))
    }

    /// Does what the cache puts off, so that what it counts is exact. Nothing but a measurement needs that.
    pub fn settle(&self) {
        self.cache.run_pending_tasks();
    }

    /// How many values are cached.
    pub fn entries(&self) -> u64 {
        self.cache.entry_count()
    }

    /// What they weigh.
    pub fn bytes(&self) -> u64 {
        self.cache.weighted_size()
    }
}

fn timestamp(ms: i64) -> Timestamp {
    Timestamp::from_millisecond(ms).expect("stored from a timestamp")
}

/// What the allocator takes where so many bytes are asked for: it has four sizes from each power of two to
/// the next, and steps of sixteen below.
const fn allocated(bytes: usize) -> usize {
    let step = bytes.next_power_of_two() / 8;
    bytes.next_multiple_of(if step < 16 { 16 } else { step })
}

/// When the time of a value is over that is read from then on.
fn until(from_ms: i64, stamps: &Stamps, key: &Key) -> i64 {
    let longest = u64::try_from(TIME_TO_LIVE.as_millis()).expect("half a minute");
    from_ms.saturating_add_unsigned(longest - stamps.hash(key) % SPREAD_MS)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::sync::Arc;

    use jiff::civil::date;

    use super::super::Polled;
    use super::{ENTRY, Held, Key, Memory, Stamps, allocated, timestamp, until};
    use crate::clock::Clock;
    use crate::domain::fault::FromText;
    use crate::domain::number::PersonalId;
    use crate::domain::record::Record;
    use crate::domain::reference::Reference;
    use crate::domain::revision::Meta;
    use crate::synth::Population;

    #[test]
    fn a_record_of_1200_bytes_takes_less_than_1800_with_its_keys() {
        let (population, reference) = (Population::new(1, 2_000), Reference::shipped());
        let (mut all, mut small) = (Vec::new(), Vec::new());
        for citizen in population.range(0..2_000) {
            let record = Record::new(&citizen, &Meta::default(), &reference, date(2026, 11, 21));
            let text = record.text_bytes();
            let takes = ENTRY + Held::Person(Some(Arc::new(record))).size();
            all.push(takes);
            if (1_150..=1_250).contains(&text) {
                small.push(takes);
            }
        }
        let mean = |takes: &[usize]| takes.iter().sum::<usize>() / takes.len().max(1);
        assert!(
            small.len() >= 50,
            "{} of 2,000 are about that long",
            small.len()
        );
        assert!(mean(&small) <= 1_800, "{}", mean(&small));
        assert!(mean(&all) <= 1_900, "{}", mean(&all));
    }

    #[test]
    fn what_a_replica_gave_is_as_old_as_it_may_be_and_no_older_than_the_bound() {
        let clock = Clock::frozen(timestamp(10_000));
        let memory = Memory::new(clock.clone(), 1 << 20);
        let key = Key::Person(PersonalId::from_text("001095000001").expect("twelve digits"));
        let unknown = memory.begin(&[key]);
        assert_eq!(unknown.replica_at(), None, "nothing is known of it yet");
        memory.reach(7);
        memory.followed(Polled {
            since: timestamp(9_500),
            database_time: timestamp(9_400),
        });
        memory.see(timestamp(9_900));
        let mut reading = memory.begin(&[key]);
        assert_eq!(reading.replica_at(), Some(7));
        assert_eq!(reading.current_to(), timestamp(9_900), "of the primary");
        reading.was_replicas();
        assert!(reading.current_to() <= memory.current_to());
        let read = memory.keep(&mut reading, key, Held::nothing(&key));
        let read = read.expect("it is being read");
        assert!(memory.answers(&key, &read, timestamp(10_300)));
        assert!(!memory.answers(&key, &read, timestamp(10_301)));
        clock.set(timestamp(10_301));
        assert_eq!(memory.begin(&[key]).replica_at(), None, "it lags");
    }

    #[test]
    fn the_allocator_has_four_sizes_between_powers_of_two() {
        let sizes = [1, 16, 17, 64, 65, 81, 128, 129, 161, 1_025, 1_281, 2_048];
        let taken = [16, 16, 32, 64, 80, 96, 128, 160, 192, 1_280, 1_536, 2_048];
        assert_eq!(sizes.map(allocated), taken);
    }

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
