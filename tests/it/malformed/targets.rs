//! Paths and methods.

use std::collections::BTreeMap;

use dancu::http::ROUTES;

use super::case::{Case, Token};
use super::started;

pub fn cases() -> Vec<Case> {
    let unknown = [
        "/",
        "/v1",
        "/v1/",
        "/v2/verify",
        "/verify",
        "/V1/verify",
        "/v1/Verify",
        "/v1/verify/",
        "//v1/verify",
        "/v1//verify",
        "/v1/verify//",
        "/v1/verify/one",
        "/v1/./verify",
        "/v1/../v1/verify",
        "/../v1/verify",
        "/v1/verify/..",
        "/v1%2Fverify",
        "/v1/verify%2F",
        "/v1/verify%00",
        "/v1/verify%20",
        "/v1/verify;a=1",
        "/v1/verify%3Fa",
        "/v1/verify%0d%0a",
        "/%E1%BB%8B",
        "/%ff",
        "/%",
        "/%zz",
        "/v1/verify%",
        "/v1/admin",
        "/v1/admin/citizens",
        "/v1/admin/agencies/",
        "/v1/admin/agencies/a/b",
        "/v1/admin/clients//suspend",
        "/v1/admin/clients/a/pause",
        "/v1/citizens/001095000001",
        "/v1/audit",
        "/v1/audit/entries",
        "/health",
        "/health/",
        "/health/live/",
        "/health/dead",
        "/.env",
        "/.git/config",
        "/wp-login.php",
        "/etc/passwd",
        "/..%2f..%2fetc%2fpasswd",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/v1/verify.json",
        "/favicon.ico",
        "*",
        "/v1/verify\\",
        "/v1\\verify",
        "/v1/verify/001095000001",
        "/metrics",
    ];
    let mut cases: Vec<Case> = unknown
        .iter()
        .map(|target| Case::new("GET", target, Token::Asker).is(404, "not_found"))
        .collect();
    // Neither method nor body nor token makes a path.
    for method in [
        "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "TRACE", "PROPFIND",
    ] {
        cases.push(Case::new(method, "/v1/nowhere", Token::None).is(404, "not_found"));
    }
    // Ids of entries that cannot be.
    for id in [
        "1",
        "x",
        "00000000-0000-0000-0000-00000000000g",
        "%00",
        "001095000001",
    ] {
        let target = format!("/v1/audit/entries/{id}");
        cases.push(Case::new("GET", &target, Token::Admin).is(404, "not_found"));
    }
    cases
}

/// The methods every path is asked with.
const METHODS: &[&str] = &[
    "GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND", "MKCOL",
    "SEARCH", "QUERY", "get", "X-ANY",
];

#[actix_web::test]
async fn a_method_a_path_does_not_have_is_answered_with_those_it_has() {
    let (app, asker) = started().await;
    let mut paths: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for route in ROUTES {
        paths.entry(route.path).or_default().push(route.method);
    }
    let mut complaints = Vec::new();
    for (path, methods) in paths {
        let mut allowed: Vec<&str> = methods.clone();
        if methods.contains(&"GET") {
            allowed.push("HEAD");
        }
        allowed.sort_unstable();
        let target = path.replace("{id}", "x").replace("{audit_id}", "x");
        for method in METHODS.iter().filter(|method| !allowed.contains(method)) {
            let case = Case::new(method, &target, Token::None).is(405, "method_not_allowed");
            let answer = case.send(app.address(), &asker, &asker).await.unwrap();
            if path.starts_with("/console") {
                // The console's problems are pages.
                let kind = answer.header("content-type").unwrap_or_default();
                if answer.status != 405 || !kind.starts_with("text/html") {
                    complaints.push(format!("{method} {path}: {} {kind}", answer.status));
                }
            } else {
                complaints.extend(case.complaint(&app, &asker, &asker).await);
            }
            let mut said: Vec<&str> = answer.header("allow").unwrap_or("").split(", ").collect();
            said.sort_unstable();
            if said != allowed {
                complaints.push(format!("{method} {path}: allows {said:?}, not {allowed:?}"));
            }
        }
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
    app.stop().await;
}

#[actix_web::test]
async fn the_head_of_what_can_be_read_is_its_head_alone() {
    let (app, asker) = started().await;
    for target in ["/health/live", "/v1/me"] {
        let head = Case::new("HEAD", target, Token::Asker);
        let head = head.send(app.address(), &asker, &asker).await.unwrap();
        let whole = Case::new("GET", target, Token::Asker);
        let whole = whole.send(app.address(), &asker, &asker).await.unwrap();
        assert_eq!((head.status, whole.status), (200, 200));
        assert_eq!(head.header("content-type"), whole.header("content-type"));
        assert!(head.body.is_empty() && !whole.body.is_empty());
    }
    app.stop().await;
}
