//! Well signed, and wrong in what it says.

use serde_json::{Value, json};

use super::super::super::TokenError;
use super::super::super::testing::{AUDIENCE, EC, ISSUER, NOW, claims};
use super::{LIFETIME, Table};

pub(super) fn claim_types(table: &mut Table) {
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
        json!({"x5t#S256": "A".repeat(42)}),
        json!({"x5t#S256": "A".repeat(44)}),
        json!({"x5t#S256": format!("{}B", "A".repeat(42))}),
        json!({"x5t#S256": [0]}),
        json!({"x5t#S256": "A".repeat(43), "jkt": "x"}),
        json!({"x5t": "A".repeat(43)}),
        json!([{"x5t#S256": "A".repeat(43)}]),
        json!({}),
        json!(false),
    ] {
        table.claims(json!({ "cnf": cnf }), "cnf cannot be checked here");
    }
}

pub(super) fn times(table: &mut Table) {
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
