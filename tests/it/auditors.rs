//! Single entries as auditors read them: what they show, and to whom.

use dancu::audit::maintain;
use dancu::clock::Clock;
use dancu::domain::entry::AuditId;
use serde_json::{Value, json};

use crate::support::app::{ADMIN, TestApp, an, question};

const SCOPES: &[&str] = &["citizen:verify", "audit:read.agency"];

/// Agencies `top`, `below` (of top) and `beside`, each with an auditing client of its name, and the
/// entry of a question that `H29`, which stands below `below`, asked.
async fn furnished() -> (TestApp, Value) {
    let app = TestApp::start().await;
    app.enrol("onestop", SCOPES, json!({"officer": "recorded"}))
        .await;
    for (agency, parent) in [("top", None), ("beside", None), ("below", Some("top"))] {
        let body = json!({"code": agency, "name": agency, "parent": parent});
        let put = app
            .put(&format!("/v1/admin/agencies/{agency}"), &body)
            .await;
        assert_eq!(put.status, 201, "{}", put.text);
        let body =
            json!({"client_id": agency, "agency_code": agency, "name": "x", "scopes": SCOPES});
        assert_eq!(
            app.put(&format!("/v1/admin/clients/{agency}"), &body)
                .await
                .status,
            201
        );
    }
    let body = json!({"code": "H29", "name": "UBND", "parent": "below"});
    assert_eq!(app.put("/v1/admin/agencies/H29", &body).await.status, 200);
    app.register(&[an()]).await;
    let mut asked = question();
    asked["context"]["officer_id"] = "079085001234".into();
    asked["context"]["case_id"] = "H29.12-261121-0007".into();
    let token = app.token("onestop", &SCOPES.join(" "));
    let answer = app.post("/v1/verify", &token, &asked).await.json();
    assert_eq!(answer["result"], "match");
    (app, answer)
}

#[actix_web::test]
async fn an_entry_says_who_asked_what_and_when_and_names_nobody() {
    let (app, answer) = furnished().await;
    let id = answer["audit_id"].as_str().unwrap();
    let entry = app.entry(id).await;
    assert_eq!(entry["audit_id"], id);
    for (member, value) in [
        ("agency_code", json!("H29")),
        ("client_id", json!("onestop")),
        ("procedure_code", json!("1.004194")),
        ("operation", json!("verify")),
        ("claims", json!(["full_name", "birth_date"])),
        (
            "fields",
            json!({"asked": [], "disclosed": [], "withheld": []}),
        ),
        ("decision", json!("match")),
        ("name_match", json!("exact")),
        ("revision", json!(1)),
        ("reason", Value::Null),
    ] {
        assert_eq!(entry[member], value, "{member}");
    }
    let text = entry.to_string();
    for value in [
        "001095000001",
        "079085001234",
        "261121-0007",
        "Nguyễn",
        "1995",
    ] {
        assert!(!text.contains(value), "{value}");
    }
    for pseudonym in ["subject", "officer", "case_id"] {
        assert!(
            entry[pseudonym].as_str().unwrap().len() >= 32,
            "{pseudonym}"
        );
    }
    app.stop().await;
}

#[actix_web::test]
async fn an_agencys_auditor_sees_its_own_and_those_below_and_of_others_not_that_they_exist() {
    let (app, answer) = furnished().await;
    let id = answer["audit_id"].as_str().unwrap();
    let path = format!("/v1/audit/entries/{id}");
    for (agency, sees) in [
        ("onestop", true),
        ("below", true),
        ("top", true),
        ("beside", false),
    ] {
        let token = app.token(agency, "audit:read.agency");
        let read = app.get(&path, &token).await;
        assert_eq!(read.status == 200, sees, "{agency}: {}", read.text);
    }
    let token = app.token("beside", "audit:read.agency");
    let others = app.get(&path, &token).await;
    let unknown = path.replace(&id[24..], "000000000000");
    let unknown = app.get(&unknown, &token).await;
    for answer in [&others, &unknown] {
        assert_eq!(
            (answer.status.as_u16(), &*answer.code()),
            (404, "not_found")
        );
        let own = app.entry_of(answer).await;
        assert_eq!(
            own["operation"], "audit.entry",
            "auditors' own reads are logged"
        );
        assert_eq!(own["decision"], "failed");
        assert_eq!(own["client_id"], "beside");
    }
    let no_id = app.get("/v1/audit/entries/x", &token).await;
    assert_eq!(no_id.code(), "not_found");
    app.stop().await;
}

#[actix_web::test]
async fn an_entry_of_a_day_that_was_dropped_is_gone_whoever_asks_and_whoever_it_was_of() {
    let (app, _) = furnished().await;
    let past = Clock::frozen("2020-03-01T00:00:00Z".parse().unwrap());
    let database = app.database.database();
    maintain(database, &past, 1, None).await.unwrap();
    let client = app.database.client().await;
    // Lanes of two days of Vietnam's; of the third there never was one.
    let lanes =
        "INSERT INTO audit.lane (day, process) VALUES ('2020-03-01', 'x'), ('2020-03-02', 'x')";
    client.batch_execute(lanes).await.unwrap();
    // A day is dropped only once all its lanes are sealed to their end.
    let sealed = "INSERT INTO audit.lane_sealed (lane_id, next_seq, finished)
        SELECT lane_id, 0, true FROM audit.lane WHERE day < '2021-01-01'";
    client.batch_execute(sealed).await.unwrap();
    let drop = "SELECT audit.detach_partition('2020-03-01')";
    client.batch_execute(drop).await.unwrap();
    let ids = [
        ("2020-02-29T16:59:59.999Z", 404),
        ("2020-02-29T17:00:00Z", 410),
        ("2020-03-01T16:59:59.999Z", 410),
        ("2020-03-01T17:00:00Z", 404),
        ("2020-03-02T17:00:00Z", 404),
    ];
    for agency in ["onestop", "below", "beside", ADMIN] {
        let token = app.token(agency, "audit:read.agency audit:read");
        for (at, status) in ids {
            let id = AuditId::new(at.parse().unwrap(), &[7; 10]);
            let read = app.get(&format!("/v1/audit/entries/{id}"), &token).await;
            let code = if status == 410 {
                "entry_expired"
            } else {
                "not_found"
            };
            assert_eq!(
                (read.status.as_u16(), &*read.code()),
                (status, code),
                "{agency} {at}"
            );
            let own = app.entry_of(&read).await;
            assert_eq!(own["operation"], "audit.entry");
            assert_eq!(own["decision"], "failed");
            assert_eq!(own["reason"], code);
        }
    }
    // Its partition dropped for good, nothing changes.
    let drop = "SELECT audit.drop_detached('2020-03-01')";
    client.batch_execute(drop).await.unwrap();
    let id = AuditId::new("2020-03-01T00:00:00Z".parse().unwrap(), &[7; 10]);
    let path = format!("/v1/audit/entries/{id}");
    assert_eq!(app.get(&path, &app.admin()).await.code(), "entry_expired");
    // The end of time is a day like any other.
    let end = "/v1/audit/entries/ffffffff-ffff-7fff-bfff-ffffffffffff";
    assert_eq!(app.get(end, &app.admin()).await.code(), "not_found");
    app.stop().await;
}
