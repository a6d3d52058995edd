//! The snapshot, read whole, and how fresh it is.

use std::time::{Duration, Instant};

use dancu::domain::policy::{Kind, Operation};
use dancu::domain::scope::Scopes;
use dancu::policy::{Policy, Stale};
use jiff::SignedDuration;
use serde_json::json;

use super::{ISSUER, Office, agreement_document};

#[tokio::test]
async fn a_change_by_another_process_is_in_force_after_the_next_poll() {
    let office = Office::furnished().await;
    let other = Policy::new(ISSUER, Duration::from_secs(2));
    assert!(other.poll(&office.store, &office.clock).await.unwrap());
    let grant = || {
        let snapshot = other.load(office.clock.now()).unwrap();
        let scopes = Scopes::parse("citizen:verify");
        let caller = snapshot.caller(ISSUER, "one", &scopes, None).unwrap();
        let today = office.clock.today();
        snapshot
            .grant(&caller, Operation::Verify, "p", None, today)
            .map_or_else(|refusal| refusal.code(), |_| "granted")
    };
    assert_eq!(grant(), "agreement_missing");
    office
        .put(
            Kind::Agreement,
            agreement_document("a", "2026-11-21", Some("2026-11-21")),
        )
        .await;
    assert_eq!(grant(), "agreement_missing");
    assert!(other.poll(&office.store, &office.clock).await.unwrap());
    assert_eq!(grant(), "granted");
    assert!(
        !other.poll(&office.store, &office.clock).await.unwrap(),
        "nothing moved since"
    );

    // 17:00 in London is the next day in Vietnam.
    office.clock.set("2026-11-21T17:00:00Z".parse().unwrap());
    other.confirm(office.clock.now());
    assert_eq!(grant(), "agreement_not_in_force");
}

#[tokio::test]
async fn a_policy_that_cannot_be_confirmed_grows_stale() {
    let office = Office::furnished().await;
    let later = office.clock.now() + SignedDuration::from_secs(3);
    office.clock.set(later);
    assert_eq!(office.policy.load(later).err(), Some(Stale));
    office
        .policy
        .poll(&office.store, &office.clock)
        .await
        .unwrap();
    assert!(office.policy.load(later).is_ok());
}

#[tokio::test]
async fn five_thousand_agreements_are_read_at_once() {
    let office = Office::furnished().await;
    let boxes: serde_json::Map<_, _> = (0..20)
        .map(|at| (format!("o_{at}"), json!("permanent_residence.address_line")))
        .collect();
    let client = office.database.client().await;
    client
        .batch_execute(&format!(
            "INSERT INTO policy.procedure (code, name, confidential, form, papers)
             SELECT 'p' || n, 'x', false, '{}'::json, '[]'::json FROM generate_series(1, 500) n;
             INSERT INTO policy.client (client_id, agency_code, name, active, scopes)
             SELECT 'c' || n, 'H29', 'x', true, ARRAY['citizen:verify', 'fields:identity']
             FROM generate_series(1, 100) n;
             INSERT INTO policy.agreement
             SELECT 'a' || c || '-' || p, 'c' || c, 'p' || (p * 10), ARRAY['verify', 'lookup'],
                 ARRAY['identity', 'residence'], ARRAY['sex', 'permanent_residence'],
                 '2026-01-01', NULL, 'canonical', 'none'
             FROM generate_series(1, 100) c, generate_series(1, 50) p;
             UPDATE policy.feed SET head = head + 1",
            json!({"code": "CT01", "boxes": boxes})
        ))
        .await
        .unwrap();
    let begun = Instant::now();
    assert!(
        office
            .policy
            .poll(&office.store, &office.clock)
            .await
            .unwrap()
    );
    let took = begun.elapsed();
    println!("5,000 agreements and 500 procedures of 20 boxes: {took:?}");
    let snapshot = office.policy.load(office.clock.now()).unwrap();
    let caller = snapshot
        .caller(ISSUER, "c100", &Scopes::parse("citizen:verify"), None)
        .unwrap();
    let today = office.clock.today();
    assert!(
        snapshot
            .grant(&caller, Operation::Verify, "p500", None, today)
            .is_ok()
    );
    assert_eq!(snapshot.me(&caller).agreements.len(), 50);
}
