//! Refusals: which of several faults is told, and the one entry that each leaves.

use dancu::domain::entry::{Decision, Operation};
use reqwest::Method;
use rstest::rstest;
use serde_json::{Value, json};

use crate::support::app::{Answer, TestApp, an, question};

const SCOPES: &[&str] = &[
    "citizen:verify",
    "citizen:lookup",
    "fields:identity",
    "field:sex",
];

/// Procedures, each with an agreement of `ordered` that has one fault and every later one: out of
/// its dates, without the operation, with an officer's rule.
const PAST: &str = "p.past";
const NARROW: &str = "p.narrow";
const OFFICERS: &str = "p.officers";

/// Clients `ordered` (three agreements), `bare` (none) and `suspended`.
async fn furnished() -> TestApp {
    let app = TestApp::start().await;
    app.enrol("enrolled", SCOPES, json!({"claim_fields": ["sex"]}))
        .await;
    let client = |name: &str, active: bool| {
        json!({"client_id": name, "agency_code": "H29", "name": name, "scopes": SCOPES,
            "active": active})
    };
    let agreement = |procedure: &str, operations: Value, valid_to: Value| {
        json!({"id": procedure, "client_id": "ordered", "procedure_code": procedure,
            "operations": operations, "valid_from": "2020-01-01", "valid_to": valid_to,
            "officer": "registered"})
    };
    let all = json!(["verify", "lookup", "prefill"]);
    let mut items = vec![
        ("clients/ordered".to_owned(), client("ordered", true)),
        ("clients/bare".to_owned(), client("bare", true)),
        ("clients/suspended".to_owned(), client("suspended", false)),
    ];
    for (procedure, operations, valid_to) in [
        (PAST, json!(["protected"]), json!("2020-12-31")),
        (NARROW, json!(["protected"]), Value::Null),
        (OFFICERS, all, Value::Null),
    ] {
        let form = json!({"code": "F", "boxes": {"ten": "full_name"}});
        let body = json!({"code": procedure, "name": procedure, "form": form});
        items.push((format!("procedures/{procedure}"), body));
        let body = agreement(procedure, operations, valid_to);
        items.push((format!("agreements/{procedure}"), body));
    }
    for (path, body) in items {
        let answer = app.put(&format!("/v1/admin/{path}"), &body).await;
        assert_eq!(answer.status, 201, "{path}: {}", answer.text);
    }
    app.register(&[an()]).await;
    app
}

/// A request and everything that can be wrong with it.
struct Ask {
    path: &'static str,
    accept: &'static str,
    client: Option<&'static str>,
    scopes: &'static str,
    stray_member: bool,
    procedure: &'static str,
    /// In the token and in the request.
    officers: (Option<&'static str>, Option<&'static str>),
}

impl Ask {
    async fn send(&self, app: &TestApp) -> Answer {
        let batch = self.path.ends_with("/batch");
        let mut question = question();
        question["context"]["procedure_code"] = self.procedure.into();
        question["context"]["officer_id"] = self.officers.1.into();
        question["claims"]["sex"] = "male".into();
        let mut body = if batch {
            json!({"context": question["context"], "items": [{"ref": "1",
                "subject": question["subject"], "claims": question["claims"]}]})
        } else {
            question
        };
        if self.path.starts_with("/v1/lookup") {
            body["fields"] = json!(["full_name", "sex"]);
        }
        if self.stray_member {
            body["stray"] = 1.into();
        }
        if self.officers.1.is_none() {
            body["context"]
                .as_object_mut()
                .unwrap()
                .remove("officer_id");
        }
        let request = app.request(Method::POST, self.path);
        let mut request = request
            .header("accept", self.accept)
            .header("content-type", "application/json")
            .body(body.to_string());
        if let Some(client) = self.client {
            request = request.bearer_auth(app.token_for(client, self.scopes, self.officers.0));
        }
        app.send(request).await
    }
}

#[rstest]
#[case::verify("/v1/verify")]
#[case::lookup("/v1/lookup")]
#[case::prefill("/v1/prefill")]
#[case::verify_batch("/v1/verify/batch")]
#[case::lookup_batch("/v1/lookup/batch")]
#[actix_web::test]
async fn of_all_faults_of_a_request_the_earliest_check_answers(#[case] path: &'static str) {
    let app = furnished().await;
    // Everything is wrong with it; each step puts the earliest fault right.
    let mut ask = Ask {
        path,
        accept: "text/html",
        client: None,
        scopes: "fields:contact",
        stray_member: true,
        procedure: "p.unknown",
        officers: (Some("CB-1"), Some("CB-2")),
    };
    let expect = async |ask: &Ask, code: &str| {
        let answer = ask.send(&app).await;
        assert_eq!(answer.code(), code, "{path}: {}", answer.text);
    };
    expect(&ask, "not_acceptable").await;
    ask.accept = "application/json";
    expect(&ask, "token_missing").await;
    ask.client = Some("nobody");
    expect(&ask, "client_unknown").await;
    ask.client = Some("suspended");
    expect(&ask, "client_suspended").await;
    ask.client = Some("bare");
    expect(&ask, "scope_missing").await;
    ask.scopes = "citizen:verify citizen:lookup field:full_name";
    expect(&ask, "validation_failed").await;
    ask.stray_member = false;
    expect(&ask, "agreement_missing").await;
    ask.client = Some("ordered");
    expect(&ask, "procedure_not_permitted").await;
    ask.procedure = PAST;
    expect(&ask, "agreement_not_in_force").await;
    ask.procedure = NARROW;
    expect(&ask, "operation_not_permitted").await;
    ask.procedure = OFFICERS;
    expect(&ask, "officer_mismatch").await;
    ask.officers.0 = None;
    expect(&ask, "officer_not_permitted").await;
    ask.officers.1 = None;
    expect(&ask, "officer_not_permitted").await;
    let registered = json!({"id": "o", "officer_id": "CB-3", "agency_code": "H29"});
    assert_eq!(
        app.put("/v1/admin/officers/o", &registered).await.status,
        201
    );
    ask.officers.0 = Some("CB-3");
    match path {
        "/v1/verify" | "/v1/prefill" | "/v1/lookup" => expect(&ask, "claim_not_permitted").await,
        // Fields are the batch's, claims an item's.
        "/v1/lookup/batch" => expect(&ask, "field_not_permitted").await,
        _ => {
            let answer = ask.send(&app).await;
            let problem = &answer.json()["results"][0]["problem"];
            assert_eq!(problem["code"], "claim_not_permitted", "{}", answer.text);
            assert_eq!(problem["errors"][0]["pointer"], "/items/0/claims/sex");
        }
    }
    app.stop().await;
}

#[actix_web::test]
async fn each_refusal_leaves_exactly_one_entry_that_says_who_asked_what_and_why_not() {
    let app = furnished().await;
    let ask = |client, scopes, procedure, officers| Ask {
        path: "/v1/lookup",
        accept: "*/*",
        client: Some(client),
        scopes,
        stray_member: false,
        procedure,
        officers,
    };
    let all = "citizen:lookup fields:identity";
    let (none, two) = ((None, None), (Some("CB-1"), Some("CB-2")));
    for (code, ask) in [
        ("client_unknown", ask("nobody", all, OFFICERS, none)),
        ("client_suspended", ask("suspended", all, OFFICERS, none)),
        (
            "scope_missing",
            ask("ordered", "citizen:verify", OFFICERS, none),
        ),
        ("agreement_missing", ask("bare", all, OFFICERS, none)),
        (
            "procedure_not_permitted",
            ask("ordered", all, "p.unknown", none),
        ),
        ("agreement_not_in_force", ask("ordered", all, PAST, none)),
        ("operation_not_permitted", ask("ordered", all, NARROW, none)),
        ("officer_mismatch", ask("ordered", all, OFFICERS, two)),
        ("officer_not_permitted", ask("ordered", all, OFFICERS, none)),
        (
            "field_not_permitted",
            ask("enrolled", "citizen:lookup field:sex", "1.004194", none),
        ),
    ] {
        let before = app.refusals().await;
        let answer = ask.send(&app).await;
        assert_eq!(
            (answer.status.as_u16(), &*answer.code()),
            (403, code),
            "{}",
            answer.text
        );
        assert_eq!(app.refusals().await, before + 1, "{code}");
        let entry = app.entry_of(&answer).await;
        assert_eq!(entry["decision"], "refused", "{code}");
        assert_eq!(entry["reason"], code);
        assert_eq!(entry["operation"], "lookup", "{code}");
        assert_eq!(entry["client_id"], ask.client.unwrap(), "{code}");
        assert!(entry["token_id"].is_string(), "{code}");
        assert_eq!(entry["address"], "127.0.0.1", "{code}");
        assert_eq!(
            entry["officer"].is_string(),
            ask.officers.0.is_some(),
            "{code}"
        );
        let early = ["client_unknown", "client_suspended", "scope_missing"].contains(&code);
        assert_eq!(entry["subject"].is_null(), early, "{code}: {entry}");
        // What nobody registered is the caller's own text, and sealed.
        let is_unseen = early || ask.procedure == "p.unknown";
        assert_eq!(entry["procedure_code"].is_null(), is_unseen, "{code}");
        assert_eq!(
            entry["claims"].as_array().unwrap().is_empty(),
            early,
            "{code}"
        );
        assert_eq!(entry["fields"]["disclosed"], json!([]), "{code}");
        if !early {
            assert_eq!(
                entry["fields"]["asked"],
                json!(["full_name", "sex"]),
                "{code}"
            );
        }
        // Whoever audits the agency sees what was refused before anything was read, too.
        let agency = if code == "client_unknown" {
            json!(null)
        } else {
            json!("H29")
        };
        assert_eq!(entry["agency_code"], agency, "{code}");
        // None of it is left to chance: neither number nor name are in the answer.
        for value in ["001095000001", "Nguyễn Văn An", "1995-03-02"] {
            assert!(!answer.text.contains(value), "{code}");
        }
    }
    app.stop().await;
}

#[actix_web::test]
async fn a_claim_that_is_not_agreed_is_pointed_at_and_recorded() {
    let app = furnished().await;
    let token = app.token("enrolled", &SCOPES.join(" "));
    for path in ["/v1/verify", "/v1/lookup", "/v1/prefill"] {
        let mut body = question();
        body["claims"]["age_at_least"] = 18.into();
        body["claims"]["permanent_residence.province_code"] = "01".into();
        body["claims"]["sex"] = "male".into();
        if path == "/v1/lookup" {
            body["fields"] = json!(["full_name"]);
        }
        let before = app.refusals().await;
        let answer = app.post(path, &token, &body).await;
        assert_eq!(answer.code(), "claim_not_permitted", "{path}");
        let pointers = ["permanent_residence.province_code", "age_at_least"];
        let pointers = pointers.map(|claim| format!("/claims/{claim} agreement"));
        assert_eq!(answer.faults(), pointers, "{path}");
        assert_eq!(app.refusals().await, before + 1, "{path}");
        let entry = app.entry_of(&answer).await;
        assert_eq!(entry["reason"], "claim_not_permitted");
        assert_eq!(entry["operation"], path.trim_start_matches("/v1/"));
        assert!(entry["subject"].is_string());
    }
    app.stop().await;
}

#[actix_web::test]
async fn a_refused_batch_leaves_an_entry_an_item() {
    let app = furnished().await;
    let token = app.token("bare", &SCOPES.join(" "));
    let item = |number: &str| {
        let claims = &question()["claims"];
        json!({"ref": number, "subject": {"personal_id": number}, "claims": claims})
    };
    let items: Vec<_> = ["001095000001", "001095000002", "001095000003"]
        .map(item)
        .into();
    let body = json!({"context": question()["context"], "items": items});
    let answer = app.post("/v1/verify/batch", &token, &body).await;
    assert_eq!(answer.code(), "agreement_missing");
    let entries = app.entries_of(Operation::Verify).await;
    assert_eq!(entries.len(), 3);
    let mut subjects: Vec<_> = entries
        .iter()
        .map(|entry| entry.protected.subject_tag)
        .collect();
    subjects.sort();
    subjects.dedup();
    assert_eq!(subjects.len(), 3, "each is about its own person");
    for entry in &entries {
        assert!(entry.batch);
        assert_eq!(entry.decision, Decision::Refused);
        assert_eq!(entry.reason.as_deref(), Some("agreement_missing"));
    }
    let named = answer.json()["audit_id"].as_str().unwrap().to_owned();
    assert!(
        entries
            .iter()
            .any(|entry| entry.stamp.audit_id.as_uuid().to_string() == named)
    );
    app.stop().await;
}

#[actix_web::test]
async fn a_client_may_change_neither_itself_nor_its_agreements_and_each_attempt_is_recorded() {
    let app = TestApp::start().await;
    app.enrol("own", &["admin"], json!({})).await;
    let token = app.token("own", "admin");
    let client = app.get("/v1/admin/clients/own", &token).await;
    let agreement = app.get("/v1/admin/agreements/own", &token).await;
    assert_eq!(agreement.status, 200, "reading is no change");
    let mut new = agreement.json();
    new["id"] = "another".into();
    let send = async |method: Method, path: &str, body: Option<&Value>| {
        let mut request = app.request(method, path).bearer_auth(&token);
        if let Some(body) = body {
            request = request
                .header("content-type", "application/json")
                .body(body.to_string());
        }
        app.send(request).await
    };
    for (method, path, body, operation) in [
        (
            Method::PUT,
            "/v1/admin/clients/own",
            Some(client.json()),
            "admin.client.put",
        ),
        (
            Method::DELETE,
            "/v1/admin/clients/own",
            None,
            "admin.client.delete",
        ),
        (
            Method::POST,
            "/v1/admin/clients/own/suspend",
            None,
            "admin.client.suspend",
        ),
        (
            Method::POST,
            "/v1/admin/clients/own/resume",
            None,
            "admin.client.resume",
        ),
        (
            Method::PUT,
            "/v1/admin/agreements/own",
            Some(agreement.json()),
            "admin.agreement.put",
        ),
        (
            Method::PUT,
            "/v1/admin/agreements/another",
            Some(new),
            "admin.agreement.put",
        ),
        (
            Method::DELETE,
            "/v1/admin/agreements/own",
            None,
            "admin.agreement.delete",
        ),
    ] {
        let before = app.refusals().await;
        let answer = send(method, path, body.as_ref()).await;
        assert_eq!(
            (answer.status.as_u16(), &*answer.code()),
            (403, "own_grant"),
            "{operation}"
        );
        assert_eq!(app.refusals().await, before + 1, "{operation}");
        let entry = app.entry_of(&answer).await;
        assert_eq!(entry["operation"], operation);
        assert_eq!(entry["reason"], "own_grant");
        assert_eq!(entry["client_id"], "own");
    }
    app.stop().await;
}

#[actix_web::test]
async fn what_is_no_request_leaves_no_entry() {
    let app = furnished().await;
    let before = app.entries().await.len();
    let token = app.token("enrolled", &SCOPES.join(" "));
    let question = question().to_string();
    let plain = || app.request(Method::POST, "/v1/verify");
    let ours = || {
        plain()
            .bearer_auth(&token)
            .header("content-type", "application/json")
    };
    let large = format!("{{\"context\": \"{}\"}}", "x".repeat(70_000));
    for (status, request) in [
        (400, ours().body("{")),
        (400, ours().body("{}")),
        (
            400,
            ours().header("x-request-id", "x").body(question.clone()),
        ),
        (
            401,
            plain()
                .header("content-type", "application/json")
                .body(question.clone()),
        ),
        (
            401,
            plain()
                .bearer_auth("x")
                .body(question.clone())
                .header("content-type", "application/json"),
        ),
        (
            404,
            app.request(Method::POST, "/v1/search").bearer_auth(&token),
        ),
        (
            405,
            app.request(Method::GET, "/v1/verify").bearer_auth(&token),
        ),
        (
            406,
            ours().header("accept", "text/html").body(question.clone()),
        ),
        (413, ours().body(large)),
        (
            415,
            plain()
                .bearer_auth(&token)
                .header("content-type", "text/plain")
                .body(question),
        ),
    ] {
        let answer = app.send(request).await;
        assert_eq!(answer.status, status, "{}", answer.text);
        assert_eq!(
            answer.headers["content-type"], "application/problem+json",
            "{status}"
        );
        assert!(answer.json().get("audit_id").is_none(), "{status}");
    }
    let invalid = json!({"code": "H30"});
    assert_eq!(
        app.put("/v1/admin/agencies/H30", &invalid).await.status,
        400
    );
    assert_eq!(app.entries().await.len(), before);
    app.stop().await;
}
