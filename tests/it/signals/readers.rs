//! Who sees which signals, and whom they show.

use dancu::domain::entry::Operation;
use serde_json::{Value, json};

use super::{AN, Rig, told};

const FATHER: &str = "001065000002";

/// Signals of two agencies, and one that both have part in.
async fn several() -> (Rig, Vec<Value>) {
    let rig = Rig::open(|signals| {
        signals.self_lookup.enabled = true;
        signals.relatives_lookup.enabled = true;
        signals.many_officers.enabled = true;
        signals.many_officers.least = 2;
    })
    .await;
    rig.ask(AN, AN).await;
    let first = rig.ask(AN, FATHER).await;
    rig.looked_at(&first).await;
    let last = rig.ask_by("other", Some(AN), AN).await;
    let signals = rig.signals(&last).await;
    assert_eq!(
        told(&signals),
        [
            "many_officers person 2 of 2 in 2",
            "relatives_lookup officer 1 of 1 in 1",
            "self_lookup officer 1 of 1 in 1",
            "self_lookup officer 1 of 1 in 1",
        ]
    );
    (rig, signals)
}

#[actix_web::test]
async fn an_agencys_auditor_sees_the_own_agencys_signals_and_their_entries_only() {
    let (rig, all) = several().await;
    let token = rig.app.token("local", "audit:read.agency");
    let post = async |path: &str, body: Value| rig.app.post(path, &token, &body).await;
    let page = post("/v1/audit/signals", json!({})).await.json();
    let own = page["signals"].as_array().unwrap().clone();
    assert_eq!(
        told(&own),
        [
            "relatives_lookup officer 1 of 1 in 1",
            "self_lookup officer 1 of 1 in 1"
        ]
    );
    assert!(own.iter().all(|signal| signal["agency_code"] == "H29"));
    let none = post("/v1/audit/signals", json!({"agency_code": "H30"}))
        .await
        .json();
    assert_eq!(none["signals"], json!([]));
    for signal in &all {
        let path = format!("/v1/audit/signals/{}/entries", signal["id"]);
        let answer = post(&path, json!({})).await;
        if own.iter().any(|it| it["id"] == signal["id"]) {
            assert_eq!(answer.status, 200, "{}", answer.text);
            assert_eq!(answer.json()["entries"].as_array().unwrap().len(), 1);
        } else {
            assert_eq!(
                (answer.status.as_u16(), &*answer.code()),
                (404, "not_found")
            );
            let entry = rig.app.entry_of(&answer).await;
            assert_eq!(entry["operation"], "audit.signal_entries");
            assert_eq!(entry["decision"], "failed");
        }
    }
    for id in ["999999999", "x", "-1"] {
        let answer = rig
            .post(&format!("/v1/audit/signals/{id}/entries"), &json!({}))
            .await;
        assert_eq!(answer.status, 404, "{id}");
    }
    rig.app.stop().await;
}

#[actix_web::test]
async fn signals_are_told_apart_by_conditions_and_come_in_pages() {
    let (rig, all) = several().await;
    let count = async |body: Value| {
        let page = rig.page(&body).await;
        page["signals"].as_array().unwrap().len()
    };
    assert_eq!(count(json!({"kind": "self_lookup"})).await, 2);
    assert_eq!(count(json!({"kind": "off_hours"})).await, 0);
    assert_eq!(count(json!({"agency_code": "H30"})).await, 1);
    assert_eq!(count(json!({"client_id": "onestop"})).await, 2);
    assert_eq!(
        count(json!({"from": "2026-11-18", "to": "2026-11-19"})).await,
        4
    );
    assert_eq!(count(json!({"from": "2026-11-19"})).await, 0);
    assert_eq!(count(json!({"to": "2026-11-18"})).await, 0);
    let mut seen = Vec::new();
    let mut body = json!({"limit": 1});
    loop {
        let page = rig.page(&body).await;
        seen.extend(page["signals"].as_array().unwrap().clone());
        if page["next_cursor"].is_null() {
            break;
        }
        body["cursor"] = page["next_cursor"].clone();
    }
    assert_eq!(seen, all);
    for (body, fault) in [
        (json!({"kind": "envy"}), "/kind enum"),
        (json!({"limit": 0}), "/limit range"),
        (json!({"reveal": true}), "/reason required"),
        (json!({"officer_id": AN}), "/officer_id unknown_member"),
    ] {
        let answer = rig.post("/v1/audit/signals", &body).await;
        assert_eq!(answer.faults(), [fault], "{}", answer.text);
    }
    rig.app.stop().await;
}

#[actix_web::test]
async fn people_show_only_to_whoever_may_and_says_why_and_never_after_their_keys_are_gone() {
    let (rig, all) = several().await;
    let hidden = serde_json::to_string(&all).unwrap();
    for value in [AN, FATHER] {
        assert!(!hidden.contains(value));
    }
    let shown = json!({"reveal": true, "reason": "Kiểm tra kanari"});
    let page = rig.page(&shown).await;
    let kin: Vec<(&Value, &Value, &Value)> = page["signals"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| (&it["kind"], &it["officer"], &it["subject"]))
        .collect();
    let (an, father) = (json!(AN), json!(FATHER));
    assert_eq!(
        kin.iter()
            .filter(|(_, officer, subject)| (*officer, *subject) == (&an, &an))
            .count(),
        2
    );
    assert!(kin.contains(&(&json!("relatives_lookup"), &an, &father)));
    assert!(kin.contains(&(&json!("many_officers"), &Value::Null, &an)));
    let own = rig.app.entry(page["audit_id"].as_str().unwrap()).await;
    assert_eq!(own["operation"], "audit.signals");
    assert!(!own.to_string().contains("kanari"), "the reason is sealed");
    let relative = all
        .iter()
        .find(|it| it["kind"] == "relatives_lookup")
        .unwrap();
    let path = format!("/v1/audit/signals/{}/entries", relative["id"]);
    let entries = rig.post(&path, &shown).await;
    assert_eq!(entries.json()["entries"][0]["subject"], FATHER);
    let read = rig.app.entries_of(Operation::AuditSignalEntries).await;
    assert!(read.last().unwrap().revealed);
    assert_eq!(read.last().unwrap().count, Some(1));

    // Who lacks the scope, in the token or at all.
    for (client, scopes) in [
        ("inspector", "audit:read"),
        ("admin-cli", "audit:read audit:reveal"),
    ] {
        let token = rig.app.token(client, scopes);
        for path in ["/v1/audit/signals", &path] {
            let refused = rig.app.post(path, &token, &shown).await;
            assert_eq!(
                (refused.status.as_u16(), &*refused.code()),
                (403, "scope_missing")
            );
            assert_eq!(rig.app.entry_of(&refused).await["decision"], "refused");
        }
    }

    let client = rig.app.database.client().await;
    client
        .batch_execute("DELETE FROM audit.month_key WHERE month = 202611")
        .await
        .unwrap();
    for path in ["/v1/audit/signals", &path] {
        let gone = rig.post(path, &shown).await;
        assert_eq!(gone.status, 200, "{}", gone.text);
        assert!(
            !gone.text.contains(AN) && !gone.text.contains(FATHER),
            "{}",
            gone.text
        );
    }
    rig.app.stop().await;
}

#[actix_web::test]
async fn statistics_count_signals_where_these_can_be_told_apart_likewise() {
    let (rig, _) = several().await;
    let rows = async |body: Value| {
        let answer = rig.post("/v1/audit/statistics", &body).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.json()["rows"].as_array().unwrap().clone()
    };
    let of = |rows: &[Value], member: &str, value: &str| {
        let row = rows.iter().find(|row| row[member] == value);
        row.unwrap_or_else(|| panic!("no {value} in {rows:?}"))["signals"].clone()
    };
    assert_eq!(rows(json!({})).await[0]["signals"], 4);
    let by_agency = rows(json!({"group_by": ["agency"]})).await;
    assert_eq!(of(&by_agency, "agency", "H29"), 2);
    assert_eq!(of(&by_agency, "agency", "H30"), 1);
    let by_client = rows(json!({"group_by": ["client", "day"]})).await;
    assert_eq!(of(&by_client, "client", "onestop"), 2);
    assert_eq!(of(&by_client, "client", "inspector"), 0);
    let by_officer = rows(json!({"group_by": ["officer"]})).await;
    let officers: Vec<&Value> = by_officer
        .iter()
        .filter(|row| !row["officer"].is_null())
        .collect();
    assert_eq!(officers.len(), 1, "one name in two agencies is one group");
    assert_eq!(officers[0]["signals"], 3);
    assert_eq!(rows(json!({"from": "2026-11-19"})).await, [Value::Null; 0]);
    for apart in ["procedure", "operation", "decision"] {
        let rows = rows(json!({"group_by": ["agency", apart]})).await;
        assert!(
            rows.iter().all(|row| row.get("signals").is_none()),
            "{apart}"
        );
    }
    let of_lookups = rows(json!({"filters": {"operation": "verify"}})).await;
    assert!(of_lookups[0].get("signals").is_none());
    let token = rig.app.token("local", "audit:read.agency");
    let own = rig
        .app
        .post("/v1/audit/statistics", &token, &json!({}))
        .await
        .json();
    assert_eq!(own["rows"][0]["signals"], 2);
    rig.app.stop().await;
}
