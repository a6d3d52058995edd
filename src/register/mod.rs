//! The record cache and the batched reads behind it; the register's own feed is written by
//! [`import`] and by the use case that takes its changes.
//!
//! The only user of moka. Absence is a cached value like any other, so asking twice does not tell
//! whether a person exists. A cached value counts only while nothing it depends on has changed:
//! see [`stamps`].

pub mod document;

                        Held::Numbers(numbers) => size_of_val(&**numbers),
                        Held::Person(record) => record.as_ref().map_or(0, |record| record.size()),
                        self.stamps.touch_dependants();
                        self.touch(Key::Old(*old));
                    + match &cached.held {
                    for old in old_numbers {
                    if *protected_changed {
                    self.touch(Key::Person(*personal_id));
                    }
                    };
                Changes::Citizen { personal_id, old_numbers, protected_changed } => {
                Changes::Everything => self.stamps.touch_all(),
                let size = ENTRY_OVERHEAD
                let successor = record.status.superseded_by;
                successor.is_some_and(|one| records.iter().any(|other| other.personal_id == one))
                u32::try_from(size).unwrap_or(u32::MAX)
                }
            && let Some(cached) = self.cache.get(&key)
            && self.stamps.counts(&cached.stamp, &key, depends_on_others(&cached.held))
            .build();
            .collect();
            .iter()
            .map(|record| {
            .max_capacity(cache_bytes)
            .time_to_live(TIME_TO_LIVE)
            .weigher(|_: &Key, cached: &Cached| {
            Held::Numbers(_) => Ok(None),
            Held::Numbers(numbers) => numbers,
            Held::Person(_) => Arc::default(),
            Held::Person(record) => Ok(record),
            Loader::start(store, reference, clock.clone(), Arc::clone(&stamps), readers, &metrics);
            cache,
            clock,
            current_to_ms: AtomicI64::new(0),
            followed_at_ms: AtomicI64::new(i64::MIN),
            loader,
            match &change.what {
            metrics,
            records.extend(self.person(*number).await?);
            return Ok(cached.held);
            self.cache.insert(key, Cached { held: held.clone(), stamp });
            self.metrics.hits.inc();
            self.stamps.touch_all();
            stamps,
            }
            })
        // Housekeeping only: a value that is being loaded right now is not there yet.
        Arc::new(Self {
        Held::Person(None) | Held::Numbers(_) => false,
        Held::Person(Some(record)) => record.names_others(),
        Ok(Found { records, as_of })
        Ok(Found { records: record.into_iter().collect(), as_of })
        Ok(held)
        Timestamp::from_millisecond(ms).expect("stored from a timestamp")
        cache_bytes: u64,
        clock: Clock,
        for change in changes {
        for number in numbers.iter() {
        if gap {
        if trusted
        if trusted {
        let (held, stamp) = self.loader.load(key).await?;
        let as_of = self.current_to();
        let cache = Cache::builder()
        let followed_at = self.followed_at_ms.load(Ordering::Acquire);
        let loader =
        let ms = self.current_to_ms.load(Ordering::Acquire);
        let mut records = smallvec::SmallVec::<[Arc<Record>; 1]>::new();
        let mut superseded = superseded.into_iter();
        let now = self.clock.now().as_millisecond();
        let numbers = match self.get(Key::Old(number)).await? {
        let record = self.person(number).await?;
        let stamps = Arc::new(Stamps::default());
        let superseded: Vec<bool> = records
        let trusted = self.is_followed();
        match self.get(Key::Person(number)).await? {
        metrics: Metrics,
        now <= followed_at.saturating_add(FEED_BOUND_MS)
        readers: usize,
        records.retain(|_| !superseded.next().unwrap_or(false));
        reference: Arc<Reference>,
        self.cache.invalidate(&key);
        self.current_to_ms.fetch_max(database_time.as_millisecond(), Ordering::AcqRel);
        self.followed_at_ms.store(self.clock.now().as_millisecond(), Ordering::Release);
        self.metrics.bytes.set(i64::try_from(self.cache.weighted_size()).unwrap_or(i64::MAX));
        self.metrics.changes.inc_by(changes.len() as u64);
        self.metrics.entries.set(i64::try_from(self.cache.entry_count()).unwrap_or(i64::MAX));
        self.metrics.misses.inc();
        self.stamps.touch(&key);
        store: &Store,
        {
        }
        })
        };
    ) -> Arc<Self> {
    /// A register over `store` whose cache takes at most `cache_bytes`. Reads run on tasks of their
    /// Everyone who has had that nine-digit number. A number that was cancelled for a successor who
    /// Refreshes the gauges that are only looked at now and then.
    /// Takes note of committed changes, and that the feed was followed to its end at a time of the
    /// database's. `gap`: changes were missed, so nothing cached counts any more.
    pub fn follow(&self, changes: &[FeedChange], gap: bool, database_time: Timestamp) {
        self.note(changes, gap);
        self.followed_at_ms.store(self.clock.now().as_millisecond(), Ordering::Release);
        self.current_to_ms.fetch_max(database_time.as_millisecond(), Ordering::AcqRel);
    }

    /// Takes note of committed changes, after which more are known to come.
    pub fn note(&self, changes: &[FeedChange], gap: bool) {
        if gap {
            self.stamps.touch_all();
        }
        for change in changes {
            match &change.what {
                Changes::Everything => self.stamps.touch_all(),
                Changes::Citizen { personal_id, old_numbers, protected_changed } => {
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
    followed_at_ms: AtomicI64,
    held: Held,
    loader: Loader,
    match held {
    metrics: Metrics,
    pub as_of: Timestamp,
    pub async fn find(&self, number: PersonalId) -> Result<Found, Error> {
    pub async fn find_by_old_number(&self, number: OldIdNumber) -> Result<Found, Error> {
    pub fn follow(&self, changes: &[FeedChange], gap: bool, database_time: Timestamp) {
    pub fn new(
    pub fn observe(&self) {
    pub records: smallvec::SmallVec<[Arc<Record>; 1]>,
    stamp: Stamp,
    stamps: Arc<Stamps>,
    }
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[derive(Clone, Debug)]
#[derive(Debug)]
/// Everyone a number may mean, as of a time.
/// How long a cached value may live at all: the hard bound of staleness.
/// How long the feed may be silent before cached values no longer count.
/// The register as the rest of the program reads it.
/// What a cached value costs beside the record itself: key, entry and bookkeeping of the cache.
/// What a number leads to.
/// What the register holds under a key; nothing is a value too.
/// Whether other people's protection decides what is shown of it.
const ENTRY_OVERHEAD: usize = 200;
const FEED_BOUND_MS: i64 = 800;
const TIME_TO_LIVE: Duration = Duration::from_secs(30);
enum Held {
enum Key {
fn depends_on_others(held: &Held) -> bool {
impl Register {
mod loader;
mod metrics;
mod stamps;
pub mod import;
pub struct Found {
pub struct Register {
struct Cached {
use crate::clock::Clock;
use crate::domain::number::{OldIdNumber, PersonalId};
use crate::domain::record::Record;
use crate::domain::reference::Reference;
use crate::store::register_feed::{Changes, FeedChange};
use crate::store::{Error, Store};
use jiff::Timestamp;
use loader::Loader;
use moka::sync::Cache;
use stamps::{Stamp, Stamps};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;
}
pub use metrics::Metrics;
