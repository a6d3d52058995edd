//! Which versions are spoken, by whom a certificate is believed, and what plain HTTP gets.

use dancu::config::TlsVersion;
use dancu::keys::NoteSigner;
use dancu::server::{WitnessListeners, start_witness};
use dancu::tlog::Algorithm;
use dancu::witness::{Logs, Setup};
use reqwest::tls::Version;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::{NAME, caller, get, series, speaking, value};
use crate::support::app::{TestApp, an, question};
use crate::support::authority::{Authority, Files};
use crate::support::scratch;

#[actix_web::test]
async fn version_1_3_is_spoken_and_1_2_is_not_unless_it_is_asked_for() {
    let authority = Authority::new();
    let files = Files::of(&authority.issue(&[NAME]));
    let app = TestApp::with(|config| config.http.tls = files.config()).await;
    let address = app.address();
    let newer = speaking(address, &authority, Version::TLS_1_3);
    let answer = get(&newer, address, "/health/live").await.unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.version(), reqwest::Version::HTTP_11);
    let older = speaking(address, &authority, Version::TLS_1_2);
    assert!(get(&older, address, "/health/live").await.is_err());
    app.stop().await;

    let app = TestApp::with(|config| {
        config.http.tls = files.config();
        config.http.tls.min_version = TlsVersion::V1_2;
    })
    .await;
    let address = app.address();
    for version in [Version::TLS_1_2, Version::TLS_1_3] {
        let client = speaking(address, &authority, version);
        let answer = get(&client, address, "/health/live").await.unwrap();
        assert_eq!(answer.status(), 200, "{version:?}");
    }
    app.stop().await;
}

#[actix_web::test]
async fn a_question_is_answered_over_tls_and_recorded() {
    let authority = Authority::new();
    let files = Files::of(&authority.issue(&[NAME]));
    let app = TestApp::with(|config| config.http.tls = files.config()).await;
    let client = caller(app.address(), &[&authority]).build().unwrap();
    let app = app.over_https(client, NAME);
    app.register(&[an()]).await;
    app.enrol("one-stop", &["citizen:verify"], json!({})).await;
    let token = app.token("one-stop", "citizen:verify");
    let answer = app.post("/v1/verify", &token, &question()).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let entry = app.entry_of(&answer).await;
    assert_eq!(entry["address"], "127.0.0.1");
    app.stop().await;
}

#[actix_web::test]
async fn a_certificate_of_another_authority_or_name_is_not_believed() {
    let (authority, stranger) = (Authority::new(), Authority::new());
    let files = Files::of(&authority.issue(&["other.example"]));
    let app = TestApp::with(|config| config.http.tls = files.config()).await;
    let client = caller(app.address(), &[&authority]).build().unwrap();
    assert!(get(&client, app.address(), "/health/live").await.is_err());
    app.stop().await;

    files.put(&authority.issue(&[NAME]));
    let app = TestApp::with(|config| config.http.tls = files.config()).await;
    let client = caller(app.address(), &[&stranger]).build().unwrap();
    assert!(get(&client, app.address(), "/health/live").await.is_err());
    let client = caller(app.address(), &[&authority]).build().unwrap();
    assert!(get(&client, app.address(), "/health/live").await.is_ok());
    app.stop().await;
}

#[actix_web::test]
async fn plain_http_gets_no_answer_where_tls_is_spoken() {
    let authority = Authority::new();
    let files = Files::of(&authority.issue(&[NAME]));
    let app = TestApp::with(|config| {
        config.http.tls = files.config();
        config.http.metrics_tls = files.config();
    })
    .await;
    for address in [app.address(), app.metrics_address()] {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let request = b"GET /health/live HTTP/1.1\r\nHost: dancu.example\r\n\r\n";
        stream.write_all(request).await.unwrap();
        let mut said = Vec::new();
        // A reset is no answer either.
        let _ended = stream.read_to_end(&mut said).await;
        assert!(
            !String::from_utf8_lossy(&said).contains("HTTP/"),
            "{said:?}"
        );
    }
    app.stop().await;
}

#[actix_web::test]
async fn metrics_have_a_certificate_of_their_own_and_tell_when_each_is_over() {
    let authority = Authority::new();
    let requests = Files::of(&authority.issue_until(&[NAME], 2090));
    let metrics = Files::of(&authority.issue_until(&[NAME], 2095));
    let app = TestApp::with(|config| {
        config.http.tls = requests.config();
        config.http.metrics_tls = metrics.config();
    })
    .await;
    let address = app.metrics_address();
    let older = speaking(address, &authority, Version::TLS_1_2);
    assert!(get(&older, address, "/metrics").await.is_err());
    let client = caller(address, &[&authority]).build().unwrap();
    let answer = get(&client, address, "/metrics").await.unwrap();
    let text = answer.text().await.unwrap();
    let expiry = |listener| {
        value(
            &text,
            &series("certificate_expiry_timestamp_seconds", listener),
        )
    };
    assert_eq!(expiry("http"), Some(3_786_912_000.0));
    assert_eq!(expiry("metrics"), Some(3_944_678_400.0));
    let failures = value(&text, &series("reload_failures_total", "http"));
    assert_eq!(failures, Some(0.0));
    app.stop().await;
}

#[actix_web::test]
async fn a_service_without_certificates_has_no_metrics_of_them() {
    let app = TestApp::start().await;
    let text = reqwest::get(app.metrics_url()).await.unwrap().text().await;
    assert!(!text.unwrap().contains("dancu_tls_"));
    app.stop().await;
}

#[actix_web::test]
async fn a_witness_speaks_tls_where_it_is_told_to() {
    let authority = Authority::new();
    let files = Files::of(&authority.issue(&[NAME]));
    let any = ([127, 0, 0, 1], 0).into();
    let (file, name) = (scratch("log-key"), "log.example/dancu");
    let log = NoteSigner::load(&file, true, name, Algorithm::Ed25519).unwrap();
    let setup = Setup {
        name: "witness.example/w1".into(),
        directory: scratch("witness"),
        logs: Logs::new(log.verifiers().cloned()).unwrap(),
        accepted: Default::default(),
    };
    let listeners = WitnessListeners {
        tls: files.config(),
        metrics_tls: files.config(),
        ..WitnessListeners::plain(any, Some(any))
    };
    let running = start_witness(setup, dancu::clock::Clock::default(), &listeners).unwrap();
    let metrics = running.metrics_address.unwrap();
    for (address, path) in [(running.address, "/health/live"), (metrics, "/metrics")] {
        let client = caller(address, &[&authority]).build().unwrap();
        let answer = get(&client, address, path).await.unwrap();
        assert_eq!(answer.status(), 200, "{path}");
        let older = speaking(address, &authority, Version::TLS_1_2);
        assert!(get(&older, address, path).await.is_err(), "{path}");
    }
    running.stop().await;
}
