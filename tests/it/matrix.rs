//! The authorisation matrix: every route there is, against no token, a scope too few, somebody
//! else's agreement, and the right ones. A route that is missing here fails the test.

use std::collections::BTreeSet;

use dancu::http::{ROUTES, Route};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::app::{ADMIN, Answer, TestApp, an, question};

/// What one guarded route wants.
struct Line {
    /// The route's operation.
    operation: &'static str,
    /// Its word in the log.
    word: &'static str,
    /// Each of these scopes alone will do; none: a token of a registered client will.
    scopes: &'static [&'static str],
    /// Whether it needs an agreement too.
    agreement: bool,
    /// A request that succeeds.
    path: &'static str,
    body: fn() -> Value,
}

const ALL_SCOPES: &[&str] = &[
    "citizen:verify",
    "citizen:lookup",
    "citizen:verify.explain",
    "citizen:lookup.id_only",
    "citizen:protected",
    "audit:read",
    "audit:read.agency",
    "audit:reveal",
    "register:write",
    "admin",
    "fields:identity",
    "fields:residence",
];

const ASK: &[&str] = &["citizen:lookup"];
const READ_LOG: &[&str] = &["audit:read", "audit:read.agency"];

/// A guarded route.
fn line(
    operation: &'static str,
    word: &'static str,
    scopes: &'static [&'static str],
    path: &'static str,
    body: fn() -> Value,
) -> Line {
    Line {
        operation,
        word,
        scopes,
        agreement: word == "verify" || scopes == ASK,
        path,
        body,
    }
}

/// A route of administration.
fn admin(
    operation: &'static str,
    word: &'static str,
    path: &'static str,
    body: fn() -> Value,
) -> Line {
    line(operation, word, &["admin"], path, body)
}

#[rustfmt::skip]
fn matrix() -> Vec<Line> {
    let none = || Value::Null;
    vec![
        line("verify", "verify", &["citizen:verify"], "/v1/verify", question),
        line("verify_batch", "verify", &["citizen:verify"], "/v1/verify/batch", verify_batch),
        line("lookup", "lookup", ASK, "/v1/lookup", lookup),
        line("lookup_batch", "lookup", ASK, "/v1/lookup/batch", lookup_batch),
        line("prefill", "prefill", ASK, "/v1/prefill", question),
        line("me", "me", &[], "/v1/me", none),
        line("register_changes", "register.changes", &["register:write"], "/v1/register/changes", changes),
        line("audit_search", "audit.search", READ_LOG, "/v1/audit/search", nothing),
        line("audit_subject_report", "audit.subject_report", READ_LOG, "/v1/audit/subject-report", person),
        line("audit_statistics", "audit.statistics", READ_LOG, "/v1/audit/statistics", nothing),
        line("audit_export", "audit.export", READ_LOG, "/v1/audit/export", nothing),
        line("audit_reconciliation", "audit.reconciliation", READ_LOG, "/v1/audit/reconciliation", client_day),
        line("audit_signals", "audit.signals", READ_LOG, "/v1/audit/signals", nothing),
        line("audit_signal_entries", "audit.signal_entries", READ_LOG, "/v1/audit/signals/{signal}/entries", nothing),
        line("audit_proof", "audit.proof", READ_LOG, "/v1/audit/entries/{entry}/proof", none),
        line("audit_entry", "audit.entry", READ_LOG, "/v1/audit/entries/{entry}", none),
        admin("admin_agency_list", "admin.agency.list", "/v1/admin/agencies", none),
        admin("admin_agency_get", "admin.agency.get", "/v1/admin/agencies/H29", none),
        admin("admin_agency_put", "admin.agency.put", "/v1/admin/agencies/M1", agency),
        admin("admin_agency_delete", "admin.agency.delete", "/v1/admin/agencies/M1", none),
        admin("admin_client_list", "admin.client.list", "/v1/admin/clients", none),
        admin("admin_client_get", "admin.client.get", "/v1/admin/clients/right", none),
        admin("admin_client_put", "admin.client.put", "/v1/admin/clients/m1", client),
        admin("admin_client_delete", "admin.client.delete", "/v1/admin/clients/m1", none),
        admin("admin_client_suspend", "admin.client.suspend", "/v1/admin/clients/right/suspend", none),
        admin("admin_client_resume", "admin.client.resume", "/v1/admin/clients/right/resume", none),
        admin("admin_procedure_list", "admin.procedure.list", "/v1/admin/procedures", none),
        admin("admin_procedure_get", "admin.procedure.get", "/v1/admin/procedures/1.004194", none),
        admin("admin_procedure_put", "admin.procedure.put", "/v1/admin/procedures/m.1", other_procedure),
        admin("admin_procedure_delete", "admin.procedure.delete", "/v1/admin/procedures/m.1", none),
        admin("admin_agreement_list", "admin.agreement.list", "/v1/admin/agreements", none),
        admin("admin_agreement_get", "admin.agreement.get", "/v1/admin/agreements/right", none),
        admin("admin_agreement_put", "admin.agreement.put", "/v1/admin/agreements/m1", agreement),
        admin("admin_agreement_delete", "admin.agreement.delete", "/v1/admin/agreements/m1", none),
        admin("admin_officer_list", "admin.officer.list", "/v1/admin/officers", none),
        admin("admin_officer_get", "admin.officer.get", "/v1/admin/officers/known", none),
        admin("admin_officer_put", "admin.officer.put", "/v1/admin/officers/m1", officer),
        admin("admin_officer_delete", "admin.officer.delete", "/v1/admin/officers/m1", none),
    ]
}

#[actix_web::test]
async fn every_route_refuses_whoever_lacks_token_scope_or_agreement_and_answers_the_others() {
    let app = furnished().await;
    let entry = recorded(&app).await;
    let signal = raised(&app).await;
    let matrix = matrix();
    let mut walked = BTreeSet::new();
    // The console's pages have a way to sign in of their own, and tests of their own.
    for route in ROUTES.iter().filter(|route| !route.console) {
        if route.open {
            let path = open_path(route);
            let answer = app.send(app.request(method(route), &path)).await;
            // Only a demonstration has something to try.
            let status = if route.operation == "sandbox" {
                404
            } else {
                200
            };
            assert_eq!(answer.status, status, "{} needs no token", route.operation);
            continue;
        }
        let line = matrix.iter().find(|line| line.operation == route.operation);
        let line = line.unwrap_or_else(|| panic!("{} is not in the matrix", route.operation));
        walked.insert(line.operation);
        walk(
            &app,
            route,
            line,
            &[("{entry}", &entry), ("{signal}", &signal)],
        )
        .await;
    }
    let known: BTreeSet<_> = matrix.iter().map(|line| line.operation).collect();
    assert_eq!(walked, known, "the matrix knows no route that is not there");
    app.stop().await;
}

async fn walk(app: &TestApp, route: &Route, line: &Line, names: &[(&str, &str)]) {
    let ask = async |token: Option<&str>| ask(app, route, line, names, token).await;
    let name = route.operation;

    let nobody = ask(None).await;
    assert_eq!(
        (nobody.status.as_u16(), &*nobody.code()),
        (401, "token_missing"),
        "{name}"
    );
    assert_eq!(
        nobody.headers["www-authenticate"], "Bearer realm=\"dancu\"",
        "{name}"
    );
    assert!(nobody.json().get("audit_id").is_none(), "{name}");

    let stranger = ask(Some(&app.token("stranger", &ALL_SCOPES.join(" ")))).await;
    refused(app, &stranger, line, "client_unknown").await;

    if !line.scopes.is_empty() {
        let others = ALL_SCOPES
            .iter()
            .filter(|scope| !line.scopes.contains(scope));
        let others: Vec<&str> = others.copied().collect();
        let too_few = ask(Some(&app.token("root", &others.join(" ")))).await;
        refused(app, &too_few, line, "scope_missing").await;
        // What the token says counts only as far as the client's registration goes.
        let unregistered = ask(Some(&app.token("bare", &ALL_SCOPES.join(" ")))).await;
        refused(app, &unregistered, line, "scope_missing").await;
    }
    if line.agreement {
        let elsewhere = ask(Some(&app.token("elsewhere", &ALL_SCOPES.join(" ")))).await;
        refused(app, &elsewhere, line, "procedure_not_permitted").await;
    }

    let client = if line.agreement { "right" } else { "root" };
    // The fields of a lookup have scopes of their own, which no route asks for. Where no scope is
    // needed, the token has none.
    let alone: Vec<String> = match line.scopes {
        [] => vec!["nothing".to_owned()],
        scopes => scopes
            .iter()
            .map(|scope| format!("{scope} field:full_name"))
            .collect(),
    };
    for scopes in alone {
        let right = ask(Some(&app.token(client, &scopes))).await;
        assert!(
            right.status.is_success(),
            "{name} with {scopes}: {}",
            right.text
        );
    }
}

/// It is that refusal, and its entry says so.
async fn refused(app: &TestApp, answer: &Answer, line: &Line, code: &str) {
    let name = line.operation;
    assert_eq!(
        (answer.status.as_u16(), &*answer.code()),
        (403, code),
        "{name}"
    );
    let entry = app.entry_of(answer).await;
    assert_eq!(entry["decision"], "refused", "{name}");
    assert_eq!(entry["reason"], code, "{name}");
    assert_eq!(entry["operation"], line.word, "{name}");
    // Before the body was read nobody was named.
    let named = code == "procedure_not_permitted";
    assert_eq!(entry["subject"].is_string(), named, "{name}: {entry}");
}

async fn ask(
    app: &TestApp,
    route: &Route,
    line: &Line,
    names: &[(&str, &str)],
    token: Option<&str>,
) -> Answer {
    let path = names.iter().fold(line.path.to_owned(), |path, (name, is)| {
        path.replace(name, is)
    });
    let mut request = app.request(method(route), &path);
    if let Some(token) = token {
        request = request.bearer_auth(token);
    }
    let body = (line.body)();
    if !body.is_null() {
        request = request
            .header("content-type", "application/json")
            .body(body.to_string());
    }
    app.send(request).await
}

/// Where an open route answers: what varies in a path is something that is there.
fn open_path(route: &Route) -> String {
    let path = route
        .path
        .replace("{file}", "docs.js")
        .replace("{code}", "not_found")
        .replace("{epoch}", "1")
        .replace("{tile_path}", "0/000.p/1");
    assert!(!path.contains('{'), "{} needs a name", route.operation);
    path
}

fn method(route: &Route) -> Method {
    Method::from_bytes(route.method.as_bytes()).unwrap()
}

/// A service that knows `right` (with an agreement on the procedure), `elsewhere` (with one on
/// another), `root` (with every scope) and `bare` (with none).
async fn furnished() -> TestApp {
    let app = TestApp::start().await;
    app.enrol("right", ALL_SCOPES, json!({})).await;
    for (path, body) in [
        (
            "procedures/1.000001",
            json!({"code": "1.000001", "name": "Đăng ký khác"}),
        ),
        (
            "officers/known",
            json!({"id": "known", "officer_id": "CB-1", "agency_code": "H29"}),
        ),
    ] {
        let answer = app.put(&format!("/v1/admin/{path}"), &body).await;
        assert_eq!(answer.status, 201, "{}", answer.text);
    }
    app.enrol(
        "elsewhere",
        ALL_SCOPES,
        json!({"procedure_code": "1.000001"}),
    )
    .await;
    for (name, scopes) in [("root", ALL_SCOPES), ("bare", &[])] {
        let body = json!({"client_id": name, "agency_code": "H29", "name": name, "scopes": scopes});
        let answer = app.put(&format!("/v1/admin/clients/{name}"), &body).await;
        assert_eq!(answer.status, 201, "{}", answer.text);
    }
    app.register(&[an()]).await;
    app
}

/// An entry to be read and proven, of an agency that every auditor here sees.
async fn recorded(app: &TestApp) -> String {
    let token = app.token("right", "citizen:verify");
    let answer = app.post("/v1/verify", &token, &question()).await;
    assert_eq!(answer.json()["result"], "match");
    let id = answer.json()["audit_id"].as_str().unwrap().to_owned();
    app.proof(&id).await;
    id
}

/// A signal of that agency: of an officer who asks about themselves.
async fn raised(app: &TestApp) -> String {
    let mut question = question();
    question["context"]["officer_id"] = question["subject"]["personal_id"].clone();
    let token = app.token("right", "citizen:verify");
    assert_eq!(app.post("/v1/verify", &token, &question).await.status, 200);
    crate::support::sealing::until("a signal", async || {
        let body = json!({"kind": "self_lookup"});
        let answer = app.post("/v1/audit/signals", &app.admin(), &body).await;
        let id = answer.json()["signals"][0]["id"].as_u64()?;
        Some(id.to_string())
    })
    .await
}

fn lookup() -> Value {
    let mut body = question();
    body["fields"] = json!(["full_name"]);
    body
}

fn nothing() -> Value {
    json!({})
}

fn person() -> Value {
    json!({"subject": {"personal_id": "001095000001"}})
}

fn client_day() -> Value {
    json!({"day": "2026-11-21", "client_id": "right"})
}

fn verify_batch() -> Value {
    let question = question();
    json!({"context": question["context"],
        "items": [{"ref": "1", "subject": question["subject"], "claims": question["claims"]}]})
}

fn lookup_batch() -> Value {
    let mut body = verify_batch();
    body["fields"] = json!(["full_name"]);
    body
}

fn changes() -> Value {
    json!({"changes": [{"op": "upsert", "revision": 2, "citizen": an()}]})
}

fn agency() -> Value {
    json!({"code": "M1", "name": "Sở Tư pháp"})
}

fn client() -> Value {
    json!({"client_id": "m1", "agency_code": "H29", "name": "Cổng dịch vụ công", "scopes": []})
}

fn other_procedure() -> Value {
    json!({"code": "m.1", "name": "Đăng ký thường trú"})
}

fn agreement() -> Value {
    json!({"id": "m1", "client_id": "bare", "procedure_code": "1.004194",
        "operations": ["verify"], "valid_from": "2020-01-01"})
}

fn officer() -> Value {
    json!({"id": "m1", "officer_id": "CB-2", "agency_code": "H29"})
}

#[actix_web::test]
async fn the_bootstrap_client_may_administer_and_feed_but_not_ask() {
    let app = furnished().await;
    let everything = app.token(ADMIN, &ALL_SCOPES.join(" "));
    let me = app.get("/v1/me", &everything).await;
    assert_eq!(
        me.json()["scopes"],
        json!(["audit:read", "register:write", "admin"])
    );
    for (path, body) in [("/v1/verify", question()), ("/v1/lookup", lookup())] {
        assert_eq!(
            app.post(path, &everything, &body).await.code(),
            "scope_missing"
        );
    }
    app.stop().await;
}
