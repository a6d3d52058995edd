//! The console in a real browser (`tests/browser/`): rules of accessibility, no error in the browser's
//! console, no request to another host, with scripts and without.

use std::path::Path;
use std::process::Stdio;

use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

use super::{AUDITOR, asked, console};

/// Where `./dev test` puts the packages the script needs.
const MODULES: &str = "browser";

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/browser/console.mjs");

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
    let id = asked(&app).await;
    super::raised(&app).await;
    app.proof(&id).await;
    let mut command = Command::new("node");
    let running = command
        .arg(SCRIPT)
        .args([&app.url(), &id])
        .env("DANCU_BROWSER_MODULES", modules)
        .env("DANCU_CHROMIUM", chromium)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn();
    let mut running = running.unwrap();
    let token = app.token(AUDITOR, "audit:read");
    let mut stdin = running.stdin.take().unwrap();
    stdin.write_all(token.as_bytes()).await.unwrap();
    drop(stdin);
    let output = running.wait_with_output().await.unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let failed = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{said}{failed}");
    assert!(said.contains("64 pages, 0 faults"), "{said}");
    app.stop().await;
}

#[expect(
    clippy::print_stderr,
    reason = "whoever reads the test's output must see it"
)]
fn skipped(why: &str) {
    eprintln!("skipped: the console in a browser ({why})");
}
