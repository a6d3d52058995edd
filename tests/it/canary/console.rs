//! What an auditor enters in the console, and what signs them in.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::{AGENCY, CASE, NUMBER, OFFICER, QUERY, TOKEN, Talk, VALUE};
use crate::support::raw::RawAnswer;
use crate::support::sealing::until;

/// Signs in, searches by everything that names somebody, and enters what cannot be taken. Gives what
/// must be nowhere: the token and the session's id.
pub async fn console(talk: &mut Talk<'_>, token: &str) -> Vec<String> {
    let refused = post(talk, "/console/sign-in", "", &format!("token={TOKEN}")).await;
    assert_eq!(refused.status, 401, "{}", refused.text());
    talk.refused.push(refused);
    let entered = post(talk, "/console/sign-in", "", &format!("token={token}")).await;
    assert_eq!(entered.status, 303, "{}", entered.text());
    let cookie = entered.header("set-cookie").unwrap();
    let cookie = cookie.split(';').next().unwrap().to_owned();
    let named = format!("person={NUMBER}&officer={OFFICER}&case={CASE}&reason={VALUE}");
    for (path, body) in [
        ("/console/search", named.clone()),
        ("/console/export", named.clone()),
        ("/console/report", named),
    ] {
        let answer = post(talk, path, &cookie, &body).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    }
    // What cannot be taken stands in its field again, and nowhere else.
    for (path, body) in [
        ("/console/search", format!("person={VALUE}&agency={AGENCY}")),
        ("/console/report", format!("person={VALUE}")),
        ("/console/entries", format!("audit_id={NUMBER}")),
    ] {
        let answer = post(talk, path, &cookie, &body).await;
        assert_eq!(answer.status, 400, "{path}: {}", answer.text());
    }
    for path in [
        format!("/console/{QUERY}"),
        format!("/console/entries/{QUERY}"),
        format!("/console/search?cursor={QUERY}"),
    ] {
        let request = format!("GET {path} HTTP/1.1\r\nHost: dancu\r\nCookie: {cookie}\r\n\r\n");
        let answer = talk.send(request.into_bytes()).await;
        assert!(answer.status >= 400, "{path}");
        talk.refused.push(answer);
    }
    let id = cookie.split_once('=').unwrap().1;
    vec![token.to_owned(), id.to_owned()]
}

/// What auditors without `audit:reveal` are shown: every page in both languages, files, and everything
/// the interface answers. Each with its place; what was entered is taken out of the fields it stands in
/// again, so that no name is left to be there.
pub async fn shown(talk: &mut Talk<'_>, token: &str) -> Vec<(String, String)> {
    let mut shown = Vec::new();
    let entries = answered(talk, token, &mut shown).await;
    let entered = post(talk, "/console/sign-in", "", &format!("token={token}")).await;
    let cookie = entered.header("set-cookie").unwrap();
    let cookie = cookie.split(';').next().unwrap();
    let mut paths: Vec<String> = [
        "",
        "?days=1",
        "?days=30",
        "/search",
        "/search?operation=verify",
        "/search?operation=admin.officer.put",
        "/search?decision=refused&order=log",
        "/entries",
        "/report",
        "/signals",
        "/signals/1",
        "/statistics",
        "/statistics?by=officer&by=client",
        "/statistics?by=agency&by=day",
        "/reconciliation?client=onestop&day=2026-11-21",
        "/log",
    ]
    .map(|path| format!("/console{path}"))
    .into();
    for id in &entries {
        paths.push(format!("/console/entries/{id}"));
    }
    for language in ["en", "vi"] {
        let cookie = format!("{cookie}; dancu_console_lang={language}");
        for path in &paths {
            let request = format!("GET {path} HTTP/1.1\r\nHost: dancu\r\nCookie: {cookie}\r\n\r\n");
            let page = talk.send(request.into_bytes()).await;
            assert_eq!(page.status, 200, "{path}: {}", page.text());
            shown.push((format!("{path} in {language}"), page.text()));
        }
        let named = format!("person={NUMBER}&officer={OFFICER}&case={CASE}&reason={VALUE}");
        for (path, body, status) in [
            ("/console/search", &*named, 200),
            ("/console/search", &format!("person={NUMBER}"), 200),
            ("/console/search", &format!("officer={OFFICER}"), 200),
            (
                "/console/search",
                &format!("person={VALUE}&case={CASE}"),
                400,
            ),
            ("/console/report", &named, 200),
            ("/console/report", &format!("{named}&at_once=on"), 200),
            ("/console/report", &format!("person={VALUE}"), 400),
            ("/console/entries", &format!("audit_id={NUMBER}"), 400),
            (
                "/console/signals",
                &format!("reveal=on&reason={VALUE}"),
                403,
            ),
            ("/console/search", &format!("{named}&reveal=on"), 403),
            ("/console/export", &format!("{named}&reveal=on"), 403),
            ("/console/export", &format!("{named}&format=csv"), 200),
            ("/console/export", &format!("{named}&format=ndjson"), 200),
            ("/console/export", "format=csv", 200),
        ] {
            let page = post(talk, path, &cookie, body).await;
            assert_eq!(page.status, status, "{path} {body}: {}", page.text());
            shown.push((
                format!("{path} posted in {language}"),
                without_fields(&page),
            ));
        }
    }
    shown
}

/// A page without what was entered, where it stands in its field again or is what a report is of.
fn without_fields(page: &RawAnswer) -> String {
    let mut text = page.text();
    for value in [NUMBER, OFFICER, CASE, VALUE] {
        text = text.replace(&format!(" value=\"{value}\""), "");
        text = text.replace(&format!("<span class=\"mono\">{value}</span>"), "");
    }
    text
}

/// Everything the interface answers an auditor, and entries of each kind.
async fn answered(
    talk: &mut Talk<'_>,
    token: &str,
    shown: &mut Vec<(String, String)>,
) -> Vec<String> {
    let newest = json!({"operation": "lookup", "limit": 1});
    until("the questions can be found", async || {
        let found = ask(talk, token, "POST /v1/audit/search", &newest).await;
        assert_eq!(found.status, 200, "{}", found.text());
        let found: Value = serde_json::from_slice(&found.body).unwrap();
        (found["entries"] != json!([])).then_some(())
    })
    .await;
    let subject = json!({"personal_id": NUMBER});
    for (path, body) in [
        ("search", json!({"limit": 500})),
        (
            "search",
            json!({"subject": subject, "officer_id": OFFICER, "case_id": CASE, "reason": VALUE}),
        ),
        (
            "subject-report",
            json!({"subject": subject, "reason": VALUE}),
        ),
        (
            "statistics",
            json!({"group_by": ["officer", "client", "operation"]}),
        ),
        ("statistics", json!({"filters": {"subject": subject}})),
        ("export", json!({"format": "csv"})),
        ("export", json!({"format": "ndjson"})),
        (
            "export",
            json!({"format": "csv", "subject": subject, "reason": VALUE}),
        ),
        (
            "reconciliation",
            json!({"client_id": "onestop", "day": "2026-11-21"}),
        ),
        ("signals", json!({"limit": 500})),
        ("signals/1/entries", json!({"limit": 500})),
    ] {
        let answer = ask(talk, token, &format!("POST /v1/audit/{path}"), &body).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        assert!(answer.body.len() > 100, "{path}: {}", answer.text());
        shown.push((path.to_owned(), answer.text()));
    }
    for path in [
        "search",
        "statistics",
        "export",
        "signals",
        "signals/1/entries",
    ] {
        let body = match path {
            "search" | "export" => json!({"subject": subject, "reveal": true, "reason": VALUE}),
            _ => json!({"reveal": true, "reason": VALUE}),
        };
        let refused = ask(talk, token, &format!("POST /v1/audit/{path}"), &body).await;
        assert_eq!(
            (refused.status, &*refused.code()),
            (403, "scope_missing"),
            "{path}"
        );
        talk.refused.push(refused);
    }
    let mut entries = Vec::new();
    for operation in [
        "verify",
        "lookup",
        "prefill",
        "register.upsert",
        "admin.officer.put",
        "audit.search",
    ] {
        let one = json!({"operation": operation, "limit": 1, "order": "log"});
        let id = until("an entry of each kind", async || {
            let found = ask(talk, token, "POST /v1/audit/search", &one).await;
            let found: Value = serde_json::from_slice(&found.body).unwrap();
            found["entries"][0]["audit_id"].as_str().map(str::to_owned)
        })
        .await;
        let one = ask(
            talk,
            token,
            &format!("GET /v1/audit/entries/{id}"),
            &Value::Null,
        )
        .await;
        assert_eq!(one.status, 200, "{}", one.text());
        shown.push((operation.to_owned(), one.text()));
        let path = format!("GET /v1/audit/entries/{id}/proof");
        let proof = ask(talk, token, &path, &Value::Null).await;
        let proof: Value = serde_json::from_slice(&proof.body).unwrap();
        let canonical = STANDARD.decode(proof["entry"].as_str().unwrap()).unwrap();
        let canonical = String::from_utf8_lossy(&canonical).into_owned();
        shown.push((format!("the canonical {operation}"), canonical));
        entries.push(id);
    }
    entries
}

async fn ask(talk: &Talk<'_>, token: &str, line: &str, body: &Value) -> RawAnswer {
    let body = if body.is_null() {
        String::new()
    } else {
        body.to_string()
    };
    let request = format!(
        "{line} HTTP/1.1\r\nHost: dancu\r\nAuthorization: Bearer {token}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    talk.send(request.into_bytes()).await
}

async fn post(talk: &Talk<'_>, path: &str, cookie: &str, body: &str) -> RawAnswer {
    let request = format!(
        "POST {path} HTTP/1.1\r\nHost: dancu\r\nOrigin: https://dancu\r\nCookie: {cookie}\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    talk.send(request.into_bytes()).await
}
