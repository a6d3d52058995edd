//! What a worker remembers about tokens, and when it must not.

use futures_util::FutureExt as _;
use jiff::SignedDuration;
use serde_json::json;

use super::super::budget::BURST;
use super::super::testing::{EC, NOW, RSA, TestKey, claims, claims_with, jwks};
use super::super::{TokenDesk, TokenError};
use super::verifier;

#[tokio::test]
async fn a_known_token_is_answered_at_once_with_the_same_claims() {
    let (_scratch, verifier) = verifier(&[EC.jwk()]).await;
    let desk = TokenDesk::new(verifier);
    let token = EC.sign(&claims());

    let first = desk.verify(&token, NOW).now_or_never().unwrap().unwrap();
    let second = desk.verify(&token, NOW).now_or_never().unwrap().unwrap();

    assert!(std::sync::Arc::ptr_eq(&first, &second));
}

#[tokio::test]
async fn a_token_with_the_signature_of_a_known_one_is_not_that_token() {
    let (_scratch, verifier) = verifier(&[EC.jwk()]).await;
    let desk = TokenDesk::new(verifier);
    let good = EC.sign(&claims());
    desk.verify(&good, NOW).await.unwrap();
    let admin = EC.sign(&claims_with(json!({"client_id": "admin-cli"})));
    let signature = good.rsplit('.').next().unwrap();
    let forged = format!("{}.{signature}", admin.rsplit_once('.').unwrap().0);

    assert_eq!(desk.verify(&forged, NOW).await, Err(TokenError::Invalid));
    assert!(desk.verify(&good, NOW).await.is_ok());
}

#[tokio::test]
async fn a_known_token_expires_like_any_other() {
    let (_scratch, verifier) = verifier(&[EC.jwk()]).await;
    let desk = TokenDesk::new(verifier);
    let token = EC.sign(&claims());
    let over = NOW + SignedDuration::from_secs(610);
    desk.verify(&token, NOW).await.unwrap();

    assert!(
        desk.verify(&token, over - SignedDuration::from_millis(1))
            .await
            .is_ok()
    );
    assert_eq!(desk.verify(&token, over).await, Err(TokenError::Expired));
    assert_eq!(desk.verify(&token, over).await, Err(TokenError::Expired));
}

#[tokio::test]
async fn a_known_token_dies_with_its_key_and_outlives_other_changes() {
    let (scratch, verifier) = verifier(&[EC.jwk(), RSA.jwk()]).await;
    let desk = TokenDesk::new(verifier.clone());
    let (ec, rsa) = (EC.sign(&claims()), RSA.sign(&claims()));
    let first = desk.verify(&ec, NOW).await.unwrap();
    desk.verify(&rsa, NOW).await.unwrap();

    let newcomer = TestKey::ed("newcomer");
    let next = jwks(&[newcomer.jwk(), EC.jwk()]);
    std::fs::write(scratch.0.join("jwks.json"), next).unwrap();
    verifier.load(NOW).await.unwrap();

    assert_eq!(desk.verify(&rsa, NOW).await, Err(TokenError::Invalid));
    assert!(std::sync::Arc::ptr_eq(
        &desk.verify(&ec, NOW).await.unwrap(),
        &first
    ));

    // The same name for another key does not stand in for the one that was there.
    let impostor = TestKey::ec("ec");
    std::fs::write(scratch.0.join("jwks.json"), jwks(&[impostor.jwk()])).unwrap();
    verifier.load(NOW).await.unwrap();
    assert_eq!(desk.verify(&ec, NOW).await, Err(TokenError::Invalid));
}

#[tokio::test]
async fn a_known_token_is_not_believed_when_its_issuers_keys_are_too_old() {
    let (scratch, verifier) = verifier(&[EC.jwk()]).await;
    let desk = TokenDesk::new(verifier);
    let token = EC.sign(&claims_with(json!({"exp": NOW.as_second() + 86_400})));
    desk.verify(&token, NOW).await.unwrap();
    std::fs::remove_file(scratch.0.join("jwks.json")).unwrap();

    let late = NOW + SignedDuration::from_secs(86_401);
    assert_eq!(desk.verify(&token, late).await, Err(TokenError::Invalid));
}

#[tokio::test]
async fn a_flood_of_bad_tokens_is_shed_and_known_callers_do_not_notice() {
    let (_scratch, verifier) = verifier(&[EC.jwk()]).await;
    let desk = TokenDesk::new(verifier);
    let known = EC.sign(&claims());
    desk.verify(&known, NOW).await.unwrap();
    // A letter that no good signature ends with.
    let bad = format!("{}B", &known[..known.len() - 1]);

    let mut answers = Vec::new();
    for _ in 0..=BURST {
        answers.push(desk.verify(&bad, NOW).await.unwrap_err());
    }

    assert_eq!(answers.pop(), Some(TokenError::Overloaded));
    assert!(answers.iter().all(|answer| *answer == TokenError::Invalid));
    assert!(desk.verify(&known, NOW).await.is_ok());
    let later = NOW + SignedDuration::from_secs(1);
    assert_eq!(desk.verify(&bad, later).await, Err(TokenError::Invalid));
}

#[tokio::test]
async fn good_tokens_are_never_shed_however_many_are_new() {
    let (_scratch, verifier) = verifier(&[RSA.jwk(), EC.jwk()]).await;
    let desk = TokenDesk::new(verifier);
    for _ in 1..BURST {
        desk.verify("bad", NOW).await.unwrap_err();
    }
    for n in 0..50 {
        let token = EC.sign(&claims_with(json!({ "jti": n.to_string() })));
        assert!(desk.verify(&token, NOW).await.is_ok(), "{n}");
    }
}

#[tokio::test]
async fn a_giant_token_costs_nothing() {
    let (_scratch, verifier) = verifier(&[EC.jwk()]).await;
    let desk = TokenDesk::new(verifier);
    let giant = "A".repeat(9000);
    for _ in 0..=BURST {
        assert_eq!(desk.verify(&giant, NOW).await, Err(TokenError::Invalid));
    }
}
