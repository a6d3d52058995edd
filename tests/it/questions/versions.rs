//! `version` and `known_version`: whether a copy is still right, without sending it again.

use serde_json::{Value, json};

use super::{Desk, SCOPES, full, merge, other};
use crate::support::soon;

/// The next state of [`full`].
fn revised(revision: u64, patch: Value) -> Value {
    let mut citizen = full();
    merge(&mut citizen, patch);
    json!({"op": "upsert", "revision": revision, "citizen": citizen})
}

#[actix_web::test]
async fn a_version_changes_when_a_disclosed_field_does_and_only_then() {
    let desk = Desk::open(&[full()]).await;
    let version = async |fields: &[&str]| {
        desk.look(json!({"fields": fields})).await["version"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let disclosed = ["full_name", "marital_status", "permanent_residence"];
    let first = version(&disclosed).await;
    assert_eq!(version(&disclosed).await, first);
    let other_order = [
        "permanent_residence",
        "marital_status",
        "full_name",
        "full_name",
    ];
    assert_eq!(
        version(&other_order).await,
        first,
        "the same fields have the same version"
    );
    assert_ne!(
        version(&["full_name"]).await,
        first,
        "other fields have another"
    );

    // Another field changes: the record is new, the answer is not.
    desk.app
        .change(&[revised(2, json!({"email": "moi@example.vn"}))])
        .await;
    let seen = async || desk.fields(&["email"]).await["email"] == "moi@example.vn";
    soon("the new address is seen", seen).await;
    assert_eq!(version(&disclosed).await, first);

    desk.app
        .change(&[revised(3, json!({"marital_status": "divorced_or_widowed"}))])
        .await;
    let seen = async || version(&disclosed).await != first;
    soon("the version changes", seen).await;
    // And back: the copy from before is right again.
    desk.app.change(&[revised(4, json!({}))]).await;
    let seen = async || version(&disclosed).await == first;
    soon("the version is what it was", seen).await;
    desk.app.stop().await;
}

#[actix_web::test]
async fn a_known_version_is_answered_unchanged_and_recorded_as_an_answer_without_fields() {
    let desk = Desk::open(&[full()]).await;
    let fields = json!(["full_name", "sex"]);
    let first = desk.look(json!({"fields": fields})).await;
    let again = desk
        .look(json!({"fields": fields, "known_version": first["version"]}))
        .await;
    assert_eq!(again["result"], "match");
    assert_eq!(again["unchanged"], true);
    assert!(again.get("citizen").is_none());
    assert_eq!(again["version"], first["version"]);
    let entry = desk.app.entry(again["audit_id"].as_str().unwrap()).await;
    assert_eq!(entry["decision"], "match");
    assert_eq!(entry["fields"]["asked"], fields);
    assert_eq!(
        entry["fields"]["disclosed"],
        json!([]),
        "unchanged counts no field"
    );
    let entry = desk.app.entry(first["audit_id"].as_str().unwrap()).await;
    assert_eq!(entry["fields"]["disclosed"], fields);

    let other = desk
        .look(json!({"fields": fields, "known_version": "mV3x"}))
        .await;
    assert_eq!(other["citizen"], first["citizen"]);
    assert!(other.get("unchanged").is_none());
    let wrong = json!({"fields": fields, "known_version": first["version"],
        "claims": {"birth_date": "1995-03-03"}});
    assert_eq!(
        desk.look(wrong).await["result"],
        "no_match",
        "a version proves no claim"
    );
    desk.app.stop().await;
}

#[actix_web::test]
async fn a_version_says_nothing_of_another_person_nor_to_another_client() {
    let twin = other("001190000001", json!({"sex": "male"}));
    let desk = Desk::open(&[full(), twin]).await;
    let fields = json!(["sex"]);
    let one = desk.look(json!({"fields": fields})).await;
    let ask = json!({"fields": fields, "known_version": one["version"]});
    assert_eq!(desk.look(ask.clone()).await["unchanged"], true);

    let mut of_the_twin = ask.clone();
    of_the_twin["subject"] = json!({"personal_id": "001190000001"});
    of_the_twin["claims"] = json!({"full_name": "Trần Thị Bích", "birth_date": "1990-01-01"});
    let answer = desk.look(of_the_twin).await;
    assert_eq!(answer["citizen"], one["citizen"], "they are alike");
    assert!(answer.get("unchanged").is_none());

    desk.app.enrol("portal", SCOPES, super::wide()).await;
    let token = desk.app.token("portal", &SCOPES.join(" "));
    let answer = desk.ask_with(&token, "/v1/lookup", ask).await;
    assert_eq!(answer["citizen"], one["citizen"]);
    desk.app.stop().await;
}

#[actix_web::test]
async fn protection_changes_the_version_of_what_it_withholds() {
    let desk = Desk::open(&[full()]).await;
    let fields = json!({"fields": ["full_name", "address_line"]});
    let version = async || desk.look(fields.clone()).await["version"].clone();
    let before = version().await;
    desk.app
        .change(&[revised(2, json!({"protected": true}))])
        .await;
    let changed = async || version().await != before;
    soon("the version changes", changed).await;
    desk.app.stop().await;
}
