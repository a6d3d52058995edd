//! Tokens that must not be taken, each with the check that has to stop it.

use jsonwebtoken::Algorithm;
use serde_json::{Value, json};

use super::super::testing::{
    AUDIENCE, EC, ED, ISSUER, NOW, P384, RSA, Scratch, TestKey, claims, claims_with, encode, jwks,
};
use super::super::verify::Rejection;
use super::super::{MAX_TOKEN_BYTES, TokenError, Verifier};
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
    algorithms(&mut table, &other, &only_rs256);
    headers(&mut table, &other);
    encodings(&mut table);
    duplicates(&mut table);
    claim_types(&mut table);
    times(&mut table);

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

fn algorithms(table: &mut Table, other: &TestKey, only_rs256: &TestKey) {
    for none in ["none", "None", "NONE", "nOnE", ""] {
        let header = json!({"alg": none, "typ": "at+jwt", "kid": EC.name}).to_string();
        let unsigned = format!("{}.{}.", encode(header), encode(good_payload()));
        table.refuse(format!("alg {none:?}, unsigned"), unsigned, ALG);
    }
    for name in [
        "HS256", "HS384", "HS512", "RS384", "RS512", "PS384", "PS512", "ES384", "ES512", "ES256K",
        "Ed25519", "es256", "ES256 ", "RSA-OAEP", "dir",
    ] {
        table.header(json!({ "alg": name }), ALG);
    }
    for malformed in [json!(null), json!(1), json!(["ES256"]), json!({"ES256": 1})] {
        table.header(json!({ "alg": malformed }), ALG);
    }
    // The old confusion: the public key, which everybody has, as the secret of an HMAC.
    for (key, secret) in [
        (&RSA, RSA.jwk().to_string()),
        (&RSA, RSA.jwk()["n"].as_str().unwrap().to_owned()),
        (&EC, EC.jwk()["x"].as_str().unwrap().to_owned()),
    ] {
        let header = json!({"alg": "HS256", "typ": "at+jwt", "kid": key.name}).to_string();
        let message = format!("{}.{}", encode(header), encode(good_payload()));
        let secret = jsonwebtoken::EncodingKey::from_secret(secret.as_bytes());
        let mac =
            jsonwebtoken::crypto::sign(message.as_bytes(), &secret, Algorithm::HS256).unwrap();
        table.refuse("HS256 with a public key", format!("{message}.{mac}"), ALG);
    }
    let claiming = |algorithm: &str, key: &str| {
        json!({"alg": algorithm, "typ": "at+jwt", "kid": key}).to_string()
    };
    for (signer, algorithm, key, reason) in [
        (&*EC, "RS256", EC.name, FIT),
        (&*EC, "ES256", RSA.name, FIT),
        (&*EC, "EdDSA", EC.name, FIT),
        (&*ED, "ES256", ED.name, FIT),
        (&*ED, "ES256", EC.name, SIGNATURE),
        (&*RSA, "ES256", RSA.name, FIT),
        (&*RSA, "PS256", RSA.name, SIGNATURE),
        (&*P384, "ES256", EC.name, SIGNATURE),
        (&*P384, "ES256", P384.name, UNKNOWN),
        (&*EC, "ES256", other.name, UNKNOWN),
        (only_rs256, "PS256", only_rs256.name, FIT),
    ] {
        let token = signer.sign_raw(claiming(algorithm, key).as_bytes(), &good_payload());
        table.refuse(format!("{algorithm} naming {key}"), token, reason);
    }
    let pss = RSA.sign_as(
        Algorithm::PS256,
        claiming("RS256", RSA.name).as_bytes(),
        &good_payload(),
    );
    table.refuse("PS256 said to be RS256", pss, SIGNATURE);
    // The second issuer has an RSA key in its set, but may not sign with it.
    let claims = claims_with(json!({"iss": OTHER_ISSUER}));
    table.refuse("not its algorithm", RSA.sign(&claims), ISSUER_ALG);
    table.refuse(
        "signed by the other issuer",
        other.sign(&self::claims()),
        UNKNOWN,
    );
    table.refuse("said to be the other issuer's", EC.sign(&claims), UNKNOWN);
}

fn headers(table: &mut Table, other: &TestKey) {
    for typ in [
        json!("JWT"),
        json!("jwt"),
        json!(""),
        json!("at+jwt "),
        json!("at jwt"),
        json!("application/jwt"),
        json!("text/at+jwt"),
        json!("id+jwt"),
        json!("dpop+jwt"),
        json!(null),
        json!(["at+jwt"]),
        json!(1),
    ] {
        table.header(json!({ "typ": typ }), TYP);
    }
    table.raw_header(&json!({"alg": "ES256", "kid": EC.name}).to_string(), TYP);
    for change in [
        json!({"crit": ["exp"], "exp": 1}),
        json!({"crit": []}),
        json!({ "crit": null }),
        json!({"crit": ["b64"], "b64": false}),
        json!({"b64": true}),
        json!({"b64": false}),
        json!({"zip": "DEF"}),
        json!({ "zip": null }),
        json!({"enc": "A128GCM"}),
    ] {
        table.header(change, EXTENSION);
    }
    for kid in [
        json!(null),
        json!(1),
        json!(""),
        json!(["ec"]),
        json!("k".repeat(257)),
    ] {
        table.header(json!({ "kid": kid }), KID);
    }
    table.raw_header(r#"{"alg":"ES256","typ":"at+jwt"}"#, KID);
    for kid in [
        "EC",
        "ec ",
        "nobody",
        "../../etc/passwd",
        "' OR 1=1 --",
        "ec\u{0}",
    ] {
        table.header(json!({ "kid": kid }), UNKNOWN);
    }
    // The attacker's own key, named or enclosed in every way there is.
    let mut header = EC.header();
    for change in [
        json!({"jwk": other.jwk()}),
        json!({"jku": "https://attacker.example/jwks.json"}),
        json!({"x5u": "https://attacker.example/chain.pem"}),
        json!({"x5c": ["MIIB"]}),
    ] {
        for (name, value) in change.as_object().unwrap() {
            header[name] = value.clone();
        }
        let token = other.sign_raw(header.to_string().as_bytes(), &good_payload());
        table.refuse(format!("own key by {change}"), token, SIGNATURE);
    }
    header["kid"] = "attacker".into();
    let token = other.sign_raw(header.to_string().as_bytes(), &good_payload());
    table.refuse("own key enclosed, own name", token, UNKNOWN);
}

fn encodings(table: &mut Table) {
    let good = EC.sign(&claims());
    let parts: Vec<&str> = good.split('.').collect();
    let [header, payload, signature] = parts[..] else {
        unreachable!("a token has three parts")
    };
    for (name, token, reason) in [
        ("nothing", String::new(), PARTS),
        ("one part", header.to_owned(), PARTS),
        ("two parts", format!("{header}.{payload}"), PARTS),
        ("four parts", format!("{good}."), PARTS),
        (
            "five parts, as a JWE",
            format!("{good}.{payload}.{signature}"),
            PARTS,
        ),
        ("a dot in front", format!(".{good}"), PARTS),
        ("no signature", format!("{header}.{payload}."), SIGNATURE),
        ("an empty header", format!(".{payload}.{signature}"), HEADER),
        (
            "an empty payload",
            format!("{header}..{signature}"),
            PAYLOAD,
        ),
        (
            "padded header",
            format!("{header}=.{payload}.{signature}"),
            BASE64,
        ),
        (
            "padded payload",
            format!("{header}.{payload}==.{signature}"),
            BASE64,
        ),
        ("padded signature", format!("{good}=="), SIGNATURE),
        ("a trailing line break", format!("{good}\n"), SIGNATURE),
        ("a trailing NUL", format!("{good}\0"), SIGNATURE),
        ("a space in front", format!(" {good}"), BASE64),
        ("more signature", format!("{good}AAAA"), SIGNATURE),
        (
            "less signature",
            good[..good.len() - 4].to_owned(),
            SIGNATURE,
        ),
        (
            "standard base64",
            format!("{header}+/.{payload}.{signature}"),
            BASE64,
        ),
        (
            "letters beyond ASCII",
            format!("{header}é.{payload}.{signature}"),
            BASE64,
        ),
        (
            "giant",
            format!("{good}{}", "A".repeat(MAX_TOKEN_BYTES)),
            "over 8 KiB",
        ),
        (
            "giant and signed",
            EC.sign(&claims_with(json!({"x": "x".repeat(9000)}))),
            "over 8 KiB",
        ),
        (
            "its own payload, another's signature",
            {
                let other = EC.sign(&claims_with(json!({"jti": "2"})));
                format!("{header}.{payload}.{}", other.rsplit('.').next().unwrap())
            },
            SIGNATURE,
        ),
        (
            "a zero signature",
            format!("{header}.{payload}.{}", encode([0; 64])),
            SIGNATURE,
        ),
        (
            "a DER signature",
            format!(
                "{header}.{payload}.{}",
                encode([0x30, 0x06, 2, 1, 1, 2, 1, 1])
            ),
            SIGNATURE,
        ),
    ] {
        table.refuse(name, token, reason);
    }
    // The last letter of a 64-byte signature has four bits to spare; set, it would be a second spelling.
    let last = good.chars().last().unwrap();
    let next = char::from(u8::try_from(last).unwrap() + 1);
    table.refuse(
        "a stray bit",
        format!("{}{next}", &good[..good.len() - 1]),
        SIGNATURE,
    );

    for raw in [
        "",
        "[]",
        "null",
        "\"x\"",
        "{",
        "{}{}",
        "{\"alg\":\"ES256\"",
        "\u{feff}{}",
    ] {
        table.raw_header(raw, HEADER);
        table.raw_payload(raw.as_bytes(), PAYLOAD);
    }
    table.raw_payload(b"{\"iss\":\"\xff\"}", PAYLOAD);
    table.raw_payload(b"not json", PAYLOAD);
    table.raw_payload(&[&good_payload()[..], b"x"].concat(), PAYLOAD);
    let deep = format!("{{\"x\":{}1{}}}", "[".repeat(500), "]".repeat(500));
    table.raw_payload(deep.as_bytes(), PAYLOAD);
    let mut bad_utf8 = good_header();
    bad_utf8.insert(2, 0xff);
    table.refuse(
        "a header in no UTF-8",
        EC.sign_raw(&bad_utf8, &good_payload()),
        HEADER,
    );
}

fn duplicates(table: &mut Table) {
    let header = |more: &str| format!(r#"{{"alg":"ES256","typ":"at+jwt","kid":"ec",{more}}}"#);
    for more in [
        r#""alg":"ES256""#,
        r#""alg":"none""#,
        r#""kid":"other""#,
        r#""\u006bid":"other""#,
        r#""x":{"a":1,"a":2}"#,
    ] {
        table.raw_header(&header(more), HEADER);
    }
    let good = claims().to_string();
    let payload = |more: &str| format!("{},{more}}}", &good[..good.len() - 1]);
    for more in [
        r#""iss":"https://issuer.example""#,
        r#""exp":9999999999"#,
        r#""client_id":"admin""#,
        r#""scope":"admin""#,
        r#""\u0073cope":"admin""#,
        r#""x":{"a":1,"a":1}"#,
        r#""x":[{"y":{"a":1,"b":2,"a":1}}]"#,
    ] {
        table.raw_payload(payload(more).as_bytes(), PAYLOAD);
    }
}

fn claim_types(table: &mut Table) {
    let iss = "iss is absent or no string";
    let nobody = "iss is nobody configured";
    let aud = "aud is absent or malformed";
    let client = "client_id is absent or malformed";
    let jti = "jti is absent or malformed";
    let sub = "sub is absent or malformed";
    for (claim, reason) in [
        ("iss", iss),
        ("aud", aud),
        ("sub", sub),
        ("client_id", client),
        ("jti", jti),
        ("iat", "iat is absent or no date"),
        ("exp", "exp is absent or no date"),
    ] {
        // A null in the change takes the member away; written out, it is a member of the wrong type.
        table.claims(json!({ claim: null }), reason);
        let mut claims = claims();
        claims[claim] = Value::Null;
        table.refuse(format!("{claim} null"), EC.sign(&claims), reason);
        for wrong in [json!(true), json!({}), json!([7])] {
            table.claims(json!({ claim: wrong }), reason);
        }
    }
    for (claim, reason) in [("sub", sub), ("client_id", client), ("jti", jti)] {
        for wrong in [
            "",
            " ",
            " x",
            "x ",
            "a\nb",
            "a\u{0}b",
            "a\u{7f}",
            "Một cửa",
            "a\u{202e}b",
        ] {
            table.claims(json!({ claim: wrong }), reason);
        }
        table.claims(json!({ claim: "x".repeat(129) }), reason);
        table.claims(json!({ claim: 7 }), reason);
        table.claims(json!({ claim: ["x"] }), reason);
    }
    for wrong in [
        "",
        "https://issuer.example/",
        "HTTPS://issuer.example",
        "https://nobody.example",
    ] {
        table.claims(json!({ "iss": wrong }), nobody);
    }
    table.claims(json!({"iss": [ISSUER]}), iss);
    for wrong in [
        json!(""),
        json!("https://dancu.example/"),
        json!(["https://else.example"]),
    ] {
        table.claims(json!({ "aud": wrong }), "aud names somebody else");
    }
    table.claims(json!({"aud": []}), "aud names somebody else");
    table.claims(json!({"aud": [AUDIENCE, 1]}), aud);
    table.claims(json!({"aud": [[AUDIENCE]]}), aud);
    for wrong in [
        json!(1),
        json!(true),
        json!([]),
        json!(["citizen:verify"]),
        json!("a\nb"),
    ] {
        table.claims(json!({ "scope": wrong }), "scope is malformed");
    }
    for wrong in [
        json!(""),
        json!(1),
        json!(false),
        json!([]),
        json!("a b"),
        json!("a/b"),
        json!("cán-bộ"),
        json!("a\n"),
        json!("0".repeat(33)),
    ] {
        table.claims(json!({ "officer_id": wrong }), "officer_id is malformed");
    }
    let mut null_officer = claims();
    null_officer["officer_id"] = Value::Null;
    table.refuse(
        "officer_id null",
        EC.sign(&null_officer),
        "officer_id is malformed",
    );
    for cnf in [
        json!({"jkt": "x"}),
        json!({"x5t#S256": "x"}),
        json!({}),
        json!(false),
    ] {
        table.claims(json!({ "cnf": cnf }), "cnf cannot be checked here");
    }
}

fn times(table: &mut Table) {
    let now = NOW.as_second();
    for (claim, reason) in [
        ("iat", "iat is absent or no date"),
        ("exp", "exp is absent or no date"),
        ("nbf", "nbf is no date"),
    ] {
        for wrong in [
            json!("1800000000"),
            json!(-1),
            json!(-0.5),
            json!(1e300),
            json!(u64::MAX),
            json!(i64::MAX),
            json!(253_402_300_800_u64),
            json!([1]),
        ] {
            table.claims(json!({ claim: wrong }), reason);
        }
    }
    for wrong in [
        json!({"exp": now + 86_401}),
        json!({"iat": now - 80_000, "exp": now + 6_401}),
        json!({"exp": now}),
        json!({"exp": now - 1}),
        json!({"iat": now + 100, "exp": now + 50}),
        json!({"exp": 253_402_207_200_u64}),
        json!({"iat": 0}),
    ] {
        table.claims(wrong, LIFETIME);
    }
    let expired = |table: &mut Table, change| {
        table.times(change, TokenError::Expired, "exp has passed");
    };
    expired(table, json!({"iat": now - 100, "exp": now - 10}));
    expired(table, json!({"iat": now - 700, "exp": now - 100}));
    expired(table, json!({"iat": 0, "exp": 600}));
    expired(
        table,
        json!({"iat": now - 100, "exp": now - 10, "nbf": now + 100}),
    );
    for change in [
        json!({"iat": now + 11, "exp": now + 600}),
        json!({"nbf": now + 11}),
        json!({"nbf": now + 300}),
        json!({"nbf": f64::from(1_800_000_010) + 0.5}),
        json!({"iat": now + 86_400, "exp": now + 90_000}),
    ] {
        table.times(change, TokenError::NotYetValid, "iat or nbf lies ahead");
    }
    // What is wrong for good is said first, so that nobody waits for, or renews, a token in vain.
    table.claims(
        json!({"iat": now - 100, "exp": now - 10, "aud": "x"}),
        "aud names somebody else",
    );
    table.claims(
        json!({"nbf": now + 99, "cnf": {}}),
        "cnf cannot be checked here",
    );
}
