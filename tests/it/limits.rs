//! The limits of what may be sent, as they are configured, and what a service tells of them.

use dancu::domain::field;
use serde_json::{Value, json};

use crate::support::app::{TestApp, an, question};

const SCOPES: &[&str] = &["citizen:verify", "citizen:lookup", "fields:identity"];

/// A service with those limits, and the token of a client that may ask.
async fn under(configure: impl FnOnce(&mut dancu::config::Config)) -> (TestApp, String) {
    let app = TestApp::with(configure).await;
    app.enrol("onestop", SCOPES, json!({})).await;
    app.register(&[an()]).await;
    let token = app.token("onestop", &SCOPES.join(" "));
    (app, token)
}

/// A lookup of so many fields that all exist.
fn fields(count: usize) -> Value {
    let mut body = question();
    body["fields"] = field::paths().take(count).collect();
    body["on_forbidden"] = "withhold".into();
    body
}

/// A batch of so many verifications.
fn items(count: usize) -> Value {
    let item = |at: usize| {
        let mut item = question();
        item.as_object_mut().unwrap().remove("context");
        item["ref"] = at.to_string().into();
        item
    };
    let items: Vec<Value> = (0..count).map(item).collect();
    json!({"context": question()["context"], "items": items})
}

/// A verification that claims a name of so many characters.
fn name(length: usize) -> Value {
    let mut body = question();
    body["claims"]["full_name"] = format!("  {}  ", "ễ".repeat(length)).into();
    body
}

/// Sends each with the most that is taken, and then with one more.
async fn assert_limits(app: &TestApp, token: &str, limits: [usize; 3]) {
    let [most_fields, most_items, most_characters] = limits;
    let ask = async |path: &str, body: Value| app.post(path, token, &body).await;
    let answer = ask("/v1/lookup", fields(most_fields)).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let answer = ask("/v1/lookup", fields(most_fields + 1)).await;
    assert_eq!(answer.faults(), ["/fields too_many"]);
    let answer = ask("/v1/verify/batch", items(most_items)).await;
    let results = answer.json()["results"].as_array().map(Vec::len);
    assert_eq!(results, Some(most_items), "{}", answer.text);
    let answer = ask("/v1/verify/batch", items(most_items + 1)).await;
    assert_eq!(answer.faults(), ["/items too_many"]);
    let answer = ask("/v1/verify", name(most_characters)).await;
    assert_eq!(answer.json()["result"], "no_match", "{}", answer.text);
    let answer = ask("/v1/verify", name(most_characters + 1)).await;
    assert_eq!(answer.faults(), ["/claims/full_name length"]);

    // What callers make their checks from says the same.
    let document = app.get("/openapi.json", token).await.json();
    let schemas = &document["components"]["schemas"];
    let told = [
        &schemas["LookupRequest"]["properties"]["fields"]["maxItems"],
        &schemas["VerifyBatchRequest"]["properties"]["items"]["maxItems"],
        &schemas["Name"]["maxLength"],
    ];
    assert_eq!(told, limits);
}

#[actix_web::test]
async fn limits_are_those_of_the_contract_unless_configured() {
    let (app, token) = under(|_| {}).await;
    assert_limits(&app, &token, [64, 100, 200]).await;
    app.stop().await;
}

#[actix_web::test]
async fn limits_may_be_lower() {
    let (app, token) = under(|config| {
        let limits = &mut config.http.limits;
        (limits.fields, limits.batch_items, limits.name_characters) = (2, 3, 60);
    })
    .await;
    assert_limits(&app, &token, [2, 3, 60]).await;
    // The register's feed knows the same names.
    let mut citizen = an();
    citizen["personal_id"] = "001095000009".into();
    citizen["full_name"] = "ễ".repeat(61).into();
    let change = json!({"changes": [{"op": "upsert", "revision": 1, "citizen": citizen}]});
    let answer = app
        .post("/v1/register/changes", &app.admin(), &change)
        .await;
    assert_eq!(answer.faults(), ["/changes/0/citizen/full_name length"]);
    app.stop().await;
}

#[actix_web::test]
async fn limits_may_be_higher() {
    let (app, token) = under(|config| {
        let limits = &mut config.http.limits;
        (limits.fields, limits.batch_items, limits.name_characters) = (70, 150, 300);
    })
    .await;
    assert_limits(&app, &token, [70, 150, 300]).await;
    app.stop().await;
}

#[actix_web::test]
async fn a_token_is_as_long_as_is_configured() {
    for (configured, limit) in [(None, 8 * 1024), (Some(1024), 1024), (Some(12_000), 12_000)] {
        let (app, _) = under(|config| {
            if let Some(bytes) = configured {
                config.auth.token_bytes = bytes;
            }
        })
        .await;
        // Scopes nobody knows are ignored, so they make a token as long as one likes.
        let token = |filler: usize| {
            let scopes = format!("{} {}", SCOPES.join(" "), "x".repeat(filler));
            app.token("onestop", &scopes)
        };
        // Base64 makes four bytes of three.
        let short = token(0).len();
        let fitting = token((limit - short) * 3 / 4 - 8);
        let over = token((limit - short) * 3 / 4 + 8);
        assert!(fitting.len() <= limit && limit < over.len());
        assert_eq!(app.get("/v1/me", &fitting).await.status, 200, "{limit}");
        let answer = app.get("/v1/me", &over).await;
        assert_eq!(answer.code(), "token_invalid", "{limit}");
        app.stop().await;
    }
}
