//! Which keys of a published set are used.

use std::sync::Arc;

use aws_lc_rs::rsa::KeySize;
use serde_json::{Value, json};

use super::super::key_set::{KeySet, NotAKeySet};
use super::super::testing::{EC, ED, P384, RSA, TestKey, encode, jwks};
use crate::config::auth::Algorithm;

fn parse(entries: &[Value]) -> (KeySet, Vec<&'static str>) {
    KeySet::parse(jwks(entries).as_bytes(), &KeySet::default()).unwrap()
}

#[test]
fn keys_that_cannot_check_signatures_here_are_left_out_and_the_rest_is_used() {
    let off_curve = EC.jwk_with(json!({"kid": "off", "y": encode([1; 32])}));
    let useless = [
        json!(1),
        json!({"kty": "oct", "kid": "o", "k": "c2VjcmV0"}),
        json!({"kty": "EC", "kid": "k", "crv": "secp256k1", "x": "a", "y": "b"}),
        json!({"kty": "AKP", "kid": "pq", "alg": "ML-DSA-44", "pub": "a"}),
        P384.jwk(),
        EC.jwk_with(json!({"kid": null})),
        EC.jwk_with(json!({"kid": 7})),
        EC.jwk_with(json!({"kid": "u", "use": "enc"})),
        EC.jwk_with(json!({"kid": "u", "use": 1})),
        EC.jwk_with(json!({"kid": "o", "key_ops": ["sign"]})),
        EC.jwk_with(json!({"kid": "o", "key_ops": "verify"})),
        EC.jwk_with(json!({"kid": "a", "alg": "ES384"})),
        EC.jwk_with(json!({"kid": "a", "alg": "RS256"})),
        EC.jwk_with(json!({"kid": "a", "alg": 1})),
        EC.jwk_with(json!({"kid": "d", "d": "c2VjcmV0"})),
        EC.jwk_with(json!({"kid": "x", "x": encode([1; 31])})),
        EC.jwk_with(json!({"kid": "x", "x": "=="})),
        EC.jwk_with(json!({"kid": "x", "y": null})),
        off_curve,
        ED.jwk_with(json!({"kid": "x", "x": encode([1; 33])})),
        ED.jwk_with(json!({"kid": "x", "crv": "Ed448"})),
        RSA.jwk_with(json!({"kid": "n", "n": encode([0xff; 128])})),
        RSA.jwk_with(json!({"kid": "n", "n": encode([0xff; 513])})),
        RSA.jwk_with(json!({"kid": "e", "e": encode([1])})),
        RSA.jwk_with(json!({"kid": "e", "e": encode([0, 0, 4])})),
        RSA.jwk_with(json!({"kid": "e", "e": encode([1, 0, 0, 0, 1])})),
        RSA.jwk_with(json!({"kid": "e", "e": ""})),
    ];
    for entry in &useless {
        let (set, left_out) = parse(&[entry.clone(), EC.jwk()]);
        assert_eq!((set.len(), left_out.len()), (1, 1), "{entry}");
        assert!(set.find(EC.name, Algorithm::Es256).is_some());
    }
}

#[test]
fn keys_marked_for_signatures_and_unknown_members_are_taken() {
    for entry in [
        EC.jwk_with(json!({"use": "sig", "alg": "ES256", "key_ops": ["sign", "verify"]})),
        EC.jwk_with(json!({"x5c": ["MIIB"], "x5u": "https://x.example", "ext": true, "iat": 1})),
    ] {
        assert!(parse(&[entry]).0.find(EC.name, Algorithm::Es256).is_some());
    }
}

#[test]
fn a_key_is_found_only_for_algorithms_of_its_type_and_of_its_own_limits() {
    let (set, _) = parse(&[
        RSA.jwk(),
        RSA.jwk_with(json!({"kid": "ps", "alg": "PS256"})),
    ]);

    assert!(set.find("rsa", Algorithm::Rs256).is_some());
    assert!(set.find("rsa", Algorithm::Ps256).is_some());
    assert!(set.find("rsa", Algorithm::Es256).is_none());
    assert!(set.find("ps", Algorithm::Ps256).is_some());
    assert!(set.find("ps", Algorithm::Rs256).is_none());
}

#[test]
fn a_name_for_two_keys_of_one_type_stands_for_neither() {
    let twin = TestKey::ec("ec");
    let (set, left_out) = parse(&[EC.jwk(), twin.jwk(), RSA.jwk()]);
    assert!(!set.knows("ec"));
    assert!(set.knows("rsa"));
    assert_eq!(left_out, ["kid stands for two keys"; 2]);

    let (set, _) = parse(&[EC.jwk(), EC.jwk()]);
    assert!(set.find("ec", Algorithm::Es256).is_some());

    // Of two types there is no doubt which is meant (RFC 7517 section 4.5).
    let (set, _) = parse(&[EC.jwk(), ED.jwk_with(json!({"kid": "ec"}))]);
    assert!(set.find("ec", Algorithm::Es256).is_some());
    assert!(set.find("ec", Algorithm::EdDsa).is_some());
}

#[test]
fn what_is_no_key_set_is_not_taken_for_an_empty_one() {
    let before = KeySet::default();
    for (text, fault) in [
        ("", NotAKeySet::Json),
        ("<html>", NotAKeySet::Json),
        ("[]", NotAKeySet::Json),
        (r#"{"keys":[],"keys":[]}"#, NotAKeySet::Json),
        (r#"{"keys":[{"kid":"a","kid":"b"}]}"#, NotAKeySet::Json),
        ("{}", NotAKeySet::NoList),
        (r#"{"keys":{}}"#, NotAKeySet::NoList),
    ] {
        assert_eq!(
            KeySet::parse(text.as_bytes(), &before).unwrap_err(),
            fault,
            "{text}"
        );
    }
    let many = jwks(&vec![json!({}); 65]);
    assert_eq!(
        KeySet::parse(many.as_bytes(), &before).unwrap_err(),
        NotAKeySet::TooMany
    );
    assert_eq!(
        KeySet::parse(br#"{"keys":[]}"#, &before).unwrap().0.len(),
        0
    );
}

#[test]
fn a_key_that_stays_is_the_same_key_and_one_that_changed_is_not() {
    let (first, _) = parse(&[EC.jwk(), RSA.jwk()]);
    let kept = Arc::clone(first.find("ec", Algorithm::Es256).unwrap());
    let gone = Arc::clone(first.find("rsa", Algorithm::Rs256).unwrap());

    let replaced = TestKey::rsa("rsa", KeySize::Rsa2048);
    let next = jwks(&[replaced.jwk(), EC.jwk()]);
    let (second, _) = KeySet::parse(next.as_bytes(), &first).unwrap();

    assert!(second.holds(&kept));
    assert!(!second.holds(&gone));
    assert!(second.knows("rsa"));
}
