//! Exports and journals.

use aws_lc_rs::digest;
use serde_json::{Value, json};

use super::{AN, CASE, OFFICER, Rig};
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
