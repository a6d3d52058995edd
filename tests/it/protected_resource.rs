//! What OAuth clients find out about the service (RFC 9728), and where they are told to look.

use dancu::config::{Config, PublicUrl};
use dancu::domain::scope;
use reqwest::Method;
use serde_json::json;

use crate::support::app::{Answer, TestApp, question};

const PATH: &str = "/.well-known/oauth-protected-resource";
const ADDRESS: &str = "https://dancu.example";

async fn get(app: &TestApp) -> Answer {
    app.send(app.request(Method::GET, PATH)).await
}

fn header<'a>(answer: &'a Answer, name: &str) -> &'a str {
    let value = answer.headers.get(name);
    value.map_or("", |value| value.to_str().unwrap())
}

fn public(config: &mut Config) {
    config.http.public_url = Some(PublicUrl::parse(ADDRESS).unwrap());
}

/// The challenges of three requests: without a token, with a bad one, with one of too little scope.
async fn challenges(app: &TestApp) -> Vec<String> {
    app.enrol("onestop", &["citizen:verify"], json!({})).await;
    let lacking = app.token("onestop", "citizen:lookup");
    let mut challenges = Vec::new();
    for token in [None, Some("none"), Some(&*lacking)] {
        let request = app
            .request(Method::POST, "/v1/verify")
            .header("content-type", "application/json")
            .body(question().to_string());
        let request = token
            .into_iter()
            .fold(request, |request, token| request.bearer_auth(token));
        let answer = app.send(request).await;
        assert!(answer.status == 401 || answer.code() == "scope_missing");
        challenges.push(header(&answer, "www-authenticate").to_owned());
    }
    challenges
}

#[actix_web::test]
async fn a_service_with_an_address_tells_it_and_its_challenges_point_to_what_it_tells() {
    let app = TestApp::with(public).await;

    let answer = get(&app).await;

    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(header(&answer, "content-type"), "application/json");
    assert_eq!(header(&answer, "cache-control"), "public, max-age=300");
    assert_eq!(
        answer.json(),
        json!({
            "resource": ADDRESS,
            "authorization_servers": [app.config.auth.issuers[0].issuer],
            "scopes_supported": scope::known(),
            "bearer_methods_supported": ["header"],
            "resource_name": "dancu",
            "resource_documentation": "https://dancu.example/docs",
        })
    );
    let pointer =
        ", resource_metadata=\"https://dancu.example/.well-known/oauth-protected-resource\"";
    assert_eq!(
        challenges(&app).await,
        [
            format!("Bearer realm=\"dancu\"{pointer}"),
            format!("Bearer realm=\"dancu\", error=\"invalid_token\"{pointer}"),
            format!("Bearer realm=\"dancu\", error=\"insufficient_scope\"{pointer}"),
        ]
    );
    app.stop().await;
}

#[actix_web::test]
async fn without_an_address_the_audience_is_the_name_and_challenges_point_nowhere() {
    let app = TestApp::with(|config| config.auth.issuers[0].audience = ADDRESS.into()).await;

    let told = get(&app).await.json();

    assert_eq!(told["resource"], ADDRESS);
    assert_eq!(told.get("resource_documentation"), None);
    let missing = app
        .send(
            app.request(Method::POST, "/v1/verify")
                .header("content-type", "application/json")
                .body(question().to_string()),
        )
        .await;
    assert_eq!(
        header(&missing, "www-authenticate"),
        "Bearer realm=\"dancu\""
    );
    app.stop().await;
}

#[actix_web::test]
async fn an_audience_that_is_no_address_is_told_to_nobody() {
    for audience in ["dancu", "https://agency.example/dancu", "urn:example:dancu"] {
        let app = TestApp::with(|config| config.auth.issuers[0].audience = audience.into()).await;
        let answer = get(&app).await;
        assert_eq!(
            (answer.status.as_u16(), &*answer.code()),
            (404, "not_found"),
            "{audience}"
        );
        app.stop().await;
    }
}

#[actix_web::test]
async fn what_is_told_is_read_only_and_not_sent_twice() {
    let app = TestApp::with(public).await;
    let etag = header(&get(&app).await, "etag").to_owned();
    let again = app
        .send(app.request(Method::GET, PATH).header("if-none-match", etag))
        .await;
    assert_eq!((again.status.as_u16(), &*again.text), (304, ""));
    let head = app.send(app.request(Method::HEAD, PATH)).await;
    assert_eq!(head.status, 200);
    for method in [Method::POST, Method::PUT, Method::DELETE] {
        let refused = app.send(app.request(method, PATH)).await;
        assert_eq!(
            (refused.status.as_u16(), &*refused.code()),
            (405, "method_not_allowed")
        );
        assert_eq!(header(&refused, "allow"), "GET, HEAD");
    }
    app.stop().await;
}
