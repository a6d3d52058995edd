//! A whole service, verified in its database and over HTTP while it answers.

use std::time::Duration;

use dancu::audit::SecondPlace;
use dancu::audit::verify::{LEAST_RETENTION_DAYS, Options, Remote, Trust, verify, verify_remote};
use dancu::keys::NoteSigner;
use dancu::tlog::Algorithm;
use serde_json::json;

use crate::support;
use crate::support::app::{TestApp, an, question};

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_seals_is_verified_in_its_database_and_over_http() {
    let app = TestApp::start().await;
    app.enrol("asks", &["citizen:verify"], json!({})).await;
    app.register(&[an()]).await;
    let token = app.token("asks", "citizen:verify");
    for _ in 0..20 {
        let answer = app.post("/v1/verify", &token, &question()).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
    }
    let covers_them = "SELECT count(*)::text FROM audit.checkpoint
        WHERE published_at IS NOT NULL AND size > 20";
    support::within(
        "the answers are sealed",
        Duration::from_secs(20),
        async || app.rows(covers_them).await[0] != "0",
    )
    .await;
    let key_file = app.config.note_key_file();
    let name = &app.config.audit.log_origin;
    let signer = NoteSigner::load(&key_file, false, name, Algorithm::Ed25519).unwrap();
    let trust = Trust {
        log: signer.verifiers().cloned().collect(),
        witnesses: Vec::new(),
    };
    let place = SecondPlace::new(app.config.second_place());
    let id = *app.entries().await[0].stamp.audit_id.as_uuid();
    let remote = Remote {
        url: app.url(),
        epoch: None,
        trust: trust.clone(),
        remembered: Some(place.all().unwrap()),
        witness_notes: Vec::new(),
        since: None,
        proofs: Some((app.admin(), vec![id])),
        now: app.clock.now(),
        grace: Duration::from_secs(app.config.audit.seal_grace_s.into()),
        least_retention_days: LEAST_RETENTION_DAYS,
    };
    let (report, kept) = verify_remote(&remote, |_| {}).await.unwrap();
    assert!(report.is_good() && report.checked.leaves > 20, "{report:?}");
    assert_eq!(report.checked.proofs, 1);
    let later = Remote {
        epoch: Some(1),
        since: kept,
        ..remote
    };
    let (report, _) = verify_remote(&later, |_| {}).await.unwrap();
    assert!(report.is_good(), "{report:?}");
    let options = Options {
        trust,
        second_place: Some(place),
        witness_notes: Vec::new(),
        accepted_losses: Vec::new(),
        grace: Duration::from_secs(app.config.audit.seal_grace_s.into()),
        least_retention_days: LEAST_RETENTION_DAYS,
    };
    let report = verify(app.database.database(), options, app.clock.now(), |_| {})
        .await
        .unwrap();
    assert!(report.is_good(), "{report:?}");
    assert!(report.checked.entries > 20 && report.noted.living_lanes == 1);
    app.stop().await;
}
