//! Nobody learns from an answer whether a number exists: wrong claims, unknown and erroneous
//! numbers answer alike, cold and cached.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Desk, full, other};
use crate::support::app::Answer;

/// Everything about an answer that does not differ from request to request.
fn shape(answer: &Answer) -> (u16, BTreeMap<String, String>, Vec<String>, usize) {
    let headers = answer
        .headers
        .iter()
        .filter(|(name, _)| !["date", "x-request-id"].contains(&name.as_str()))
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
        .collect();
    let mut members = Vec::new();
    paths(&answer.json(), "", &mut members);
    (answer.status.as_u16(), headers, members, answer.text.len())
}

/// Every member with its value, but the audit id's.
fn paths(value: &Value, at: &str, out: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                paths(value, &format!("{at}/{name}"), out);
            }
        }
        Value::Array(items) => {
            for (index, value) in items.iter().enumerate() {
                paths(value, &format!("{at}/{index}"), out);
            }
        }
        _ if at.ends_with("/audit_id") => out.push(format!("{at} …")),
        value => out.push(format!("{at} {value}")),
    }
}

#[actix_web::test]
async fn a_wrong_claim_an_unknown_number_and_an_erroneous_record_answer_alike() {
    let erroneous = other(
        "001190000009",
        json!({"status": {"kind": "erroneous"}, "old_id_numbers": ["099999999"]}),
    );
    let desk = Desk::open(&[full(), erroneous]).await;
    // Nothing of this person is claimed rightly.
    let claims = json!({"full_name": "Lý Thị Không", "birth_date": "1961-01-01", "sex": "female",
        "permanent_residence.province_code": "79"});
    let personal = ["001095000001", "001095999999", "001190000009"];
    let old = ["012345678", "088888888", "099999999"];
    for operations in [
        json!(["verify", "lookup", "prefill"]),
        json!([
            "verify",
            "lookup",
            "prefill",
            "verify.explain",
            "lookup.id_only"
        ]),
    ] {
        desk.agree(json!({"operations": operations})).await;
        for path in ["/v1/verify", "/v1/lookup", "/v1/prefill"] {
            let mut patch = json!({"claims": claims});
            if path == "/v1/lookup" {
                patch["fields"] = json!(["full_name", "permanent_residence"]);
            }
            // Twice: read, and from the cache.
            for round in ["cold", "cached"] {
                for by in ["personal_id", "old_id_number"] {
                    let mut shapes = Vec::new();
                    for number in if by == "personal_id" { personal } else { old } {
                        let mut patch = patch.clone();
                        patch["subject"] = json!({"personal_id": null});
                        patch["subject"][by] = number.into();
                        let answer = desk.send(path, patch).await;
                        assert_eq!(answer.json()["result"], "no_match");
                        shapes.push(shape(&answer));
                    }
                    assert_eq!(
                        shapes[0], shapes[1],
                        "{path} {by} {round}: wrong and unknown"
                    );
                    assert_eq!(
                        shapes[0], shapes[2],
                        "{path} {by} {round}: wrong and erroneous"
                    );
                }
            }
        }
    }
    desk.app.stop().await;
}

#[actix_web::test]
async fn items_of_a_batch_answer_alike_too() {
    let desk = Desk::open(&[full()]).await;
    let item = |number: &str| {
        json!({"ref": "x", "subject": {"personal_id": number},
            "claims": {"full_name": "Lý Thị Không", "birth_date": "1961-01-01"}})
    };
    for (path, fields) in [("/v1/verify/batch", false), ("/v1/lookup/batch", true)] {
        let mut shapes = Vec::new();
        for number in ["001095000001", "001095999999"] {
            let mut body =
                json!({"context": {"procedure_code": "1.004194"}, "items": [item(number)]});
            if fields {
                body["fields"] = json!(["sex"]);
            }
            shapes.push(shape(&desk.app.post(path, &desk.token, &body).await));
        }
        assert_eq!(shapes[0], shapes[1], "{path}");
    }
    desk.app.stop().await;
}

#[actix_web::test]
async fn a_lookup_by_number_alone_of_nobody_is_a_plain_no_match() {
    let operations = json!({"operations": ["lookup", "lookup.id_only"]});
    let desk = Desk::under(operations, &[]).await;
    let answer = desk
        .look(json!({"claims": null, "fields": ["full_name"]}))
        .await;
    let members: Vec<_> = answer.as_object().unwrap().keys().collect();
    assert_eq!(members, ["audit_id", "result"]);
    assert_eq!(answer["result"], "no_match");
    desk.app.stop().await;
}
