//! What does it cost to know what a caller may ask, once its token is known?

#[path = "sample/agreed.rs"]
mod agreed;

use std::hint::black_box;
use std::time::Duration;

use agreed::{ISSUER, PROCEDURE, client_ids, scopes, snapshot};
use criterion::{Criterion, criterion_group, criterion_main};
use dancu::domain::fault::FromText as _;
use dancu::domain::policy::{OfficerId, Operation};
use dancu::policy::Policy;
use jiff::Timestamp;
use jiff::civil::Date;

/// As in the product.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const NOW: Timestamp = Timestamp::constant(1_795_230_764, 0);
const TODAY: Date = Date::constant(2026, 11, 21);

fn policy(c: &mut Criterion) {
    let policy = Policy::new(ISSUER, Duration::from_secs(1));
    policy.put(snapshot());
    policy.confirm(NOW);
    let scopes = scopes();
    let officer = OfficerId::from_text("079085001234").ok();
    let mut group = c.benchmark_group("policy");
    group.bench_function("load", |b| b.iter(|| policy.load(black_box(NOW))));
    let snapshot = policy.load(NOW).expect("it was just confirmed");
    let client = client_ids().swap_remove(100);
    let caller = || snapshot.caller(ISSUER, black_box(&client), &scopes, Some("079085001234"));
    group.bench_function("caller", |b| b.iter(caller));
    let caller = caller().expect("it is registered");
    for operation in [Operation::Verify, Operation::Lookup] {
        let granted = || snapshot.grant(&caller, operation, black_box(PROCEDURE), officer, TODAY);
        assert!(granted().is_ok(), "it is agreed");
        group.bench_function(format!("grant/{operation:?}"), |b| b.iter(granted));
        group.bench_function(format!("lifted/{operation:?}"), |b| {
            b.iter(|| snapshot.lifted(&caller, operation, black_box(PROCEDURE), TODAY));
        });
    }
    group.bench_function("grant/nothing agreed", |b| {
        b.iter(|| snapshot.grant(&caller, Operation::Verify, black_box("x"), officer, TODAY));
    });
    group.finish();
}

criterion_group!(benches, policy);
criterion_main!(benches);
