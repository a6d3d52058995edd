//! Searches, the report about a person, numbers and exports: what stands in an address and what does
//! not, what is shown to whom, and what is recorded.

use reqwest::Method;
use serde_json::json;

use super::{
    AUDITOR, Browser, CASE, NUMBER, OFFICER, asked, console, enrol_revealer, left, revealing,
};
use crate::support::app::TestApp;
use crate::support::sealing::until;

/// The page once the entry in it can be found.
async fn found(browser: &mut Browser<'_>, path: &str, id: &str) -> super::Page {
    let link = format!("/console/entries/{id}\"");
    until("an entry that is found", async || {
        let page = browser.get(path).await;
        assert_eq!(page.status, 200, "{}", page.text);
        page.text.contains(&link).then_some(page)
    })
    .await
}

fn names_nobody(page: &super::Page) {
    for hidden in [NUMBER, OFFICER, CASE, "Nguyễn Văn An"] {
        assert!(!page.text.contains(hidden), "{hidden}");
    }
}

#[actix_web::test]
async fn what_names_nobody_goes_into_the_address_and_the_rest_does_not() {
    let app = console(|_| {}).await;
    let id = asked(&app).await;
    let mut browser = Browser::signed_in(&app).await;
    let page = found(&mut browser, "/console/search?operation=verify", &id).await;
    names_nobody(&page);
    let plain = [("agency", "H29"), ("operation", "verify"), ("person", "")];
    let plain = browser.post("/console/search", &plain).await;
    assert_eq!(plain.status, 303);
    assert_eq!(
        plain.header("location"),
        "/console/search?agency=H29&operation=verify"
    );
    let page = browser.get(plain.header("location")).await;
    page.shows(&id);
    page.shows("name=\"agency\" value=\"H29\"");

    for (field, value) in [("person", NUMBER), ("officer", OFFICER), ("case", CASE)] {
        let page = browser.post("/console/search", &[(field, value)]).await;
        assert_eq!(page.status, 200, "{field}");
        page.shows(&id);
        for rest in page.text.split("href=\"").skip(1) {
            let address = rest.split('"').next().unwrap();
            assert!(!address.contains(value), "{address}");
        }
        let none = browser
            .post("/console/search", &[(field, "001095000099")])
            .await;
        assert!(
            !none.text.contains(&format!("/console/entries/{id}")),
            "{field}"
        );
        none.shows("No entry meets these conditions");
        // In an address they are not read at all.
        let page = browser
            .get(&format!("/console/search?operation=verify&{field}=x"))
            .await;
        assert_eq!(page.status, 200);
        page.shows(&id);
    }
    app.stop().await;
}

#[actix_web::test]
async fn fields_that_cannot_be_taken_are_marked_and_nothing_is_searched() {
    let app = console(|_| {}).await;
    let mut browser = Browser::signed_in(&app).await;
    let searches = left(&app, "audit.search").await;
    let form = [
        ("person", "12345"),
        ("from", "yesterday"),
        ("agency", "H 29"),
    ];
    let page = browser.post("/console/search", &form).await;
    assert_eq!(page.status, 400);
    for says in ["12 or 9 digits", "From day: no day", "Agency: no code"] {
        page.shows(says);
    }
    assert_eq!(page.text.matches("aria-invalid=\"true\"").count(), 3);
    assert_eq!(left(&app, "audit.search").await, searches);
    let odd = browser.get("/console/search?cursor=zzz").await;
    assert_eq!(odd.status, 400);
    app.stop().await;
}

#[actix_web::test]
async fn people_are_shown_only_to_whoever_may_and_says_why() {
    let app = console(|_| {}).await;
    enrol_revealer(&app).await;
    let id = asked(&app).await;
    let mut browser = Browser::signed_in(&app).await;
    let page = found(&mut browser, "/console/search?operation=verify", &id).await;
    assert!(!page.text.contains("name=\"reveal\""));
    let form = [
        ("operation", "verify"),
        ("reveal", "on"),
        ("reason", "Đơn số 12"),
    ];
    let refused = browser.post("/console/search", &form).await;
    assert_eq!(refused.status, 403);
    names_nobody(&refused);

    let mut browser = revealing(&app).await;
    browser
        .get("/console/search")
        .await
        .shows("name=\"reveal\"");
    let without = browser.post("/console/search", &form[..2]).await;
    assert_eq!(without.status, 400);
    names_nobody(&without);
    let shown = browser.post("/console/search", &form).await;
    assert_eq!(shown.status, 200);
    for value in [NUMBER, OFFICER, CASE, "are shown in the clear"] {
        shown.shows(value);
    }
    let revealing = "SELECT audit_id::text FROM audit.entry
        WHERE operation = 'audit.search' AND client_id = 'revealer' AND decision = 'done'";
    assert_eq!(app.rows(revealing).await.len(), 2);
    app.stop().await;
}

#[actix_web::test]
async fn whoever_may_not_see_people_is_told_so_and_stays_signed_in() {
    let app = console(|config| config.signals.distinct_people.client = 1).await;
    let id = asked(&app).await;
    super::raised(&app).await;
    let mut browser = Browser::signed_in(&app).await;
    let form = [("reveal", "on"), ("reason", "Đơn số 12")];
    let one = format!("/console/entries/{id}");
    for (path, operation) in [
        ("/console/search", "audit.search"),
        ("/console/export", "audit.export"),
        ("/console/signals", "audit.signals"),
        ("/console/signals/1", "audit.signal_entries"),
        (&*one, "audit.entry"),
    ] {
        let refused = browser.post(path, &form).await;
        assert_eq!(refused.status, 403, "{path}");
        for shown in [
            "scope_missing",
            "You stay signed in",
            "href=\"/console/log\"",
        ] {
            refused.shows(shown);
        }
        names_nobody(&refused);
        assert!(refused.cookies().is_empty(), "{path}");
        let own = refused.text.split("<dd><code>").nth(1).unwrap();
        let own = app.entry(own.split('<').next().unwrap()).await;
        assert_eq!(own["operation"], operation);
        assert_eq!(
            (&own["decision"], &own["reason"]),
            (&json!("refused"), &json!("scope_missing"))
        );
        assert_eq!(browser.get("/console/log").await.status, 200, "{path}");
    }
    // Nor does a token end a session that is entered beside it and does not do.
    for (token, status) in [
        ("no.token.this".to_owned(), 401),
        (app.token(AUDITOR, "citizen:verify"), 403),
    ] {
        let refused = browser.enter(&token).await;
        assert_eq!(refused.status, status);
        assert!(refused.cookies().is_empty());
        assert_eq!(browser.get("/console/log").await.status, 200);
    }
    app.stop().await;
}

#[actix_web::test]
async fn signals_are_shown_with_the_entries_behind_each() {
    let app = console(|config| config.signals.distinct_people.client = 1).await;
    let id = asked(&app).await;
    super::raised(&app).await;
    let mut browser = Browser::signed_in(&app).await;
    let before = left(&app, "audit.signals").await;
    let page = browser.get("/console/signals").await;
    assert_eq!(page.status, 200);
    page.shows("different people within an hour");
    names_nobody(&page);
    assert_eq!(left(&app, "audit.signals").await, before + 1);
    let none = browser.get("/console/signals?kind=self_lookup").await;
    none.shows("Nothing stands out.");
    let behind = browser.get("/console/signals/1").await;
    assert_eq!(behind.status, 200);
    behind.shows(&id);
    names_nobody(&behind);
    assert_eq!(left(&app, "audit.signal_entries").await, 1);
    for wrong in ["/console/signals/999", "/console/signals/x"] {
        assert_eq!(browser.get(wrong).await.status, 404, "{wrong}");
    }
    browser
        .get("/console")
        .await
        .shows("<a href=\"/console/signals\">1</a>");
    browser.language = "vi";
    browser
        .get("/console/signals")
        .await
        .shows("Nhiều công dân");
    let refused = browser
        .post(
            "/console/signals/1",
            &[("reveal", "on"), ("reason", "Đơn số 12")],
        )
        .await;
    assert_eq!(refused.status, 403);
    names_nobody(&refused);

    enrol_revealer(&app).await;
    let mut browser = revealing(&app).await;
    let form = [("reveal", "on"), ("reason", "Đơn số 12")];
    let without = browser.post("/console/signals/1", &form[..1]).await;
    assert_eq!(without.status, 400);
    names_nobody(&without);
    let shown = browser.post("/console/signals/1", &form).await;
    assert_eq!(shown.status, 200);
    shown.shows(NUMBER);
    shown.shows(OFFICER);
    assert_eq!(browser.post("/console/signals", &form).await.status, 200);
    app.stop().await;
}

#[actix_web::test]
async fn pages_follow_each_other_also_where_they_are_posted() {
    let app = console(|_| {}).await;
    asked(&app).await;
    let token = app.token("onestop", "citizen:verify");
    let mut body = crate::support::app::question();
    body["context"]["officer_id"] = OFFICER.into();
    for _ in 0..60 {
        assert_eq!(app.post("/v1/verify", &token, &body).await.status, 200);
    }
    let mut browser = Browser::signed_in(&app).await;
    let form = [("officer", OFFICER), ("operation", "verify")];
    let page = until("all are found", async || {
        let page = browser.post("/console/search", &form).await;
        page.text.contains("name=\"cursor\"").then_some(page)
    })
    .await;
    let cursor = page.text.split("name=\"cursor\" value=\"").nth(1).unwrap();
    let cursor = cursor.split('"').next().unwrap().to_owned();
    let next = [form[0], form[1], ("cursor", &cursor)];
    let next = browser.post("/console/search", &next).await;
    assert_eq!(next.status, 200);
    assert!(next.text.contains("/console/entries/"));
    let first: Vec<&str> = ids(&page.text);
    assert_eq!(first.len(), 50);
    assert!(ids(&next.text).iter().all(|id| !first.contains(id)));
    let address = browser.get("/console/search?operation=verify").await;
    address.shows("href=\"/console/search?operation=verify&amp;cursor=");
    app.stop().await;
}

fn ids(text: &str) -> Vec<&str> {
    let links = text.split("href=\"/console/entries/").skip(1);
    links
        .map(|rest| rest.split('"').next().unwrap())
        .filter(|id| id.len() == 36)
        .collect()
}

#[actix_web::test]
async fn a_report_says_who_looked_at_a_person() {
    let app = console(|_| {}).await;
    let id = asked(&app).await;
    let mut browser = Browser::signed_in(&app).await;
    let form = browser.get("/console/report").await;
    form.shows("name=\"person\"");
    let page = until("a report", async || {
        let form = [
            ("person", "001 095 000 001"),
            ("reason", "Theo đơn của công dân"),
        ];
        let page = browser.post("/console/report", &form).await;
        page.text.contains(&id).then_some(page)
    })
    .await;
    page.shows("Report about the person with the number");
    assert!(!page.text.contains(OFFICER) && !page.text.contains(CASE));
    let nobody = browser
        .post("/console/report", &[("person", "001095000099")])
        .await;
    nobody.shows("Nobody has looked at this person");
    for wrong in ["", "Nguyễn Văn An"] {
        let page = browser.post("/console/report", &[("person", wrong)]).await;
        assert_eq!(page.status, 400, "{wrong}");
        page.shows("12 or 9 digits");
    }
    app.stop().await;
}

#[actix_web::test]
async fn a_report_is_shown_at_once_up_to_a_bound_that_is_said() {
    let app = console(|_| {}).await;
    asked(&app).await;
    let token = app.token("onestop", "citizen:verify");
    let question = crate::support::app::question();
    let ask = async |count: usize| {
        let item = |number: usize| {
            json!({"ref": number.to_string(), "subject": question["subject"],
                "claims": question["claims"]})
        };
        let items: Vec<_> = (0..count).map(item).collect();
        let context = json!({"procedure_code": "1.004194", "officer_id": OFFICER});
        let batch = json!({"context": context, "items": items});
        let answer = app.post("/v1/verify/batch", &token, &batch).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
    };
    let mut browser = Browser::signed_in(&app).await;
    let mut at_once = async |shows: &str| {
        let form = [("person", NUMBER), ("at_once", "on")];
        until("a report of all", async || {
            let page = browser.post("/console/report", &form).await;
            assert_eq!(page.status, 200, "{}", page.text);
            page.text.contains(shows).then_some(page)
        })
        .await
    };
    ask(99).await;
    let page = at_once("Entries in all: <b>100</b>").await;
    assert_eq!(ids(&page.text).len(), 100);
    assert!(!page.text.contains("name=\"cursor\""));
    for _ in 0..10 {
        ask(100).await;
    }
    let page = at_once("There are more.").await;
    page.shows("<b>1,000</b>");
    assert_eq!(ids(&page.text).len(), 1000);
    assert!(!page.text.contains("Entries in all"));
    let reports = left(&app, "audit.subject_report").await;
    let first = browser.post("/console/report", &[("person", NUMBER)]).await;
    first.shows("Show all for printing, at most 1,000");
    assert!(!first.text.contains("Entries in all"));
    assert_eq!(left(&app, "audit.subject_report").await, reports + 1);
    app.stop().await;
}

/// Numbers are there once the entries behind them can be searched.
async fn counted(app: &TestApp, browser: &mut Browser<'_>, id: &str) {
    found(browser, "/console/search?operation=verify", id).await;
    assert!(left(app, "audit.search").await > 0);
}

#[actix_web::test]
async fn numbers_are_counted_drawn_and_written() {
    let app = console(|config| config.console.paper_cost = Some(20_000)).await;
    let id = asked(&app).await;
    let mut browser = Browser::signed_in(&app).await;
    counted(&app, &mut browser, &id).await;
    let page = browser.get("/console").await;
    assert_eq!(page.status, 200);
    names_nobody(&page);
    for shown in [
        "chart-bar",
        "<details>",
        "H29",
        "1.004194",
        "match",
        "20,000",
        "Seal lag",
        "UBND Thành phố Hồ Chí Minh",
        "Đăng ký tạm trú",
        "The newest entry that can be found was recorded <time",
    ] {
        page.shows(shown);
    }
    page.shows("Entries an hour");
    page.shows("<td class=\"number\">1</td>");
    assert_eq!(left(&app, "audit.statistics").await, 1);
    browser.language = "vi";
    let page = browser.get("/console?days=30").await;
    page.shows("20.000");
    page.shows("Số bản ghi mỗi ngày");
    browser.language = "en";

    let page = browser
        .get("/console/statistics?by=agency&by=decision&agency=H29")
        .await;
    page.shows("UBND Thành phố Hồ Chí Minh</span> <code class=\"faint\">H29</code>");
    page.shows("Signals are counted where");
    assert!(!page.text.contains("Signals</th>"));
    let page = browser.get("/console/statistics?by=agency&by=client").await;
    page.shows("Signals</th>");
    let page = browser
        .get("/console/statistics?by=officer&by=nothing")
        .await;
    assert_eq!(page.status, 200);
    names_nobody(&page);
    let wrong = browser.get("/console/statistics?from=x").await;
    assert_eq!(wrong.status, 400);

    let today = app.clock.today();
    let page = browser
        .get(&format!(
            "/console/reconciliation?client=onestop&day={today}"
        ))
        .await;
    page.shows("<dt>Entries</dt><dd>1</dd>");
    let compared = json!({"day": today.to_string(), "client_id": "onestop"});
    let token = app.token(AUDITOR, "audit:read");
    let compared = app
        .post("/v1/audit/reconciliation", &token, &compared)
        .await;
    page.shows(compared.json()["digest"].as_str().unwrap());
    let wrong = browser.get("/console/reconciliation?client=&day=x").await;
    assert_eq!(wrong.status, 400);
    app.stop().await;
}

#[actix_web::test]
async fn all_that_was_found_can_be_taken_along() {
    let app = console(|_| {}).await;
    let id = asked(&app).await;
    let mut browser = Browser::signed_in(&app).await;
    counted(&app, &mut browser, &id).await;
    for (format, kind) in [
        ("csv", "text/csv; charset=utf-8; header=present"),
        ("ndjson", "application/x-ndjson"),
    ] {
        let form = [("person", NUMBER), ("format", format)];
        let file = browser.post("/console/export", &form).await;
        assert_eq!(file.status, 200);
        assert_eq!(file.header("content-type"), kind);
        assert!(file.header("content-disposition").contains(format));
        assert_eq!(file.header("cache-control"), "no-store");
        file.shows(&id);
        names_nobody(&file);
    }
    assert_eq!(left(&app, "audit.export").await, 2);
    let elsewhere = browser
        .request(Method::POST, "/console/export")
        .header("content-type", "application/x-www-form-urlencoded")
        .body("format=csv");
    assert_eq!(browser.send(elsewhere).await.status, 400);
    app.stop().await;
}
