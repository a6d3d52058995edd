//! Who looked at a person, and who may see who that is.

use std::sync::Arc;

use dancu::audit::{self, Lanes, Metrics};
use dancu::clock::Clock;
use dancu::keys::{Kek, Keys};
use dancu::service::Log;
use dancu::service::month_keys::MonthKeys;
use dancu::store::Role;
use reqwest::Method;
use serde_json::{Value, json};

use super::{AN, BINH, CASE, EVERYTHING, OFFICER, Rig, ids};
use crate::support;
use crate::support::app::{TestApp, procedure};
use crate::support::sealing::until;

#[actix_web::test]
async fn a_report_holds_every_look_at_a_person_and_nothing_else() {
    let rig = Rig::open().await;
    let verified = rig.verify("onestop", AN).await;
    let wrong = json!({"claims": {"full_name": "Ai Đó"}});
    let wrong = rig.ask("other", "/v1/verify", AN, wrong).await;
    let forbidden = json!({"fields": ["email"]});
    let refused = rig.ask("other", "/v1/lookup", AN, forbidden).await;
    let secret = json!({"context": {"procedure_code": "9.secret"}});
    let secret = rig.ask("other", "/v1/verify", AN, secret).await;
    let somebody = rig.verify("other", BINH).await;
    let old = json!({"subject": {"personal_id": null, "old_id_number": "012345678"}});
    let by_old_number = rig.ask("other", "/v1/verify", AN, old).await;
    rig.found(&by_old_number).await;
    let report = async |subject| {
        let body = json!({"subject": subject, "reason": "Đơn của công dân"});
        let answer = rig.post("/v1/audit/subject-report", &body).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.json()
    };
    let page = report(json!({"personal_id": AN})).await;
    assert_eq!(
        ids(&page),
        [&by_old_number, &refused, &wrong, &verified].map(String::clone)
    );
    for id in [&secret, &somebody] {
        assert!(!ids(&page).contains(id));
    }
    // The confidential one is there, for whoever searches.
    let all = rig
        .search(&json!({"subject": {"personal_id": AN}, "operation": "verify"}))
        .await;
    assert!(ids(&all).contains(&secret));
    let by_old = report(json!({"old_id_number": "012345678"})).await;
    assert_eq!(
        ids(&by_old),
        ids(&page),
        "one person had that number: it is the same report"
    );
    let own = rig.app.entry(page["audit_id"].as_str().unwrap()).await;
    assert_eq!(own["operation"], "audit.subject_report");
    assert!(own["subject"].is_string());
    rig.app.stop().await;
}

#[actix_web::test]
async fn a_report_goes_along_all_numbers_a_person_has_had() {
    let rig = Rig::open().await;
    let before = rig.verify("onestop", AN).await;
    let cancelled = json!({"op": "status", "personal_id": AN, "revision": 2,
        "status": {"kind": "number_cancelled", "superseded_by": BINH}});
    rig.app.change(&[cancelled]).await;
    crate::support::soon("the number is cancelled", async || {
        let token = rig.app.token("onestop", "citizen:verify");
        let mut body = crate::support::app::question();
        body["context"]["officer_id"] = OFFICER.into();
        let answer = rig.app.post("/v1/verify", &token, &body).await.json();
        answer["status"]["kind"] == "number_cancelled"
    })
    .await;
    let after = rig.verify("onestop", AN).await;
    let successor = rig.verify("other", BINH).await;
    rig.found(&successor).await;
    for number in [AN, BINH] {
        let body = json!({"subject": {"personal_id": number}, "limit": 500});
        let page = rig.post("/v1/audit/subject-report", &body).await.json();
        for id in [&before, &after, &successor] {
            assert!(ids(&page).contains(id), "{number}");
        }
    }
    rig.app.stop().await;
}

#[actix_web::test]
async fn people_show_only_to_whoever_may_and_says_why() {
    let rig = Rig::open().await;
    let id = rig.verify("onestop", AN).await;
    rig.found(&id).await;
    let asked = json!({"operation": "verify", "officer_id": OFFICER});
    let hidden = rig.search(&asked).await;
    let text = hidden.to_string();
    for value in [AN, OFFICER, CASE] {
        assert!(!text.contains(value), "{value}");
    }
    let mut shown = asked.clone();
    shown["reveal"] = true.into();
    shown["reason"] = "Kiểm tra số 12".into();
    let page = rig.search(&shown).await;
    let entry = &page["entries"][0];
    assert_eq!(
        (&entry["subject"], &entry["officer"], &entry["case_id"]),
        (&json!(AN), &json!(OFFICER), &json!(CASE))
    );
    let own = page["audit_id"].as_str().unwrap();
    let revealed = format!(
        "SELECT (position('\\x181df5'::bytea IN entry) > 0)::text FROM audit.entry WHERE audit_id = '{own}'"
    );
    assert_eq!(
        rig.app.rows(&revealed).await,
        ["true"],
        "the entry says that people were shown"
    );
    let text = rig.app.entry(own).await.to_string();
    assert!(!text.contains("Kiểm tra"), "the reason is sealed");

    // A token without the scope, and a client without it.
    for (client, scopes) in [("inspector", "audit:read"), ("admin-cli", EVERYTHING)] {
        let token = rig.app.token(client, scopes);
        for path in ["search", "statistics", "export"] {
            let body = json!({"reveal": true, "reason": "x"});
            let refused = rig
                .app
                .post(&format!("/v1/audit/{path}"), &token, &body)
                .await;
            assert_eq!(
                (refused.status.as_u16(), &*refused.code()),
                (403, "scope_missing"),
                "{client} {path}"
            );
            let own = rig.app.entry_of(&refused).await;
            assert_eq!(own["decision"], "refused");
        }
    }
    let officers = json!({"group_by": ["officer"], "filters": {"operation": "verify"}});
    let counted = rig.post("/v1/audit/statistics", &officers).await;
    assert!(!counted.text.contains(OFFICER));
    let mut officers = officers;
    officers["reveal"] = true.into();
    officers["reason"] = "x".into();
    let counted = rig.post("/v1/audit/statistics", &officers).await.json();
    assert_eq!(counted["rows"][0]["officer"], OFFICER);
    rig.app.stop().await;
}

#[actix_web::test]
async fn numbers_are_told_apart_by_what_is_asked() {
    let rig = Rig::open().await;
    rig.verify("onestop", AN).await;
    rig.verify("onestop", AN).await;
    rig.verify("onestop", BINH).await;
    rig.verify("other", "001095009999").await;
    let last = rig
        .ask(
            "other",
            "/v1/lookup",
            AN,
            json!({"fields": ["full_name", "sex"]}),
        )
        .await;
    rig.found(&last).await;
    let counted = async |body| {
        let answer = rig.post("/v1/audit/statistics", &body).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.json()["rows"].clone()
    };
    let verified = json!({"operation": "verify"});
    assert_eq!(
        counted(json!({"group_by": ["client", "decision"], "filters": verified})).await,
        json!([
            {"client": "onestop", "decision": "match", "requests": 3, "people": 2,
             "fields_disclosed": 0, "papers_replaced": 3},
            {"client": "other", "decision": "no_match", "requests": 1, "people": 1,
             "fields_disclosed": 0, "papers_replaced": 0},
        ])
    );
    let looked = json!({"operation": "lookup"});
    let row = counted(json!({"group_by": [], "filters": looked})).await;
    assert_eq!(row[0]["fields_disclosed"], 2);
    assert_eq!(row.as_array().unwrap().len(), 1);
    let all = json!([
        "agency",
        "client",
        "procedure",
        "officer",
        "day",
        "operation",
        "decision"
    ]);
    let rows = counted(json!({"group_by": all, "filters": verified, "from": "2020-01-01"})).await;
    assert_eq!(rows[0]["agency"], "H29");
    assert_eq!(rows[0]["procedure"], "1.004194");
    assert_eq!(rows[0]["requests"], 3);
    assert!(
        rows[1].get("officer").is_none(),
        "whoever has none is a group of its own"
    );
    assert_eq!(
        counted(json!({"filters": verified, "to": "2020-01-01"})).await,
        json!([])
    );
    rig.app.stop().await;
}

#[actix_web::test]
async fn what_was_asked_in_confidence_is_in_no_report_though_it_is_confidential_no_more() {
    let rig = Rig::open().await;
    let open = rig.verify("onestop", AN).await;
    let secret = json!({"context": {"procedure_code": "9.secret"}});
    let asked = rig.ask("other", "/v1/verify", AN, secret.clone()).await;
    rig.found(&asked).await;
    let report = async || {
        let body = json!({"subject": {"personal_id": AN}});
        let answer = rig.post("/v1/audit/subject-report", &body).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        ids(&answer.json())
    };
    assert_eq!(report().await, std::slice::from_ref(&open));
    let mut opened = procedure();
    opened["code"] = "9.secret".into();
    opened["confidential"] = false.into();
    let put = rig.app.put("/v1/admin/procedures/9.secret", &opened).await;
    assert_eq!(put.status, 200, "{}", put.text);
    assert_eq!(report().await, std::slice::from_ref(&open), "opened");
    for path in ["agreements/other-secret", "procedures/9.secret"] {
        let request = rig
            .app
            .request(Method::DELETE, &format!("/v1/admin/{path}"));
        let deleted = rig.app.send(request.bearer_auth(rig.app.admin())).await;
        assert!(deleted.status.is_success(), "{path}: {}", deleted.text);
    }
    // Somebody goes on asking.
    let refused = rig.ask("other", "/v1/verify", AN, secret).await;
    rig.found(&refused).await;
    assert_eq!(report().await, std::slice::from_ref(&open), "deleted");
    let all = rig
        .search(&json!({"subject": {"personal_id": AN}, "procedure_code": "9.secret"}))
        .await;
    assert_eq!(ids(&all), [refused, asked], "for inspectors it is there");
    // What the release before has stored is remembered before it is gone.
    let unremembered = "INSERT INTO policy.procedure (code, name, confidential, papers)
        VALUES ('9.older', 'x', true, '[]')";
    let client = rig.app.database.client().await;
    client.batch_execute(unremembered).await.unwrap();
    let request = rig
        .app
        .request(Method::DELETE, "/v1/admin/procedures/9.older");
    let deleted = rig.app.send(request.bearer_auth(rig.app.admin())).await;
    assert!(deleted.status.is_success(), "{}", deleted.text);
    let remembered = "SELECT code FROM policy.confidential_procedure ORDER BY code";
    assert_eq!(rig.app.rows(remembered).await, ["9.older", "9.secret"]);
    rig.app.stop().await;
}

/// Has the month's keys rotated, as the command does.
async fn rotate(rig: &Rig) {
    let database = rig.app.database.database();
    let kek = || Kek::load(&rig.app.config.kek_file(), false).unwrap();
    let keys = Arc::new(Keys::new(kek(), database.store(Role::Service, 1)));
    let config = audit::Config {
        unsafe_for_tests: true,
        ..audit::Config::default()
    };
    let clock = rig.app.clock.clone();
    let lanes = Lanes::open(database.clone(), keys, clock, config, Metrics::default()).await;
    let lanes = Arc::new(lanes.unwrap());
    let keeper = MonthKeys::new(database.store(Role::Owner, 1));
    let log = Log::new(Arc::clone(&lanes));
    let kek = kek();
    let rotated = keeper.rotate(&log, &kek, rig.app.clock.now(), "uid 0");
    assert_eq!(rotated.await.unwrap(), 2);
    lanes.close().await;
}

#[actix_web::test]
async fn an_officer_is_one_over_months_and_keys_where_they_are_revealed() {
    let october = "2026-10-30T03:00:00Z".parse().unwrap();
    let database = Arc::new(support::database().await);
    let app = TestApp::over(database, Clock::frozen(october), |config| {
        config.audit.seal_interval_ms = 20;
    });
    let rig = Rig::over(app.await).await;
    rig.verify("onestop", AN).await;
    rig.verify("onestop", BINH).await;
    rig.now("2026-11-02T03:00:00Z".parse().unwrap()).await;
    rig.verify("onestop", AN).await;
    rotate(&rig).await;
    // The service takes the new keys with its next look.
    let mut asked = 3;
    let last = until("a third pseudonym", async || {
        let id = rig.verify("onestop", AN).await;
        asked += 1;
        let tags = "SELECT DISTINCT encode(officer_tag, 'hex') FROM audit.entry
            WHERE operation = 'verify' AND client_id = 'onestop'";
        (rig.app.rows(tags).await.len() == 3).then_some(id)
    })
    .await;
    rig.found(&last).await;
    let counted = async |by: Value, reveal: bool| {
        let mut body = json!({"group_by": by, "filters": {"operation": "verify"}});
        if reveal {
            body["reveal"] = true.into();
            body["reason"] = "Kiểm tra".into();
        }
        let answer = rig.post("/v1/audit/statistics", &body).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        let answer = answer.json();
        assert_eq!(answer["truncated"], false);
        answer["rows"].as_array().unwrap().clone()
    };
    let apart = counted(json!(["officer"]), false).await;
    assert_eq!(apart.len(), 3, "a pseudonym for each pair of keys");
    let one = counted(json!(["officer"]), true).await;
    assert_eq!(one.len(), 1, "{one:?}");
    let row = &one[0];
    assert_eq!(
        (&row["officer"], &row["requests"], &row["papers_replaced"]),
        (&json!(OFFICER), &json!(asked), &json!(asked))
    );
    let days = counted(json!(["officer", "day"]), true).await;
    let day = |row: &Value| (row["day"].clone(), row["requests"].as_u64().unwrap());
    let mut days: Vec<_> = days.iter().map(day).collect();
    days.sort_by_key(|(day, _)| day.to_string());
    assert_eq!(
        days,
        [(json!("2026-10-30"), 2), (json!("2026-11-02"), asked - 2)]
    );
    rig.app.stop().await;
}
