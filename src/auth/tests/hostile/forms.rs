//! What is no token in its form: parts, encodings, duplicate members.

use serde_json::json;

use super::super::super::testing::{EC, claims, claims_with, encode};
use super::{BASE64, HEADER, PARTS, PAYLOAD, SIGNATURE, Table, good_header, good_payload};

pub(super) fn encodings(table: &mut Table) {
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
            format!("{good}{}", "A".repeat(8 * 1024)),
            "over the limit on a token's length",
        ),
        (
            "giant and signed",
            EC.sign(&claims_with(json!({"x": "x".repeat(9000)}))),
            "over the limit on a token's length",
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

pub(super) fn duplicates(table: &mut Table) {
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
