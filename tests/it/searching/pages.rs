//! Conditions, orders and pages.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{AN, BINH, CASE, OFFICER, Rig, ids};
use crate::support::sealing::until;

#[actix_web::test]
async fn each_condition_finds_what_meets_it_and_all_must_hold() {
    let rig = Rig::open().await;
    let ours = rig.verify("onestop", AN).await;
    let theirs = rig.verify("other", AN).await;
    let nobody = rig.verify("other", "001095009999").await;
    let looked = rig
        .ask(
            "other",
            "/v1/lookup",
            BINH,
            json!({"fields": ["full_name"]}),
        )
        .await;
    rig.found(&looked).await;
    let subject = |number: &str| json!({"subject": {"personal_id": number}});
    let questions = json!({"operation": "verify"});
    for (condition, expected) in [
        (
            json!({"agency_code": "H29", "operation": "verify"}),
            vec![&ours],
        ),
        (
            json!({"client_id": "other", "operation": "verify"}),
            vec![&nobody, &theirs],
        ),
        (json!({"officer_id": OFFICER}), vec![&ours]),
        (json!({"case_id": CASE}), vec![&ours]),
        (json!({"officer_id": "nobody"}), vec![]),
        (
            json!({"procedure_code": "1.004194"}),
            vec![&looked, &nobody, &theirs, &ours],
        ),
        (questions.clone(), vec![&nobody, &theirs, &ours]),
        (json!({"decision": "no_match"}), vec![&nobody]),
        (
            json!({"operation": "verify", "subject": {"personal_id": AN}}),
            vec![&theirs, &ours],
        ),
        (
            json!({"operation": "lookup", "subject": {"personal_id": BINH}}),
            vec![&looked],
        ),
        (
            json!({"operation": "lookup", "subject": {"personal_id": AN}}),
            vec![],
        ),
        (
            json!({"operation": "verify", "officer_id": OFFICER, "case_id": CASE,
            "subject": {"personal_id": AN}, "client_id": "onestop", "agency_code": "H29",
            "decision": "match", "procedure_code": "1.004194", "from": "2020-01-01",
            "to": "2100-01-01T00:00:00+07:00"}),
            vec![&ours],
        ),
        (json!({"operation": "verify", "to": "2020-01-01"}), vec![]),
        (json!({"operation": "verify", "from": "2100-01-01"}), vec![]),
    ] {
        let page = rig.search(&condition).await;
        let expected: Vec<String> = expected.into_iter().cloned().collect();
        assert_eq!(ids(&page), expected, "{condition}");
        assert!(page["next_cursor"].is_null(), "{condition}");
        assert!(page["complete_to_index"].is_u64());
    }
    // By a person one's own searches are found too: they are looks at the log about that person.
    let about = rig.search(&subject(AN)).await;
    let last = about["entries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| &entry["operation"]);
    let operations: BTreeSet<String> = last.map(|it| it.as_str().unwrap().to_owned()).collect();
    assert!(operations.contains("verify"), "{operations:?}");
    let entry = rig.app.entry(about["audit_id"].as_str().unwrap()).await;
    assert_eq!(entry["operation"], "audit.search");
    assert_eq!(entry["claims"], json!(["subject"]), "names, never values");
    assert!(!entry.to_string().contains(AN));
    rig.app.stop().await;
}

#[actix_web::test]
async fn in_the_order_of_the_log_and_backwards_pages_are_the_same_entries() {
    let rig = Rig::open().await;
    let mut asked = Vec::new();
    for _ in 0..7 {
        asked.push(rig.verify("onestop", AN).await);
    }
    rig.found(&asked[6]).await;
    for (order, limit) in [
        ("log", 1),
        ("log", 3),
        ("newest", 2),
        ("newest", 7),
        ("log", 500),
    ] {
        for condition in [
            json!({"client_id": "onestop", "operation": "verify"}),
            json!({"officer_id": OFFICER, "operation": "verify"}),
            json!({"operation": "verify"}),
        ] {
            let mut body = condition.clone();
            body["order"] = order.into();
            body["limit"] = limit.into();
            let mut seen = Vec::new();
            let mut indices = Vec::new();
            loop {
                let page = rig.search(&body).await;
                seen.extend(ids(&page));
                let entries = page["entries"].as_array().unwrap();
                indices.extend(entries.iter().map(|entry| entry["index"].as_u64().unwrap()));
                if page["next_cursor"].is_null() {
                    break;
                }
                body["cursor"] = page["next_cursor"].clone();
            }
            if order == "newest" {
                seen.reverse();
                indices.reverse();
            }
            assert_eq!(seen, asked, "{order} {limit} {condition}");
            assert!(indices.is_sorted(), "{indices:?}");
        }
    }
    rig.app.stop().await;
}

#[actix_web::test]
async fn pages_neither_skip_nor_repeat_while_entries_arrive() {
    let rig = Rig::open().await;
    let first = rig.verify("onestop", AN).await;
    rig.found(&first).await;
    let mut asked = vec![first];
    // As many callers as a load test has, each asking again once it is answered, and readers both ways
    // beside them.
    let writing = async {
        let callers = (0..64).map(|_| async {
            let mut recorded = Vec::new();
            for _ in 0..25 {
                recorded.push(rig.verify("onestop", AN).await);
            }
            recorded
        });
        let recorded = futures_util::future::join_all(callers).await;
        asked.extend(recorded.into_iter().flatten());
    };
    let mut body = json!({"operation": "verify", "order": "log", "limit": 7});
    let forwards = async {
        let mut seen = Vec::new();
        for _ in 0..60 {
            let page = rig.search(&body).await;
            // What is the last page for now is asked for again, by the cursor that led to it.
            if !page["next_cursor"].is_null() {
                seen.extend(ids(&page));
                body["cursor"] = page["next_cursor"].clone();
            }
        }
        seen
    };
    let backwards = async {
        let mut walks = Vec::new();
        for _ in 0..5 {
            walks.push(rig.walk(json!({"operation": "verify", "limit": 111})).await);
        }
        walks
    };
    let ((), mut forwards, backwards) = futures_util::join!(writing, forwards, backwards);
    let all = json!({"operation": "verify", "order": "log", "limit": 500});
    let truth = until("all can be found", async || {
        let found = rig.walk(all.clone()).await;
        (found.len() == asked.len()).then_some(found)
    })
    .await;
    let once: BTreeSet<&String> = truth.iter().collect();
    assert_eq!(once, asked.iter().collect(), "every entry, once");
    body["limit"] = 500.into();
    forwards.extend(rig.walk(body).await);
    assert_eq!(forwards, truth, "forwards");
    for walk in backwards {
        let newest = truth.iter().position(|id| *id == walk[0]).unwrap();
        let expected: Vec<&String> = truth[..=newest].iter().rev().collect();
        assert_eq!(walk.iter().collect::<Vec<_>>(), expected, "backwards");
    }
    rig.app.stop().await;
}

#[actix_web::test]
async fn an_agencys_auditor_finds_the_own_agency_only() {
    let rig = Rig::open().await;
    let ours = rig.verify("onestop", AN).await;
    let theirs = rig.verify("other", AN).await;
    rig.found(&theirs).await;
    let token = rig.app.token("local", "audit:read.agency");
    let search = async |body: Value| {
        let answer = rig.app.post("/v1/audit/search", &token, &body).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        ids(&answer.json())
    };
    let subject = json!({"personal_id": AN});
    assert_eq!(
        search(json!({"operation": "verify"})).await,
        std::slice::from_ref(&ours)
    );
    assert_eq!(
        search(json!({"operation": "verify", "subject": subject})).await,
        [ours]
    );
    let none: [String; 0] = [];
    assert_eq!(search(json!({"client_id": "other"})).await, none);
    assert_eq!(search(json!({"agency_code": "H30"})).await, none);
    let counted = json!({"group_by": ["agency"], "filters": {"operation": "verify"}});
    let counted = rig
        .app
        .post("/v1/audit/statistics", &token, &counted)
        .await
        .json();
    assert_eq!(counted["rows"].as_array().unwrap().len(), 1);
    assert_eq!(counted["rows"][0]["agency"], "H29");
    let exported = json!({"operation": "verify"});
    let exported = rig.app.post("/v1/audit/export", &token, &exported).await;
    assert_eq!(exported.text.lines().count(), 1);
    let day = json!({"day": rig.app.clock.today().to_string(), "client_id": "other"});
    let day = rig
        .app
        .post("/v1/audit/reconciliation", &token, &day)
        .await
        .json();
    assert_eq!(day["entries"], 0);
    rig.app.stop().await;
}

#[actix_web::test]
async fn what_is_asked_wrongly_is_told_with_its_place() {
    let rig = Rig::open().await;
    for (path, body, fault) in [
        ("search", json!({"limit": 0}), "/limit range"),
        ("search", json!({"limit": 501}), "/limit range"),
        ("search", json!({"order": "oldest"}), "/order enum"),
        ("search", json!({"operation": "peek"}), "/operation enum"),
        ("search", json!({"decision": "yes"}), "/decision enum"),
        ("search", json!({"from": "yesterday"}), "/from date"),
        ("search", json!({"from": "2026-02-30"}), "/from date"),
        ("search", json!({"to": "2026-11-21T10:00:00"}), "/to date"),
        ("search", json!({"cursor": "x"}), "/cursor format"),
        ("search", json!({"cursor": "_________w8"}), "/cursor format"),
        ("search", json!({"reveal": true}), "/reason required"),
        ("search", json!({"subject": {}}), "/subject required"),
        ("search", json!({"context": {}}), "/context unknown_member"),
        ("subject-report", json!({}), "/subject required"),
        (
            "statistics",
            json!({"group_by": ["person"]}),
            "/group_by/0 enum",
        ),
        (
            "statistics",
            json!({"filters": {"limit": 1}}),
            "/filters/limit unknown_member",
        ),
        ("export", json!({"format": "xlsx"}), "/format enum"),
        (
            "reconciliation",
            json!({"day": "2026-11-21"}),
            "/client_id required",
        ),
        (
            "reconciliation",
            json!({"day": "21/11/2026", "client_id": "x"}),
            "/day date",
        ),
    ] {
        let answer = rig.post(&format!("/v1/audit/{path}"), &body).await;
        assert_eq!(answer.status, 400, "{path} {body}: {}", answer.text);
        assert_eq!(answer.faults(), [fault], "{path} {body}");
    }
    rig.app.stop().await;
}
