//! What is left of the log when a day is dropped: every proof but those of the entries that are gone.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use dancu::audit::{Config, Lanes, Metrics, maintain};
use dancu::clock::Clock;
use dancu::domain::entry::{AuditId, Decision, Entry, Operation, Private};
use dancu::keys::{Kek, Keys};
use dancu::store::Role;
use dancu::tlog::{Hash, leaf_hash, verify_inclusion};
use serde_json::Value;

use crate::support::sealing::{head_of, not_sealing_over};
use crate::support::{TestDatabase, database, scratch};

const KEK: [u8; 32] = [1; 32];

/// Entries of a day long ago, in a lane that was closed; the id of the first.
async fn long_ago(database: &TestDatabase) -> AuditId {
    let clock = Clock::frozen("2020-03-01T05:00:00Z".parse().unwrap());
    maintain(database.database(), &clock, 0, None)
        .await
        .unwrap();
    let store = database.database().store(Role::Service, 1);
    let keys = Arc::new(Keys::new(Kek::from_bytes(&KEK), store));
    let config = Config {
        unsafe_for_tests: true,
        ..Config::default()
    };
    let (of, metrics) = (database.database().clone(), Metrics::default());
    let lanes = Lanes::open(of, keys, clock, config, metrics).await.unwrap();
    let entry = Entry {
        subject: Some(Private::new("001095000001")),
        ..Entry::new(Operation::Verify, Decision::Match)
    };
    let drafts = (0..300).map(|_| lanes.draft(&entry).unwrap()).collect();
    let ids = lanes.record_all(drafts).await.unwrap();
    lanes.close().await;
    ids[0]
}

/// Whether a proof is good, by nothing but what it says.
fn holds(proof: &Value) -> bool {
    let bytes = |text: &Value| STANDARD.decode(text.as_str().unwrap()).unwrap();
    let hashes = proof["inclusion_proof"].as_array().unwrap().iter();
    let hashes: Vec<Hash> = hashes
        .map(|hash| Hash::from_base64(hash.as_str().unwrap()).unwrap())
        .collect();
    let head = head_of(proof["checkpoint"].as_str().unwrap());
    let leaf = leaf_hash(&bytes(&proof["entry"]));
    let index = proof["index"].as_u64().unwrap();
    verify_inclusion(&leaf, index, head.size, &hashes, &head.root).is_ok()
}

#[actix_web::test]
async fn a_dropped_entry_is_gone_and_every_other_is_still_proven() {
    let database = Arc::new(database().await);
    let old = long_ago(&database).await.as_uuid().to_string();
    let kek = scratch("kek");
    fs::write(&kek, STANDARD.encode(KEK)).unwrap();
    fs::set_permissions(&kek, fs::Permissions::from_mode(0o600)).unwrap();
    let app = not_sealing_over(Arc::clone(&database), |config| {
        config.audit.kek_file = Some(kek);
    })
    .await;
    app.start_sealing().await;
    app.leave_entries(1).await;
    let recent = app.entries().await.last().unwrap().stamp.audit_id;
    let recent = recent.as_uuid().to_string();
    let kept = app.proof(&old).await;
    assert!(holds(&kept) && holds(&app.proof(&recent).await));

    let today = Clock::default();
    let done = maintain(database.database(), &today, 1, Some(365))
        .await
        .unwrap();
    assert_eq!(done.dropped.len(), 1, "{done:?}");

    for path in ["", "/proof"] {
        let path = format!("/v1/audit/entries/{old}{path}");
        let answer = app.get(&path, &app.admin()).await;
        assert_eq!(
            (answer.status.as_u16(), &*answer.code()),
            (410, "entry_expired")
        );
    }
    app.leave_entries(1).await;
    let proof = app.proof(&recent).await;
    assert!(
        holds(&proof),
        "over tiles that hold the leaves of what was dropped"
    );
    assert!(holds(&kept), "what was proven stays so");
    let minimum = app
        .rows("SELECT minimum_index::text FROM audit.epoch")
        .await;
    let minimum: u64 = minimum[0].parse().unwrap();
    assert!(minimum >= 300 && minimum <= proof["index"].as_u64().unwrap());
    app.stop().await;
}
