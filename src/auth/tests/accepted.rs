//! Tokens that are taken, and what is read from them.

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::testing::{AUDIENCE, EC, ED, ISSUER, NOW, RSA, TestKey, claims, claims_with};
use super::super::{Thumbprint, TokenError, VerifiedToken, Verifier};
use super::verifier;
use crate::domain::scope::Scopes;

async fn all_keys() -> (super::Scratch, Verifier) {
    verifier(&[EC.jwk(), RSA.jwk(), ED.jwk()]).await
}

#[tokio::test]
async fn every_algorithm_of_the_issuer_is_taken() {
    let (_scratch, verifier) = all_keys().await;
    let ps256 = RSA.sign_as(
        jsonwebtoken::Algorithm::PS256,
        json!({"alg": "PS256", "typ": "at+jwt", "kid": RSA.name})
            .to_string()
            .as_bytes(),
        claims().to_string().as_bytes(),
    );
    for token in [
        EC.sign(&claims()),
        RSA.sign(&claims()),
        ED.sign(&claims()),
        ps256,
    ] {
        let verified = verifier.verify(&token, NOW).await.unwrap();
        assert_eq!(
            *verified,
            VerifiedToken {
                issuer: ISSUER.into(),
                client_id: "onestop-hcm".into(),
                token_id: "0197-a".into(),
                subject: "onestop-hcm".into(),
                officer_id: Some("079085001234".into()),
                issued_at: NOW,
                expires_at: NOW + SignedDuration::from_mins(10),
                scopes: Scopes::parse("citizen:verify fields:identity"),
                certificate: None,
            }
        );
    }
}

#[tokio::test]
async fn headers_may_differ_where_the_profile_lets_them() {
    let (_scratch, verifier) = all_keys().await;
    let attacker = TestKey::ec("ec");
    for change in [
        json!({"typ": "AT+JWT"}),
        json!({"typ": "application/at+jwt"}),
        json!({"typ": "Application/AT+jwt"}),
        // Keys and addresses named inside are not looked at, not even to refuse them.
        json!({"jku": "https://attacker.example/jwks", "x5u": "https://attacker.example/x5u"}),
        json!({"jwk": attacker.jwk(), "x5c": ["MIIB"], "x5t": "a"}),
        json!({"unheard": {"of": [1, 2]}}),
    ] {
        let mut header = EC.header();
        for (name, value) in change.as_object().unwrap() {
            header[name] = value.clone();
        }
        let token = EC.sign_raw(
            header.to_string().as_bytes(),
            claims().to_string().as_bytes(),
        );
        assert!(verifier.verify(&token, NOW).await.is_ok(), "{change}");
    }
}

#[tokio::test]
async fn claims_may_differ_where_the_profile_lets_them() {
    let (_scratch, verifier) = all_keys().await;
    let now = NOW.as_second();
    for change in [
        json!({"aud": [AUDIENCE]}),
        json!({"aud": ["https://else.example", AUDIENCE]}),
        json!({"scope": null}),
        json!({"scope": ""}),
        json!({"officer_id": null}),
        json!({"officer_id": "hcm-cb_0042.a"}),
        json!({"jti": "x"}),
        json!({"jti": "x".repeat(128)}),
        json!({"sub": "CN=Mot cua, O=H29"}),
        json!({"nbf": now}),
        json!({"nbf": now + 10}),
        json!({"iat": now + 10, "exp": now + 20}),
        json!({"iat": now - 86_400, "exp": now}),
        json!({"iat": f64::from(1_800_000_000) - 0.5, "exp": f64::from(1_800_000_000) + 0.5}),
        json!({"iat": now - 100, "exp": now - 9}),
        json!({"address": {"a": 1}, "groups": [{"a": 1}, {"a": 1}]}),
    ] {
        let token = EC.sign(&claims_with(change.clone()));
        assert!(verifier.verify(&token, NOW).await.is_ok(), "{change}");
    }
}

#[tokio::test]
async fn a_token_is_over_ten_seconds_after_exp_and_not_a_moment_sooner() {
    let (_scratch, verifier) = all_keys().await;
    let token = EC.sign(&claims());
    let over = NOW + SignedDuration::from_secs(610);
    let moment = SignedDuration::from_millis(1);

    assert!(verifier.verify(&token, over - moment).await.is_ok());
    assert_eq!(
        verifier.verify(&token, over).await,
        Err(TokenError::Expired)
    );
    let early = NOW - SignedDuration::from_secs(10);
    assert!(verifier.verify(&token, early).await.is_ok());
    assert_eq!(
        verifier.verify(&token, early - moment).await,
        Err(TokenError::NotYetValid)
    );
}

#[tokio::test]
async fn fractions_of_seconds_are_kept_to_the_millisecond() {
    let (_scratch, verifier) = all_keys().await;
    let mut claims = claims();
    claims["iat"] = json!(1_799_999_999.25);
    claims["exp"] = json!(1_800_000_000.500_9);

    let token = verifier.verify(&EC.sign(&claims), NOW).await.unwrap();

    assert_eq!(
        token.issued_at,
        Timestamp::new(1_799_999_999, 250_000_000).unwrap()
    );
    assert_eq!(
        token.expires_at,
        Timestamp::new(1_800_000_000, 500_000_000).unwrap()
    );
}

/// One verifier for all cases of the properties below. It has read its keys, and their file is gone:
/// statics are never dropped.
fn shared() -> &'static Verifier {
    static SHARED: std::sync::LazyLock<Verifier> = std::sync::LazyLock::new(|| {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let (_scratch, verifier) = runtime.block_on(all_keys());
        verifier
    });
    &SHARED
}

proptest! {
    #[test]
    fn no_token_with_one_byte_changed_is_taken(
        key in 0_usize..3, place in any::<prop::sample::Index>(), byte in 1_u8..128,
    ) {
        let verifier = shared();
        let token = [&EC, &RSA, &ED][key].sign(&claims());
        prop_assert!(verifier.check(&token, NOW).is_ok());
        let mut bytes = token.into_bytes();
        let place = place.index(bytes.len());
        prop_assume!(bytes[place] != byte);
        bytes[place] = byte;
        let changed = String::from_utf8(bytes).unwrap();
        prop_assert!(verifier.check(&changed, NOW).is_err(), "{}", changed);
    }

    #[test]
    fn no_token_with_a_byte_added_or_lost_is_taken(
        place in any::<prop::sample::Index>(), byte in prop::option::of(1_u8..128),
    ) {
        let verifier = shared();
        let token = ED.sign(&claims());
        let mut bytes = token.into_bytes();
        let place = place.index(bytes.len());
        match byte {
            Some(byte) => bytes.insert(place, byte),
            None => { bytes.remove(place); }
        }
        prop_assert!(verifier.check(&String::from_utf8(bytes).unwrap(), NOW).is_err());
    }

    #[test]
    fn no_text_panics(token in "\\PC{0,200}", parts in "[A-Za-z0-9_-]{0,40}\\.[A-Za-z0-9_-]{0,40}\\.[A-Za-z0-9_-]{0,40}") {
        let verifier = shared();
        prop_assert!(verifier.check(&token, NOW).is_err());
        prop_assert!(verifier.check(&parts, NOW).is_err());
    }

    #[test]
    fn no_signed_claim_of_any_shape_panics(name in "iss|aud|sub|client_id|jti|iat|exp|nbf|scope|officer_id|cnf", value in json_value()) {
        let verifier = shared();
        let mut claims = claims();
        claims[name] = value;
        let _ = verifier.check(&ED.sign(&claims), NOW);
    }
}

fn json_value() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        proptest::collection::vec(any::<String>().prop_map(Value::from), 0..3)
            .prop_map(Value::from),
    ]
}

#[tokio::test]
async fn a_bound_token_is_good_with_its_certificate_only() {
    let (_scratch, verifier) = all_keys().await;
    let (own, other) = (Thumbprint::of(b"own"), Thumbprint::of(b"other"));
    // printf own | sha256sum, in base64url.
    let name = "Wzl1ZRw8q5LQRMCW3DChwtlSVJdFdHLeSMUeyzY9H0o";
    let mut bound = claims();
    bound["cnf"] = json!({ "x5t#S256": name });
    let token = verifier.verify(&EC.sign(&bound), NOW).await.unwrap();
    assert_eq!(token.check_binding(Some(&own)), Ok(()));
    assert_eq!(token.check_binding(Some(&other)), Err(TokenError::Invalid));
    assert_eq!(token.check_binding(None), Err(TokenError::Invalid));
    let free = verifier.verify(&EC.sign(&claims()), NOW).await.unwrap();
    assert_eq!(free.check_binding(None), Ok(()));
    assert_eq!(free.check_binding(Some(&other)), Ok(()));
}
