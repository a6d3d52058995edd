//! What no client library sends: broken framing, half a request, several at once.
//!
//! What the HTTP parser refuses before there is a request gets a bare status and a close. Whatever
//! comes, nothing is answered 5xx, nothing hangs, and no answer is another request's.

use std::sync::Arc;
use std::time::Duration;

use crate::support::app::{TestApp, question};
use crate::support::raw::{Connection, RawAnswer};

use super::started;

/// The id of a request that is hidden in another's body and must never be answered.
const HIDDEN: &str = "0badc0de-0000-4000-8000-000000000001";
/// The id of the last request on a connection.
const LAST: &str = "0badc0de-0000-4000-8000-000000000002";

/// Longer than anything here may take.
const PATIENCE: Duration = Duration::from_secs(30);

fn get(id: &str, further: &str) -> String {
    format!("GET /health/live HTTP/1.1\r\nHost: dancu\r\nX-Request-Id: {id}\r\n{further}\r\n")
}

/// Sends bytes, and a last good request after them; all answers until the connection is closed.
async fn conversation(app: &TestApp, bytes: &[u8]) -> Vec<RawAnswer> {
    let talk = async {
        let mut connection = Connection::open(app.address()).await;
        connection.send(bytes).await;
        connection.send(get(LAST, "Connection: close\r\n")).await;
        let mut answers = Vec::new();
        while let Some(answer) = connection.answer().await {
            answers.push(answer);
        }
        answers
    };
    tokio::time::timeout(PATIENCE, talk)
        .await
        .expect("it hangs")
}

fn has(answers: &[RawAnswer], id: &str) -> bool {
    answers
        .iter()
        .any(|answer| answer.header("x-request-id") == Some(id))
}

#[actix_web::test]
async fn what_is_no_request_gets_a_bare_status_and_a_close() {
    let (app, _) = started().await;
    let broken: &[&[u8]] = &[
        b"\x00\x00\x00\x00\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        b"hello\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET /\r\n\r\n",
        b"GET / HTTP\r\n\r\n",
        b"GET / HTTP/1\r\n\r\n",
        b"GET / HTTP/2.0\r\nHost: d\r\n\r\n",
        b"GET / HTTP/9.9\r\nHost: d\r\n\r\n",
        b"GET / http/1.1\r\nHost: d\r\n\r\n",
        b"GET / FTP/1.1\r\nHost: d\r\n\r\n",
        b"GET  / HTTP/1.1\r\nHost: d\r\n\r\n",
        b"GET / HTTP/1.1 x\r\nHost: d\r\n\r\n",
        b" GET / HTTP/1.1\r\nHost: d\r\n\r\n",
        b"G\xc3\x89T / HTTP/1.1\r\nHost: d\r\n\r\n",
        b"G ET / HTTP/1.1\r\nHost: d\r\n\r\n",
        b"GET /a b HTTP/1.1\r\nHost: d\r\n\r\n",
        b"GET /v1/\x00 HTTP/1.1\r\nHost: d\r\n\r\n",
        b"GET /v1/\x7f HTTP/1.1\r\nHost: d\r\n\r\n",
        b"GET /v1/ng\xc6\xb0\xe1\xbb\x9di HTTP/1.1\r\nHost: d\r\n\r\n",
        b"GET /<script> HTTP/1.1\r\nHost: d\r\n\r\n",
        b"GET v1/verify HTTP/1.1\r\nHost: d\r\n\r\n",
        b"GET http:// HTTP/1.1\r\nHost: d\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost d\r\n\r\n",
        b"GET / HTTP/1.1\r\n: d\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost : d\r\n\r\n",
        b"GET / HTTP/1.1\r\n Host: d\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: d\r\nX: a\r\n b\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: d\r\nX\x00: a\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: d\r\nX: a\x00b\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: d\r\nX: a\rb\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: d\r\nX(y): a\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: d\r\nH\xe1\xbb\x8d: a\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: d\r\nHost: e\r\n\r\n",
        b"GET / HTTP/1.1\rHost: d\r\r",
    ];
    for bytes in broken {
        let answers = conversation(&app, bytes).await;
        let shown = bytes.escape_ascii();
        let [only] = &*answers else {
            panic!("{shown}: {answers:?}")
        };
        assert_eq!(only.status, 400, "{shown}");
        assert!(only.body.is_empty(), "{shown}");
        assert!(only.header("server").is_none(), "{shown}");
    }
    app.stop().await;
}

#[actix_web::test]
async fn a_head_too_large_for_the_parser_gets_a_bare_431() {
    let (app, _) = started().await;
    let many = format!("GET / HTTP/1.1\r\n{}\r\n", "X: y\r\n".repeat(200));
    let wide = format!(
        "GET / HTTP/1.1\r\nHost: d\r\nX: {}\r\n\r\n",
        "y".repeat(200_000)
    );
    let long = format!("GET /{} HTTP/1.1\r\nHost: d\r\n\r\n", "y".repeat(200_000));
    for bytes in [many, wide, long] {
        let answers = conversation(&app, bytes.as_bytes()).await;
        assert_eq!(answers.len(), 1);
        assert!(
            [400, 431].contains(&answers[0].status),
            "{}",
            answers[0].status
        );
        assert!(answers[0].body.is_empty());
    }
    app.stop().await;
}

#[actix_web::test]
async fn ambiguous_framing_is_refused_and_hides_no_second_request() {
    let (app, token) = started().await;
    let hidden = get(HIDDEN, "");
    let chunked = format!("0\r\n\r\n{hidden}");
    let length = chunked.len();
    let framings = [
        format!("Content-Length: {length}\r\nTransfer-Encoding: chunked"),
        format!("Transfer-Encoding: chunked\r\nContent-Length: {length}"),
        format!("Content-Length: {length}\r\nContent-Length: 0"),
        format!("Content-Length: {length}\r\nContent-Length: {length}"),
        format!("Content-Length: {length}, {length}"),
        format!("Content-Length: +{length}"),
        format!("Content-Length: -{length}"),
        format!("Content-Length: 0x{length:x}"),
        format!("Content-Length: {length}.0"),
        "Content-Length: ".into(),
        "Content-Length: x".into(),
        "Content-Length: 99999999999999999999999".into(),
        "Content-Length: １".into(),
        "Transfer-Encoding: xchunked".into(),
        "Transfer-Encoding: chunked, identity".into(),
        "Transfer-Encoding: identity, chunked, x".into(),
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity".into(),
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked".into(),
        "Transfer-Encoding: \"chunked\"".into(),
        "Transfer-Encoding:\x0bchunked".into(),
        "Transfer-Encoding : chunked".into(),
        "Transfer-Encoding: x\r\n chunked".into(),
        "X: y\r\n\tTransfer-Encoding: chunked".into(),
        "X: y\rTransfer-Encoding: chunked".into(),
    ];
    for framing in framings {
        let request = format!(
            "POST /v1/verify HTTP/1.1\r\nHost: dancu\r\nAuthorization: Bearer {token}\r\n\
             Content-Type: application/json\r\n{framing}\r\n\r\n{chunked}"
        );
        let answers = conversation(&app, request.as_bytes()).await;
        let shown: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
        assert_eq!(shown, [400], "{framing:?}");
        assert!(
            !has(&answers, HIDDEN) && !has(&answers, LAST),
            "{framing:?}"
        );
    }
    app.stop().await;
}

#[actix_web::test]
async fn broken_chunks_are_refused_and_hide_no_second_request() {
    let (app, token) = started().await;
    let hidden = get(HIDDEN, "");
    for chunks in [
        "zz\r\n",
        "-1\r\n",
        "0x5\r\n{}   \r\n",
        "\r\n{}\r\n",
        "10000000000000000\r\n{}",
        "2\r\n{}x\r\n0\r\n\r\n",
        "2\r\n{}0\r\n\r\n",
        "2 2\r\n{}\r\n",
        "2\n{}\n0\n\n",
        "2\r{}\r\n",
        "2;\x00\r\n{}\r\n0\r\n\r\n",
    ] {
        let request = format!(
            "POST /v1/verify HTTP/1.1\r\nHost: dancu\r\nAuthorization: Bearer {token}\r\n\
             Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n{chunks}{hidden}"
        );
        let answers = conversation(&app, request.as_bytes()).await;
        assert!(
            !has(&answers, HIDDEN) && !has(&answers, LAST),
            "{chunks:?}: {answers:?}"
        );
        assert!(
            answers.iter().all(|answer| answer.status == 400),
            "{chunks:?}: {answers:?}"
        );
    }
    app.stop().await;
}

/// A body that nobody reads, because the head was refused, is still a body.
#[actix_web::test]
async fn an_unread_body_is_never_taken_for_a_request() {
    let (app, token) = started().await;
    let hidden = get(HIDDEN, "");
    let authorised = format!("Authorization: Bearer {token}\r\n");
    let filled = |size: usize| format!("{hidden}{}", "x".repeat(size));
    let json = "Content-Type: application/json\r\n";
    for (line, headers, body, status) in [
        ("POST /v1/verify", json.to_owned(), filled(0), 401),
        ("POST /v1/verify", json.to_owned(), filled(60_000), 401),
        ("POST /v1/verify", authorised.clone(), filled(0), 415),
        (
            "POST /v1/verify",
            format!("{authorised}{json}Accept: text/html\r\n"),
            filled(10),
            406,
        ),
        (
            "POST /v1/verify",
            format!("{authorised}{json}"),
            filled(70_000),
            413,
        ),
        (
            "POST /v1/verify",
            format!("{authorised}{json}"),
            filled(2_000_000),
            413,
        ),
        ("POST /nowhere", String::new(), filled(0), 404),
        ("PUT /v1/verify", String::new(), filled(5000), 405),
        ("GET /v1/me", authorised.clone(), filled(0), 200),
        ("GET /health/live", String::new(), filled(0), 200),
        (
            "DELETE /v1/admin/agencies/x",
            authorised.clone(),
            filled(100),
            403,
        ),
    ] {
        let request = format!(
            "{line} HTTP/1.1\r\nHost: dancu\r\n{headers}Content-Length: {}\r\n\r\n{body}",
            body.len()
        );
        let answers = conversation(&app, request.as_bytes()).await;
        assert!(!has(&answers, HIDDEN), "{line}: {answers:?}");
        assert_eq!(
            answers.first().map(|answer| answer.status),
            Some(status),
            "{line}"
        );
        // Then it is either done with the body and answers on, or closes.
        let after: Vec<u16> = answers.iter().skip(1).map(|answer| answer.status).collect();
        assert!(
            after.is_empty() || (after == [200] && has(&answers, LAST)),
            "{line}: {after:?}"
        );
    }
    app.stop().await;
}

#[actix_web::test]
async fn requests_in_one_piece_are_answered_in_their_order() {
    let (app, token) = started().await;
    // actix-http keeps 16 requests of a connection at most; of more in one piece some come to rest
    // now and then until the client sends again.
    let ids: Vec<String> = (0..12)
        .map(|at| format!("00000000-0000-4000-8000-{at:012}"))
        .collect();
    let body = question().to_string();
    let requests: String = ids
        .iter()
        .enumerate()
        .map(|(at, id)| match at % 4 {
            0 => get(id, ""),
            1 => format!("GET /nowhere HTTP/1.1\r\nHost: dancu\r\nX-Request-Id: {id}\r\n\r\n"),
            2 => format!("OPTIONS /v1/me HTTP/1.1\r\nHost: d\r\nX-Request-Id: {id}\r\n\r\n"),
            _ => format!(
                "POST /v1/verify HTTP/1.1\r\nHost: dancu\r\nX-Request-Id: {id}\r\n\
                 Authorization: Bearer {token}\r\nContent-Type: application/json\r\n\
                 Content-Length: {}\r\n\r\n{body}",
                body.len()
            ),
        })
        .collect();
    let answers = conversation(&app, requests.as_bytes()).await;
    assert_eq!(answers.len(), ids.len() + 1);
    for (at, (answer, id)) in answers.iter().zip(&ids).enumerate() {
        assert_eq!(answer.header("x-request-id"), Some(&**id));
        assert_eq!(answer.status, [200, 404, 405, 200][at % 4]);
    }
    assert!(has(&answers, LAST));
    app.stop().await;
}

#[actix_web::test]
async fn a_body_that_does_not_come_is_a_request_timeout_and_a_close() {
    let app = impatient().await;
    let token = app.admin();
    for (framing, begun) in [
        ("Content-Length: 100", "{\"changes\":"),
        ("Content-Length: 100", ""),
        ("Transfer-Encoding: chunked", "5\r\n{\"cha"),
        ("Transfer-Encoding: chunked", ""),
    ] {
        let talk = async {
            let mut connection = Connection::open(app.address()).await;
            let head = format!(
                "POST /v1/register/changes HTTP/1.1\r\nHost: dancu\r\nX-Request-Id: {LAST}\r\n\
                 Authorization: Bearer {token}\r\nContent-Type: application/json\r\n{framing}\r\n\r\n{begun}"
            );
            connection.send(head).await;
            let answer = connection.answer().await.expect("an answer");
            let came = (answer.status, answer.code());
            assert_eq!(
                came,
                (408, "request_timeout".into()),
                "{framing} {begun}: {answer:?}"
            );
            assert_eq!(answer.header("x-request-id"), Some(LAST));
            assert_eq!(answer.header("connection"), Some("close"));
            // What comes late is no request of its own.
            connection.send(get(HIDDEN, "")).await;
            assert!(connection.is_closed().await, "{framing}");
        };
        tokio::time::timeout(PATIENCE, talk)
            .await
            .expect("it hangs");
    }
    app.stop().await;
}

#[actix_web::test]
async fn a_head_that_does_not_come_is_a_bare_408_or_a_close() {
    let app = impatient().await;
    for begun in [
        "",
        "G",
        "GET /health/live HTTP/1.1\r\n",
        "GET / HTTP/1.1\r\nHost: d\r\nX: ",
    ] {
        let talk = async {
            let mut connection = Connection::open(app.address()).await;
            connection.send(begun).await;
            if let Some(answer) = connection.answer().await {
                assert_eq!(answer.status, 408, "{begun:?}");
                assert!(answer.body.is_empty());
            }
            assert!(connection.is_closed().await);
        };
        tokio::time::timeout(PATIENCE, talk)
            .await
            .expect("it hangs");
    }
    app.stop().await;
}

#[actix_web::test]
async fn half_a_body_and_no_more_is_answered_or_closed_and_does_nothing() {
    let (app, _) = started().await;
    let before = app
        .rows("SELECT count(*)::text FROM register.citizen")
        .await;
    let citizen = crate::support::app::an()
        .to_string()
        .replace("001095000001", "001095000777");
    let body = format!(r#"{{"changes":[{{"op":"upsert","revision":1,"citizen":{citizen}}}]}}"#);
    for (length, sent) in [
        (body.len() + 1, &*body),
        (body.len(), &body[..body.len() - 1]),
    ] {
        let talk = async {
            let mut connection = Connection::open(app.address()).await;
            let token = app.admin();
            let head = format!(
                "POST /v1/register/changes HTTP/1.1\r\nHost: dancu\r\n\
                 Authorization: Bearer {token}\r\nContent-Type: application/json\r\n\
                 Content-Length: {length}\r\n\r\n{sent}"
            );
            connection.send(head).await;
            connection.finish().await;
            if let Some(answer) = connection.answer().await {
                assert_eq!((answer.status, &*answer.code()), (400, "malformed_json"));
            }
            assert!(connection.is_closed().await);
        };
        tokio::time::timeout(PATIENCE, talk)
            .await
            .expect("it hangs");
    }
    assert_eq!(
        app.rows("SELECT count(*)::text FROM register.citizen")
            .await,
        before
    );
    app.stop().await;
}

#[actix_web::test]
async fn unusual_and_well_formed_requests_are_answered() {
    let (app, token) = started().await;
    let body = question().to_string();
    let verify = |line: &str, headers: &str, body: &str| {
        format!(
            "{line}\r\nHost: dancu\r\nAuthorization: bearer {token}\r\n\
             Content-Type: Application/JSON;charset=UTF-8\r\n{headers}\r\n{body}"
        )
    };
    let length = format!("Content-Length: {}\r\n", body.len());
    let chunks: String = body
        .chars()
        .map(|one| format!("{:X};x=y\r\n{one}\r\n", one.len_utf8()))
        .collect();
    for (shown, request) in [
        (
            "chunked, a character each, with extensions and a trailer",
            verify(
                "POST /v1/verify HTTP/1.1",
                "Transfer-Encoding: Chunked\r\n",
                &format!("{chunks}0\r\n\r\n"),
            ),
        ),
        (
            "absolute form",
            verify(
                "POST http://elsewhere:99/v1/verify HTTP/1.1",
                &length,
                &body,
            ),
        ),
        (
            "the old version",
            verify(
                "POST /v1/verify HTTP/1.0",
                &format!("{length}Connection: keep-alive\r\n"),
                &body,
            ),
        ),
        (
            "a query nobody reads",
            verify("POST /v1/verify?x=%00 HTTP/1.1", &length, &body),
        ),
        (
            "bare line feeds",
            verify("POST /v1/verify HTTP/1.1", &length, "").replace("\r\n", "\n") + &body,
        ),
        (
            "empty lines in front",
            format!(
                "\r\n\r\n{}",
                verify("POST /v1/verify HTTP/1.1", &length, &body)
            ),
        ),
    ] {
        let answers = conversation(&app, request.as_bytes()).await;
        assert_eq!(answers[0].status, 200, "{shown}: {answers:?}");
        assert!(
            answers[0].text().contains("\"result\":\"match\""),
            "{shown}"
        );
        assert!(has(&answers, LAST), "{shown}");
    }
    app.stop().await;
}

#[actix_web::test]
async fn who_waits_to_be_told_to_continue_is_told_so_only_for_a_head_that_is_in_order() {
    let (app, token) = started().await;
    let body = question().to_string();
    let head = format!(
        "POST /v1/verify HTTP/1.1\r\nHost: dancu\r\nAuthorization: Bearer {token}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\nExpect: 100-continue\r\n\r\n",
        body.len()
    );
    let talk = async {
        let mut connection = Connection::open(app.address()).await;
        connection.send(head).await;
        assert_eq!(connection.answer().await.unwrap().status, 100);
        connection.send(body).await;
        assert_eq!(connection.answer().await.unwrap().status, 200);
    };
    tokio::time::timeout(PATIENCE, talk)
        .await
        .expect("it hangs");
    app.stop().await;
}

#[actix_web::test]
async fn a_tunnel_is_not_opened() {
    let (app, _) = started().await;
    for line in [
        "CONNECT dancu:443 HTTP/1.1",
        "CONNECT /v1/verify HTTP/1.1",
        "GET / HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade",
        "GET /health/nowhere HTTP/1.1\r\nUpgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABkAAQAAP__",
    ] {
        let answers = conversation(&app, format!("{line}\r\nHost: dancu\r\n\r\n").as_bytes()).await;
        let first = answers.first().map(|answer| answer.status);
        assert!(
            matches!(first, Some(400 | 404 | 405)),
            "{line}: {answers:?}"
        );
    }
    app.stop().await;
}

/// Waits for nothing long.
async fn impatient() -> TestApp {
    let database = Arc::new(crate::support::database().await);
    TestApp::over(database, dancu::clock::Clock::default(), |config| {
        config.http.limits.head_deadline_ms = 1000;
        config.http.limits.body_deadline_ms = 300;
    })
    .await
}
