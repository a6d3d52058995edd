//! What does a synthetic citizen cost, alone and in order?

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use dancu::register::document::CitizenDocument;
use dancu::synth::Population;

/// Citizens drawn in one go.
const IN_ORDER: u64 = 2_000;

fn population(c: &mut Criterion) {
    let people = Population::new(1, 100_000_000);
    let mut group = c.benchmark_group("population");
    let mut index = 0;
    group.bench_function("alone", |b| {
        b.iter(|| {
            index = (index + 7_919) % people.size();
            people.citizen(black_box(index))
        });
    });
    group.throughput(Throughput::Elements(IN_ORDER));
    group.bench_function("in order", |b| {
        b.iter(|| {
            people
                .range(black_box(40_000..40_000 + IN_ORDER))
                .for_each(drop)
        });
    });
    group.bench_function("in order, as JSON", |b| {
        let mut line = Vec::new();
        b.iter(|| {
            for citizen in people.range(black_box(40_000..40_000 + IN_ORDER)) {
                line.clear();
                serde_json::to_writer(&mut line, &CitizenDocument(&citizen))
                    .expect("memory takes it");
                black_box(&line);
            }
        });
    });
    group.finish();
}

criterion_group!(benches, population);
criterion_main!(benches);
