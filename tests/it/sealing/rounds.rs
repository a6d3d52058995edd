//! Rounds when all is well, and two that would seal.

use std::time::Duration;

use dancu::keys::NoteSigner;
use dancu::tlog::Note;

use super::{Rig, metric, number, prove, signed};
use crate::support;
use crate::support::app::TestApp;

#[tokio::test]
async fn every_entry_becomes_a_leaf_and_heads_are_signed_remembered_and_published() {
    let rig = Rig::new().await;
    let (sealing, registry) = rig.seal();
    for count in [1, 300, 70_000 / 512, 1] {
        rig.record(count).await;
        rig.until_sealed().await;
    }
    rig.lanes.close().await;
    sealing.stop().await;
    let heads = prove(&rig.client, 1, &rig.verifiers()).await;
    let last = heads.last().unwrap();
    assert_eq!(last.checkpoint.size, rig.entries().await.cast_unsigned());
    assert_eq!(last.checkpoint.origin, "log.example/dancu/1");
    assert!(heads.iter().all(|head| head.published));
    let latest = std::fs::read_to_string(rig.place.join("1/latest")).unwrap();
    assert_eq!(signed(&latest, &rig.verifiers()), last.checkpoint);
    assert_eq!(
        metric(&registry, "dancu_seal_sealed_total") as u64,
        last.checkpoint.size
    );
    assert_eq!(
        metric(&registry, "dancu_seal_holds_lease"),
        0.0,
        "it was given back"
    );
    let unfinished = "SELECT count(*) FROM audit.lane_sealed WHERE NOT finished";
    assert_eq!(
        number(&rig.client, unfinished).await,
        0,
        "the closed lane is done with"
    );
}

#[tokio::test]
async fn one_seals_at_a_time_and_another_takes_over_when_it_ends() {
    let rig = Rig::new().await;
    let (first, one) = rig.seal();
    rig.until_sealed().await;
    let (second, other) = rig.seal();
    rig.record(10).await;
    rig.until_sealed().await;
    assert_eq!(metric(&one, "dancu_seal_holds_lease"), 1.0);
    assert_eq!(metric(&other, "dancu_seal_holds_lease"), 0.0);
    first.stop().await;
    rig.record(10).await;
    rig.until_sealed().await;
    assert_eq!(metric(&other, "dancu_seal_holds_lease"), 1.0);
    second.stop().await;
    prove(&rig.client, 1, &rig.verifiers()).await;
}

#[tokio::test]
async fn a_sealer_whose_connection_was_cut_loses_the_lease_and_takes_it_again() {
    let rig = Rig::new().await;
    let (sealing, registry) = rig.seal();
    rig.until_sealed().await;
    let cut = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
        WHERE usename = 'dancu_seal' AND datname = current_database()";
    assert!(number(&rig.client, cut).await > 0);
    rig.record(10).await;
    rig.until_sealed().await;
    assert!(number(&rig.client, "SELECT fence FROM audit.sealer").await > 1);
    assert!(metric(&registry, "dancu_seal_failures_total") >= 1.0);
    sealing.stop().await;
    prove(&rig.client, 1, &rig.verifiers()).await;
}

/// A column of another type than the program was written for is the one way to a panic that needs no
/// fault in it.
#[tokio::test]
async fn sealing_that_panics_is_told_about_and_begins_again() {
    let rig = Rig::new().await;
    let (sealing, registry) = rig.seal();
    rig.until_sealed().await;
    let alter = async |to: &str| {
        let sql = format!("ALTER TABLE audit.lane_sealed ALTER COLUMN next_seq TYPE {to}");
        rig.client.batch_execute(&sql).await.unwrap();
    };
    alter("numeric").await;
    support::within("it panics", Duration::from_secs(20), async || {
        metric(&registry, "dancu_seal_restarts_total") >= 1.0
    })
    .await;
    alter("bigint").await;
    rig.record(3).await;
    rig.until_sealed().await;
    assert_eq!(metric(&registry, "dancu_seal_holds_lease"), 1.0);
    sealing.stop().await;
    prove(&rig.client, 1, &rig.verifiers()).await;
}

#[tokio::test]
async fn what_was_planned_and_not_built_is_built_to_the_same_tree() {
    let rig = Rig::new().await;
    rig.record(1_000).await;
    let (sealing, _) = rig.seal();
    rig.until_sealed().await;
    rig.lanes.close().await;
    sealing.stop().await;
    let root = "SELECT encode(root, 'hex') FROM audit.checkpoint ORDER BY size DESC LIMIT 1";
    let before: String = rig.client.query_one(root, &[]).await.unwrap().get(0);
    // As if it had been killed after its very first plan.
    rig.client
        .batch_execute("DELETE FROM audit.checkpoint; DELETE FROM audit.tile")
        .await
        .unwrap();
    std::fs::remove_dir_all(rig.place.join("1")).unwrap();
    let (sealing, _) = rig.seal();
    rig.until_sealed().await;
    sealing.stop().await;
    let after: String = rig.client.query_one(root, &[]).await.unwrap().get(0);
    assert_eq!(before, after);
}

#[tokio::test]
async fn a_first_head_that_was_signed_and_not_remembered_is_remembered_later() {
    let rig = Rig::new().await;
    let (sealing, _) = rig.seal();
    rig.until_sealed().await;
    rig.lanes.close().await;
    sealing.stop().await;
    // As if it had been killed between the first head and the second place.
    rig.client
        .batch_execute(
            "DELETE FROM audit.checkpoint WHERE size < (SELECT max(size) FROM audit.checkpoint);
             UPDATE audit.checkpoint SET published_at = NULL",
        )
        .await
        .unwrap();
    std::fs::remove_dir_all(rig.place.join("1")).unwrap();
    let (sealing, registry) = rig.seal();
    rig.until_sealed().await;
    sealing.stop().await;
    assert_eq!(metric(&registry, "dancu_seal_refused"), 0.0);
    assert!(rig.place.join("1/latest").exists());
    prove(&rig.client, 1, &rig.verifiers()).await;
}

#[actix_web::test]
async fn a_service_seals_what_it_records_and_its_own_end() {
    let app = TestApp::start().await;
    app.get("/v1/me", &app.token("nobody", "")).await;
    let client = app.database.client().await;
    let database = std::sync::Arc::clone(&app.database);
    app.stop().await;
    let unsealed = "SELECT count(*) FROM audit.entry e LEFT JOIN audit.sealed s
        ON s.lane_id = e.lane_id AND e.seq >= s.first_seq AND e.seq < s.first_seq + s.count
        WHERE s.lane_id IS NULL";
    assert_eq!(number(&client, unsealed).await, 0);
    let sizes = "SELECT max(size) - (SELECT count(*) FROM audit.entry) FROM audit.checkpoint
        WHERE published_at IS NOT NULL";
    assert_eq!(number(&client, sizes).await, 0);
    drop(database);
}

#[tokio::test]
async fn a_key_is_changed_by_an_overlap_and_old_verifiers_stay_content() {
    let rig = Rig::new().await;
    let (sealing, _) = rig.seal();
    rig.until_sealed().await;
    sealing.stop().await;
    let old = rig.verifiers();
    let rotated = NoteSigner::rotate(&rig.key_file, super::NAME).unwrap();
    let new: Vec<_> = rotated.verifiers().cloned().collect();
    assert_eq!(
        (new.len(), &new[1]),
        (2, &old[0]),
        "the new one comes first"
    );
    let (sealing, _) = rig.seal();
    rig.record(1).await;
    rig.until_sealed().await;
    sealing.stop().await;
    prove(&rig.client, 1, &old).await;
    let latest = std::fs::read_to_string(rig.place.join("1/latest")).unwrap();
    signed(&latest, &new[..1]);
    // The old key is taken away: the new one signed the last head, too.
    NoteSigner::retire(&rig.key_file).unwrap();
    assert_eq!(rig.verifiers(), &new[..1]);
    let (sealing, _) = rig.seal();
    rig.record(1).await;
    rig.until_sealed().await;
    sealing.stop().await;
    let latest = std::fs::read_to_string(rig.place.join("1/latest")).unwrap();
    assert!(Note::parse(&latest).unwrap().verify(&old).is_err());
    let remembered = "SELECT count(*) FROM audit.note_key";
    assert_eq!(number(&rig.client, remembered).await, 2);
}
