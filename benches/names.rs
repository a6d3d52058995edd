//! What does a name cost: to be read, to be made ready, to be compared?

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use dancu::domain::name::{Name, NameKey};

/// As in the product.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn names(c: &mut Criterion) {
    let mut group = c.benchmark_group("names");
    let hostile = format!("x{}", "\u{323}\u{302}\u{301}".repeat(66));
    for (label, text) in [
        ("plain", "NGUYEN VAN AN"),
        ("vietnamese", "Nguyễn Thị Thúy Hằng"),
        ("latin1", "Lê Hoàng Oánh"),
        ("longest", hostile.as_str()),
    ] {
        let name = Name::parse(text).expect("it is a name");
        group.bench_function(format!("parse/{label}"), |b| {
            b.iter(|| Name::parse(black_box(text)));
        });
        group.bench_function(format!("key/{label}"), |b| {
            b.iter(|| NameKey::of(black_box(&name)));
        });
    }
    let key = |text| NameKey::of(&Name::parse(text).expect("it is a name"));
    let record = key("Nguyễn Thị Thúy Hằng");
    for claim in [
        "Nguyễn Thị Thúy Hằng",
        "NGUYỄN THỊ THUÝ HẰNG",
        "NGUYENTHITHUYHANG",
        "Trần Văn An",
    ] {
        let claim = key(claim);
        let level = record.compare(&claim).as_str();
        group.bench_function(format!("compare/{level}"), |b| {
            b.iter(|| black_box(&record).compare(black_box(&claim)));
        });
    }
    group.finish();
}

criterion_group!(benches, names);
criterion_main!(benches);
