//! Who looked at a person, and who may see who that is.

use serde_json::json;

use super::{AN, BINH, CASE, EVERYTHING, OFFICER, Rig, ids};

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
