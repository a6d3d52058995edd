//! What does an entry cost its request's worker? All of it should stay below 1.5 µs.

mod sample;

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use dancu::audit::Draft;
use dancu::clock::random_id;
use dancu::domain::entry::{AuditId, Month, Private, Stamp, encode, stamp};
use dancu::domain::field::{Field, describe, fields_mask};
use dancu::keys::MonthKeys;
use jiff::Timestamp;
use sample::lookup;

/// As in the product.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn entry(c: &mut Criterion) {
    let month = Month::from_number(202_611).expect("November 2026 is a month");
    let keys = MonthKeys::new(month, 1, &[1; 32], &[2; 32]);
    let entry = lookup();
    let nonce = [5; 16];
    c.bench_function("entry/nonce", |b| b.iter(random_id::<16>));
    let told = fields_mask(&[Field::FullName, Field::Sex, Field::PermanentResidence]);
    c.bench_function("entry/describe the fields of a lookup", |b| {
        b.iter(|| describe(black_box(&told)));
    });
    c.bench_function("entry/draft: tags, seal, encoding", |b| {
        b.iter(|| Draft::new(black_box(&entry), &keys, &nonce));
    });
    c.bench_function("entry/protect: three tags and the seal", |b| {
        b.iter(|| keys.protect(black_box(&entry), &nonce));
    });
    c.bench_function("entry/tag", |b| {
        b.iter(|| keys.subject_tag(black_box(Private::new("001095000001"))));
    });
    let protected = keys.protect(&entry, &nonce);
    c.bench_function("entry/encode", |b| {
        b.iter(|| encode(black_box(&entry), &protected, &nonce));
    });
    let at = Timestamp::from_millisecond(1_795_230_764_123).expect("it is a time");
    let place = Stamp {
        lane: 42,
        seq: 1_000_000,
        at,
        audit_id: AuditId::new(at, &[3; 10]),
    };
    let body = encode(&entry, &protected, &nonce);
    c.bench_function("entry/stamp", |b| {
        b.iter_batched(
            || body.clone(),
            |mut body| {
                stamp(&mut body, black_box(&place));
                body
            },
            criterion::BatchSize::SmallInput,
        );
    });
}

criterion_group!(benches, entry);
criterion_main!(benches);
