//! What happens when keys change, go away or cannot be reached.

use std::time::Duration;

use futures_util::FutureExt as _;
use jiff::SignedDuration;
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::super::testing::{EC, ISSUER, NOW, RSA, Scratch, TestKey, claims, claims_with, jwks};
use super::super::{SetupError, TokenError, Verifier, development};
use super::{ALL, LOOPBACK, config, file_source, issuer, verifier};
use crate::clock::Clock;
use serde_json::json;

/// Everything up to here happens at `NOW`; tokens live longer than the test's clock moves.
fn long_claims() -> serde_json::Value {
    claims_with(json!({"exp": NOW.as_second() + 86_400}))
}

fn after(seconds: i64) -> jiff::Timestamp {
    NOW + SignedDuration::from_secs(seconds)
}

/// A good key set, but for being larger than any is.
fn oversized(keys: &[serde_json::Value]) -> String {
    jwks(keys) + &" ".repeat(256 * 1024)
}

async fn publish(server: &MockServer, answer: ResponseTemplate) {
    server.reset().await;
    Mock::given(method("GET"))
        .and(path("/jwks"))
        .respond_with(answer)
        .mount(server)
        .await;
}

async fn publish_keys(server: &MockServer, keys: &[serde_json::Value]) {
    publish(
        server,
        ResponseTemplate::new(200).set_body_string(jwks(keys)),
    )
    .await;
}

async fn requests(server: &MockServer) -> usize {
    server.received_requests().await.unwrap().len()
}

fn of_server(server: &MockServer) -> Verifier {
    let source = format!("{}/jwks", server.uri());
    Verifier::new(&config(vec![issuer(ISSUER, &ALL, &source)]), LOOPBACK).unwrap()
}

#[tokio::test]
async fn a_new_key_in_the_file_is_learnt_from_the_first_token_that_names_it() {
    let (scratch, verifier) = verifier(&[EC.jwk()]).await;
    let token = RSA.sign(&claims());
    std::fs::write(scratch.0.join("jwks.json"), jwks(&[RSA.jwk()])).unwrap();

    assert!(verifier.verify(&token, NOW).await.is_ok());
    assert_eq!(
        verifier.verify(&EC.sign(&claims()), NOW).await,
        Err(TokenError::Invalid)
    );
}

#[tokio::test]
async fn a_changed_file_is_read_in_the_background() {
    let (scratch, verifier) = verifier(&[EC.jwk()]).await;
    let background = tokio::spawn(verifier.clone().keep_fresh(Clock::frozen(NOW)));
    std::fs::write(scratch.0.join("jwks.json"), jwks(&[RSA.jwk()])).unwrap();

    // `check` learns nothing by itself, so only the background can have done it.
    let learnt = tokio::time::timeout(Duration::from_secs(20), async {
        while verifier.check(&RSA.sign(&claims()), NOW).is_err() {
            #[expect(clippy::disallowed_methods, reason = "the background tells nobody")]
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    });

    assert!(learnt.await.is_ok());
    background.abort();
}

#[tokio::test]
async fn a_broken_or_missing_file_leaves_the_last_good_keys_for_a_day() {
    let (scratch, verifier) = verifier(&[EC.jwk()]).await;
    let file = scratch.0.join("jwks.json");
    let token = EC.sign(&long_claims());
    for content in ["{\"keys\":[", "", "{}"] {
        std::fs::write(&file, content).unwrap();
        assert!(verifier.load(after(60)).await.is_err());
        assert!(
            verifier.verify(&token, after(60)).await.is_ok(),
            "{content}"
        );
    }
    std::fs::write(&file, oversized(&[RSA.jwk()])).unwrap();
    assert!(verifier.load(after(60)).await.is_err());
    std::fs::remove_file(&file).unwrap();
    assert!(verifier.load(after(60)).await.is_err());

    assert!(verifier.verify(&token, after(86_400)).await.is_ok());
    assert_eq!(
        verifier
            .verify(&token, after(86_400) + SignedDuration::from_millis(1))
            .await,
        Err(TokenError::Invalid)
    );
}

#[tokio::test]
async fn a_file_that_names_no_key_any_more_lets_nobody_in() {
    let (scratch, verifier) = verifier(&[EC.jwk()]).await;
    std::fs::write(scratch.0.join("jwks.json"), r#"{"keys":[]}"#).unwrap();
    verifier.load(NOW).await.unwrap();

    assert_eq!(
        verifier.verify(&EC.sign(&claims()), NOW).await,
        Err(TokenError::Invalid)
    );
}

#[tokio::test]
async fn a_missing_file_stops_the_start_and_a_silent_issuer_does_not() {
    let scratch = Scratch::new();
    let missing = file_source(&scratch.0.join("none.json"));
    let verifier = Verifier::new(&config(vec![issuer(ISSUER, &ALL, &missing)]), LOOPBACK).unwrap();
    assert!(matches!(
        verifier.load(NOW).await,
        Err(SetupError::Keys { .. })
    ));

    let server = MockServer::start().await;
    publish(&server, ResponseTemplate::new(503)).await;
    let verifier = of_server(&server);
    verifier.load(NOW).await.unwrap();
    let token = EC.sign(&claims());
    assert_eq!(verifier.verify(&token, NOW).await, Err(TokenError::Invalid));

    // It comes up later, and the first token after the pause brings its keys.
    publish_keys(&server, &[EC.jwk()]).await;
    assert!(verifier.verify(&token, after(30)).await.is_ok());
}

#[tokio::test]
async fn a_key_rotated_behind_a_url_is_learnt_at_once() {
    let server = MockServer::start().await;
    publish_keys(&server, &[EC.jwk()]).await;
    let verifier = of_server(&server);
    verifier.load(NOW).await.unwrap();
    assert!(verifier.verify(&EC.sign(&claims()), NOW).await.is_ok());
    assert_eq!(requests(&server).await, 1);

    publish_keys(&server, &[RSA.jwk()]).await;

    assert!(verifier.verify(&RSA.sign(&claims()), NOW).await.is_ok());
    assert_eq!(
        verifier.verify(&EC.sign(&claims()), NOW).await,
        Err(TokenError::Invalid)
    );
    assert_eq!(requests(&server).await, 1);
}

#[tokio::test]
async fn unknown_keys_cause_one_fetch_in_thirty_seconds() {
    let server = MockServer::start().await;
    publish_keys(&server, &[EC.jwk()]).await;
    let verifier = of_server(&server);
    verifier.load(NOW).await.unwrap();
    let stranger = TestKey::ed("stranger").sign(&long_claims());

    for (seconds, expected) in [(0, 2), (0, 2), (1, 2), (29, 2), (30, 3), (59, 3), (60, 4)] {
        assert_eq!(
            verifier.verify(&stranger, after(seconds)).await,
            Err(TokenError::Invalid)
        );
        assert_eq!(requests(&server).await, expected, "after {seconds} s");
    }
    // Tokens that fall earlier cause none at all.
    for token in [
        "",
        "a.b.c",
        &EC.sign(&claims_with(json!({"iss": "https://nobody.example"}))),
    ] {
        assert!(verifier.verify(token, after(3600)).await.is_err());
    }
    assert_eq!(requests(&server).await, 4);
}

#[tokio::test]
async fn whoever_comes_during_a_fetch_shares_it() {
    let server = MockServer::start().await;
    publish_keys(&server, &[EC.jwk()]).await;
    let verifier = of_server(&server);
    verifier.load(NOW).await.unwrap();
    publish(
        &server,
        ResponseTemplate::new(200)
            .set_body_string(jwks(&[RSA.jwk()]))
            .set_delay(Duration::from_millis(200)),
    )
    .await;
    let token = RSA.sign(&claims());

    let answers =
        futures_util::future::join_all((0..20).map(|_| verifier.verify(&token, NOW))).await;

    assert!(answers.iter().all(Result::is_ok));
    assert_eq!(requests(&server).await, 1);
}

#[tokio::test]
async fn a_fetch_goes_on_when_the_request_that_caused_it_is_gone() {
    let server = MockServer::start().await;
    publish_keys(&server, &[EC.jwk()]).await;
    let verifier = of_server(&server);
    verifier.load(NOW).await.unwrap();
    publish(
        &server,
        ResponseTemplate::new(200)
            .set_body_string(jwks(&[RSA.jwk()]))
            .set_delay(Duration::from_millis(200)),
    )
    .await;
    let token = RSA.sign(&claims());
    // Looked at once, which starts the fetch, and dropped.
    assert!(verifier.verify(&token, NOW).now_or_never().is_none());

    assert!(verifier.verify(&token, NOW).await.is_ok());
    assert_eq!(requests(&server).await, 1);
}

#[tokio::test]
async fn the_last_good_keys_serve_for_a_day_while_the_issuer_is_down() {
    let server = MockServer::start().await;
    publish_keys(&server, &[EC.jwk()]).await;
    let verifier = of_server(&server);
    verifier.load(NOW).await.unwrap();
    let token = EC.sign(&long_claims());

    for answer in [
        ResponseTemplate::new(500),
        ResponseTemplate::new(404).set_body_string(jwks(&[RSA.jwk()])),
        ResponseTemplate::new(200).set_body_string("<html>maintenance</html>"),
        ResponseTemplate::new(200).set_body_string(oversized(&[RSA.jwk()])),
    ] {
        publish(&server, answer).await;
        verifier.load(after(3600)).await.unwrap();
        assert!(verifier.verify(&token, after(3600)).await.is_ok());
    }
    drop(server);
    verifier.load(after(86_400)).await.unwrap();

    assert!(verifier.verify(&token, after(86_400)).await.is_ok());
    let late = after(86_401);
    assert_eq!(
        verifier.verify(&token, late).await,
        Err(TokenError::Invalid)
    );
}

#[tokio::test]
async fn redirects_are_followed_on_the_same_host_only() {
    let elsewhere = MockServer::start().await;
    publish_keys(&elsewhere, &[EC.jwk()]).await;
    let server = MockServer::start().await;
    let redirect = |to: &str| ResponseTemplate::new(302).insert_header("Location", to);
    let token = EC.sign(&claims());

    publish(&server, redirect(&format!("{}/jwks", elsewhere.uri()))).await;
    let verifier = of_server(&server);
    verifier.load(NOW).await.unwrap();
    assert_eq!(verifier.verify(&token, NOW).await, Err(TokenError::Invalid));
    assert_eq!(requests(&elsewhere).await, 0);

    publish(&server, redirect("/moved")).await;
    Mock::given(path("/moved"))
        .respond_with(ResponseTemplate::new(200).set_body_string(jwks(&[EC.jwk()])))
        .mount(&server)
        .await;
    verifier.load(NOW).await.unwrap();
    assert!(verifier.verify(&token, NOW).await.is_ok());

    publish(&server, redirect("/jwks")).await;
    verifier.load(NOW).await.unwrap();
    assert!(requests(&server).await <= 5);
}

#[tokio::test]
async fn an_address_over_tls_can_be_configured() {
    let config = config(vec![issuer(ISSUER, &ALL, "https://issuer.example/jwks")]);
    assert!(Verifier::new(&config, LOOPBACK).is_ok());
}

#[test]
fn a_configuration_that_could_let_the_wrong_people_in_is_refused() {
    let source = "file:///nowhere/jwks.json";
    let good = issuer(ISSUER, &ALL, source);
    let fault = |issuers| Verifier::new(&config(issuers), LOOPBACK).unwrap_err();

    assert!(matches!(fault(vec![]), SetupError::NoIssuer));
    for bad in [
        vec![good.clone(), good.clone()],
        vec![issuer("", &ALL, source)],
        vec![issuer(ISSUER, &[], source)],
    ] {
        assert!(matches!(fault(bad), SetupError::Issuer { .. }));
    }
    let development = config(vec![issuer(development::ISSUER, &ALL, source)]);
    assert!(Verifier::new(&development, LOOPBACK).is_ok());
    assert!(matches!(
        Verifier::new(&development, "0.0.0.0:8080".parse().unwrap()),
        Err(SetupError::DevelopmentIssuer { .. })
    ));
}
