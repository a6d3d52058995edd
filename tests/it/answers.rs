//! What the contract promises of every answer, whatever it is about: the headers, and the members of
//! problems.

use jiff::Timestamp;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::support::app::{Answer, TestApp, an, question};

const SCOPES: &[&str] = &["citizen:verify", "citizen:lookup", "fields:identity"];

/// A caller's id, in capitals.
const ID: &str = "67E55044-10B1-426F-9247-BB680E5FE0C8";

async fn started() -> (TestApp, String) {
    let app = TestApp::start().await;
    app.enrol("onestop", SCOPES, json!({})).await;
    app.register(&[an()]).await;
    let token = app.token("onestop", &SCOPES.join(" "));
    (app, token)
}

fn header<'a>(answer: &'a Answer, name: &str) -> &'a str {
    let value = answer.headers.get(name);
    value.map_or("", |value| value.to_str().unwrap())
}

fn asking(request: RequestBuilder, body: &Value) -> RequestBuilder {
    request
        .header("content-type", "application/json")
        .body(body.to_string())
}

#[actix_web::test]
async fn nobody_may_keep_an_answer_about_a_person() {
    let (app, token) = started().await;
    let mut lookup = question();
    lookup["fields"] = json!(["full_name"]);
    let mut item = question();
    let context = item.as_object_mut().unwrap().remove("context").unwrap();
    item["ref"] = "a".into();
    let batch = json!({"context": context, "items": [item]});
    let mut lookups = batch.clone();
    lookups["fields"] = json!(["full_name"]);
    for (path, body) in [
        ("/v1/verify", question()),
        ("/v1/lookup", lookup),
        ("/v1/prefill", question()),
        ("/v1/verify/batch", batch),
        ("/v1/lookup/batch", lookups),
    ] {
        // Whether there is such a person or not.
        let nobody = body.to_string().replace("001095000001", "001095999999");
        for body in [body, serde_json::from_str(&nobody).unwrap()] {
            let answer = app.post(path, &token, &body).await;
            assert_eq!(answer.status, 200, "{}", answer.text);
            assert_eq!(header(&answer, "cache-control"), "no-store", "{path}");
            assert_eq!(header(&answer, "content-type"), "application/json");
        }
    }
    let answer = app.post("/v1/verify", &token, &question()).await;
    let path = format!(
        "/v1/audit/entries/{}",
        answer.json()["audit_id"].as_str().unwrap()
    );
    let entry = app.get(&path, &app.admin()).await;
    assert_eq!(entry.status, 200);
    assert_eq!(header(&entry, "cache-control"), "no-store");
    app.stop().await;
}

/// A request for each of the problems that a layer before the use cases finds, with its status.
fn faulty(app: &TestApp, token: &str) -> Vec<(u16, &'static str, RequestBuilder)> {
    let verify = || app.request(Method::POST, "/v1/verify");
    let good = || asking(verify().bearer_auth(token), &question());
    let lookup = || app.request(Method::POST, "/v1/lookup").bearer_auth(token);
    let me = || app.request(Method::GET, "/v1/me");
    vec![
        (
            400,
            "malformed_json",
            asking(verify().bearer_auth(token), &json!("x")).body("{"),
        ),
        (
            400,
            "validation_failed",
            asking(verify().bearer_auth(token), &json!({})),
        ),
        (
            400,
            "header_invalid",
            good().header("content-type", "application/json"),
        ),
        (401, "token_missing", me()),
        (401, "token_invalid", me().bearer_auth("a.b.c")),
        (401, "token_missing", asking(verify(), &question())),
        (
            403,
            "client_unknown",
            me().bearer_auth(app.token("nobody", "x")),
        ),
        (
            403,
            "scope_missing",
            asking(verify().bearer_auth(app.token("onestop", "x")), &question()),
        ),
        (403, "field_not_permitted", {
            let mut body = question();
            body["fields"] = json!(["email"]);
            asking(lookup(), &body)
        }),
        (404, "not_found", app.request(Method::GET, "/nowhere")),
        (
            405,
            "method_not_allowed",
            app.request(Method::DELETE, "/v1/verify"),
        ),
        (406, "not_acceptable", good().header("accept", "text/html")),
        (413, "body_too_large", good().body("x".repeat(65_537))),
        (
            415,
            "unsupported_media_type",
            verify().bearer_auth(token).body("{}"),
        ),
        (
            431,
            "headers_too_large",
            good().header("x-filler", "x".repeat(17_000)),
        ),
    ]
}

#[actix_web::test]
async fn every_problem_has_the_headers_and_members_of_the_contract() {
    let (app, token) = started().await;
    for language in ["en", "vi"] {
        for (status, code, request) in faulty(&app, &token) {
            let request = request
                .header("x-request-id", ID)
                .header("accept-language", language);
            let answer = app.send(request).await;
            let body = answer.json();
            let found = (answer.status.as_u16(), &*answer.code());
            assert_eq!(found, (status, code));
            assert_eq!(header(&answer, "content-type"), "application/problem+json");
            assert_eq!(header(&answer, "content-language"), language, "{code}");
            assert_eq!(header(&answer, "cache-control"), "no-store", "{code}");
            assert_eq!(header(&answer, "x-request-id"), ID, "{code}");
            assert_eq!(body["instance"], format!("urn:uuid:{ID}"), "{code}");
            assert_eq!(body["type"], format!("/problems/{code}"));
            assert_eq!(body["status"], status);
            for member in ["title", "detail", "action"] {
                assert!(!body[member].as_str().unwrap().is_empty(), "{code}");
            }
            assert!(answer.headers.get("server").is_none(), "{code}");
            let time = body["server_time"].as_str().map(str::parse::<Timestamp>);
            assert_eq!(matches!(time, Some(Ok(_))), status == 401, "{code}");
            assert_eq!(
                answer.headers.contains_key("allow"),
                status == 405,
                "{code}"
            );
            let challenge = header(&answer, "www-authenticate");
            let challenged = status == 401 || code == "scope_missing";
            assert_eq!(challenge.starts_with("Bearer "), challenged, "{code}");
            let says_why = challenge.contains("error=");
            assert_eq!(says_why, challenged && code != "token_missing", "{code}");
            let recorded = body["audit_id"].is_string();
            assert_eq!(recorded, status == 403, "{code}");
            assert_eq!(
                body["errors"].is_array(),
                matches!(code, "validation_failed" | "field_not_permitted"),
                "{code}"
            );
        }
    }
    app.stop().await;
}

#[actix_web::test]
async fn a_request_keeps_the_id_its_caller_gave_it_letter_by_letter() {
    let (app, token) = started().await;
    let verify = app.request(Method::POST, "/v1/verify").bearer_auth(&token);
    let request = asking(verify, &question()).header("x-request-id", ID);
    let answer = app.send(request).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(header(&answer, "x-request-id"), ID);
    for path in [
        "/health/live",
        "/openapi.json",
        "/docs",
        "/problems",
        "/log/key",
    ] {
        let answer = app
            .send(app.request(Method::GET, path).header("x-request-id", ID))
            .await;
        assert_eq!(header(&answer, "x-request-id"), ID, "{path}");
    }
    app.stop().await;
}

#[actix_web::test]
async fn the_port_of_the_metrics_answers_problems_like_any_other() {
    let (app, _) = started().await;
    let url = app.metrics_url();
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    for (method, path, status, code, allow) in [
        (Method::GET, "/metrics", 200, "", ""),
        (Method::HEAD, "/metrics", 200, "", ""),
        (
            Method::POST,
            "/metrics",
            405,
            "method_not_allowed",
            "GET, HEAD",
        ),
        (Method::GET, "/v1/me", 404, "not_found", ""),
    ] {
        let url = url.replace("/metrics", path);
        let answer = app
            .send(http.request(method, url).header("x-request-id", ID))
            .await;
        assert_eq!((answer.status.as_u16(), &*answer.code()), (status, code));
        assert_eq!(header(&answer, "allow"), allow);
        assert_eq!(header(&answer, "x-request-id"), ID, "{path}");
    }
    let bad = app.send(http.get(&url).header("x-request-id", "1")).await;
    assert_eq!((bad.status.as_u16(), &*bad.code()), (400, "header_invalid"));
    app.stop().await;
}
