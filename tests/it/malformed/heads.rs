//! Heads: who asks, what is sent, what is taken back, and how much of it.

use jiff::{SignedDuration, Timestamp};

use super::case::{Case, Token};
use crate::support::app::question;

/// A good question, whose head is then spoilt.
fn ask() -> Case {
    Case::post("/v1/verify", Token::Asker, question().to_string())
}

fn unauthorised(header: impl AsRef<[u8]>, code: &'static str) -> Case {
    Case::post("/v1/verify", Token::None, question().to_string())
        .header("Authorization", header)
        .is(401, code)
}

pub fn cases() -> Vec<Case> {
    [ids(), contents(), accepted(), tokens(), sizes()].concat()
}

fn ids() -> Vec<Case> {
    let id = "67e55044-10b1-426f-9247-bb680e5fe0c8";
    let mut cases: Vec<Case> = [
        "",
        "1",
        "x",
        "{67e55044-10b1-426f-9247-bb680e5fe0c8}",
        "urn:uuid:67e55044-10b1-426f-9247-bb680e5fe0c8",
        "67e5504410b1426f9247bb680e5fe0c8",
        "67e55044-10b1-426f-9247-bb680e5fe0c",
        "67e55044-10b1-426f-9247-bb680e5fe0c88",
        "67e55044-10b1-426f-9247-bb680e5fe0cg",
        "67e55044_10b1_426f_9247_bb680e5fe0c8",
        "001095000001",
        "Nguyễn Văn An",
        "67e55044-10b1-426f-9247-bb680e5fe0c8, 1",
        "\"\"",
        "67e5-504410b1-426f-9247-bb680e5fe0c8",
    ]
    .iter()
    .map(|id| ask().header("X-Request-Id", id).is(400, "header_invalid"))
    .collect();
    cases.push(
        ask()
            .header("X-Request-Id", id)
            .header("X-Request-Id", id)
            .is(400, "header_invalid"),
    );
    cases.push(
        ask()
            .header("X-Request-Id", b"\xff\xfe")
            .is(400, "header_invalid"),
    );
    // On every operation, those without a token too.
    for target in ["/health/live", "/v1/me", "/nowhere"] {
        let case = Case::new("GET", target, Token::Asker);
        cases.push(case.header("X-Request-Id", "no").is(400, "header_invalid"));
    }
    cases
}

fn contents() -> Vec<Case> {
    let plain = || ask().without_header("Content-Type");
    let mut cases: Vec<Case> = [
        "text/plain",
        "text/json",
        "application/jsonp",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/problem+json",
        "application/json-patch+json",
        "application/xml",
        "application/octet-stream",
        "json",
        "application",
        "application/",
        "/json",
        "*/*",
        "application/*",
        "application/json; charset=latin1",
        "application/json; charset=utf-16",
        "application/json; charset",
        "application/json;charset=",
        "application/json; profile=\"x\"",
        "application/json; charset=utf-8; x=1",
        "application/json, application/json",
        "application/json,text/plain",
        "application json",
        "",
        "application/json;;",
        "application/json; charset=utf-8; charset=latin1",
    ]
    .iter()
    .map(|kind| {
        plain()
            .header("Content-Type", kind)
            .is(415, "unsupported_media_type")
    })
    .collect();
    cases.push(plain().is(415, "unsupported_media_type"));
    cases.push(
        plain()
            .header("Content-Type", "application/json")
            .header("Content-Type", "application/json")
            .is(400, "header_invalid"),
    );
    for coding in [
        "gzip",
        "br",
        "deflate",
        "x",
        "",
        "gzip, identity",
        "identity, gzip",
    ] {
        cases.push(
            ask()
                .header("Content-Encoding", coding)
                .is(415, "unsupported_media_type"),
        );
    }
    for target in [
        "/v1/verify/batch",
        "/v1/lookup",
        "/v1/prefill",
        "/v1/register/changes",
    ] {
        cases.push(
            Case::new("POST", target, Token::Admin)
                .header("Content-Type", "text/csv")
                .body("a,b")
                .is(415, "unsupported_media_type"),
        );
    }
    cases
}

fn accepted() -> Vec<Case> {
    [
        "text/html",
        "application/xml",
        "text/*",
        "application/problem+json",
        "application/json;q=0",
        "application/json;q=0.000",
        "*/*;q=0",
        "text/html, application/xhtml+xml",
        "image/*, */*;q=0",
        "x",
        "application",
        "*/json",
        "application/json;q=0, */*;q=0",
        // The closest range decides (RFC 9110 section 12.5.1).
        "application/json;q=0, */*",
        "application/*;q=0, */*;q=0.5",
    ]
    .iter()
    .map(|accept| ask().header("Accept", accept).is(406, "not_acceptable"))
    .chain([
        ask().header("Accept", b"\xff").is(406, "not_acceptable"),
        Case::new("GET", "/v1/me", Token::Asker)
            .header("Accept", "text/html")
            .is(406, "not_acceptable"),
    ])
    .collect()
}

fn tokens() -> Vec<Case> {
    let none = Case::post("/v1/verify", Token::None, question().to_string());
    let mut cases = vec![
        none.clone().is(401, "token_missing"),
        // A token has no other place.
        Case::post(
            "/v1/verify?access_token=eyJhbGciOiJub25lIn0.e30.",
            Token::None,
            "{}",
        )
        .is(401, "token_missing"),
        Case::new("GET", "/v1/me", Token::None).is(401, "token_missing"),
        Case::new("GET", "/v1/admin/agencies", Token::None).is(401, "token_missing"),
        none.header("Authorization", "Bearer a.b.c")
            .header("Authorization", "Bearer a.b.c")
            .is(401, "token_invalid"),
        ask()
            .header("Authorization", "Bearer a.b.c")
            .is(401, "token_invalid"),
    ];
    for scheme in [
        "",
        "Basic YTpi",
        "Digest x",
        "Bearer",
        "Bearer ",
        "Token a.b.c",
        "BearerX a.b.c",
    ] {
        cases.push(unauthorised(scheme, "token_missing"));
    }
    let huge = format!("Bearer {}.{}.c", "a".repeat(4000), "b".repeat(5000));
    for token in [
        "Bearer x",
        "Bearer a.b",
        "Bearer a.b.c",
        "Bearer a.b.c.d",
        "Bearer a.b.c.d.e",
        "Bearer ..",
        "Bearer . .",
        "Bearer a.b.c d",
        "Bearer a.b.c, Bearer a.b.c",
        "Bearer null",
        "Bearer undefined",
        // `alg` none, and HS256 over a public key.
        "Bearer eyJhbGciOiJub25lIiwidHlwIjoiYXQrand0In0.e30.",
        "Bearer eyJhbGciOiJIUzI1NiIsInR5cCI6ImF0K2p3dCJ9.e30.c2ln",
        "bearer a.b.c",
        "Bearer 001095000001",
        "Bearer ====",
        &huge,
    ] {
        cases.push(unauthorised(token, "token_invalid"));
    }
    cases.push(unauthorised(b"Bearer \xe1\xba\xa1.b.c", "token_invalid"));
    cases
}

fn sizes() -> Vec<Case> {
    let wide = "x".repeat(17_000);
    let many: Case = (0..60).fold(ask(), |case, at| {
        case.header(&format!("X-Filler-{at}"), "y".repeat(300))
    });
    let body = |size: usize| format!("{{\"x\":\"{}\"}}", "y".repeat(size - 8));
    let chunked = |text: &str| {
        let mut out = Vec::new();
        for chunk in text.as_bytes().chunks(9000) {
            out.extend(format!("{:x}\r\n", chunk.len()).bytes());
            out.extend(chunk);
            out.extend(b"\r\n");
        }
        out.extend(b"0\r\n\r\n");
        out
    };
    let announced = |length: &str| {
        Case::new("POST", "/v1/verify", Token::Asker)
            .header("Content-Type", "application/json")
            .header("Content-Length", length)
            .is(413, "body_too_large")
    };
    vec![
        ask().header("X-Filler", &wide).is(431, "headers_too_large"),
        many.is(431, "headers_too_large"),
        Case::new("GET", &format!("/{wide}"), Token::None).is(431, "headers_too_large"),
        Case::new("GET", &format!("/health/live?{wide}"), Token::None).is(431, "headers_too_large"),
        Case::post("/v1/verify", Token::Asker, body(65_537)).is(413, "body_too_large"),
        Case::post("/v1/lookup", Token::Asker, body(200_000)).is(413, "body_too_large"),
        Case::post("/v1/verify/batch", Token::Asker, body(1_048_577)).is(413, "body_too_large"),
        Case::post("/v1/register/changes", Token::Admin, body(1_048_577)).is(413, "body_too_large"),
        Case::put("/v1/admin/agencies/x", body(65_537)).is(413, "body_too_large"),
        Case::post("/v1/verify", Token::Asker, chunked(&body(65_537)))
            .header("Transfer-Encoding", "chunked")
            .is(413, "body_too_large"),
        Case::post("/v1/lookup/batch", Token::Asker, chunked(&body(1_048_577)))
            .header("Transfer-Encoding", "chunked")
            .is(413, "body_too_large"),
        // Refused for what it says, without waiting for it.
        announced("65537"),
        announced("4294967296"),
        announced("9223372036854775807"),
        // At the limit it is read.
        Case::post("/v1/verify", Token::Asker, body(65_536)).faults(&[
            "/x unknown_member",
            "/context required",
            "/subject required",
            "/claims required",
        ]),
    ]
}

#[actix_web::test]
async fn a_token_that_is_over_or_not_yet_begun_says_so_and_tells_the_time() {
    let (app, asker) = super::started().await;
    let now = app.clock.now();
    let admin = app.admin();
    for (at, code) in [
        (now - SignedDuration::from_hours(3), "token_expired"),
        (now + SignedDuration::from_mins(5), "token_not_yet_valid"),
    ] {
        let token = app.token_at(super::ASKER, "citizen:verify", at);
        let answer = ask().send(app.address(), &token, &admin).await.unwrap();
        assert_eq!((answer.status, &*answer.code()), (401, code));
        assert!(
            answer
                .header("www-authenticate")
                .unwrap()
                .contains("invalid_token")
        );
        let body: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
        assert!(
            body["server_time"]
                .as_str()
                .unwrap()
                .parse::<Timestamp>()
                .is_ok()
        );
    }
    let missing = unauthorised("", "token_missing")
        .send(app.address(), &asker, &admin)
        .await;
    let missing = missing.unwrap();
    assert_eq!(
        missing.header("www-authenticate"),
        Some("Bearer realm=\"dancu\"")
    );
    app.stop().await;
}
