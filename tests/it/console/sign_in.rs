//! Signing in by form and by a proxy's header, what ends a session, and who is not let in.

use std::sync::Arc;

use dancu::clock::Clock;
use jiff::SignedDuration;
use reqwest::Method;

use super::{AUDITOR, Browser, console, enrol, left};
use crate::support;
use crate::support::app::TestApp;

const SESSIONS: &str = "SELECT encode(sealed, 'escape') FROM console.session";

#[actix_web::test]
async fn a_pasted_token_opens_a_session_that_signing_out_ends() {
    let app = console(|_| {}).await;
    let mut browser = Browser::new(&app);
    let asked = browser.get("/console/log").await;
    assert_eq!(asked.status, 401);
    asked.shows("name=\"token\"");
    asked.shows("action=\"/console/sign-in?to=%2Fconsole%2Flog\"");

    let token = app.token(AUDITOR, "audit:read");
    let entered = browser
        .post("/console/sign-in?to=%2Fconsole%2Flog", &[("token", &token)])
        .await;
    assert_eq!(entered.status, 303, "{}", entered.text);
    assert_eq!(entered.header("location"), "/console/log");
    assert_eq!(left(&app, "console.sign_in").await, 1);
    let [cookie] = entered.cookies()[..] else {
        panic!("one cookie: {:?}", entered.cookies());
    };
    let (pair, attributes) = cookie.split_once("; ").unwrap();
    assert_eq!(attributes, "Path=/console; HttpOnly; SameSite=Strict");
    let id = pair.strip_prefix("dancu_console=").unwrap().to_owned();
    assert!(id.len() == 64 && !token.contains(&id));

    let page = browser.get("/console/log").await;
    assert_eq!(page.status, 200);
    page.shows("<b>inspector</b>");
    assert!(!page.text.contains(&token) && !page.text.contains(&id));

    // Neither the token nor the id lies in the database.
    let rows = app.rows(SESSIONS).await;
    assert!(rows.len() == 1 && !rows[0].contains(&token[..20]));
    let digests = "SELECT encode(id_digest, 'hex') FROM console.session";
    assert_ne!(app.rows(digests).await, [id]);

    let left = browser.post("/console/sign-out", &[]).await;
    assert_eq!(
        (left.status.as_u16(), left.header("location")),
        (303, "/console/sign-in")
    );
    assert!(left.cookies()[0].starts_with("dancu_console=; Max-Age=0;"));
    assert!(app.rows(SESSIONS).await.is_empty());
    assert_eq!(browser.get("/console/log").await.status, 401);
    app.stop().await;
}

#[actix_web::test]
async fn every_replica_knows_the_session_and_signing_in_again_leaves_one() {
    let app = console(|_| {}).await;
    let mut browser = Browser::signed_in(&app).await;
    let before = browser.cookies.clone();
    let other = app.another().await;
    let mut there = Browser::new(&other);
    there.cookies.clone_from(&before);
    assert_eq!(there.get("/console/log").await.status, 200);
    let again = browser.enter(&app.token(AUDITOR, "audit:read")).await;
    assert_eq!(again.status, 303);
    assert_ne!(browser.cookies, before);
    assert_eq!(app.rows(SESSIONS).await.len(), 1);
    assert_eq!(there.get("/console/log").await.status, 401);
    other.stop().await;
    app.stop().await;
}

#[actix_web::test]
async fn beyond_this_machine_the_cookie_is_sent_over_https_only() {
    let app = console(|_| {}).await;
    let mut browser = Browser::new(&app);
    let token = app.token(AUDITOR, "audit:read");
    let form = browser
        .form("/console/sign-in", &[("token", &token)])
        .header("host", "audit.example");
    let mut request = form.build().unwrap();
    let ours = "https://audit.example".parse().unwrap();
    request.headers_mut().insert("origin", ours);
    let answer = browser.http.execute(request).await.unwrap();
    assert_eq!(answer.status(), 303);
    let cookie = answer.headers()["set-cookie"].to_str().unwrap();
    assert!(cookie.ends_with("; Secure"), "{cookie}");
    assert_eq!(browser.get("/console/log").await.status, 401);
    app.stop().await;
}

#[actix_web::test]
async fn a_token_that_does_not_do_is_not_taken_and_not_repeated() {
    let app = console(|_| {}).await;
    let mut browser = Browser::new(&app);
    let good = app.token(AUDITOR, "audit:read");
    let wrong = format!("{}AAAA", &good[..good.len() - 4]);
    let past = app.clock.now() - SignedDuration::from_hours(2);
    let expired = app.token_at(AUDITOR, "audit:read", past);
    for (token, says) in [
        (wrong.as_str(), "no valid access token"),
        ("", "no valid access token"),
        ("001095000001", "no valid access token"),
        (&expired, "has expired"),
    ] {
        let page = browser.enter(token).await;
        assert_eq!(page.status, 401);
        page.shows(says);
        page.shows("role=\"alert\"");
        assert!(token.is_empty() || !page.text.contains(token));
        assert!(page.header("www-authenticate").is_empty());
    }
    assert!(app.rows(SESSIONS).await.is_empty());
    // With the line breaks of a terminal, and the scheme, it is still the token.
    let wrapped = format!("Bearer {}\r\n {}\n", &good[..80], &good[80..]);
    assert_eq!(browser.enter(&wrapped).await.status, 303);
    app.stop().await;
}

#[actix_web::test]
async fn only_auditors_get_in_and_the_attempt_is_recorded() {
    let app = console(|_| {}).await;
    let mut browser = Browser::new(&app);
    for (token, code) in [
        (app.token(AUDITOR, "admin citizen:verify"), "scope_missing"),
        (app.token("stranger", "audit:read"), "client_unknown"),
    ] {
        let page = browser.enter(&token).await;
        assert_eq!(page.status, 403);
        page.shows(code);
        let id = page.text.split("<dd><code>").nth(1).unwrap();
        let entry = app.entry(id.split('<').next().unwrap()).await;
        assert_eq!(entry["operation"], "console.sign_in");
        assert_eq!(entry["reason"], code);
    }
    assert!(app.rows(SESSIONS).await.is_empty());
    let of_agency = browser
        .enter(&app.token(AUDITOR, "audit:read.agency"))
        .await;
    assert_eq!(of_agency.status, 303);
    app.stop().await;
}

#[actix_web::test]
async fn suspension_ends_a_session_at_once_and_for_good() {
    let app = console(|_| {}).await;
    let mut browser = Browser::signed_in(&app).await;
    let cookies = browser.cookies.clone();
    let suspend = "/v1/admin/clients/inspector/suspend";
    let admin = app.admin();
    let post = |path: &str| app.request(Method::POST, path).bearer_auth(&admin);
    assert_eq!(app.send(post(suspend)).await.status, 200);
    let page = browser.get("/console/log").await;
    assert_eq!(page.status, 403);
    page.shows("client_suspended");
    assert!(page.cookies()[0].starts_with("dancu_console=; Max-Age=0;"));
    assert!(app.rows(SESSIONS).await.is_empty());
    let resume = "/v1/admin/clients/inspector/resume";
    assert_eq!(app.send(post(resume)).await.status, 200);
    browser.cookies = cookies;
    let page = browser.get("/console/log").await;
    assert_eq!(page.status, 401);
    page.shows("Your session has ended");
    app.stop().await;
}

#[actix_web::test]
async fn a_session_ends_with_its_token_and_is_removed() {
    let clock = Clock::frozen(Clock::default().now());
    let database = Arc::new(support::database().await);
    let app = TestApp::over(database, clock.clone(), |config| {
        config.console.paste = true
    })
    .await;
    enrol(&app).await;
    let mut browser = Browser::signed_in(&app).await;
    assert_eq!(browser.get("/console/log").await.status, 200);
    clock.set(clock.now() + SignedDuration::from_mins(61));
    support::soon("the policy is confirmed again", async || {
        browser.get("/console/log").await.status == 401
    })
    .await;
    let mut other = Browser::new(&app);
    support::soon("somebody else signs in", async || {
        other.enter(&app.token(AUDITOR, "audit:read")).await.status == 303
    })
    .await;
    assert_eq!(app.rows(SESSIONS).await.len(), 1, "the expired one is gone");
    app.stop().await;
}

#[actix_web::test]
async fn a_form_from_elsewhere_changes_nothing() {
    let app = console(|_| {}).await;
    let mut browser = Browser::signed_in(&app).await;
    let token = app.token(AUDITOR, "audit:read");
    for (path, body) in [
        ("/console/sign-in", format!("token={token}")),
        ("/console/sign-out", String::new()),
        ("/console/entries", "audit_id=x".into()),
    ] {
        for headers in [
            &[][..],
            &[("origin", "null")],
            &[("origin", "https://evil.example")],
            &[("origin", "own"), ("sec-fetch-site", "cross-site")],
        ] {
            let request = browser
                .request(Method::POST, path)
                .header("content-type", "application/x-www-form-urlencoded")
                .body(body.clone());
            let request = headers.iter().fold(request, |request, (name, value)| {
                let value = if *value == "own" {
                    app.url()
                } else {
                    (*value).to_owned()
                };
                request.header(*name, value)
            });
            let page = browser.send(request).await;
            assert_eq!(page.status, 400, "{path} {headers:?}");
            page.shows("header_invalid");
        }
    }
    assert_eq!(app.rows(SESSIONS).await.len(), 1);
    assert_eq!(browser.get("/console/log").await.status, 200);
    let json = browser
        .request(Method::POST, "/console/sign-in")
        .header("origin", app.url())
        .header("content-type", "application/json")
        .body(format!("{{\"token\":\"{token}\"}}"));
    assert_eq!(browser.send(json).await.status, 415);
    app.stop().await;
}

#[actix_web::test]
async fn a_trusted_proxy_hands_a_token_on_and_nobody_else_does() {
    let header = "x-forwarded-access-token";
    let app = console(|config| {
        config.console.paste = false;
        config.console.token_header = Some(header.into());
        config.http.trusted_proxies = vec![[127, 0, 0, 1].into()];
    })
    .await;
    let mut browser = Browser::new(&app);
    let token = app.token(AUDITOR, "audit:read");
    for value in [token.clone(), format!("Bearer {token}")] {
        let request = browser
            .request(Method::GET, "/console/log")
            .header(header, value);
        let page = browser.send(request).await;
        assert_eq!(page.status, 200, "{}", page.text);
        page.shows("<b>inspector</b>");
        assert!(
            !page.text.contains("/console/sign-out"),
            "the proxy ends the session"
        );
        assert!(page.cookies().is_empty());
    }
    let twice = browser.request(Method::GET, "/console/log");
    let twice = twice.header(header, "x").header(header, &token);
    assert_eq!(browser.send(twice).await.status, 401);
    assert_eq!(browser.get("/console/log").await.status, 401);
    let pasted = browser.enter(&token).await;
    assert_eq!(pasted.status, 404, "pasting is not configured");
    app.stop().await;

    let app = console(|config| {
        config.console.paste = false;
        config.console.token_header = Some(header.into());
    })
    .await;
    let mut browser = Browser::new(&app);
    let token = app.token(AUDITOR, "audit:read");
    let request = browser
        .request(Method::GET, "/console/log")
        .header(header, &token);
    let page = browser.send(request).await;
    assert_eq!(page.status, 401, "nobody is trusted");
    page.shows("portal");
    app.stop().await;
}

#[actix_web::test]
async fn where_no_way_in_is_configured_the_page_says_so() {
    let app = console(|config| config.console.paste = false).await;
    let mut browser = Browser::new(&app);
    let page = browser.get("/console/sign-in").await;
    assert_eq!(page.status, 200);
    page.shows("console.token_header");
    assert!(!page.text.contains("<textarea"));
    app.stop().await;
}

#[actix_web::test]
async fn a_service_without_its_database_shows_a_page_that_says_so() {
    let app = console(|_| {}).await;
    let mut browser = Browser::signed_in(&app).await;
    app.database.refuse().await;
    let page = browser.get("/console/log").await;
    assert_eq!(page.status, 503);
    page.shows("href=\"/console/log\">Try again");
    assert_eq!(page.header("retry-after"), "1");
    app.database.welcome().await;
    support::within(
        "it is there again",
        std::time::Duration::from_secs(10),
        async || browser.get("/console/log").await.status == 200,
    )
    .await;
    app.stop().await;
}
