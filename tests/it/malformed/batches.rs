//! Batches: faults of the envelope, which refuse all of it.
//!
//! Faults inside an item are that item's: see the tests at the end.

use serde_json::{Value, json};

use super::case::{Case, Token, less, with};
use super::started;
use crate::support::app::question;

fn item(name: &str) -> Value {
    let question = question();
    json!({"ref": name, "subject": question["subject"], "claims": question["claims"]})
}

fn batch(items: Value) -> Value {
    json!({"context": {"procedure_code": "1.004194"}, "items": items})
}

fn lookup(items: Value) -> Value {
    with(&batch(items), "/fields", json!(["full_name"]))
}

fn hundred_and_one() -> Value {
    (0..101).map(|at| item(&at.to_string())).collect()
}

pub fn cases() -> Vec<Case> {
    let mut cases = of("/v1/verify/batch", batch);
    cases.extend(of("/v1/lookup/batch", lookup));
    let lookup_all = |body: &Value, faults: &[&str]| {
        Case::post("/v1/lookup/batch", Token::Asker, body.to_string()).faults(faults)
    };
    let good = lookup(json!([item("a")]));
    cases.extend([
        lookup_all(&less(&good, "/fields"), &["/fields required"]),
        lookup_all(&with(&good, "/fields", json!([])), &["/fields length"]),
        lookup_all(
            &with(&good, "/fields", json!(vec!["sex"; 65])),
            &["/fields too_many"],
        ),
        lookup_all(
            &with(&good, "/fields", json!(["none"])),
            &["/fields/0 enum"],
        ),
        lookup_all(
            &with(&good, "/on_forbidden", "ask"),
            &["/on_forbidden enum"],
        ),
        lookup_all(
            &with(&good, "/known_version", "x"),
            &["/known_version unknown_member"],
        ),
        Case::post(
            "/v1/verify/batch",
            Token::Asker,
            with(&batch(json!([item("a")])), "/fields", json!(["sex"])).to_string(),
        )
        .faults(&["/fields unknown_member"]),
    ]);
    cases
}

fn of(target: &str, batch: fn(Value) -> Value) -> Vec<Case> {
    let sent = |body: &Value, faults: &[&str]| {
        Case::post(target, Token::Asker, body.to_string()).faults(faults)
    };
    let items = |items: Value, faults: &[&str]| sent(&batch(items), faults);
    let good = batch(json!([item("a")]));
    vec![
        sent(&less(&good, "/items"), &["/items required"]),
        sent(&less(&good, "/context"), &["/context required"]),
        sent(&with(&good, "/context", 1), &["/context type"]),
        sent(
            &with(&good, "/context/procedure_code", ""),
            &["/context/procedure_code length"],
        ),
        sent(&with(&good, "/more", json!([])), &["/more unknown_member"]),
        items(Value::Null, &["/items required"]),
        items(json!([]), &["/items length"]),
        items(json!({"a": item("a")}), &["/items type"]),
        items(json!("a"), &["/items type"]),
        items(hundred_and_one(), &["/items too_many"]),
        items(json!([null]), &["/items/0 type"]),
        items(
            json!([item("a"), 7, "b"]),
            &["/items/1 type", "/items/2 type"],
        ),
        items(json!([[item("a")]]), &["/items/0 type"]),
        items(
            json!([less(&item("a"), "/ref")]),
            &["/items/0/ref required"],
        ),
        items(
            json!([with(&item("a"), "/ref", Value::Null)]),
            &["/items/0/ref required"],
        ),
        items(json!([item("")]), &["/items/0/ref length"]),
        items(json!([item(&"x".repeat(65))]), &["/items/0/ref length"]),
        items(
            json!([item("a"), item("b\u{0}")]),
            &["/items/1/ref character"],
        ),
        items(json!([with(&item("a"), "/ref", 1)]), &["/items/0/ref type"]),
        items(
            json!([item("a"), item("a")]),
            &["/items/1/ref duplicate_member"],
        ),
        items(
            json!([item("a"), item("b"), item("a"), item("b"), item("a")]),
            &[
                "/items/2/ref duplicate_member",
                "/items/3/ref duplicate_member",
                "/items/4/ref duplicate_member",
            ],
        ),
        // An item that cannot be read does not move the places of those behind it.
        items(
            json!([7, item("a"), item("a")]),
            &["/items/0 type", "/items/2/ref duplicate_member"],
        ),
        // Without its name an item cannot be answered, so all its faults are the batch's.
        items(
            json!([with(&less(&item("a"), "/ref"), "/subject/personal_id", "1")]),
            &[
                "/items/0/subject/personal_id length",
                "/items/0/ref required",
            ],
        ),
    ]
}

#[actix_web::test]
async fn a_fault_inside_an_item_is_that_items_alone() {
    let (app, asker) = started().await;
    let faulty = [
        (
            with(&item("1"), "/subject/personal_id", "12"),
            vec!["/items/0/subject/personal_id length"],
        ),
        (
            less(&item("2"), "/claims"),
            vec!["/items/1/claims required"],
        ),
        (
            less(&item("3"), "/subject"),
            vec!["/items/2/subject required"],
        ),
        (
            with(&item("4"), "/claims/sex", "M"),
            vec!["/items/3/claims/sex enum"],
        ),
        (
            with(&item("5"), "/more", 1),
            vec!["/items/4/more unknown_member"],
        ),
        // A member of that name elsewhere is not the item's name.
        (
            with(&item("6"), "/subject/ref", "x"),
            vec!["/items/5/subject/ref unknown_member"],
        ),
        (
            less(&item("7"), "/claims/birth_date"),
            vec!["/items/6/claims/birth_date required"],
        ),
        (
            with(
                &with(&item("8"), "/claims/full_name", ""),
                "/subject/personal_id",
                1,
            ),
            vec![
                "/items/7/claims/full_name length",
                "/items/7/subject/personal_id type",
            ],
        ),
        (
            with(&item("9"), "/001095000001", 1),
            vec!["/items/8 unknown_member"],
        ),
    ];
    let mut items: Vec<Value> = faulty.iter().map(|(item, _)| item.clone()).collect();
    items.push(item("good"));
    for (target, body) in [
        ("/v1/verify/batch", batch(json!(items))),
        ("/v1/lookup/batch", lookup(json!(items))),
    ] {
        let answer = app.post(target, &asker, &body).await;
        assert_eq!(answer.status, 200, "{target}: {}", answer.text);
        let results = answer.json()["results"].as_array().unwrap().clone();
        assert_eq!(results.len(), items.len());
        for ((item, expected), result) in faulty.iter().zip(&results) {
            assert_eq!(result["ref"], item["ref"]);
            let problem = &result["problem"];
            assert_eq!(problem["code"], "validation_failed", "{target}: {result}");
            let faults: Vec<String> = problem["errors"]
                .as_array()
                .unwrap()
                .iter()
                .map(|fault| format!("{} {}", fault["pointer"], fault["code"]).replace('"', ""))
                .collect();
            assert_eq!(&faults, expected, "{target}");
        }
        assert_eq!(results.last().unwrap()["result"], "match");
    }
    app.stop().await;
}
