//! The end of a process: what was begun is finished, and the log is closed with nothing missing.

use std::time::{Duration, Instant};

use dancu::domain::entry::{Decoded, Operation};
use serde_json::json;

use crate::support::app::{TestApp, an, question};

/// How long a request waits for its entry.
const RECORD_LIMIT: Duration = Duration::from_secs(1);

#[actix_web::test]
async fn a_process_that_ends_finishes_what_was_asked_and_closes_its_lanes() {
    let app = TestApp::start().await;
    app.enrol("onestop", &["citizen:verify"], json!({})).await;
    app.register(&[an()]).await;
    let token = app.token("onestop", "citizen:verify");
    let (database, url) = (std::sync::Arc::clone(&app.database), app.url());
    let watcher = database.client().await;
    let owner = database.client().await;
    // A request that waits for its entry while the process is told to end.
    let stalled =
        "SELECT query LIKE '%INSERT%' FROM pg_stat_activity WHERE datname = current_database()
        AND usename = 'dancu_service' AND wait_event_type = 'Lock'";
    let (waiting, asked_at) = loop {
        let lock = "BEGIN; LOCK TABLE audit.block IN SHARE MODE";
        owner.batch_execute(lock).await.unwrap();
        let asked = app
            .request(reqwest::Method::POST, "/v1/verify")
            .bearer_auth(&token)
            .header("content-type", "application/json")
            .body(question().to_string());
        let asked_at = Instant::now();
        let waiting = tokio::spawn(asked.send());
        let row = loop {
            if let Some(row) = watcher.query_opt(stalled, &[]).await.unwrap() {
                break row;
            }
        };
        if row.get(0) {
            break (waiting, asked_at);
        }
        // It is the lane's heartbeat that waits, and the question may not have come yet.
        owner.batch_execute("COMMIT").await.unwrap();
        waiting.await.unwrap().unwrap();
    };
    let stopping = actix_web::rt::spawn(app.stop());
    // No new ones are taken from then on.
    let refused = async || reqwest::get(format!("{url}/health/live")).await.is_err();
    while !refused().await {}
    let held = asked_at.elapsed();
    owner.batch_execute("COMMIT").await.unwrap();

    let answer = waiting.await.unwrap().unwrap();
    let body: serde_json::Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
    // Where the machine had so much else to do that the entry was held up for longer, it may have been given up.
    if held < RECORD_LIMIT / 2 || body["code"] != "audit_unavailable" {
        assert_eq!(body["result"], "match", "{body}");
    }
    stopping.await.unwrap();

    let rows = watcher
        .query("SELECT entry FROM audit.entry ORDER BY lane_id, seq", &[])
        .await;
    let entries: Vec<_> = rows
        .unwrap()
        .iter()
        .map(|row| Decoded::from_canonical(row.get(0)).unwrap())
        .collect();
    let lanes = watcher
        .query("SELECT lane_id, closed_at IS NOT NULL FROM audit.lane", &[])
        .await;
    let lanes = lanes.unwrap();
    assert!(!lanes.is_empty());
    for lane in &lanes {
        assert!(lane.get::<_, bool>(1), "every lane is closed");
        let of_lane = entries
            .iter()
            .filter(|entry| entry.stamp.lane.cast_signed() == lane.get::<_, i64>(0));
        let of_lane: Vec<_> = of_lane.collect();
        let last = of_lane.last().unwrap();
        assert_eq!(last.operation, Operation::LaneClosed);
        assert_eq!(
            last.acknowledged,
            Some(last.stamp.seq - 1),
            "with nothing unacknowledged"
        );
        let numbers = of_lane.iter().map(|entry| entry.stamp.seq);
        assert!(numbers.eq(0..of_lane.len() as u64), "and no hole");
    }
    if let Some(id) = body["audit_id"].as_str() {
        let has_it = |entry: &Decoded| entry.stamp.audit_id.as_uuid().to_string() == id;
        assert!(entries.iter().any(has_it));
    }
}
