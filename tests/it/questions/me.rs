//! `GET /v1/me`: what a caller may ask, told to the caller.

use serde_json::{Value, json};

use super::Desk;

#[actix_web::test]
async fn a_client_is_told_its_scopes_and_agreements() {
    let desk = Desk::under(
        json!({"read_fields": ["identity", "email"], "claim_fields": ["sex", "residence"],
            "operations": ["verify", "verify.explain"], "valid_to": "2020-12-31",
            "officer": "recorded", "name_match": "folded"}),
        &[],
    )
    .await;
    let token = desk.app.token(
        "onestop",
        "citizen:verify fields:identity admin field:unknown",
    );
    let answer = desk.app.get("/v1/me", &token).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.headers["cache-control"], "no-store");
    assert_eq!(
        answer.json(),
        json!({
        "client_id": "onestop", "agency_code": "H29",
        "scopes": ["citizen:verify", "fields:identity"],
        "agreements": [{"id": "onestop", "procedure_code": "1.004194",
            "operations": ["verify", "verify.explain"],
            // After scopes: the agreement's e-mail is not in the token's.
            "read_fields": ["personal_id", "old_id_numbers", "full_name", "family_name",
                "middle_name", "given_name", "other_name", "birth_date", "sex", "nationality"],
            "claim_fields": ["sex", "residence"], "valid_from": "2020-01-01",
            "valid_to": "2020-12-31", "officer": "recorded", "name_match": "folded",
            "quota": null, "remaining": null}]})
    );
    assert_eq!(
        desk.app
            .entries_of(dancu::domain::entry::Operation::Me)
            .await,
        [],
        "nobody was asked about"
    );
    desk.app.stop().await;
}

#[actix_web::test]
async fn a_client_without_agreements_is_told_so() {
    let desk = Desk::open(&[]).await;
    let body = json!({"client_id": "bare", "agency_code": "H29", "name": "x", "scopes": []});
    assert_eq!(
        desk.app.put("/v1/admin/clients/bare", &body).await.status,
        201
    );
    let me = desk
        .app
        .get("/v1/me", &desk.app.token("bare", "citizen:verify"))
        .await
        .json();
    assert_eq!(me["scopes"], json!([]));
    assert_eq!(me["agreements"], Value::Array(Vec::new()));
    desk.app.stop().await;
}
