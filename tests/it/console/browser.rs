//! The console in a real browser (`tests/browser/`): rules of accessibility, no error in the browser's
//! console, no request to another host, with scripts and without; and what auditors do in it from
//! beginning to end.

use std::path::Path;
use std::process::Stdio;

use dancu::config::Seal;
use serde_json::json;
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

use super::{AUDITOR, CASE, NUMBER, OFFICER, asked, console, enrol_revealer};
use crate::support::app::TestApp;
use crate::support::sealing::until;

/// Where `./dev test` puts the packages the script needs.
const MODULES: &str = "browser";

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/browser/console.mjs");

/// Looks at An, of which the first page of a report shows fifty.
const LOOKS: usize = 70;

/// The header in which a proxy hands tokens on.
const HEADER: &str = "x-forwarded-access-token";

#[actix_web::test]
async fn a_browser_finds_every_page_accessible_and_at_peace() {
    // Beside `tmp`, which cargo gives to tests.
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    let modules = target.join(MODULES);
    let chromium = std::env::var("DANCU_CHROMIUM").unwrap_or("/usr/bin/chromium".into());
    if !modules.join("node_modules/axe-core").exists() || !Path::new(&chromium).exists() {
        return skipped("chromium, or the packages that ./dev test installs, are missing");
    }
    let app = console(|config| {
        config.console.paper_cost = Some(20_000);
        config.signals.distinct_people.client = 1;
    })
    .await;
    enrol_revealer(&app).await;
    let id = looked_at(&app).await;
    super::raised(&app).await;
    app.proof(&id).await;

    let other = console(|config| {
        config.console.paste = false;
        config.console.token_header = Some(HEADER.into());
        config.http.trusted_proxies = vec![[127, 0, 0, 1].into()];
        config.audit.seal = Seal::Elsewhere;
        config.audit.search_timeout_s = 1;
    })
    .await;
    let unsealed = asked(&other).await;
    let client = other.database.client().await;
    // Nobody reads the table while this is open.
    let lock = "BEGIN; LOCK TABLE audit.search_entry IN ACCESS EXCLUSIVE MODE";
    client.batch_execute(lock).await.unwrap();

    let token = app.token(AUDITOR, "audit:read");
    let revealer = app.token("revealer", "audit:read audit:reveal");
    let given = json!({
        "base": app.url(), "entry": id, "token": token, "revealer": revealer,
        "day": app.clock.today().to_string(), "person": NUMBER, "officer": OFFICER, "case": CASE,
        "looks": LOOKS, "reason": "Đơn số 12", "secrets": [token, revealer, NUMBER, OFFICER, CASE, "Đơn số"],
        "other": {"base": other.url(), "entry": unsealed, "header": HEADER,
            "token": other.token(AUDITOR, "audit:read")},
    });
    let mut command = Command::new("node");
    let running = command
        .arg(SCRIPT)
        .env("DANCU_BROWSER_MODULES", modules)
        .env("DANCU_CHROMIUM", chromium)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn();
    let mut running = running.unwrap();
    let mut stdin = running.stdin.take().unwrap();
    stdin.write_all(given.to_string().as_bytes()).await.unwrap();
    drop(stdin);
    let output = running.wait_with_output().await.unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let failed = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{said}{failed}");
    assert!(said.contains("136 pages, 0 faults"), "{said}");
    drop(client);
    other.stop().await;
    app.stop().await;
}

/// Looks at An by one officer for one case, all of which can be found; the first of them.
async fn looked_at(app: &TestApp) -> String {
    let first = asked(app).await;
    let token = app.token("onestop", "citizen:verify");
    let mut body = crate::support::app::question();
    body["context"]["officer_id"] = OFFICER.into();
    body["context"]["case_id"] = CASE.into();
    let mut last = String::new();
    for _ in 1..LOOKS {
        let answer = app.post("/v1/verify", &token, &body).await.json();
        last = answer["audit_id"].as_str().unwrap().to_owned();
    }
    let auditor = app.token(AUDITOR, "audit:read");
    until("all are found", async || {
        let newest = json!({"operation": "verify", "limit": 1});
        let page = app.post("/v1/audit/search", &auditor, &newest).await.json();
        (page["entries"][0]["audit_id"] == last.as_str()).then_some(())
    })
    .await;
    first
}

#[expect(
    clippy::print_stderr,
    reason = "whoever reads the test's output must see it"
)]
fn skipped(why: &str) {
    eprintln!("skipped: the console in a browser ({why})");
}
