//! Questions about a person, end to end.

use serde_json::json;

use crate::support::app::{TestApp, an, question};

const SCOPES: &[&str] = &[
    "citizen:verify",
    "citizen:lookup",
    "fields:identity",
    "fields:residence",
];

async fn started() -> (TestApp, String) {
    let app = TestApp::start().await;
    app.enrol("onestop", SCOPES, json!({})).await;
    app.register(&[an()]).await;
    let token = app.token("onestop", &SCOPES.join(" "));
    (app, token)
}

#[actix_web::test]
async fn a_right_claim_matches_and_a_wrong_one_does_not() {
    let (app, token) = started().await;
    let right = app.post("/v1/verify", &token, &question()).await;
    assert_eq!(right.status, 200, "{}", right.text);
    let body = right.json();
    assert_eq!(body["result"], "match");
    assert_eq!(body["name_match"], "exact");
    assert_eq!(body["birth_date_match"], "full");
    assert!(body["data_as_of"].is_string());

    let mut wrong = question();
    wrong["claims"]["birth_date"] = "1995-03-03".into();
    let wrong = app.post("/v1/verify", &token, &wrong).await;
    let mut unknown = question();
    unknown["subject"]["personal_id"] = "001095999999".into();
    let unknown = app.post("/v1/verify", &token, &unknown).await;
    for answer in [&wrong, &unknown] {
        assert_eq!(answer.status, 200);
        assert_eq!(answer.json()["result"], "no_match");
        assert_eq!(answer.json().as_object().unwrap().len(), 2);
    }
    app.stop().await;
}
