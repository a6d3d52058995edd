//! Exports and journals.

use std::sync::Arc;

use aws_lc_rs::digest;
use dancu::clock::Clock;
use jiff::{SignedDuration, Timestamp};
use reqwest::Method;
use serde_json::{Value, json};

use super::{AN, CASE, EVERYTHING, OFFICER, Rig};
use crate::support;
use crate::support::app::TestApp;
use crate::support::sealing::until;

#[actix_web::test]
async fn an_export_streams_all_that_matches_in_the_order_of_the_log() {
    let rig = Rig::open().await;
    let mut asked = Vec::new();
    // More than one portion.
    for _ in 0..12 {
        let batch = (0..50).map(|_| rig.verify("onestop", AN));
        asked.extend(futures_util::future::join_all(batch).await);
    }
    let body = json!({"operation": "verify", "client_id": "onestop"});
    let text = until("all can be found", async || {
        let answer = rig.post("/v1/audit/export", &body).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.headers["content-type"], "application/x-ndjson");
        assert_eq!(answer.headers["cache-control"], "no-store");
        (answer.text.lines().count() == asked.len()).then_some(answer.text)
    })
    .await;
    let lines: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let indices: Vec<u64> = lines
        .iter()
        .map(|line| line["index"].as_u64().unwrap())
        .collect();
    assert!(indices.is_sorted());
    let mut exported: Vec<&str> = lines
        .iter()
        .map(|line| line["audit_id"].as_str().unwrap())
        .collect();
    exported.sort_unstable();
    asked.sort_unstable();
    assert_eq!(exported, asked);
    for value in [AN, OFFICER, CASE] {
        assert!(!text.contains(value));
    }

    let mut body = body;
    body["format"] = "csv".into();
    let csv = rig.post("/v1/audit/export", &body).await;
    assert!(
        csv.headers["content-disposition"]
            .to_str()
            .unwrap()
            .contains("entries.csv")
    );
    let mut reader = csv::Reader::from_reader(csv.text.as_bytes());
    let columns = reader.headers().unwrap().clone();
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), asked.len());
    let column = |name: &str| columns.iter().position(|it| it == name).unwrap();
    for (row, line) in rows.iter().zip(&lines) {
        assert_eq!(&row[column("audit_id")], line["audit_id"].as_str().unwrap());
        assert_eq!(&row[column("subject")], line["subject"].as_str().unwrap());
        assert_eq!(&row[column("claims")], "full_name birth_date");
    }
    // The columns are an entry's members, in their order.
    let members: Vec<String> = match &serde_json::from_str(text.lines().next().unwrap()).unwrap() {
        dancu::json::Ordered::Object(members) => members
            .iter()
            .map(|(name, _)| name.to_string())
            .collect::<Vec<_>>(),
        other => panic!("{other:?}"),
    };
    let mut shortened: Vec<&str> = columns
        .iter()
        .map(|name| name.split('.').next().unwrap())
        .collect();
    shortened.dedup();
    assert_eq!(shortened, members);
    rig.app.stop().await;
}

/// An export by that token, whose first portion has to wait until `meanwhile` was done: how many entries
/// came, and whether it came to its end.
async fn interrupted(rig: &Rig, token: &str, meanwhile: impl AsyncFnOnce()) -> (usize, bool) {
    let client = rig.app.database.client().await;
    // Where the first entries lie is not in the table, so the export begins.
    let lock = "BEGIN; LOCK TABLE audit.search_entry IN ACCESS EXCLUSIVE MODE";
    client.batch_execute(lock).await.unwrap();
    let exporting = async {
        let request = rig.app.request(Method::POST, "/v1/audit/export");
        let request = request
            .bearer_auth(token)
            .header("content-type", "application/json");
        let mut answer = request.body("{}").send().await.unwrap();
        assert_eq!(answer.status(), 200);
        let mut lines = 0;
        loop {
            match answer.chunk().await {
                Ok(Some(chunk)) => lines += chunk.iter().filter(|byte| **byte == b'\n').count(),
                Ok(None) => return (lines, true),
                Err(_) => return (lines, false),
            }
        }
    };
    let releasing = async {
        rig.waiting(1).await;
        meanwhile().await;
        client.batch_execute("ROLLBACK").await.unwrap();
    };
    futures_util::join!(exporting, releasing).0
}

/// More entries than two portions have, all of which can be found.
async fn furnish(rig: &Rig) {
    rig.app.leave_entries(1_500).await;
    let last = rig.verify("onestop", AN).await;
    rig.found(&last).await;
}

#[actix_web::test]
async fn an_export_ends_when_its_client_may_not_read_it_any_more() {
    let rig = Rig::open().await;
    furnish(&rig).await;
    // The token would do for either; what the client has of it counts.
    let token = rig.app.token("inspector", "audit:read audit:read.agency");
    let (lines, is_whole) = interrupted(&rig, &token, async || {}).await;
    assert!(lines > 1_500 && is_whole, "{lines}");
    let put = async |scopes: Value| {
        let body = json!({"client_id": "inspector", "agency_code": "H29", "name": "x",
            "scopes": scopes});
        let put = rig.app.put("/v1/admin/clients/inspector", &body).await;
        assert_eq!(put.status, 200, "{}", put.text);
    };
    let fewer = async || put(json!(["audit:read.agency"])).await;
    let (lines, is_whole) = interrupted(&rig, &token, fewer).await;
    assert!(lines <= 500 && !is_whole, "{lines} entries of all agencies");
    put(json!(["audit:read", "audit:reveal"])).await;
    let (_, is_whole) = interrupted(&rig, &token, async || {
        let suspend = "/v1/admin/clients/inspector/suspend";
        let request = rig.app.request(Method::POST, suspend);
        let suspended = rig.app.send(request.bearer_auth(rig.app.admin())).await;
        assert!(suspended.status.is_success(), "{}", suspended.text);
    })
    .await;
    assert!(!is_whole, "of a suspended client");
    rig.app.stop().await;
}

#[actix_web::test]
async fn an_export_ends_with_its_token() {
    let now = Clock::default().now();
    let app = TestApp::over(
        Arc::new(support::database().await),
        Clock::frozen(now),
        |config| {
            config.audit.seal_interval_ms = 20;
        },
    );
    let rig = Rig::over(app.await).await;
    furnish(&rig).await;
    let token = rig.app.token("inspector", EVERYTHING);
    // A token lives for an hour, and ten seconds for clocks that disagree.
    let end = now + SignedDuration::from_secs(3_600 + 10);
    let before = end - SignedDuration::from_millis(1_500);
    let (lines, is_whole) = interrupted(&rig, &token, async || rig.now(before).await).await;
    assert!(lines > 1_500 && is_whole, "{lines}");
    let (lines, is_whole) = interrupted(&rig, &token, async || rig.now(end).await).await;
    assert!(lines <= 500 && !is_whole, "{lines}");
    rig.app.stop().await;
}

#[actix_web::test]
async fn a_days_sum_says_whether_it_is_all_there_will_be() {
    // A day that is over while its lane is still open.
    let yesterday = Clock::default().now() - SignedDuration::from_hours(24);
    let database = Arc::new(support::database().await);
    let app = TestApp::over(Arc::clone(&database), Clock::frozen(yesterday), |config| {
        config.audit.seal_interval_ms = 20;
    });
    let rig = Rig::over(app.await).await;
    let day = rig.app.clock.today();
    let id = rig.verify("onestop", AN).await;
    rig.found(&id).await;
    let summed = async |rig: &Rig, day: jiff::civil::Date| {
        let body = json!({"day": day.to_string(), "client_id": "onestop"});
        let answer = rig.post("/v1/audit/reconciliation", &body).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.json()
    };
    let sum = summed(&rig, day).await;
    assert_eq!(
        (&sum["entries"], &sum["complete"]),
        (&json!(1), &json!(false))
    );
    let tomorrow = summed(&rig, Clock::default().today().tomorrow().unwrap()).await;
    assert_eq!(tomorrow["complete"], false, "it has not even begun");
    let (data_dir, issuers) = (
        rig.app.config.data_dir.clone(),
        rig.app.config.auth.issuers.clone(),
    );
    let digest = sum["digest"].clone();
    rig.app.stop().await;

    // The next day, another process goes on.
    let app = TestApp::over(database, Clock::default(), |config| {
        config.data_dir = data_dir;
        config.auth.issuers = issuers;
        config.audit.seal_interval_ms = 20;
    });
    let rig = Rig { app: app.await };
    let sum = until("the day is complete", async || {
        let sum = summed(&rig, day).await;
        (sum["complete"] == true).then_some(sum)
    })
    .await;
    assert_eq!((&sum["entries"], &sum["digest"]), (&json!(1), &digest));
    assert_eq!(summed(&rig, rig.app.clock.today()).await["complete"], false);
    let before = Timestamp::UNIX_EPOCH
        .to_zoned(jiff::tz::TimeZone::UTC)
        .date();
    assert_eq!(
        summed(&rig, before).await["complete"],
        true,
        "there is nothing"
    );
    let partition = day.strftime("block_%Y%m%d");
    let client = rig.app.database.client().await;
    let detach = format!("ALTER TABLE audit.block DETACH PARTITION audit.{partition}");
    client.batch_execute(&detach).await.unwrap();
    assert_eq!(
        summed(&rig, day).await["complete"],
        false,
        "of a dropped day"
    );
    rig.app.stop().await;
}

#[actix_web::test]
async fn a_day_is_summed_up_by_a_digest_the_agency_can_compute() {
    let rig = Rig::open().await;
    let mut asked = Vec::new();
    for _ in 0..5 {
        asked.push(rig.verify("onestop", AN).await);
    }
    rig.verify("other", AN).await;
    rig.found(&asked[4]).await;
    let today = rig.app.clock.today().to_string();
    let body = json!({"day": today, "client_id": "onestop"});
    let answer = rig.post("/v1/audit/reconciliation", &body).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    asked.sort_unstable();
    let journal: String = asked.iter().map(|id| format!("{id}\n")).collect();
    let digest = digest::digest(&digest::SHA256, journal.as_bytes());
    assert_eq!(answer.json()["entries"], 5);
    assert_eq!(answer.json()["digest"], hex::encode(digest));
    let own = rig
        .app
        .entry(answer.json()["audit_id"].as_str().unwrap())
        .await;
    assert_eq!(own["operation"], "audit.reconciliation");
    let body = json!({"day": "2020-01-01", "client_id": "onestop"});
    let empty = rig.post("/v1/audit/reconciliation", &body).await.json();
    assert_eq!(empty["entries"], 0);
    assert_eq!(
        empty["digest"],
        hex::encode(digest::digest(&digest::SHA256, b""))
    );
    rig.app.stop().await;
}
