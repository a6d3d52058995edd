//! The question that the service asks itself about its synthetic citizen: what an operator sees of it, and
//! what auditors do.

use std::sync::Arc;
use std::time::Duration;

use dancu::clock::Clock;
use dancu::domain::entry::{Decision, Operation};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::app::{TestApp, an};
use crate::support::within;
use crate::telemetry::metric;

const LIMIT: Duration = Duration::from_secs(10);
const NUMBER: &str = "001095000001";

/// A service that knows the canary's client, procedure and agreement, and a second one over the same
/// database that asks, each second.
async fn watched(citizens: &[Value]) -> (TestApp, TestApp) {
    let app = TestApp::with(|config| config.console.paste = true).await;
    app.enrol(
        "canary",
        &["citizen:verify"],
        json!({"operations": ["verify"]}),
    )
    .await;
    if !citizens.is_empty() {
        app.register(citizens).await;
    }
    let (data_dir, issuers) = (app.config.data_dir.clone(), app.config.auth.issuers.clone());
    let database = Arc::clone(&app.database);
    let asking = TestApp::over(database, Clock::default(), |config| {
        config.data_dir = data_dir;
        config.auth.issuers = issuers;
        let canary = &mut config.canary;
        canary.personal_id = Some(NUMBER.into());
        canary.full_name = Some("nguyễn văn an".into());
        canary.birth_date = Some("1995-03-02".into());
        canary.client_id = Some("canary".into());
        canary.procedure_code = Some("1.004194".into());
        canary.interval_s = 1;
    })
    .await;
    (app, asking)
}

/// Waits until the last question was, or was not, answered as it should be, once more at least.
async fn until(asking: &TestApp, up: bool) {
    let count = async || metric(asking, "dancu_canary_seconds_count").await.unwrap();
    let before = count().await;
    within("the canary is asked about", LIMIT, async || {
        let is_up = metric(asking, "dancu_canary_up").await == Some(f64::from(u8::from(up)));
        is_up && count().await > before
    })
    .await;
}

/// The first page of the console.
async fn overview(app: &TestApp) -> String {
    let http = reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap();
    let entered = http
        .post(format!("{}/console/sign-in", app.url()))
        .header("origin", app.url())
        .header("sec-fetch-site", "same-origin")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(format!("token={}", app.admin()))
        .send()
        .await
        .unwrap();
    let cookie = entered.headers()["set-cookie"].to_str().unwrap();
    let cookie = cookie.split(';').next().unwrap().to_owned();
    let page = http
        .get(format!("{}/console", app.url()))
        .header("cookie", cookie)
        .header("accept-language", "en");
    let page = page.send().await.unwrap();
    assert_eq!(page.status(), 200);
    page.text().await.unwrap()
}

async fn stop(app: TestApp, asking: TestApp) {
    asking.stop().await;
    app.stop().await;
}

#[actix_web::test]
async fn the_canary_is_recorded_as_nobodys_work_and_seen_in_a_report() {
    let (app, asking) = watched(&[an()]).await;
    until(&asking, true).await;
    assert_eq!(metric(&app, "dancu_canary_up").await, None, "it has none");
    asking.stop().await;

    let entries = app.entries_of(Operation::Canary).await;
    assert!(!entries.is_empty());
    for entry in &entries {
        assert_eq!(entry.decision, Decision::Match);
        assert_eq!(entry.client_id.as_deref(), Some("canary"));
        assert_eq!(entry.procedure_code.as_deref(), Some("1.004194"));
        assert_eq!(entry.token_id.as_deref(), Some("canary"));
        assert_eq!(entry.token_sub.as_deref(), Some("canary"));
        assert!(entry.protected.subject_tag.is_some() && entry.request_id.is_some());
        assert!(entry.protected.officer_tag.is_none() && entry.address.is_none());
        assert!(entry.papers_replaced.is_empty());
    }
    assert!(app.entries_of(Operation::Verify).await.is_empty());
    let all = entries.len();
    let searched = json!({"operation": "canary", "limit": 500});
    within("they can be searched", LIMIT, async || {
        let found = app.post("/v1/audit/search", &app.admin(), &searched).await;
        found.json()["entries"].as_array().unwrap().len() == all
    })
    .await;
    let counted = async |body: Value| {
        let answer = app.post("/v1/audit/statistics", &app.admin(), &body).await;
        let rows = answer.json()["rows"].as_array().unwrap().clone();
        let canaries = rows
            .iter()
            .filter(|row| row["client"] == "canary" || row["operation"] == "canary");
        canaries
            .map(|row| row["requests"].as_u64().unwrap())
            .sum::<u64>()
    };
    assert_eq!(counted(json!({"group_by": ["client"]})).await, 0);
    for told in [
        json!({"group_by": ["operation"]}),
        json!({"group_by": ["client"], "filters": {"operation": "canary"}}),
    ] {
        assert_eq!(counted(told.clone()).await, all as u64, "{told}");
    }
    // The hours' tallies know it, and the overview of them leaves it out.
    let tallied = "SELECT count(*)::text FROM audit.tally WHERE operation = 'canary'";
    assert_ne!(app.rows(tallied).await, ["0"]);
    let overview = overview(&app).await;
    assert!(overview.contains("Overview"), "{overview}");
    assert!(!overview.contains("Đăng ký tạm trú"), "{overview}");

    let report = json!({"subject": {"personal_id": NUMBER}, "limit": 500});
    let report = app
        .post("/v1/audit/subject-report", &app.admin(), &report)
        .await;
    let looks = report.json()["entries"].as_array().unwrap().clone();
    assert_eq!(looks.len(), all, "{}", report.text);
    app.stop().await;
}

#[actix_web::test]
async fn a_canary_that_is_somebody_else_or_nobody_is_not_up() {
    let (app, asking) = watched(&[]).await;
    until(&asking, false).await;
    let entries = app.entries_of(Operation::Canary).await;
    assert_eq!(entries[0].decision, Decision::NoMatch);
    app.register(&[an()]).await;
    until(&asking, true).await;
    stop(app, asking).await;
}

#[actix_web::test]
async fn a_canary_that_may_not_be_asked_about_is_not_up() {
    let (app, asking) = watched(&[an()]).await;
    until(&asking, true).await;
    let change = async |path: &str| {
        let asked = app.request(Method::POST, path).bearer_auth(app.admin());
        assert_eq!(app.send(asked).await.status, 200, "{path}");
    };
    change("/v1/admin/clients/canary/suspend").await;
    until(&asking, false).await;
    change("/v1/admin/clients/canary/resume").await;
    until(&asking, true).await;
    let path = "/v1/admin/agreements/canary";
    let without = app.request(Method::DELETE, path).bearer_auth(app.admin());
    assert!(app.send(without).await.status.is_success());
    until(&asking, false).await;
    let entries = app.entries_of(Operation::Canary).await;
    let refused = entries.last().unwrap();
    assert_eq!(refused.decision, Decision::Refused);
    assert_eq!(refused.reason.as_deref(), Some("agreement_missing"));
    stop(app, asking).await;
}

#[actix_web::test]
async fn a_canary_whose_policy_or_database_is_away_is_not_up_until_it_is_back() {
    let (app, asking) = watched(&[an()]).await;
    until(&asking, true).await;
    let owner = app.database.client().await;
    let policy = async |what: &str| {
        let change = format!("{what} SELECT ON policy.feed");
        let change = match what {
            "REVOKE" => format!("{change} FROM dancu_service"),
            _ => format!("{change} TO dancu_service"),
        };
        owner.batch_execute(&change).await.unwrap();
    };
    policy("REVOKE").await;
    until(&asking, false).await;
    policy("GRANT").await;
    until(&asking, true).await;
    app.database.refuse().await;
    until(&asking, false).await;
    app.database.welcome().await;
    until(&asking, true).await;
    stop(app, asking).await;
}

#[actix_web::test]
async fn a_canary_that_cannot_be_read_keeps_the_service_from_starting() {
    let app = TestApp::start().await;
    for (number, born) in [("123", "1995"), (NUMBER, "yesterday")] {
        let mut config = app.config.clone();
        config.canary.personal_id = Some(number.into());
        config.canary.full_name = Some("Nguyễn Văn An".into());
        config.canary.birth_date = Some(born.into());
        config.canary.client_id = Some("canary".into());
        config.canary.procedure_code = Some("1.004194".into());
        let circumstances = dancu::server::Circumstances {
            unsafe_for_tests: true,
            ..Default::default()
        };
        let started = dancu::server::start(&config, app.database.database(), circumstances).await;
        let error = started.err().unwrap().to_string();
        assert!(error.contains("canary"), "{error}");
        assert!(
            !error.contains("123") && !error.contains("yesterday"),
            "{error}"
        );
    }
    app.stop().await;
}
