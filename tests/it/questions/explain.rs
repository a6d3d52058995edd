//! `verify.explain`: how each claim compared, for those who may know, and never a stored value.

use serde_json::{Value, json};

use super::{Desk, an_with, full, other};

const EXPLAIN: [&str; 4] = ["verify", "lookup", "prefill", "verify.explain"];

#[actix_web::test]
async fn claims_are_explained_where_scope_and_agreement_both_allow_it_and_unasked() {
    let desk = Desk::open(&[full()]).await;
    let wrong = json!({"birth_date": "1995-03-03"});
    assert!(
        desk.claim(wrong.clone()).await.get("claims").is_none(),
        "the agreement does not"
    );
    desk.agree(json!({"operations": EXPLAIN})).await;
    let scopeless = desk.without(&["citizen:verify.explain"]);
    let patch = json!({"claims": wrong});
    let answer = desk.ask_with(&scopeless, "/v1/verify", patch.clone()).await;
    assert!(answer.get("claims").is_none(), "the token does not");

    let answer = desk.claim(wrong).await;
    assert_eq!(answer["result"], "no_match");
    assert_eq!(
        answer["claims"],
        json!({"full_name": "match", "birth_date": "mismatch"})
    );
    let right = desk.claim(json!({})).await;
    assert_eq!(right["result"], "match");
    assert_eq!(
        right["claims"],
        json!({"full_name": "match", "birth_date": "match"})
    );
    let looked = desk
        .look(json!({"claims": {"sex": "female"}, "fields": ["sex"]}))
        .await;
    assert!(
        looked.get("claims").is_none(),
        "only a verification explains"
    );
    desk.app.stop().await;
}

#[actix_web::test]
async fn an_explanation_says_match_partial_mismatch_or_not_recorded_and_no_value() {
    let sparse = other("001190000009", json!({"birth_date": "1990"}));
    let desk = Desk::under(json!({"operations": EXPLAIN}), &[full(), sparse]).await;
    let answer = desk
        .send(
            "/v1/verify",
            json!({"claims": {"sex": "female", "birth_date": "1995",
            "marital_status": "married", "permanent_residence.commune_code": "00004",
            "father.full_name": "Nguyễn Văn Bính", "age_at_least": 120}}),
        )
        .await;
    let body = answer.json();
    assert_eq!(body["result"], "no_match", "a coarser claim is none");
    assert_eq!(
        body["claims"],
        json!({"full_name": "match", "birth_date": "partial",
        "sex": "mismatch", "marital_status": "match",
        "permanent_residence.commune_code": "match", "father.full_name": "mismatch",
        "age_at_least": "mismatch"})
    );
    for stored in ["Bình", "1995-03", "\"male\"", "00013", "Nguyễn"] {
        assert!(!answer.text.contains(stored), "{stored}");
    }
    let body = desk
        .ask(
            "/v1/verify",
            json!({"subject": {"personal_id": "001190000009"},
            "claims": {"full_name": "Trần Thị Bích", "birth_date": "1990-02-03", "sex": "female",
                "permanent_residence.province_code": "01", "spouse.full_name": "X"}}),
        )
        .await;
    assert_eq!(body["result"], "no_match");
    assert_eq!(
        body["claims"],
        json!({"full_name": "match", "birth_date": "partial",
        "sex": "not_recorded", "permanent_residence.province_code": "not_recorded",
        "spouse.full_name": "not_recorded"})
    );
    desk.app.stop().await;
}

#[actix_web::test]
async fn of_an_unknown_or_erroneous_number_every_claim_is_a_mismatch() {
    let erroneous = an_with(json!({"status": {"kind": "erroneous"}}));
    let desk = Desk::under(json!({"operations": EXPLAIN}), &[erroneous]).await;
    for number in ["001095999999", "001095000001"] {
        for claim in [
            "sex",
            "mother.full_name",
            "permanent_residence.province_code",
        ] {
            let value = if claim == "sex" { "male" } else { "01" };
            let value = if claim.starts_with("mother") {
                "Lê Thị Hoà"
            } else {
                value
            };
            let answer = desk
                .ask(
                    "/v1/verify",
                    json!({"subject": {"personal_id": number},
                    "claims": {claim: value}}),
                )
                .await;
            assert_eq!(answer["result"], "no_match", "{number}");
            let claims = answer["claims"].as_object().unwrap();
            assert_eq!(claims.len(), 3);
            assert!(
                claims.values().all(|outcome| outcome == "mismatch"),
                "{number} {claim}"
            );
        }
    }
    desk.app.stop().await;
}

#[actix_web::test]
async fn items_of_a_batch_are_explained_too() {
    let desk = Desk::under(json!({"operations": EXPLAIN}), &[full()]).await;
    let item = |name: &str, number: &str, sex: &str| {
        json!({"ref": name, "subject": {"personal_id": number}, "claims": {
            "full_name": "Nguyễn Văn An", "birth_date": "1995-03-02", "sex": sex}})
    };
    let body = json!({"context": {"procedure_code": "1.004194"}, "items": [
        item("a", "001095000001", "male"), item("b", "001095000001", "female"),
        item("c", "001095999999", "male")]});
    let answer = desk
        .app
        .post("/v1/verify/batch", &desk.token, &body)
        .await
        .json();
    let sexes: Vec<&Value> = (0..3)
        .map(|at| &answer["results"][at]["claims"]["sex"])
        .collect();
    assert_eq!(sexes, ["match", "mismatch", "mismatch"]);
    desk.app.stop().await;
}
