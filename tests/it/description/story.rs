//! The examples of the description are one story. Here it happens again.

use dancu::config::PublicUrl;
use dancu::json::Ordered;
use reqwest::Method;
use serde::{Deserialize, Serialize};

use super::{BLESS, blesses};
use crate::support::app::{Answer, TestApp};
use crate::support::sealing::until;

const STORY: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/src/http/openapi/examples.json"
);

const PROOF: &str = include_str!("../../../docs/examples/proof.json");
const KEY: &str = include_str!("../../../docs/examples/log-key");

/// One call, as it is written down.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Call {
    operation: String,
    name: String,
    summary: String,
    r#as: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    path: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    request: Option<Ordered>,
    status: u16,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    answer: Option<Ordered>,
}

/// What later calls refer to.
#[derive(Default)]
struct Last {
    entry: String,
    version: String,
    signal: String,
}

/// What differs from run to run, and what stands for it in an example.
const VARYING: [(&str, &str); 3] = [
    ("audit_id", "019aa3f2-6f00-7d4e-8c15-1d0f6b2a90e7"),
    ("data_as_of", "2026-11-21T03:00:00Z"),
    ("version", "mV3oHxk0Q2yT6fYc8b1Lw4nR7sUe5Gz9aJdPiKqBtXg"),
];
/// The same in an entry of the log only.
const VARYING_IN_ENTRIES: [(&str, &str); 12] = [
    ("from", "2026-11-20T17:00:00Z"),
    ("to", "2026-11-21T17:00:00Z"),
    ("raised_at", "2026-11-21T03:00:02.345678Z"),
    ("grown_at", "2026-11-21T03:00:02.345678Z"),
    ("day", "2026-11-21"),
    ("next_cursor", "AAABAAAAAAg"),
    ("at", "2026-11-21T03:00:00.123456Z"),
    ("token_id", "b2f7c1de-5a04-4e0c-9d58-7f3b1a6c2e90"),
    (
        "officer",
        "0c9f4e1b7a3d5826f0e1d2c3b4a59687786950413223140506f7e8d9cabbac9d",
    ),
    (
        "case_id",
        "5b1e8d3c7f2a4096e5d4c3b2a190807162534435261708091a2b3c4d5e6f7081",
    ),
    (
        "subject",
        "e3d2c1b0a99887766554433221100ffeeddccbbaa99887766554433221100fed",
    ),
    ("address", "192.0.2.10"),
];

#[actix_web::test]
async fn every_example_is_what_the_service_answers() {
    let app = TestApp::with(|config| {
        config.http.public_url = Some(PublicUrl::parse("https://dancu.example").unwrap());
    })
    .await;
    let text = std::fs::read_to_string(STORY).unwrap();
    let mut calls: Vec<Call> = serde_json::from_str(&text).unwrap();
    let mut last = Last::default();
    let mut differing = Vec::new();
    for call in &mut calls {
        let answer = until(&call.name, async || {
            let answer = make(&app, call, &last).await;
            (!awaits_sealing(call, &answer)).then_some(answer)
        })
        .await;
        let mut body = parse(&answer);
        if let Some(body) = &mut body {
            let told = |name| Some(body.get(name)?.as_str()?.to_owned());
            last.entry = told("audit_id").unwrap_or(last.entry);
            last.version = told("version").unwrap_or(last.version);
            if call.operation == "audit_signals" {
                last.signal = answer.json()["signals"][0]["id"].to_string();
            }
            let mut fixed = VARYING.to_vec();
            if SHOWS_ENTRIES.contains(&&*call.operation) {
                fixed.extend(VARYING_IN_ENTRIES);
            }
            fix(body, &fixed);
            if call.operation == "audit_export" {
                fix_lines(body, &fixed);
            }
            fix_sealed(&call.operation, body);
        }
        if (answer.status.as_u16(), &body) != (call.status, &call.answer) {
            differing.push(format!("{}/{}: {}", call.operation, call.name, answer.text));
            (call.status, call.answer) = (answer.status.as_u16(), body);
        }
    }
    app.stop().await;
    if blesses() {
        std::fs::write(STORY, serde_json::to_string_pretty(&calls).unwrap() + "\n").unwrap();
    } else {
        assert!(
            differing.is_empty(),
            "the service answers otherwise than the examples say; look at each, and record them \
             anew with `{BLESS}=1 cargo test --test it description`:\n{}",
            differing.join("\n")
        );
    }
}

/// Operations that answer with entries.
const SHOWS_ENTRIES: [&str; 7] = [
    "audit_entry",
    "audit_search",
    "audit_subject_report",
    "audit_statistics",
    "audit_export",
    "audit_signals",
    "audit_signal_entries",
];

/// Whether it will be answered otherwise in a second, once what it is about is sealed.
fn awaits_sealing(call: &Call, answer: &Answer) -> bool {
    match &*call.operation {
        "audit_entry" => answer.json()["index"].is_null(),
        "audit_proof" | "log_checkpoint" | "log_key" => answer.status != 200,
        "audit_signals" => answer.json()["signals"] == serde_json::json!([]),
        // What is told next was asked three times before.
        "audit_statistics" => {
            let rows = answer.json()["rows"]
                .as_array()
                .cloned()
                .unwrap_or_default();
            rows.iter()
                .filter_map(|row| row["requests"].as_u64())
                .sum::<u64>()
                < 3
        }
        _ => false,
    }
}

/// What differs from log to log is that of the proof in `docs/examples/`, which a test checks.
fn fix_sealed(operation: &str, body: &mut Ordered) {
    let proof: Ordered = serde_json::from_str(PROOF).unwrap();
    let member = |name| proof.get(name).unwrap().clone();
    match operation {
        operation if SHOWS_ENTRIES.contains(&operation) => {
            let index = member("index");
            let places = ["index", "complete_to_index", "first_index", "last_index"];
            put(body, &places, &index);
            if operation == "audit_signals" {
                put(body, &["id"], &serde_json::from_str("17").unwrap());
            }
        }
        "audit_reconciliation" => put(body, &["complete_to_index"], &member("index")),
        "audit_proof" => {
            assert_eq!(names(body), names(&proof));
            *body = proof;
        }
        "log_checkpoint" => *body = member("checkpoint"),
        "log_key" => *body = Ordered::Text(KEY.into()),
        _ => {}
    }
}

/// Puts a value in the place of every member of these names.
fn put(value: &mut Ordered, names: &[&str], with: &Ordered) {
    match value {
        Ordered::Object(members) => {
            for (name, value) in members {
                if names.contains(&&**name) {
                    *value = with.clone();
                } else {
                    put(value, names, with);
                }
            }
        }
        Ordered::List(items) => items.iter_mut().for_each(|item| put(item, names, with)),
        Ordered::Null | Ordered::Truth(_) | Ordered::Number(_) | Ordered::Text(_) => {}
    }
}

/// The same for a text of which each line is a document.
fn fix_lines(body: &mut Ordered, fixed: &[(&str, &str)]) {
    let Ordered::Text(text) = body else {
        panic!("an export of several entries is no document");
    };
    let lines = text.lines().map(|line| {
        let mut entry: Ordered = serde_json::from_str(line).unwrap();
        fix(&mut entry, fixed);
        fix_sealed("audit_entry", &mut entry);
        serde_json::to_string(&entry).unwrap() + "\n"
    });
    let lines: String = lines.collect();
    *body = Ordered::Text(lines);
}

fn names(body: &Ordered) -> Vec<&str> {
    let Ordered::Object(members) = body else {
        return Vec::new();
    };
    members.iter().map(|(name, _)| &**name).collect()
}

async fn make(app: &TestApp, call: &Call, last: &Last) -> Answer {
    let route = dancu::http::ROUTES
        .iter()
        .find(|route| route.operation == call.operation)
        .unwrap_or_else(|| panic!("no operation {}", call.operation));
    let behind = call
        .path
        .as_deref()
        .unwrap_or_default()
        .replace("{audit_id}", &last.entry)
        .replace("{signal_id}", &last.signal);
    let path = match route.path.split_once('{') {
        Some((before, after)) => {
            let after = after.split_once('}').map_or("", |(_, after)| after);
            format!("{before}{behind}{after}")
        }
        None => format!("{}{behind}", route.path),
    };
    let mut request = app.request(Method::from_bytes(route.method.as_bytes()).unwrap(), &path);
    if let Some(token) = token(app, &call.r#as) {
        request = request.bearer_auth(token);
    }
    if let Some(body) = &call.request {
        let mut body = body.clone();
        fix(&mut body, &[("known_version", &last.version)]);
        let body = serde_json::to_vec(&body).unwrap();
        request = request
            .header("content-type", "application/json")
            .body(body);
    }
    // The id of the problems in the examples.
    let request = request.header("x-request-id", "67e55044-10b1-426f-9247-bb680e5fe0c8");
    app.send(request).await
}

/// Tokens with all their client may have; what a client has is its registration's matter.
fn token(app: &TestApp, caller: &str) -> Option<String> {
    let every = dancu::domain::scope::known().join(" ");
    match caller {
        "nobody" => None,
        "admin" => Some(app.admin()),
        "onestop" => Some(app.token("onestop-hcm", &every)),
        "health" => Some(app.token("health-db", &every)),
        other => panic!("nobody is called {other}"),
    }
}

fn parse(answer: &Answer) -> Option<Ordered> {
    if answer.text.is_empty() {
        return None;
    }
    let text = || Ordered::Text(answer.text.clone());
    Some(serde_json::from_str(&answer.text).unwrap_or_else(|_| text()))
}

/// Puts fixed texts in the place of those that vary, wherever they stand.
fn fix(value: &mut Ordered, fixed: &[(&str, &str)]) {
    match value {
        Ordered::Object(members) => {
            for (name, value) in members {
                match (fixed.iter().find(|(varying, _)| varying == name), &*value) {
                    (Some((_, text)), Ordered::Text(_)) => *value = Ordered::Text((*text).into()),
                    _ => fix(value, fixed),
                }
            }
        }
        Ordered::List(items) => items.iter_mut().for_each(|item| fix(item, fixed)),
        Ordered::Null | Ordered::Truth(_) | Ordered::Number(_) | Ordered::Text(_) => {}
    }
}
