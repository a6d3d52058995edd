//! The register's feed: one change at fault refuses them all, with its place.

use serde_json::{Value, json};

use super::case::{Case, Token, less, with};
use crate::support::app::an;

fn changes(changes: Value, faults: &[&str]) -> Case {
    let body = json!({"changes": changes}).to_string();
    Case::post("/v1/register/changes", Token::Admin, body).faults(faults)
}

fn upsert(citizen: &Value) -> Value {
    json!({"op": "upsert", "revision": 9, "citizen": citizen})
}

fn status() -> Value {
    json!({"op": "status", "personal_id": "001095000001", "revision": 9,
        "status": {"kind": "missing", "since": "2024-01-01"}})
}

/// One fault of one member of the citizen.
fn citizen(pointer: &str, value: impl Into<Value>, code: &str) -> Case {
    let fault = format!("/changes/0/citizen{pointer} {code}");
    changes(json!([upsert(&with(&an(), pointer, value))]), &[&fault])
}

pub fn cases() -> Vec<Case> {
    [envelopes(), single(), citizens(), objects()].concat()
}

fn envelopes() -> Vec<Case> {
    let sent = |body: Value, faults: &[&str]| {
        Case::post("/v1/register/changes", Token::Admin, body.to_string()).faults(faults)
    };
    vec![
        sent(json!({}), &["/changes required"]),
        sent(
            json!({"changes": [status()], "more": 1}),
            &["/more unknown_member"],
        ),
        changes(Value::Null, &["/changes required"]),
        changes(json!([]), &["/changes length"]),
        changes(status(), &["/changes type"]),
        changes(json!([null]), &["/changes/0 type"]),
        changes(json!([status(), "x"]), &["/changes/1 type"]),
        changes(json!(vec![status(); 501]), &["/changes too_many"]),
        changes(
            json!([status(), with(&status(), "/revision", 0), status(), {}]),
            &[
                "/changes/1/revision range",
                "/changes/3/op required",
                "/changes/3/revision required",
            ],
        ),
    ]
}

fn single() -> Vec<Case> {
    let one = |change: Value, faults: &[&str]| changes(json!([change]), faults);
    let revision = |value: Value, code: &str| {
        one(
            with(&status(), "/revision", value),
            &[&format!("/changes/0/revision {code}")],
        )
    };
    let of_status = |pointer: &str, value: Value, code: &str| {
        one(
            with(&status(), pointer, value),
            &[&format!("/changes/0{pointer} {code}")],
        )
    };
    vec![
        one(less(&status(), "/op"), &["/changes/0/op required"]),
        one(with(&status(), "/op", "delete"), &["/changes/0/op enum"]),
        one(with(&status(), "/op", "Status"), &["/changes/0/op enum"]),
        one(with(&status(), "/op", 1), &["/changes/0/op type"]),
        one(
            less(&status(), "/revision"),
            &["/changes/0/revision required"],
        ),
        revision(json!(-1), "range"),
        revision(json!(9_007_199_254_740_992_u64), "range"),
        revision(json!(1.0), "type"),
        revision(json!("9"), "type"),
        one(less(&status(), "/status"), &["/changes/0/status required"]),
        one(
            less(&status(), "/personal_id"),
            &["/changes/0/personal_id required"],
        ),
        one(
            json!({"op": "status", "revision": 9}),
            &[
                "/changes/0/personal_id required",
                "/changes/0/status required",
            ],
        ),
        one(
            with(&status(), "/citizen", an()),
            &["/changes/0/citizen unknown_member"],
        ),
        one(
            with(&status(), "/reason", "x"),
            &["/changes/0/reason unknown_member"],
        ),
        of_status("/personal_id", json!("1"), "length"),
        of_status("/personal_id", json!("00109500000x"), "character"),
        of_status("/status", json!("missing"), "type"),
        of_status("/status/kind", json!("dead"), "enum"),
        of_status("/status/kind", Value::Null, "required"),
        of_status("/status/since", json!("yesterday"), "date"),
        of_status("/status/superseded_by", json!("001095000002"), "enum"),
        one(
            with(
                &status(),
                "/status",
                json!({"kind": "number_cancelled", "superseded_by": "001095000001"}),
            ),
            &["/changes/0/status/superseded_by range"],
        ),
        one(
            json!({"op": "upsert", "revision": 9}),
            &["/changes/0/citizen required"],
        ),
        one(
            with(&upsert(&an()), "/personal_id", "001095000001"),
            &["/changes/0/personal_id unknown_member"],
        ),
        one(
            with(&upsert(&an()), "/status", json!({"kind": "active"})),
            &["/changes/0/status unknown_member"],
        ),
    ]
}

fn citizens() -> Vec<Case> {
    let long = "x".repeat(201);
    let many = |count: usize| json!(vec!["012345678"; count]);
    let mut cases: Vec<Case> = ["personal_id", "full_name", "birth_date"]
        .iter()
        .map(|member| {
            let without = less(&an(), &format!("/{member}"));
            changes(
                json!([upsert(&without)]),
                &[&format!("/changes/0/citizen/{member} required")],
            )
        })
        .collect();
    cases.extend([
        changes(json!([upsert(&json!("An"))]), &["/changes/0/citizen type"]),
        changes(
            json!([upsert(&json!({}))]),
            &[
                "/changes/0/citizen/personal_id required",
                "/changes/0/citizen/full_name required",
                "/changes/0/citizen/birth_date required",
            ],
        ),
        citizen("/personal_id", "12345678", "length"),
        citizen("/personal_id", 1, "type"),
        citizen("/full_name", "NguyÔn V¨n An", "character"),
        citizen("/full_name", "ă".repeat(201), "length"),
        citizen("/full_name", "An\u{0}", "character"),
        citizen("/birth_date", "31/12/1995", "date"),
        citizen("/birth_date", "1995-02-29", "date"),
        citizen("/sex", "x", "enum"),
        citizen("/sex", 1, "type"),
        citizen("/old_id_numbers", many(11), "too_many"),
        citizen("/old_id_numbers", "012345678", "type"),
        citizen("/old_id_numbers/0", "1", "length"),
        citizen("/old_id_numbers/0", Value::Null, "type"),
        citizen("/family_name", "", "length"),
        citizen("/middle_name", "1", "character"),
        citizen("/given_name", 1, "type"),
        citizen("/other_name", "\u{7f}", "character"),
        citizen("/nationality", "VNM", "length"),
        citizen("/nationality", "vn", "character"),
        citizen("/blood_type", "C", "enum"),
        citizen("/blood_type", "ab", "enum"),
        citizen("/marital_status", "divorced", "enum"),
        citizen("/residence_file_number", long.clone(), "length"),
        citizen("/residence_file_number", "", "length"),
        citizen("/relation_to_head", long, "length"),
        citizen("/relation_to_head", "con\ttrai", "character"),
        citizen("/mobile_number", "0".repeat(21), "length"),
        citizen("/mobile_number", 912_345_678, "type"),
        citizen("/email", "a".repeat(255), "length"),
        citizen("/email", "a@b\r\nBcc: c", "character"),
        citizen("/protected", "yes", "type"),
        citizen("/protected", 1, "type"),
        citizen("/age", 30, "unknown_member"),
        citizen("/revision", 1, "unknown_member"),
    ]);
    let unknown = with(&an(), "/Họ", "Nguyễn");
    cases.push(changes(
        json!([upsert(&unknown)]),
        &["/changes/0/citizen unknown_member"],
    ));
    cases
}

fn objects() -> Vec<Case> {
    let home = "/permanent_residence";
    let coded = |member: &str, value: Value, pointer: &str, code: &str| {
        let citizen = with(&an(), member, value);
        changes(
            json!([upsert(&citizen)]),
            &[&format!("/changes/0/citizen{pointer} {code}")],
        )
    };
    vec![
        citizen(home, "12 Phố Cũ", "type"),
        citizen(&format!("{home}/country"), "Việt Nam", "length"),
        citizen(&format!("{home}/province_code"), "1", "length"),
        citizen(&format!("{home}/province_code"), "AB", "character"),
        citizen(&format!("{home}/province_code"), 1, "type"),
        citizen(&format!("{home}/district_code"), "01", "length"),
        citizen(&format!("{home}/commune_code"), "13", "length"),
        citizen(&format!("{home}/commune_code"), "0001B", "character"),
        citizen(&format!("{home}/detail"), "x".repeat(501), "length"),
        citizen(&format!("{home}/detail"), "a\u{0}b", "character"),
        citizen(&format!("{home}/recorded_on"), "2020-13-01", "date"),
        citizen(&format!("{home}/ward"), "x", "unknown_member"),
        coded(
            "/ethnicity",
            json!({"code": "01"}),
            "/ethnicity/scheme",
            "required",
        ),
        coded(
            "/ethnicity",
            json!({"scheme": "2008"}),
            "/ethnicity/code",
            "required",
        ),
        coded(
            "/ethnicity",
            json!({"code": "01", "scheme": "2019"}),
            "/ethnicity/scheme",
            "enum",
        ),
        coded("/ethnicity", json!("Kinh"), "/ethnicity", "type"),
        coded("/religion", json!({}), "/religion/code", "required"),
        coded(
            "/religion",
            json!({"code": "0".repeat(17)}),
            "/religion/code",
            "length",
        ),
        coded(
            "/religion",
            json!({"code": "0 0"}),
            "/religion/code",
            "character",
        ),
        coded("/card", json!({"number": ""}), "/card/number", "length"),
        coded(
            "/card",
            json!({"issued_on": "22-04-15"}),
            "/card/issued_on",
            "date",
        ),
        coded(
            "/card",
            json!({"chip": true}),
            "/card/chip",
            "unknown_member",
        ),
        coded(
            "/absence_declaration",
            json!({"from": "x"}),
            "/absence_declaration/from",
            "date",
        ),
        citizen("/father/full_name", "", "length"),
        citizen("/father/personal_id", "123", "length"),
        citizen("/father/birth_date", "1960", "unknown_member"),
        coded("/mother", json!([]), "/mother", "type"),
        coded(
            "/spouse",
            json!({"nationality": "Lào"}),
            "/spouse/nationality",
            "length",
        ),
        coded(
            "/children",
            json!(vec![json!({}); 51]),
            "/children",
            "too_many",
        ),
        coded(
            "/children",
            json!([{"full_name": "Bé"}, {"full_name": 1}]),
            "/children/1/full_name",
            "type",
        ),
        coded(
            "/represented_persons",
            json!([null]),
            "/represented_persons/0",
            "type",
        ),
        coded(
            "/household_members",
            json!([{"relation": ""}]),
            "/household_members/0/relation",
            "length",
        ),
        coded(
            "/household_members",
            json!([{"relation": "x".repeat(201)}]),
            "/household_members/0/relation",
            "length",
        ),
        coded(
            "/household_head",
            json!({"relation": "x"}),
            "/household_head/relation",
            "unknown_member",
        ),
        coded("/status", json!({}), "/status/kind", "required"),
        coded(
            "/status",
            json!({"kind": "active", "superseded_by": "001095000002"}),
            "/status/superseded_by",
            "enum",
        ),
        coded(
            "/status",
            json!({"kind": "number_cancelled", "superseded_by": "001095000001"}),
            "/status/superseded_by",
            "range",
        ),
    ]
}
