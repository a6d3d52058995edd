//! Callers who must show a certificate (mutual TLS).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use dancu::auth::development::{AUDIENCE, ISSUER};
use dancu::config::TlsVersion;
use reqwest::Client;
use reqwest::tls::Version;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use serde_json::{Value, json};

use super::{NAME, caller, get, identity};
use crate::support::app::TestApp;
use crate::support::authority::{Authority, Files, Issued};

#[actix_web::test]
async fn only_callers_with_a_certificate_of_the_authority_get_in() {
    let (authority, theirs) = (Authority::new(), Authority::new());
    let files = Files::of(&authority.issue(&[NAME]));
    let callers = files.write("callers.pem", &theirs.pem(), 0o644);
    let app = TestApp::with(|config| {
        config.http.tls = files.config();
        config.http.tls.client_ca_file = Some(callers.clone());
        config.http.tls.min_version = TlsVersion::V1_2;
        config.http.metrics_tls = files.config();
        config.http.metrics_tls.client_ca_file = Some(callers);
    })
    .await;
    let theirs_now = theirs.issue(&["one-stop"]);
    let over = theirs.issue_until(&["one-stop"], 2021);
    let strangers = authority.issue(&["one-stop"]);
    for version in [Version::TLS_1_2, Version::TLS_1_3] {
        for (address, path) in [
            (app.address(), "/health/live"),
            (app.metrics_address(), "/metrics"),
        ] {
            if version == Version::TLS_1_2 && path == "/metrics" {
                continue;
            }
            let status = async |shown| {
                let mut client = caller(address, &[&authority])
                    .tls_version_min(version)
                    .tls_version_max(version);
                if let Some(shown) = shown {
                    client = client.identity(identity(shown));
                }
                let answer = get(&client.build().unwrap(), address, path).await;
                answer.ok().map(|answer| answer.status().as_u16())
            };
            assert_eq!(status(Some(&theirs_now)).await, Some(200), "{path}");
            assert_eq!(status(None).await, None, "{path}");
            assert_eq!(status(Some(&strangers)).await, None, "{path}");
            assert_eq!(status(Some(&over)).await, None, "{path}");
        }
    }
    app.stop().await;
}

/// A token of the bootstrap client that is bound to that certificate.
fn bound(app: &TestApp, issued: &Issued) -> String {
    let der = CertificateDer::from_pem_slice(issued.certificate.as_bytes()).unwrap();
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &der);
    let keys = app.config.data_dir.join("keys");
    let key = std::fs::read(keys.join("development-issuer.p8")).unwrap();
    let set = std::fs::read(keys.join("development-issuer.jwks.json")).unwrap();
    let set: Value = serde_json::from_slice(&set).unwrap();
    let mut header = jsonwebtoken::Header::new(jsonwebtoken::Algorithm::ES256);
    header.typ = Some("at+jwt".into());
    header.kid = set["keys"][0]["kid"].as_str().map(Into::into);
    let now = app.clock.now().as_second();
    let claims = json!({"iss": ISSUER, "aud": AUDIENCE, "iat": now, "exp": now + 600,
        "sub": "admin-cli", "client_id": "admin-cli", "jti": "bound", "scope": "admin",
        "cnf": {"x5t#S256": URL_SAFE_NO_PAD.encode(digest)}});
    let key = jsonwebtoken::EncodingKey::from_ec_der(&key);
    jsonwebtoken::encode(&header, &claims, &key).unwrap()
}

#[actix_web::test]
async fn a_bound_token_is_taken_over_connections_with_its_certificate_only() {
    let (authority, theirs) = (Authority::new(), Authority::new());
    let files = Files::of(&authority.issue(&[NAME]));
    let callers = files.write("callers.pem", &theirs.pem(), 0o644);
    let app = TestApp::with(|config| {
        config.http.tls = files.config();
        config.http.tls.client_ca_file = Some(callers);
    })
    .await;
    let (own, other) = (theirs.issue(&["admin-cli"]), theirs.issue(&["admin-cli"]));
    let token = bound(&app, &own);
    let client = |shown: &Issued| -> Client {
        let client = caller(app.address(), &[&authority]).identity(identity(shown));
        client.build().unwrap()
    };
    let (owner, thief) = (client(&own), client(&other));
    let me = format!("https://{NAME}:{}/v1/me", app.address().port());
    // One after the other, so that the worker knows the token already when it is stolen.
    for (caller, status) in [(&owner, 200), (&thief, 401), (&owner, 200), (&thief, 401)] {
        let answer = caller.get(&me).bearer_auth(&token).send().await.unwrap();
        assert_eq!(answer.status(), status);
        if status == 401 {
            let problem: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
            assert_eq!(problem["code"], "token_invalid");
        }
    }
    // A token that is bound to nothing is taken with any certificate.
    let free = app.admin();
    let answer = thief.get(&me).bearer_auth(&free).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    app.stop().await;
}

#[actix_web::test]
async fn a_bound_token_is_refused_where_no_certificate_can_be_seen() {
    let theirs = Authority::new();
    let app = TestApp::start().await;
    let token = bound(&app, &theirs.issue(&["admin-cli"]));
    let answer = app.get("/v1/me", &token).await;
    assert_eq!(
        (answer.status.as_u16(), answer.code()),
        (401, "token_invalid".into())
    );
    app.stop().await;
}
