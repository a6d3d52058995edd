//! What does an entry cost its request's worker? All of it should stay below 1.5 µs.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use dancu::audit::Draft;
use dancu::domain::entry::{
    AuditId, Decision, Entry, Month, Operation, Private, Stamp, encode, stamp,
};
use dancu::keys::MonthKeys;
use jiff::Timestamp;

fn lookup() -> Entry<'static> {
    Entry {
        request_id: Some(uuid::Uuid::from_u128(
            0x0190_0000_0000_7000_8000_0000_0000_0001,
        )),
        agency_code: Some("H29"),
        client_id: Some("onestop-hcm"),
        token_id: Some("4f2c9b0e-6f4d-4a2e-9d55-0b8f6f1f6a3c"),
        token_sub: Some("onestop-hcm"),
        procedure_code: Some("1.004194"),
        claims: &["full_name", "birth_date"],
        asked: &["full_name", "birth_date", "sex", "permanent_residence"],
        disclosed: &["full_name", "birth_date", "sex", "permanent_residence"],
        papers_replaced: &["cccd_copy"],
        address: Some([10, 1, 2, 3].into()),
        name_match: Some("canonical"),
        revision: Some(7),
        subject: Some(Private::new("001095000001")),
        officer: Some(Private::new("079085001234")),
        case: Some(Private::new("H29.12-261121-0007")),
        ..Entry::new(Operation::Lookup, Decision::Match)
    }
}

fn entry(c: &mut Criterion) {
    let month = Month::from_number(202_611).expect("November 2026 is a month");
    let keys = MonthKeys::new(month, 1, &[1; 32], &[2; 32]);
    let entry = lookup();
    let nonce = [5; 16];
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
