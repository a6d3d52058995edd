//! What pages and files for people have in common: headers that keep them harmless, and answers
//! that need not be sent again.

use std::convert::Infallible;

use actix_web::body::SizedStream;
use actix_web::http::header::{self, HeaderMap};
use actix_web::{HttpRequest, HttpResponse};
use bytes::Bytes;
use futures_util::stream::{self, Stream};

use super::problem::Language;

/// How much of an answer is handed over at once.
const PIECE: usize = 16 * 1024;

/// A page.
#[derive(Debug)]
pub struct Page<'a> {
    /// Its text.
    pub html: Bytes,
    /// What it may load and run (Content Security Policy).
    pub policy: &'a str,
    /// Its language, where the request decides it.
    pub language: Option<Language>,
}

/// Answers with a page.
pub fn html(request: &HttpRequest, page: Page<'_>) -> HttpResponse {
    let mut answer = HttpResponse::Ok();
    answer
        .insert_header((header::CONTENT_SECURITY_POLICY, page.policy))
        .insert_header((header::REFERRER_POLICY, "no-referrer"));
    if let Some(language) = page.language {
        answer
            .insert_header((header::CONTENT_LANGUAGE, language.tag()))
            .insert_header((header::VARY, "Accept-Language"));
    }
    let etag = etag(&page.html);
    finish(
        request,
        answer,
        "text/html; charset=utf-8",
        &etag,
        page.html,
    )
}

/// Answers with a file that changes only with the program.
pub fn file(request: &HttpRequest, kind: &str, etag: &str, bytes: Bytes) -> HttpResponse {
    finish(request, HttpResponse::Ok(), kind, etag, bytes)
}

/// The entity tag of these bytes.
pub fn etag(bytes: &[u8]) -> String {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, bytes);
    format!("\"{}\"", hex::encode(&digest.as_ref()[..16]))
}

fn finish(
    request: &HttpRequest,
    mut answer: actix_web::HttpResponseBuilder,
    kind: &str,
    etag: &str,
    bytes: Bytes,
) -> HttpResponse {
    answer
        .insert_header((header::CONTENT_TYPE, kind))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        // To be kept, but asked about each time: another version may be served by now.
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .insert_header((header::ETAG, etag));
    if is_held(request.headers(), etag) {
        return answer
            .status(actix_web::http::StatusCode::NOT_MODIFIED)
            .finish();
    }
    if bytes.len() <= PIECE {
        return answer.body(bytes);
    }
    answer.body(SizedStream::new(bytes.len() as u64, pieces(bytes)))
}

/// The bytes piece by piece: of what is one, all that was not sent yet is copied for its connection, for as long
/// as a caller takes to read it.
fn pieces(bytes: Bytes) -> impl Stream<Item = Result<Bytes, Infallible>> {
    let starts = (0..bytes.len()).step_by(PIECE);
    stream::iter(starts.map(move |from| {
        let to = bytes.len().min(from + PIECE);
        Ok(bytes.slice(from..to))
    }))
}

/// Whether the caller holds that version (RFC 9110 section 13.1.2, by weak comparison).
fn is_held(headers: &HeaderMap, etag: &str) -> bool {
    let tags = headers
        .get_all(header::IF_NONE_MATCH)
        .filter_map(|value| value.to_str().ok());
    tags.flat_map(|value| value.split(','))
        .map(|tag| tag.trim().trim_start_matches("W/"))
        .any(|tag| tag == etag || tag == "*")
}

#[cfg(test)]
mod tests {
    use actix_web::body::{self, BodySize, MessageBody as _};
    use actix_web::test::TestRequest;
    use futures_util::StreamExt as _;

    use super::*;

    #[actix_web::test]
    async fn what_is_long_is_handed_over_in_pieces_and_arrives_whole() {
        for length in [PIECE, PIECE + 1, 5 * PIECE - 7] {
            let bytes: Bytes = (0..length).map(|at| (at % 251) as u8).collect();
            let request = TestRequest::default().to_http_request();
            let answer = file(&request, "text/css", "\"abc\"", bytes.clone());
            assert_eq!(answer.body().size(), BodySize::Sized(length as u64));
            assert_eq!(body::to_bytes(answer.into_body()).await.unwrap(), bytes);
            let largest = pieces(bytes).map(|piece| piece.map_or(0, |it| it.len()));
            let largest = largest.fold(0, async |one, other| one.max(other)).await;
            assert_eq!(largest, PIECE);
        }
    }

    #[test]
    fn what_the_caller_holds_is_not_sent_again() {
        let ask = |held: &str| {
            let request = TestRequest::default().insert_header((header::IF_NONE_MATCH, held));
            let answer = file(
                &request.to_http_request(),
                "text/css",
                "\"abc\"",
                Bytes::from_static(b"a { }"),
            );
            answer.status().as_u16()
        };
        assert_eq!(
            (ask("\"abc\""), ask("\"x\", W/\"abc\""), ask("*")),
            (304, 304, 304)
        );
        assert_eq!((ask("\"abcd\""), ask("abc")), (200, 200));
    }
}
