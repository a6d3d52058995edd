//! What is no JSON document, and documents of another kind.

use super::case::{Case, Token};

pub fn cases() -> Vec<Case> {
    let malformed =
        |body: &[u8]| Case::post("/v1/verify", Token::Asker, body).is(400, "malformed_json");
    let mut cases: Vec<Case> = texts()
        .iter()
        .map(|text| malformed(text.as_bytes()))
        .collect();
    cases.extend(bytes().iter().map(|bytes| malformed(bytes)));
    cases.extend(bombs().iter().map(|bomb| malformed(bomb.as_bytes())));
    // Every operation reads with the same reader, but each is asked.
    for target in [
        "/v1/lookup",
        "/v1/prefill",
        "/v1/verify/batch",
        "/v1/lookup/batch",
    ] {
        cases.push(Case::post(target, Token::Asker, "{").is(400, "malformed_json"));
        cases.push(Case::post(target, Token::Asker, "").is(400, "malformed_json"));
    }
    cases.push(Case::post("/v1/register/changes", Token::Admin, "[").is(400, "malformed_json"));
    for kind in [
        "agencies",
        "clients",
        "procedures",
        "agreements",
        "officers",
    ] {
        let target = format!("/v1/admin/{kind}/x");
        cases.push(Case::put(&target, "{\"").is(400, "malformed_json"));
        cases.push(Case::put(&target, "7").faults(&[" type"]));
    }
    cases.extend(deep());
    // JSON, but no object.
    for body in [
        "null", "true", "false", "0", "-1", "1.5", "\"\"", "\"{}\"", "[]", "[{}]",
    ] {
        cases.push(Case::post("/v1/verify", Token::Asker, body).faults(&[" type"]));
    }
    cases
}

fn texts() -> Vec<&'static str> {
    vec![
        "",
        " ",
        "\n",
        "{",
        "}",
        "{}x",
        "{}{}",
        "{}\n{}",
        "{},",
        "{\"a\"}",
        "{\"a\":}",
        "{:1}",
        "{\"a\":1,}",
        "{,}",
        "{\"a\" 1}",
        "{\"a\":1 \"b\":2}",
        "{'a':1}",
        "{a:1}",
        "[1,]",
        "[,]",
        "{\"a\":[1,2}",
        "nul",
        "NULL",
        "True",
        "undefined",
        "NaN",
        "Infinity",
        "-",
        "+1",
        "01",
        "-01",
        ".5",
        "1.",
        "1e",
        "1e+",
        "0x1F",
        "1_000",
        "\"",
        "\"abc",
        "\"\\\"",
        "\"\\x41\"",
        "\"\\u12\"",
        "\"\\uZZZZ\"",
        "\"\\ud800\"",
        "\"\\udc00\"",
        "\"\\ud800\\u0041\"",
        "\"a\nb\"",
        "\"a\tb\"",
        "\"a\0b\"",
        "{} // none",
        "/**/{}",
        "#{}",
        "\u{feff}{}",
        "context=1&subject=2",
        "<verify/>",
        "--x\r\n",
        "{\"a\":\"b\"]",
        "\0",
        "{}\0",
        "\u{1e}{}\n",
        ")]}',\n{}",
        "data: {}\n\n",
    ]
}

fn bytes() -> Vec<Vec<u8>> {
    let utf_16 = |little: bool| -> Vec<u8> {
        let units = "\u{feff}{}".encode_utf16();
        units
            .flat_map(|unit| {
                if little {
                    unit.to_le_bytes()
                } else {
                    unit.to_be_bytes()
                }
            })
            .collect()
    };
    let within = |bytes: &[u8]| [b"{\"context\":\"", bytes, b"\"}"].concat();
    vec![
        utf_16(true),
        utf_16(false),
        // Latin-1, a lone continuation, an overlong slash, a surrogate, beyond Unicode, cut off.
        within(b"Nguy\xean"),
        within(b"\x80"),
        within(b"\xc0\xaf"),
        within(b"\xed\xa0\x80"),
        within(b"\xf4\x90\x80\x80"),
        within(b"\xe1\xba"),
        within(b"\xff\xfe"),
        // In a member that is passed over, too.
        b"{\"x\":\"\xff\"}".to_vec(),
        b"{\"\xff\":1}".to_vec(),
        // gzip and CBOR.
        b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03".to_vec(),
        b"\xa1\x61a\x01".to_vec(),
    ]
}

/// Documents that are deeper than any of ours, and end before they have come up again.
fn bombs() -> Vec<String> {
    vec![
        "[".repeat(60_000),
        "{\"a\":".repeat(12_000),
        format!("{{\"x\":{}", "[{\"x\":".repeat(9000)),
        format!("{{\"claims\":{}", "{\"full_name\":[".repeat(4000)),
    ]
}

/// Depth alone is no fault: what is passed over is passed over at any depth.
fn deep() -> Vec<Case> {
    let nested = |open: &str, close: &str, times: usize| {
        format!("{}1{}", open.repeat(times), close.repeat(times))
    };
    let rest = r#""subject":{"personal_id":"001095000001"},"claims":{"full_name":"An","birth_date":"1995"}"#;
    let verify = |member: &str, fault: &str| {
        let body = format!("{{{rest},{member}}}");
        Case::post("/v1/verify", Token::Asker, body).faults(&[fault])
    };
    let context = r#""context":{"procedure_code":"1.004194"}"#;
    vec![
        verify(
            &format!("\"context\":{}", nested("[", "]", 30_000)),
            "/context type",
        ),
        verify(
            &format!("{context},\"x\":{}", nested("{\"a\":", "}", 8000)),
            "/x unknown_member",
        ),
        verify(
            &format!("{context},\"x\":{}", nested("[{\"\":", "}]", 8000)),
            "/x unknown_member",
        ),
        verify(
            &format!(
                r#""context":{{"procedure_code":"1","case_id":{}}}"#,
                nested("[", "]", 200)
            ),
            "/context/case_id type",
        ),
        // Nor is a number larger than any machine's, where nobody reads it.
        verify(&format!("{context},\"x\":1e999"), "/x unknown_member"),
    ]
}
