//! What a question may cost, and what it answers at the ends of what can be asked.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use dancu::audit::search::{Criteria, Order};
use dancu::store::Role;
use serde_json::{Value, json};

use super::{AN, Rig, ids};
use crate::support::app::TestApp;

#[actix_web::test]
async fn what_takes_too_long_is_told_to_come_back_and_recorded_as_failed() {
    let rig = Rig::over(
        TestApp::with(|config| {
            config.audit.seal_interval_ms = 20;
            config.audit.search_timeout_s = 1;
        })
        .await,
    )
    .await;
    let id = rig.verify("onestop", AN).await;
    rig.found(&id).await;
    let client = rig.app.database.client().await;
    // Nobody reads the table while this is open.
    let lock = "BEGIN; LOCK TABLE audit.search_entry IN ACCESS EXCLUSIVE MODE";
    client.batch_execute(lock).await.unwrap();
    for (path, body) in [
        ("statistics", json!({"group_by": ["officer"]})),
        ("search", json!({})),
        ("subject-report", json!({"subject": {"personal_id": AN}})),
        (
            "reconciliation",
            json!({"day": "2026-01-01", "client_id": "onestop"}),
        ),
    ] {
        let answer = rig.post(&format!("/v1/audit/{path}"), &body).await;
        assert_eq!(
            (answer.status.as_u16(), &*answer.code()),
            (503, "overloaded"),
            "{path}"
        );
        assert!(answer.headers.contains_key("retry-after"));
        let own = rig.app.entry_of(&answer).await;
        assert_eq!(
            (&own["decision"], &own["reason"]),
            (&json!("failed"), &json!("overloaded"))
        );
    }
    // Whoever counts keeps nobody from a single entry, whose pool is another.
    let token = rig.app.token("inspector", super::EVERYTHING);
    let counting = async {
        let body = json!({"group_by": ["officer"]});
        let many = (0..6).map(|_| rig.post("/v1/audit/statistics", &body));
        futures_util::future::join_all(many).await
    };
    let path = format!("/v1/audit/entries/{id}");
    let reading = rig.app.get(&path, &token);
    let (counted, read) = futures_util::join!(counting, reading);
    assert_eq!(read.status, 200);
    assert!(counted.iter().all(|answer| answer.status == 503));
    client.batch_execute("ROLLBACK").await.unwrap();
    assert_eq!(
        ids(&rig.search(&json!({"operation": "verify"})).await),
        [id]
    );
    rig.app.stop().await;
}

#[actix_web::test]
async fn whoever_has_much_counted_keeps_nobody_else_from_it() {
    let rig = Rig::open().await;
    let id = rig.verify("onestop", AN).await;
    rig.found(&id).await;
    let client = rig.app.database.client().await;
    let lock = "BEGIN; LOCK TABLE audit.search_entry IN ACCESS EXCLUSIVE MODE";
    client.batch_execute(lock).await.unwrap();
    let numbers = json!({"group_by": ["agency"]});
    let first = rig.post("/v1/audit/statistics", &numbers);
    let others = async {
        rig.waiting(1).await;
        // There is a connection for it, and it is not this client's.
        let day = json!({"day": "2026-01-01", "client_id": "onestop"});
        for (path, body) in [("statistics", &numbers), ("reconciliation", &day)] {
            let answer = rig.post(&format!("/v1/audit/{path}"), body).await;
            assert_eq!(
                (answer.status.as_u16(), &*answer.code()),
                (503, "overloaded"),
                "{path}"
            );
            let own = rig.app.entry_of(&answer).await;
            assert_eq!(
                (&own["decision"], &own["reason"]),
                (&json!("failed"), &json!("overloaded"))
            );
        }
        let local = rig.app.token("local", "audit:read.agency");
        let other = rig.app.post("/v1/audit/statistics", &local, &numbers);
        let releasing = async {
            rig.waiting(2).await;
            client.batch_execute("ROLLBACK").await.unwrap();
        };
        futures_util::join!(other, releasing).0
    };
    // Whoever waited for a connection in vain would have waited until the first is told to end.
    let (first, other) = futures_util::join!(first, others);
    for answer in [first, other] {
        assert_eq!(answer.status, 200, "{}", answer.text);
    }
    let again = rig.post("/v1/audit/statistics", &numbers).await;
    assert_eq!(again.status, 200, "its turn comes again");
    rig.app.stop().await;
}

#[actix_web::test]
async fn entries_of_many_agencies_are_the_same_however_they_are_looked_for() {
    let rig = Rig::open().await;
    let mut asked = Vec::new();
    for number in 0..30 {
        let client = if number % 3 == 0 { "other" } else { "onestop" };
        asked.push(rig.verify(client, AN).await);
    }
    rig.found(&asked[29]).await;
    let store = |size| {
        rig.app
            .database
            .database()
            .searcher(size, std::time::Duration::from_secs(30))
    };
    let log = dancu::audit::Log::new(
        rig.app.database.database().reader(Role::Audit, 1),
        store(1),
        store(1),
    );
    let strangers = |count: usize| (0..count).map(|number| format!("X{number}"));
    for count in [0, 1, 40, 62, 63, 10_000] {
        let agencies: Vec<String> = ["H29", "H30"]
            .map(String::from)
            .into_iter()
            .chain(strangers(count))
            .collect();
        for (order, limit) in [
            (Order::Newest, 1),
            (Order::Newest, 4),
            (Order::Log, 7),
            (Order::Log, 500),
        ] {
            let criteria = Criteria::default()
                .agencies(Some(agencies.clone()))
                .operations(Some(vec!["verify"]));
            let (mut seen, mut after) = (Vec::new(), None);
            loop {
                let page = log.search(&criteria, order, after, limit).await.unwrap();
                seen.extend(
                    page.entries
                        .iter()
                        .map(|(_, found)| found.entry.stamp.audit_id.to_string()),
                );
                after = page.next;
                if after.is_none() {
                    break;
                }
            }
            if order == Order::Newest {
                seen.reverse();
            }
            assert_eq!(seen, asked, "{count} {order:?} {limit}");
        }
    }
    rig.app.stop().await;
}

#[actix_web::test]
async fn cursors_and_times_at_the_ends_of_what_there_is_find_nothing_more() {
    let rig = Rig::open().await;
    let id = rig.verify("onestop", AN).await;
    rig.found(&id).await;
    let cursor = |number: i64| URL_SAFE_NO_PAD.encode(number.to_be_bytes());
    let search = async |mut body: Value| {
        body["operation"] = "verify".into();
        ids(&rig.search(&body).await)
    };
    for subject in [json!(null), json!({"personal_id": AN})] {
        for (order, number, is_found) in [
            ("newest", i64::MAX, true),
            ("newest", 0, false),
            ("log", 0, true),
            ("log", i64::MAX, false),
            ("log", 1 << 62, false),
            ("newest", 1, false),
        ] {
            let mut body = json!({"order": order, "cursor": cursor(number)});
            if !subject.is_null() {
                body["subject"] = subject.clone();
            }
            assert_eq!(
                search(body).await.len(),
                usize::from(is_found),
                "{order} {number}"
            );
        }
        for (from, to, is_found) in [
            ("1970-01-02", "9987-01-01", true),
            ("1970-01-01T00:00:00Z", "1970-01-01T00:00:00Z", false),
            ("9987-01-01", "1970-01-02", false),
            (
                "1970-01-01T00:00:00Z",
                "9987-01-01T00:00:00.999999999Z",
                true,
            ),
        ] {
            let mut body = json!({"from": from, "to": to});
            if !subject.is_null() {
                body["subject"] = subject.clone();
            }
            assert_eq!(
                search(body).await.len(),
                usize::from(is_found),
                "{from} {to}"
            );
        }
    }
    for day in ["1970-01-01", "9999-12-31"] {
        let body = json!({"day": day, "client_id": "onestop"});
        let answer = rig.post("/v1/audit/reconciliation", &body).await;
        assert_eq!(
            (answer.status.as_u16(), answer.json()["entries"].as_u64()),
            (200, Some(0)),
            "{day}"
        );
    }
    for (member, value) in [
        ("from", "0001-01-01"),
        ("to", "-9999-01-01"),
        ("from", "9999-12-31T23:59:59Z"),
        ("to", "1969-12-31"),
        ("from", "2026-11-21T25:00:00Z"),
        ("cursor", "gAAAAAAAAAA"),
    ] {
        let answer = rig.post("/v1/audit/search", &json!({member: value})).await;
        assert_eq!(answer.status, 400, "{value}");
        assert!(!answer.text.contains(value), "a fault tells no value");
    }
    rig.app.stop().await;
}

#[actix_web::test]
async fn an_agencys_auditor_is_told_nothing_by_what_others_have() {
    let rig = Rig::open().await;
    let token = rig.app.token("local", "audit:read.agency");
    let theirs = rig.verify("other", AN).await;
    rig.found(&theirs).await;
    let mut shapes = BTreeSet::new();
    // Whether another agency asked about somebody, or nobody did.
    for condition in [
        json!({"subject": {"personal_id": AN}}),
        json!({"subject": {"personal_id": "001095009999"}}),
        json!({"client_id": "other"}),
        json!({"client_id": "nobody"}),
        json!({"agency_code": "H30"}),
        json!({"agency_code": "X99"}),
    ] {
        let mut condition = condition;
        condition["operation"] = "verify".into();
        let answer = rig.app.post("/v1/audit/search", &token, &condition).await;
        let mut shown = answer.json();
        for changing in ["audit_id", "complete_to_index"] {
            shown[changing] = Value::Null;
        }
        shapes.insert(shown.to_string());
    }
    assert_eq!(shapes.len(), 1, "{shapes:?}");
    rig.app.stop().await;
}
