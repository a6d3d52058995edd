//! Tokens that must not be taken, each with the check that has to stop it.

mod content;
mod forms;
mod keys;

use serde_json::{Value, json};

use super::super::testing::{
    EC, ED, ISSUER, NOW, P384, RSA, Scratch, TestKey, claims, claims_with, jwks,
};
use super::super::verify::Rejection;
use super::super::{TokenError, Verifier};
use super::{ALL, LOOPBACK, config, file_source, issuer};

const OTHER_ISSUER: &str = "https://other.example";

const EXTENSION: &str = "header asks for an extension";
const HEADER: &str = "header is no strict JSON";
const TYP: &str = "typ is not at+jwt";
const ALG: &str = "algorithm is never taken";
const ISSUER_ALG: &str = "algorithm is not the issuer's";
const KID: &str = "kid is absent or no name";
const UNKNOWN: &str = "kid is not in the issuer's set";
const FIT: &str = "key does not fit the algorithm";
const SIGNATURE: &str = "signature does not verify";
const PARTS: &str = "not three parts";
const BASE64: &str = "a part is no base64url";
const PAYLOAD: &str = "payload is no strict JSON";
const LIFETIME: &str = "lifetime is over a day, or none";

/// A token to be refused, named by what is wrong with it.
struct Hostile {
    name: String,
    token: String,
    error: TokenError,
    reason: &'static str,
}

#[derive(Default)]
struct Table(Vec<Hostile>);

impl Table {
    fn refuse(&mut self, name: impl Into<String>, token: String, reason: &'static str) {
        self.0.push(Hostile {
            name: name.into(),
            token,
            error: TokenError::Invalid,
            reason,
        });
    }

    /// A good token but for its claims.
    fn claims(&mut self, change: Value, reason: &'static str) {
        self.refuse(change.to_string(), EC.sign(&claims_with(change)), reason);
    }

    /// A good token but for its header.
    fn header(&mut self, change: Value, reason: &'static str) {
        let mut header = EC.header();
        for (name, value) in change.as_object().unwrap() {
            header[name] = value.clone();
        }
        let token = EC.sign_raw(header.to_string().as_bytes(), &good_payload());
        self.refuse(change.to_string(), token, reason);
    }

    fn raw_header(&mut self, header: &str, reason: &'static str) {
        let token = EC.sign_raw(header.as_bytes(), &good_payload());
        self.refuse(header, token, reason);
    }

    fn raw_payload(&mut self, payload: &[u8], reason: &'static str) {
        let token = EC.sign_raw(EC.header().to_string().as_bytes(), payload);
        self.refuse(String::from_utf8_lossy(payload), token, reason);
    }

    fn times(&mut self, change: Value, error: TokenError, reason: &'static str) {
        self.claims(change, reason);
        self.0.last_mut().unwrap().error = error;
    }
}

fn good_payload() -> Vec<u8> {
    claims().to_string().into_bytes()
}

fn good_header() -> Vec<u8> {
    EC.header().to_string().into_bytes()
}

#[tokio::test]
async fn no_hostile_token_is_taken_and_each_is_stopped_by_the_check_meant_for_it() {
    let other = TestKey::ec("other");
    let only_rs256 = TestKey::rsa("only-rs256", aws_lc_rs::rsa::KeySize::Rsa2048);
    let (_scratch, verifier) = two_issuers(&other, &only_rs256).await;
    let mut table = Table::default();
    keys::algorithms(&mut table, &other, &only_rs256);
    keys::headers(&mut table, &other);
    forms::encodings(&mut table);
    forms::duplicates(&mut table);
    content::claim_types(&mut table);
    content::times(&mut table);

    let mut failures = Vec::new();
    for hostile in &table.0 {
        let refusal = match verifier.check(&hostile.token, NOW) {
            Ok(_) => None,
            Err(Rejection::Refused(refusal)) => Some((refusal.error, refusal.reason)),
            Err(Rejection::UnknownKey(unknown)) => Some((TokenError::Invalid, unknown.reason)),
        };
        if refusal != Some((hostile.error, hostile.reason)) {
            failures.push(format!("{}: {refusal:?}", hostile.name));
        }
    }
    assert!(failures.is_empty(), "{failures:#?}");
    assert!(
        table.0.len() >= 250,
        "only {} hostile tokens",
        table.0.len()
    );
}

async fn two_issuers(other: &TestKey, only_rs256: &TestKey) -> (Scratch, Verifier) {
    let scratch = Scratch::new();
    let (one, two) = (scratch.0.join("one.json"), scratch.0.join("two.json"));
    let only = only_rs256.jwk_with(json!({"alg": "RS256"}));
    let set = [EC.jwk(), RSA.jwk(), ED.jwk(), P384.jwk(), only];
    std::fs::write(&one, jwks(&set)).unwrap();
    std::fs::write(&two, jwks(&[other.jwk(), RSA.jwk()])).unwrap();
    let es256 = [crate::config::auth::Algorithm::Es256];
    let config = config(vec![
        issuer(ISSUER, &ALL, &file_source(&one)),
        issuer(OTHER_ISSUER, &es256, &file_source(&two)),
    ]);
    let verifier = Verifier::new(&config, LOOPBACK).unwrap();
    verifier.load(NOW).await.unwrap();
    (scratch, verifier)
}
