//! The description and the problems as people and programs fetch them.

use dancu::http::openapi;
use dancu::http::problem::Code;
use reqwest::Method;

use crate::support::app::{Answer, TestApp};

async fn get(app: &TestApp, path: &str, headers: &[(&str, &str)]) -> Answer {
    let request = app.request(Method::GET, path);
    let request = headers.iter().fold(request, |request, (name, value)| {
        request.header(*name, *value)
    });
    app.send(request).await
}

fn header<'a>(answer: &'a Answer, name: &str) -> &'a str {
    answer
        .headers
        .get(name)
        .map_or("", |value| value.to_str().unwrap())
}

#[actix_web::test]
async fn the_description_is_served_and_kept_by_its_version() {
    let app = TestApp::start().await;
    let answer = get(&app, "/openapi.json", &[]).await;
    assert_eq!(
        (answer.status.as_u16(), &*answer.text),
        (200, openapi::document())
    );
    assert_eq!(header(&answer, "content-type"), "application/json");
    let etag = header(&answer, "etag").to_owned();
    let again = get(&app, "/openapi.json", &[("if-none-match", &etag)]).await;
    assert_eq!((again.status.as_u16(), &*again.text), (304, ""));
    app.stop().await;
}

#[actix_web::test]
async fn the_page_of_the_description_needs_no_other_host() {
    let app = TestApp::start().await;
    let page = get(&app, "/docs", &[]).await;
    assert_eq!(page.status, 200);
    assert!(header(&page, "content-security-policy").starts_with("default-src 'none'"));
    let mut files = 0;
    for attribute in ["src=\"", "href=\""] {
        for (at, _) in page.text.match_indices(attribute) {
            let rest = &page.text[at + attribute.len()..];
            let address = rest.split('"').next().unwrap();
            assert!(address.starts_with('/') || address == "data:,", "{address}");
            if address.starts_with("/docs/") {
                let file = get(&app, address, &[]).await;
                assert_eq!(file.status, 200, "{address}");
                assert!(
                    header(&file, "content-type").starts_with("text/"),
                    "{address}"
                );
                assert_eq!(header(&file, "x-content-type-options"), "nosniff");
                files += 1;
            }
        }
    }
    assert_eq!(files, 4);
    for unknown in ["/docs/index.html", "/docs/..%2f", "/docs/swagger-ui.js.map"] {
        assert_eq!(
            get(&app, unknown, &[]).await.code(),
            "not_found",
            "{unknown}"
        );
    }
    app.stop().await;
}

#[actix_web::test]
async fn every_problem_has_a_page_in_both_languages() {
    let app = TestApp::start().await;
    let index = get(&app, "/problems", &[]).await;
    for code in Code::ALL {
        let name = code.as_str();
        let path = format!("/problems/{name}");
        assert!(index.text.contains(&format!("href=\"{path}\"")), "{name}");
        let english = get(&app, &path, &[]).await;
        assert_eq!(english.status, 200, "{name}");
        assert_eq!(header(&english, "content-type"), "text/html; charset=utf-8");
        assert_eq!(header(&english, "content-language"), "en");
        assert!(english.text.contains("<html lang=\"en\">") && english.text.contains(name));
        let by_header = get(&app, &path, &[("accept-language", "vi")]).await;
        let by_address = get(
            &app,
            &format!("{path}?lang=vi"),
            &[("accept-language", "en")],
        )
        .await;
        for vietnamese in [by_header, by_address] {
            assert_eq!(header(&vietnamese, "content-language"), "vi", "{name}");
            assert!(vietnamese.text.contains("<html lang=\"vi\">"), "{name}");
        }
    }
    app.stop().await;
}

#[actix_web::test]
async fn pages_fail_like_everything_else() {
    let app = TestApp::start().await;
    let unknown = get(
        &app,
        "/problems/no_such_problem",
        &[("accept-language", "vi")],
    )
    .await;
    assert_eq!(
        (unknown.status.as_u16(), &*unknown.code()),
        (404, "not_found")
    );
    assert_eq!(header(&unknown, "content-type"), "application/problem+json");
    for path in [
        "/problems",
        "/problems/not_found",
        "/docs",
        "/docs/docs.css",
        "/openapi.json",
    ] {
        let wrong = app.send(app.request(Method::POST, path)).await;
        assert_eq!(
            (wrong.status.as_u16(), &*wrong.code()),
            (405, "method_not_allowed"),
            "{path}"
        );
        assert_eq!(header(&wrong, "allow"), "GET, HEAD", "{path}");
        let head = app.send(app.request(Method::HEAD, path)).await;
        assert_eq!((head.status.as_u16(), &*head.text), (200, ""), "{path}");
    }
    app.stop().await;
}

#[actix_web::test]
async fn no_page_lets_a_script_in() {
    let app = TestApp::start().await;
    let page = get(&app, "/problems/not_found", &[]).await;
    let policy = header(&page, "content-security-policy");
    assert!(
        policy.starts_with("default-src 'none'; style-src 'sha256-"),
        "{policy}"
    );
    assert!(!page.text.contains("<script") && !page.text.contains("style=\""));
    app.stop().await;
}
