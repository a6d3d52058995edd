//! What does a cached record take in memory, really, and does finding one take longer when a million
//! are cached?
//!
//! First a cache is filled and the memory of this process is read, as the kernel counts it, with the
//! product's allocator: so the record, its keys, what the cache keeps beside it and what the allocator
//! rounds up are all in it. Then records are looked for in no order among ten thousand, a hundred thousand
//! and a million. `DANCU_RECORDS` says how many there are at most; a million take about 2 GB.

#![expect(
    clippy::print_stdout,
    reason = "bytes are told, which criterion does not"
)]

use std::hint::black_box;
use std::sync::Arc;

use criterion::{Criterion, criterion_group, criterion_main};
use dancu::clock::Clock;
use dancu::domain::field::{Field, fields_mask};
use dancu::domain::record::Record;
use dancu::domain::reference::Reference;
use dancu::domain::revision::Meta;
use dancu::register::{Held, Key, Memory, Polled};
use dancu::synth::Population;
use jiff::Timestamp;
use jiff::civil::Date;

/// As in the product.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const TODAY: Date = Date::constant(2026, 11, 21);
const NOW: Timestamp = Timestamp::constant(1_795_000_000, 0);
/// More than anything here takes.
const UNBOUNDED: u64 = 1 << 40;
/// Records read at once, as the service reads them.
const BATCH: usize = 512;
/// How many are weighed.
const WEIGHED: u64 = 200_000;
/// How many different ones are looked for: too many for any cache of the processor.
const ASKED: u64 = 100_000;
/// Numbers of people who are asked for one after another are as far apart: a prime, so all come up.
const STRIDE: u64 = 7_368_787;

/// The first so many people as records, and the bytes of their JSON.
fn records(population: &Population, count: u64) -> (Vec<Arc<Record>>, u64) {
    let reference = Reference::shipped();
    let all = fields_mask(Field::ALL);
    let (mut json, mut bytes) = (Vec::new(), 0);
    let records = population.range(0..count).map(|one| {
        let record = Record::new(&one, &Meta::default(), &reference, TODAY);
        json.clear();
        record.cut(&all, true, TODAY, &mut json);
        bytes += json.len() as u64;
        Arc::new(record)
    });
    (records.collect(), bytes)
}

/// A cache that holds them, at a time that stands still.
fn cached(records: &[Arc<Record>]) -> Memory {
    let memory = Memory::new(Clock::frozen(NOW), UNBOUNDED);
    memory.followed(Polled {
        since: NOW,
        database_time: NOW,
    });
    for records in records.chunks(BATCH) {
        let keys: Vec<Key> = records.iter().map(|it| key(it)).collect();
        let mut reading = memory.begin(&keys);
        for record in records {
            let held = Held::Person(Some(Arc::clone(record)));
            let kept = memory.keep(&mut reading, key(record), held);
            assert!(kept.is_some());
        }
    }
    memory.settle();
    memory
}

fn key(record: &Record) -> Key {
    Key::Person(record.personal_id)
}

/// Bytes of memory that this process holds.
fn resident() -> u64 {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages = statm.split(' ').nth(1).and_then(|pages| pages.parse().ok());
    pages.unwrap_or(0) * rustix::param::page_size() as u64
}

/// What a record takes: to be measured first, for memory that was given back is not given to the kernel.
fn weigh(count: u64) {
    let population = Population::new(1, count);
    let before = resident();
    let (records, json) = records(&population, count);
    let memory = cached(&records);
    drop(records);
    let each = |bytes: u64| bytes / count;
    println!(
        "{count} records, bytes each: JSON of all fields {}, counted {}, held {}",
        each(json),
        each(memory.bytes()),
        each(resident() - before)
    );
}

fn cache(c: &mut Criterion) {
    let most = std::env::var("DANCU_RECORDS").map_or(1_000_000, |it| it.parse().expect("a number"));
    weigh(WEIGHED.min(most));
    let mut group = c.benchmark_group("cache/find among");
    for count in [10_000, 100_000, 1_000_000] {
        if count > most {
            continue;
        }
        let population = Population::new(1, count);
        let keys: Vec<Key> = (0..ASKED)
            .map(|at| Key::Person(population.citizen(at * STRIDE % count).personal_id))
            .collect();
        let (records, _) = records(&population, count);
        // Quickly from here on: the cache keeps nothing for longer than half a minute.
        let memory = cached(&records);
        drop(records);
        let mut keys = keys.iter().cycle();
        group.bench_function(format!("{count}"), |b| {
            b.iter(|| {
                let key = keys.next().expect("a cycle has no end");
                black_box(memory.known(black_box(key), memory.now())).expect("it is cached")
            });
        });
    }
    group.finish();
}

criterion_group!(benches, cache);
criterion_main!(benches);
