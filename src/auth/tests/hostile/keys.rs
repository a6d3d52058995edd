//! The wrong key, the wrong algorithm, and headers that ask for either.

use jsonwebtoken::Algorithm;
use serde_json::json;

use super::super::super::testing::{EC, ED, P384, RSA, TestKey, claims, claims_with, encode};
use super::{
    ALG, EXTENSION, FIT, ISSUER_ALG, KID, OTHER_ISSUER, SIGNATURE, TYP, Table, UNKNOWN,
    good_payload,
};

pub(super) fn algorithms(table: &mut Table, other: &TestKey, only_rs256: &TestKey) {
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
    let others = claims_with(json!({"iss": OTHER_ISSUER}));
    table.refuse("not its algorithm", RSA.sign(&others), ISSUER_ALG);
    table.refuse("signed by the other issuer", other.sign(&claims()), UNKNOWN);
    table.refuse("said to be the other issuer's", EC.sign(&others), UNKNOWN);
}

pub(super) fn headers(table: &mut Table, other: &TestKey) {
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
