//! Files that change while the service runs.

use std::net::SocketAddr;
use std::time::Duration;

use reqwest::Client;

use super::{NAME, caller, get, identity, series, shown, value};
use crate::support::app::TestApp;
use crate::support::authority::{Authority, Files};
use crate::support::within;

/// Files are looked at every two seconds, and what cannot be used twice.
const LIMIT: Duration = Duration::from_secs(20);

/// What a caller who comes now is shown.
async fn shown_now(address: SocketAddr, trusted: &[&Authority]) -> Option<Vec<u8>> {
    let client = caller(address, trusted).build().unwrap();
    let answer = get(&client, address, "/health/live").await.ok()?;
    Some(shown(&answer))
}

async fn failures(app: &TestApp, listener: &str) -> f64 {
    let text = reqwest::get(app.metrics_url()).await.unwrap().text().await;
    value(&text.unwrap(), &series("reload_failures_total", listener)).unwrap()
}

#[actix_web::test]
async fn a_new_certificate_is_shown_without_a_restart_and_old_connections_live_on() {
    let (old, new) = (Authority::new(), Authority::new());
    let files = Files::of(&old.issue_until(&[NAME], 2090));
    let app = TestApp::with(|config| config.http.tls = files.config()).await;
    let address = app.address();
    let faithful = caller(address, &[&old]).pool_max_idle_per_host(1).build();
    let faithful: Client = faithful.unwrap();
    let first = get(&faithful, address, "/health/live").await.unwrap();
    let before = shown(&first);
    // Read to its end, so that its connection is used again.
    first.text().await.unwrap();

    files.put(&new.issue_until(&[NAME], 2095));
    within("the new certificate is shown", LIMIT, async || {
        shown_now(address, &[&new]).await.is_some()
    })
    .await;
    assert!(shown_now(address, &[&old]).await.is_none());
    // The old authority has not signed the new certificate, so this is the connection of before.
    let again = get(&faithful, address, "/health/live").await.unwrap();
    assert_eq!((again.status().as_u16(), shown(&again)), (200, before));
    let text = reqwest::get(app.metrics_url()).await.unwrap().text().await;
    let expiry = series("certificate_expiry_timestamp_seconds", "http");
    assert_eq!(value(&text.unwrap(), &expiry), Some(3_944_678_400.0));
    assert_eq!(failures(&app, "http").await, 0.0);
    app.stop().await;
}

#[actix_web::test]
async fn a_pair_that_cannot_be_used_changes_nothing_and_is_counted_once() {
    let authority = Authority::new();
    let good = authority.issue(&[NAME]);
    let files = Files::of(&good);
    let app = TestApp::with(|config| config.http.tls = files.config()).await;
    let address = app.address();
    let before = shown_now(address, &[&authority]).await.unwrap();

    let mut counted = 0.0;
    let other = authority.issue(&[NAME]);
    let expired = authority.issue_until(&[NAME], 2021);
    let broken: [(&str, &dyn Fn()); 5] = [
        ("the key of another certificate", &|| {
            files.write("certificate.pem", &other.certificate, 0o644);
        }),
        ("no certificate", &|| {
            files.write("certificate.pem", "-----BEGIN", 0o644);
        }),
        ("a key that others may read", &|| {
            files.write("key.pem", &other.key, 0o644);
            files.write("certificate.pem", &other.certificate, 0o644);
        }),
        ("a certificate that is over", &|| files.put(&expired)),
        ("no file", &|| {
            std::fs::remove_file(files.path("key.pem")).unwrap();
        }),
    ];
    for (what, breaks) in broken {
        breaks();
        counted += 1.0;
        within(what, LIMIT, async || {
            failures(&app, "http").await >= counted
        })
        .await;
        assert_eq!(failures(&app, "http").await, counted, "{what}");
        let now = shown_now(address, &[&authority]).await;
        assert_eq!(now.as_ref(), Some(&before), "{what}");
    }

    files.put(&other);
    within("what is mended is shown", LIMIT, async || {
        shown_now(address, &[&authority]).await.unwrap() != before
    })
    .await;
    assert_eq!(failures(&app, "http").await, counted);
    app.stop().await;
}

#[actix_web::test]
async fn authorities_of_callers_are_replaced_without_a_restart() {
    let (authority, first, second) = (Authority::new(), Authority::new(), Authority::new());
    let files = Files::of(&authority.issue(&[NAME]));
    let callers = files.write("callers.pem", &first.pem(), 0o644);
    let app = TestApp::with(|config| {
        config.http.tls = files.config();
        config.http.tls.client_ca_file = Some(callers);
    })
    .await;
    let address = app.address();
    let gets_in = async |by: &Authority| {
        let identity = identity(&by.issue(&["one-stop"]));
        let client = caller(address, &[&authority]).identity(identity).build();
        get(&client.unwrap(), address, "/health/live").await.is_ok()
    };
    assert!(gets_in(&first).await && !gets_in(&second).await);
    // Connects anew each time, and would take up its session where it may.
    let returning = caller(address, &[&authority])
        .identity(identity(&first.issue(&["one-stop"])))
        .pool_max_idle_per_host(0)
        .build()
        .unwrap();
    let returns = async || get(&returning, address, "/health/live").await.is_ok();
    assert!(returns().await && returns().await);
    files.write("callers.pem", &second.pem(), 0o644);
    within("the second authority is believed", LIMIT, async || {
        gets_in(&second).await
    })
    .await;
    assert!(!gets_in(&first).await && !returns().await);
    files.write("callers.pem", "nobody", 0o644);
    within("nobody is no authority", LIMIT, async || {
        failures(&app, "http").await == 1.0
    })
    .await;
    assert!(gets_in(&second).await);
    app.stop().await;
}
