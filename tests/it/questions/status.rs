//! Life statuses: part of every match of someone who is not simply active.

use rstest::rstest;
use serde_json::{Value, json};

use super::{Desk, full, merge};

fn with_status(status: Value) -> Value {
    let mut citizen = full();
    merge(&mut citizen, json!({"status": status}));
    citizen
}

#[rstest]
#[case::deceased(json!({"kind": "deceased", "since": "2023-03-23"}), "2023-03-23", "day")]
#[case::missing(json!({"kind": "missing", "since": "2021"}), "2021", "year")]
#[actix_web::test]
async fn the_dead_and_the_missing_are_found_and_say_so_in_every_operation(
    #[case] status: Value,
    #[case] since: &str,
    #[case] precision: &str,
) {
    let desk = Desk::open(&[with_status(status.clone())]).await;
    let kind = &status["kind"];
    let told = json!({"kind": kind, "since": {"value": since, "precision": precision}});
    let narrow = desk.without(&["fields:civil_status"]);
    for path in ["/v1/verify", "/v1/lookup", "/v1/prefill"] {
        let patch =
            json!({"fields": if path == "/v1/lookup" { json!(["sex"]) } else { Value::Null }});
        let answer = desk.ask(path, patch.clone()).await;
        assert_eq!(answer["result"], "match", "{path}");
        assert_eq!(answer["status"], told, "{path}");
        // Since when is a field of its own.
        let answer = desk.ask_with(&narrow, path, patch).await;
        assert_eq!(answer["status"], json!({"kind": kind}), "{path}");
    }
    let fields = desk
        .fields(&["death_or_missing", "age", "is_adult", "full_name"])
        .await;
    assert_eq!(
        fields["death_or_missing"], told,
        "asked for, it is a field like any other"
    );
    assert_eq!(
        fields.get("age").is_some(),
        kind == "missing",
        "the dead have no age"
    );
    assert_eq!(fields.get("is_adult").is_some(), kind == "missing");
    let grown = desk.claim(json!({"age_at_least": 18})).await;
    assert_eq!(
        grown["result"],
        if kind == "missing" {
            "match"
        } else {
            "no_match"
        }
    );
    desk.app.stop().await;
}

#[actix_web::test]
async fn an_active_person_has_no_status_in_the_answer() {
    let desk = Desk::open(&[full()]).await;
    assert!(desk.claim(json!({})).await.get("status").is_none());
    assert_eq!(desk.fields(&["death_or_missing"]).await, json!({}));
    desk.app.stop().await;
}

#[actix_web::test]
async fn a_cancelled_number_matches_with_nothing_but_its_status() {
    let status = json!({"kind": "number_cancelled", "since": "2024-01-01",
        "superseded_by": "001095000077"});
    let desk = Desk::open(&[with_status(status)]).await;
    let answer = desk
        .look(json!({"fields": ["full_name", "age", "children", "residence"]}))
        .await;
    assert_eq!(answer["result"], "match");
    assert_eq!(answer["citizen"], json!({}));
    assert_eq!(answer["status"]["kind"], "number_cancelled");
    assert_eq!(answer["status"]["superseded_by"], "001095000077");
    let entry = desk.app.entry(answer["audit_id"].as_str().unwrap()).await;
    assert_eq!(entry["fields"]["disclosed"], json!([]));

    let nameless = desk.without(&["fields:identity"]);
    let answer = desk.ask_with(&nameless, "/v1/verify", json!({})).await;
    assert_eq!(answer["status"]["kind"], "number_cancelled");
    assert!(
        answer["status"].get("superseded_by").is_none(),
        "a number is a field: {answer}"
    );

    let answer = desk.ask("/v1/prefill", json!({})).await;
    assert_eq!(answer["values"], json!({}));
    assert_eq!(answer["missing"].as_array().unwrap().len(), 4);
    assert_eq!(answer["status"]["superseded_by"], "001095000077");
    assert_eq!(answer["papers_replaced"], json!([]), "it is worth no paper");
    let claimed = desk.claim(json!({})).await;
    let entry = desk.app.entry(claimed["audit_id"].as_str().unwrap()).await;
    assert_eq!(entry["papers_replaced"], json!([]));
    desk.app.stop().await;
}

#[actix_web::test]
async fn an_erroneous_record_is_never_found_however_it_is_asked_for() {
    let desk = Desk::under(
        json!({"operations": ["verify", "lookup", "prefill", "lookup.id_only"]}),
        &[with_status(json!({"kind": "erroneous"}))],
    )
    .await;
    let by_old = json!({"personal_id": null, "old_id_number": "012345678"});
    for subject in [json!({}), by_old] {
        assert_eq!(
            desk.ask("/v1/verify", json!({"subject": subject})).await["result"],
            "no_match"
        );
        let patch = json!({"subject": subject, "fields": ["full_name"]});
        assert_eq!(desk.look(patch).await["result"], "no_match");
    }
    let bare = json!({"claims": null, "fields": ["full_name"]});
    assert_eq!(desk.look(bare).await["result"], "no_match");
    desk.app.stop().await;
}
