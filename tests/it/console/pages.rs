//! What pages show, in both languages, to whom, and what reading them leaves.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::Method;

use super::{
    AUDITOR, Browser, CASE, NUMBER, OFFICER, Page, asked, console, enrol_revealer, left, revealing,
};
use crate::support::sealing::until;

/// Pages that are there for whoever is signed in, besides those of an entry.
const PAGES: &[&str] = &[
    "/console",
    "/console/search",
    "/console/entries",
    "/console/report",
    "/console/signals",
    "/console/statistics",
    "/console/reconciliation",
    "/console/log",
    "/console/sign-in",
];

/// A page that keeps to the rules all pages keep to.
#[track_caller]
fn keeps_the_rules(page: &Page, path: &str) {
    let policy = page.header("content-security-policy");
    assert!(
        policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self';"),
        "{path}"
    );
    assert!(
        !policy.contains("unsafe") && policy.contains("frame-ancestors 'none'"),
        "{path}"
    );
    assert_eq!(page.header("cache-control"), "no-store", "{path}");
    assert_eq!(page.header("x-content-type-options"), "nosniff", "{path}");
    assert_eq!(
        page.header("content-type"),
        "text/html; charset=utf-8",
        "{path}"
    );
    for inline in [
        " style=",
        "<style",
        "javascript:",
        " onclick",
        " onload",
        " onsubmit",
    ] {
        assert!(!page.text.contains(inline), "{inline} in {path}");
    }
    for script in page.text.split("<script").skip(1) {
        assert!(
            script.starts_with(" src=\"/console/files/console.js\" defer></script>"),
            "{path}"
        );
    }
    for attribute in ["src=\"", "href=\"", "action=\""] {
        for rest in page.text.split(attribute).skip(1) {
            let address = rest.split('"').next().unwrap();
            assert!(
                address.starts_with('/') && !address.starts_with("//")
                    || address.starts_with('#')
                    || address.starts_with("?lang="),
                "{address} in {path}"
            );
        }
    }
    let tag = page.header("content-language");
    page.shows(&format!("<html lang=\"{tag}\">"));
    assert!(page.text.contains("<main id=\"main\"") && page.text.contains("href=\"#main\""));
    assert_eq!(page.text.matches("<h1").count(), 1, "{path}");
}

/// The page of an entry, once it is sealed.
async fn proven(browser: &mut Browser<'_>, id: &str) -> Page {
    let path = format!("/console/entries/{id}");
    until("a proof", async || {
        let page = browser.get(&path).await;
        assert_eq!(page.status, 200, "{}", page.text);
        page.text.contains("class=\"climb\"").then_some(page)
    })
    .await
}

#[actix_web::test]
async fn an_entry_is_shown_with_its_proof_and_names_nobody() {
    let app = console(|_| {}).await;
    let id = asked(&app).await;
    let mut browser = Browser::signed_in(&app).await;
    for (language, says) in [
        ("en", "Proven: this entry is in"),
        ("vi", "Đã chứng minh: bản ghi"),
    ] {
        browser.language = language;
        let page = proven(&mut browser, &id).await;
        keeps_the_rules(&page, "an entry");
        assert_eq!(page.header("content-language"), language);
        page.shows(says);
        let [name, level] = match language {
            "en" => ["Full name", "letter by letter"],
            _ => ["Họ và tên", "đúng từng chữ"],
        };
        for shown in [
            &id,
            "onestop",
            "H29",
            "UBND Thành phố Hồ Chí Minh",
            "1.004194",
            "Đăng ký tạm trú",
            "full_name",
            name,
            level,
        ] {
            page.shows(shown);
        }
        for hidden in [
            "001095000001",
            "079085001234",
            "261121-0007",
            "Nguyễn",
            "1995",
        ] {
            assert!(!page.text.contains(hidden), "{hidden}");
        }
        // The steps lead from the leaf to the root of the checkpoint below them.
        let proof = app.proof(&id).await;
        let entry = STANDARD.decode(proof["entry"].as_str().unwrap()).unwrap();
        page.shows(&dancu::tlog::leaf_hash(&entry).to_string());
        let note = page
            .text
            .split("aria-labelledby=\"checkpoint\">")
            .nth(1)
            .unwrap();
        let root = note.lines().nth(2).unwrap();
        let top = page.text.split("node parent root").nth(1).unwrap();
        assert!(
            top.contains(&format!("<p class=\"hash\">{root}</p>")),
            "{root}"
        );
    }
    let address = format!("/console/entries/{id}/proof.json");
    let taken = browser.get(&address).await;
    assert_eq!(taken.header("content-type"), "application/json");
    let taken: serde_json::Value = serde_json::from_str(&taken.text).unwrap();
    assert_eq!(taken["audit_id"], id);
    assert!(taken["inclusion_proof"].is_array());
    app.stop().await;
}

#[actix_web::test]
async fn reading_a_page_leaves_an_entry_before_the_page_leaves() {
    let app = console(|_| {}).await;
    let id = asked(&app).await;
    let mut browser = Browser::signed_in(&app).await;
    proven(&mut browser, &id).await;
    let (read, proofs) = (
        left(&app, "audit.entry").await,
        left(&app, "audit.proof").await,
    );
    browser.get(&format!("/console/entries/{id}")).await;
    assert_eq!(left(&app, "audit.entry").await, read + 1);
    assert_eq!(left(&app, "audit.proof").await, proofs + 1);
    browser
        .get(&format!("/console/entries/{id}/proof.json"))
        .await;
    assert_eq!(left(&app, "audit.proof").await, proofs + 2);
    let logs = left(&app, "console.log").await;
    browser.get("/console/log").await;
    assert_eq!(left(&app, "console.log").await, logs + 1);
    app.stop().await;
}

#[actix_web::test]
async fn every_page_keeps_the_rules_in_both_languages() {
    let app = console(|_| {}).await;
    asked(&app).await;
    let mut browser = Browser::signed_in(&app).await;
    let unknown = "/console/entries/0199f2b4-7c1e-7a52-9d3b-5e8c1f0a2b6d";
    for path in PAGES
        .iter()
        .copied()
        .chain([unknown, "/console/nowhere", "/console/entries/x"])
    {
        for language in ["en", "vi"] {
            browser.language = language;
            let page = browser.get(path).await;
            keeps_the_rules(&page, path);
            assert_eq!(page.header("content-language"), language, "{path}");
            let expected = if PAGES.contains(&path) { 200 } else { 404 };
            assert_eq!(page.status, expected, "{path}");
        }
    }
    let wrong = browser.request(Method::DELETE, "/console/log");
    let wrong = browser.send(wrong).await;
    assert_eq!(
        (wrong.status.as_u16(), wrong.header("allow")),
        (405, "GET, HEAD")
    );
    keeps_the_rules(&wrong, "a wrong method");
    // What only begins alike is not the console's.
    let other = browser.get("/consolation").await;
    assert_eq!(other.header("content-type"), "application/problem+json");
    for (file, kind) in [
        ("console.css", "text/css; charset=utf-8"),
        ("console.js", "text/javascript; charset=utf-8"),
        ("icon.svg", "image/svg+xml"),
    ] {
        let file = browser.get(&format!("/console/files/{file}")).await;
        assert_eq!(
            (file.status.as_u16(), file.header("content-type")),
            (200, kind)
        );
    }
    app.stop().await;
}

#[actix_web::test]
async fn a_chosen_language_lasts() {
    let app = console(|_| {}).await;
    let mut browser = Browser::signed_in(&app).await;
    let page = browser.get("/console/log?lang=vi").await;
    assert_eq!(page.header("content-language"), "vi");
    page.shows("href=\"/console/log?lang=en\"");
    assert_eq!(
        browser
            .get("/console/entries")
            .await
            .header("content-language"),
        "vi"
    );
    let page = browser.get("/console/entries?lang=en").await;
    assert_eq!(page.header("content-language"), "en");
    let odd = browser.get("/console/log?lang=%22%3E%3Cscript%3E").await;
    assert_eq!(odd.header("content-language"), "en");
    keeps_the_rules(&odd, "an odd language");
    app.stop().await;
}

#[actix_web::test]
async fn an_id_is_looked_up_without_standing_in_an_address() {
    let app = console(|_| {}).await;
    let id = asked(&app).await;
    let mut browser = Browser::signed_in(&app).await;
    let found = browser
        .post(
            "/console/entries",
            &[("audit_id", &format!(" {} ", id.to_uppercase()))],
        )
        .await;
    assert_eq!(found.status, 303);
    assert_eq!(found.header("location"), format!("/console/entries/{id}"));
    let number = browser
        .post("/console/entries", &[("audit_id", "001095000001")])
        .await;
    assert_eq!(number.status, 400);
    number.shows("That is no entry id");
    assert!(!number.text.contains("001095000001"));
    keeps_the_rules(&number, "no id");
    app.stop().await;
}

#[actix_web::test]
async fn an_auditor_of_another_agency_is_not_told_that_an_entry_exists() {
    let app = console(|_| {}).await;
    let id = asked(&app).await;
    let mut browser = Browser::new(&app);
    browser
        .enter(&app.token(AUDITOR, "audit:read.agency"))
        .await;
    let others = browser.get(&format!("/console/entries/{id}")).await;
    let none = format!("{}000000000000", &id[..24]);
    let none = browser.get(&format!("/console/entries/{none}")).await;
    for page in [&others, &none] {
        assert_eq!(page.status, 404);
        page.shows("not_found");
    }
    app.stop().await;
}

#[actix_web::test]
async fn the_state_of_the_log_says_who_signed_and_how_far_it_is() {
    let app = console(|_| {}).await;
    let mut browser = Browser::signed_in(&app).await;
    let page = until("a head", async || {
        let page = browser.get("/console/log").await;
        page.text.contains("<pre").then_some(page)
    })
    .await;
    for shown in [
        "dancu.example/log/1",
        "✓ holds",
        "No witness has cosigned",
        "grows",
    ] {
        page.shows(shown);
    }
    app.stop().await;
}

#[actix_web::test]
async fn one_entry_is_shown_in_the_clear_to_whoever_may_and_says_why() {
    let app = console(|_| {}).await;
    enrol_revealer(&app).await;
    let id = asked(&app).await;
    let path = format!("/console/entries/{id}");
    let mut auditor = Browser::signed_in(&app).await;
    assert!(!auditor.get(&path).await.text.contains("name=\"reveal\""));
    let mut browser = revealing(&app).await;
    let hidden = [NUMBER, OFFICER, CASE];
    let page = browser.get(&path).await;
    page.shows("Show who is behind the pseudonyms");
    assert!(hidden.iter().all(|value| !page.text.contains(value)));
    let form = [("reveal", "on"), ("reason", "Đơn số 12")];
    let without = browser.post(&path, &form[..1]).await;
    assert_eq!(without.status, 400);
    without.shows("Reason: needed");
    assert!(hidden.iter().all(|value| !without.text.contains(value)));
    let shown = browser.post(&path, &form).await;
    assert_eq!(shown.status, 200);
    keeps_the_rules(&shown, "an entry in the clear");
    for value in hidden {
        shown.shows(value);
    }
    shown.shows("are shown in the clear");
    // What it leaves says that people were shown, and only that look does.
    let revealed = "SELECT (position('\\x181df5'::bytea IN entry) > 0)::text FROM audit.entry
        WHERE operation = 'audit.entry' AND client_id = 'revealer' ORDER BY at DESC, seq DESC";
    assert_eq!(app.rows(revealed).await, ["true", "false", "false"]);
    let none = format!("{path}0");
    assert_eq!(browser.post(&none, &form).await.status, 404);
    app.stop().await;
}

#[actix_web::test]
async fn the_log_shows_its_latest_checkpoints_and_who_cosigned_each() {
    let app = console(|config| config.audit.seal_interval_ms = 20).await;
    let mut browser = Browser::signed_in(&app).await;
    let rows = |page: &Page| {
        let table = page.text.split("aria-labelledby=\"checkpoints\"").nth(2);
        let table = table.map_or("", |rest| rest.split("</table>").next().unwrap());
        table.matches("<th scope=\"row\">").count()
    };
    let page = until("twenty checkpoints, and no more", async || {
        app.leave_entries(1).await;
        let page = browser.get("/console/log").await;
        let published = "SELECT size::text FROM audit.checkpoint WHERE published_at IS NOT NULL";
        (app.rows(published).await.len() > 22).then_some(page)
    })
    .await;
    assert_eq!(rows(&page), 20);
    let line = {
        let signed = STANDARD.encode([7_u8; 76]);
        format!("— witness.example {signed}")
    };
    let client = app.database.client().await;
    let cosign = format!(
        "INSERT INTO audit.cosignature (epoch, size, name, key_id, line)
         SELECT epoch, size, 'witness.example', 117901063, E'{line}\\n' FROM audit.checkpoint
         WHERE published_at IS NOT NULL ORDER BY size DESC LIMIT 1"
    );
    client.batch_execute(&cosign).await.unwrap();
    let page = browser.get("/console/log").await;
    page.shows("<code>witness.example</code>");
    app.stop().await;
}

#[actix_web::test]
async fn the_overview_says_when_searching_is_behind() {
    let app = console(|config| config.audit.searchable = false).await;
    let mut browser = Browser::signed_in(&app).await;
    let published = "SELECT size::text FROM audit.checkpoint WHERE published_at IS NOT NULL";
    until("a checkpoint", async || {
        (!app.rows(published).await.is_empty()).then_some(())
    })
    .await;
    for path in ["/console", "/console/log"] {
        let page = browser.get(path).await;
        assert!(!page.text.contains("Searching is behind"), "{path}");
    }
    let client = app.database.client().await;
    let older = "UPDATE audit.checkpoint SET made_at = made_at - INTERVAL '5 minutes'";
    client.batch_execute(older).await.unwrap();
    for path in ["/console", "/console/log"] {
        let page = browser.get(path).await;
        page.shows("Searching is behind");
        page.shows("5 min");
    }
    app.stop().await;
}

#[actix_web::test]
async fn what_may_take_long_says_so_beside_its_form() {
    let app = console(|config| config.audit.search_timeout_s = 47).await;
    let mut browser = Browser::signed_in(&app).await;
    for path in [
        "/console/search",
        "/console/report",
        "/console/signals",
        "/console/statistics",
        "/console/reconciliation",
    ] {
        let page = browser.get(path).await;
        page.shows("This may take up to 47 seconds.");
    }
    app.stop().await;
}
