//! What does a record cost: to be judged, to be cut, to be made ready?

#[path = "sample/person.rs"]
mod person;

use std::hint::black_box;

use criterion::{
    BenchmarkGroup, Criterion, criterion_group, criterion_main, measurement::WallTime,
};
use dancu::domain::claim::{Claim, Claims};
use dancu::domain::date::PartialDate;
use dancu::domain::fault::FromText;
use dancu::domain::field::{Field, FieldMask, fields_mask};
use dancu::domain::name::{NameKey, NameMatch};
use dancu::domain::record::{Record, judge};
use person::{Person, TODAY, three_fields};

/// As in the product.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Room for any answer, as a lookup has it.
const ROOM: usize = 4096;

fn record(c: &mut Criterion) {
    let person = Person::plain();
    let record = person.record();
    let citizen = &person.citizen;
    let mut group = c.benchmark_group("record");
    group.bench_function("make", |b| b.iter(|| person.record()));

    let right = Claims(
        [
            Claim::FullName(NameKey::of(&citizen.full_name)),
            Claim::BirthDate(citizen.birth_date),
        ]
        .into_iter()
        .collect(),
    );
    let mut wrong = right.clone();
    let another_day = PartialDate::from_text("1900-01-01").expect("it is a date");
    wrong.0[1] = Claim::BirthDate(another_day);
    judging(&mut group, "judge/match", &record, &right);
    judging(&mut group, "judge/no match", &record, &wrong);
    judging(&mut group, "judge/stand-in", Record::stand_in(), &right);

    let household = fields_mask(&[Field::HouseholdHead, Field::HouseholdMembers]);
    cutting(&mut group, "cut/three fields", &record, &three_fields());
    cutting(&mut group, "cut/household", &record, &household);
    cutting(
        &mut group,
        "cut/all fields",
        &record,
        &fields_mask(Field::ALL),
    );
    group.finish();
}

fn judging(group: &mut BenchmarkGroup<'_, WallTime>, what: &str, record: &Record, claims: &Claims) {
    group.bench_function(what, |b| {
        b.iter(|| {
            judge(
                black_box(record),
                claims,
                NameMatch::Canonical,
                false,
                TODAY,
            )
        });
    });
}

fn cutting(
    group: &mut BenchmarkGroup<'_, WallTime>,
    what: &str,
    record: &Record,
    mask: &FieldMask,
) {
    let mut out = Vec::with_capacity(ROOM);
    group.bench_function(what, |b| {
        b.iter(|| {
            out.clear();
            black_box(record).cut(black_box(mask), false, TODAY, &mut out)
        });
    });
}

criterion_group!(benches, record);
criterion_main!(benches);
