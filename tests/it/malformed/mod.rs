//! The caller's faults: each malformed request is answered with its code, and none with a 5xx.

mod administration;
mod batches;
mod case;
mod heads;
mod members;
mod questions;
mod register;
mod sockets;
mod syntax;
mod targets;

use std::collections::HashSet;

use serde_json::json;

use crate::support::app::{TestApp, an};
use case::{ASKER, Case, SCOPES};

/// A service with a client that may ask.
pub async fn started() -> (TestApp, String) {
    let app = TestApp::start().await;
    app.enrol(ASKER, SCOPES, json!({"claim_fields": ["sex"]}))
        .await;
    app.register(&[an()]).await;
    let token = app.token(ASKER, &SCOPES.join(" "));
    (app, token)
}

fn all() -> Vec<Case> {
    [
        syntax::cases(),
        questions::cases(),
        members::cases(),
        batches::cases(),
        register::cases(),
        administration::cases(),
        heads::cases(),
        targets::cases(),
    ]
    .concat()
}

#[test]
fn there_are_more_than_three_hundred_and_no_two_are_the_same() {
    let cases = all();
    let mut seen = HashSet::new();
    for case in &cases {
        assert!(seen.insert(case.identity()), "twice: {case}");
    }
    assert!(cases.len() > 300, "{}", cases.len());
}

#[actix_web::test]
async fn each_is_answered_with_its_code_and_all_its_faults() {
    let (app, asker) = started().await;
    let admin = app.admin();
    let mut complaints = Vec::new();
    for case in all() {
        complaints.extend(case.complaint(&app, &asker, &admin).await);
    }
    assert!(
        complaints.is_empty(),
        "{}:\n{}",
        complaints.len(),
        complaints.join("\n")
    );
    // Nothing of all that did any harm: the service answers as before.
    let question = crate::support::app::question();
    assert_eq!(
        app.post("/v1/verify", &asker, &question).await.json()["result"],
        "match"
    );
    app.stop().await;
}
