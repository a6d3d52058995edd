//! What the record cache says it takes is what it takes: held against the memory that the kernel counts
//! for this process, with the product's allocator. A program of its own, for nothing else may allocate
//! meanwhile.

#![expect(clippy::unwrap_used, reason = "this is a test, all of it")]

use std::sync::Arc;

use dancu::clock::Clock;
use dancu::domain::fault::FromText;
use dancu::domain::number::PersonalId;
use dancu::domain::record::Record;
use dancu::domain::reference::Reference;
use dancu::domain::revision::Meta;
use dancu::register::{Held, Key, Memory};
use dancu::synth::Population;
use jiff::Timestamp;
use jiff::civil::Date;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const TODAY: Date = Date::constant(2026, 11, 21);
const NOW: Timestamp = Timestamp::constant(1_795_000_000, 0);
const UNBOUNDED: u64 = 1 << 40;
const PEOPLE: u64 = 20_000;
const NOBODY: u64 = 100_000;
/// By how much of it the count may be wrong: the cache's table doubles when it is full, which is felt where
/// there is little else.
const TOLERANCE: f64 = 0.05;
const TOLERANCE_OF_NOTHING: f64 = 0.15;
/// Keys read at once.
const BATCH: usize = 512;

fn resident() -> f64 {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap();
    let pages: f64 = statm.split(' ').nth(1).unwrap().parse().unwrap();
    pages * rustix::param::page_size() as f64
}

fn records(population: &Population, reference: &Reference, count: u64) -> Vec<Arc<Record>> {
    let record = |one| Arc::new(Record::new(&one, &Meta::default(), reference, TODAY));
    population.range(0..count).map(record).collect()
}

fn keep(memory: &Memory, values: &[(Key, Held)]) {
    for values in values.chunks(BATCH) {
        let keys: Vec<Key> = values.iter().map(|(key, _)| *key).collect();
        let mut reading = memory.begin(&keys);
        for (key, held) in values {
            let kept = memory.keep(&mut reading, *key, held.clone());
            assert!(kept.is_some());
        }
    }
    memory.settle();
}

fn of(records: Vec<Arc<Record>>) -> Vec<(Key, Held)> {
    let value = |it: Arc<Record>| (Key::Person(it.personal_id), Held::Person(Some(it)));
    records.into_iter().map(value).collect()
}

/// Numbers that nobody has.
fn nobody() -> Vec<(Key, Held)> {
    let numbers = (0..NOBODY).map(|at| PersonalId::from_text(&format!("001{at:09}")).unwrap());
    numbers
        .map(Key::Person)
        .map(|key| (key, Held::nothing(&key)))
        .collect()
}

/// One test, for two of them would allocate at once.
#[test]
fn the_cache_takes_what_it_counts_and_no_more_than_it_may() {
    // The kernel would make pages huge at some moment, with whatever lies unused between them.
    rustix::thread::disable_transparent_huge_pages(true).unwrap();
    let memory = Memory::new(Clock::frozen(NOW), UNBOUNDED);
    let (population, reference) = (Population::new(1, PEOPLE), Reference::shipped());
    let records = |count| of(records(&population, &reference, count));
    // What is made once for all is made by now, and what the allocator had at hand is taken.
    keep(&memory, &records(BATCH as u64));
    let nobody = nobody();
    let other = Memory::new(Clock::frozen(NOW), UNBOUNDED);
    keep(&other, &nobody);

    let (held, counted) = (resident(), memory.bytes());
    keep(&memory, &nobody);
    let held = resident() - held;
    let counted = memory.bytes() - counted;
    assert_counted(held, counted, NOBODY, TOLERANCE_OF_NOTHING);

    let held = resident();
    let people = records(PEOPLE);
    let counted = memory.bytes();
    keep(&memory, &people);
    let held = resident() - held - size_of_val(&*people) as f64;
    let counted = memory.bytes() - counted;
    assert_counted(held, counted, PEOPLE, TOLERANCE);

    let bounded = Memory::new(Clock::frozen(NOW), memory.bytes() / 4);
    keep(&bounded, &people);
    assert!(bounded.bytes() <= memory.bytes() / 4, "{}", bounded.bytes());
    assert!(bounded.bytes() > memory.bytes() / 8, "{}", bounded.bytes());
    drop(other);
}

/// Fails where more or less was counted than is held, by more than that share of it.
fn assert_counted(held: f64, counted: u64, values: u64, tolerance: f64) {
    let wrong = counted as f64 / held - 1.0;
    let each = held / values as f64;
    assert!(
        wrong.abs() < tolerance,
        "{each:.0} bytes each, {wrong:+.3} counted"
    );
}
