//! What does a body cost to be read, by its parts, and what a faulty one?

use std::hint::black_box;

use criterion::{
    BenchmarkGroup, Criterion, criterion_group, criterion_main, measurement::WallTime,
};
use dancu::domain::claim::{Claims, Subject};
use dancu::domain::policy::FieldPath;
use dancu::json::{Read, Several, read};

/// As in the product.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn body(c: &mut Criterion) {
    let mut group = c.benchmark_group("body");
    let subject = r#"{"personal_id":"001095000001"}"#;
    reading::<Subject>(&mut group, "subject", subject, true);
    let claims = r#"{"full_name":"Nguyễn Thị Thúy Hằng","birth_date":"1995-03-12"}"#;
    reading::<Claims>(&mut group, "claims of a verification", claims, true);
    let escaped =
        r#"{"full_name":"Nguy\u1ec5n Th\u1ecb Th\u00fay H\u1eb1ng","birth_date":"1995-03-12"}"#;
    reading::<Claims>(&mut group, "claims, escaped", escaped, true);
    let faulty = r#"{"full_name":"Nguyễn 3","birth_date":"1995-13-12","surname":"Nguyễn"}"#;
    reading::<Claims>(&mut group, "claims with three faults", faulty, false);
    let fields = r#"["full_name","sex","permanent_residence.address_line"]"#;
    reading::<Several<FieldPath>>(&mut group, "fields of a lookup", fields, true);
    group.finish();
}

fn reading<T: Read>(
    group: &mut BenchmarkGroup<'_, WallTime>,
    what: &str,
    text: &str,
    faultless: bool,
) {
    let document = read::<T>(text.as_bytes()).expect("it is JSON");
    assert_eq!(document.faults.is_empty(), faultless, "{what}");
    group.bench_function(what, |b| {
        b.iter(|| read::<T>(black_box(text.as_bytes())));
    });
}

criterion_group!(benches, body);
criterion_main!(benches);
