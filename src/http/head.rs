//! The checks on a request's head, which come before everything else.

use actix_web::HttpRequest;
use actix_web::http::header::{self, HeaderMap, HeaderName};
use uuid::Uuid;

use super::problem::{Code, Problem};
use crate::clock;

/// The header that names a request.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The one value of a header that may stand there only once.
fn single<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Result<Option<&'h [u8]>, ()> {
    let mut values = headers.get_all(name);
    let first = values.next();
    if values.next().is_some() {
        return Err(());
    }
    Ok(first.map(|value| value.as_bytes()))
}

/// The request's id: the caller's where it is a UUID, ours where there is none. With a bad one comes
/// an id of ours, for the answer needs one too.
pub fn request_id(headers: &HeaderMap) -> (Uuid, Result<(), Problem>) {
    match single(headers, &REQUEST_ID) {
        Ok(None) => (fresh_id(), Ok(())),
        Ok(Some(text)) => match Uuid::try_parse_ascii(text) {
            // `try_parse` also takes braces and URNs; the plain hyphenated form is 36 bytes long.
            Ok(id) if text.len() == 36 => (id, Ok(())),
            Ok(_) | Err(_) => (
                fresh_id(),
                Err(Problem::header("`X-Request-Id` is not a UUID.")),
            ),
        },
        Err(()) => (
            fresh_id(),
            Err(Problem::header("`X-Request-Id` stands there twice.")),
        ),
    }
}

fn fresh_id() -> Uuid {
    let mut bytes = [0; 16];
    clock::random(&mut bytes);
    uuid::Builder::from_random_bytes(bytes).into_uuid()
}

/// The trace a request belongs to, if it says so (W3C Trace Context, version 00).
pub fn trace_id(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get("traceparent")?.to_str().ok()?;
    let mut parts = value.split('-');
    let (version, trace) = (parts.next()?, parts.next()?);
    let hexadecimal = |text: &str| text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    let fits = version.len() == 2
        && version != "ff"
        && trace.len() == 32
        && hexadecimal(version)
        && hexadecimal(trace)
        && trace.bytes().any(|byte| byte != b'0');
    fits.then_some(trace)
}

/// Refuses a head over the limit.
pub fn check_size(request: &HttpRequest, limit: usize) -> Result<(), Problem> {
    let headers = request.headers();
    // Each header line has a colon, a space and an end of line besides name and value.
    let size: usize = headers
        .iter()
        .map(|(name, value)| name.as_str().len() + value.len() + 4)
        .sum();
    let line = request
        .uri()
        .path_and_query()
        .map_or(1, |target| target.as_str().len());
    if size + line > limit {
        Err(Problem::new(Code::HeadersTooLarge))
    } else {
        Ok(())
    }
}

/// Refuses a caller who does not take JSON.
pub fn check_accept(headers: &HeaderMap) -> Result<(), Problem> {
    let mut stated = false;
    // Of the ranges that JSON is in, the closest decides (RFC 9110 section 12.5.1).
    let mut closest = None;
    for value in headers.get_all(header::ACCEPT) {
        let text = value
            .to_str()
            .map_err(|_| Problem::new(Code::NotAcceptable))?;
        stated |= !text.trim().is_empty();
        closest = closest.max(text.split(',').filter_map(range_of_json).max());
    }
    let taken = closest.map_or(!stated, |(_, taken)| taken);
    if taken {
        Ok(())
    } else {
        Err(Problem::new(Code::NotAcceptable))
    }
}

/// How close the range is to JSON and whether it is taken; nothing where JSON is not in it.
fn range_of_json(range: &str) -> Option<(u8, bool)> {
    let mut parts = range.split(';').map(str::trim);
    let closeness = match &*parts.next()?.to_ascii_lowercase() {
        "*/*" => 0,
        "application/*" => 1,
        "application/json" => 2,
        _ => return None,
    };
    let refused = parts.any(|parameter| {
        let quality = parameter
            .strip_prefix("q=")
            .or(parameter.strip_prefix("Q="));
        quality.is_some_and(|quality| quality.parse::<f32>().is_ok_and(|quality| quality <= 0.0))
    });
    Some((closeness, !refused))
}

/// Refuses a body that is not JSON in UTF-8, or is packed.
pub fn check_content_type(headers: &HeaderMap) -> Result<(), Problem> {
    let unsupported = || Problem::new(Code::UnsupportedMediaType);
    let packed = headers
        .get_all(header::CONTENT_ENCODING)
        .any(|coding| !coding.as_bytes().eq_ignore_ascii_case(b"identity"));
    if packed {
        return Err(unsupported());
    }
    let value = single(headers, &header::CONTENT_TYPE)
        .map_err(|()| Problem::header("`Content-Type` stands there twice."))?
        .ok_or_else(unsupported)?;
    let text = std::str::from_utf8(value).map_err(|_| unsupported())?;
    let mut parts = text.split(';').map(str::trim);
    let is_json = parts
        .next()
        .is_some_and(|kind| kind.eq_ignore_ascii_case("application/json"));
    let is_utf8 = parts.all(|parameter| {
        parameter.split_once('=').is_some_and(|(name, value)| {
            name.eq_ignore_ascii_case("charset")
                && value.trim_matches('"').eq_ignore_ascii_case("utf-8")
        })
    });
    if is_json && is_utf8 {
        Ok(())
    } else {
        Err(unsupported())
    }
}

/// The `Authorization` header, of which there may be one.
pub fn authorization(headers: &HeaderMap) -> Result<Option<&[u8]>, crate::auth::TokenError> {
    single(headers, &header::AUTHORIZATION).map_err(|()| crate::auth::TokenError::Invalid)
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;
    use rstest::rstest;

    use super::*;

    fn with(name: HeaderName, value: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(name, HeaderValue::from_str(value).unwrap());
        headers
    }

    #[rstest]
    #[case("application/json", true)]
    #[case("Application/JSON", true)]
    #[case("application/json; charset=UTF-8", true)]
    #[case("application/json;charset=\"utf-8\"", true)]
    #[case("application/json; charset=latin1", false)]
    #[case("application/json; profile=x", false)]
    #[case("application/jsonp", false)]
    #[case("text/json", false)]
    #[case("", false)]
    fn only_json_in_utf8_is_taken(#[case] value: &str, #[case] taken: bool) {
        assert_eq!(
            check_content_type(&with(header::CONTENT_TYPE, value)).is_ok(),
            taken
        );
    }

    #[rstest]
    #[case("*/*", true)]
    #[case("application/json", true)]
    #[case("text/html, application/*;q=0.5", true)]
    #[case("text/html", false)]
    #[case("application/json;q=0", false)]
    #[case("application/problem+json", false)]
    #[case("", true)]
    fn an_answer_in_json_must_be_allowed(#[case] value: &str, #[case] allowed: bool) {
        assert_eq!(check_accept(&with(header::ACCEPT, value)).is_ok(), allowed);
    }

    #[test]
    fn a_request_id_is_a_uuid_in_its_plain_form() {
        let id = "67e55044-10b1-426f-9247-bb680e5fe0c8";
        let (taken, checked) = request_id(&with(REQUEST_ID, id));
        assert!(checked.is_ok() && taken.to_string() == id);
        for bad in [
            "",
            "1",
            "{67e55044-10b1-426f-9247-bb680e5fe0c8}",
            &id.replace('-', ""),
        ] {
            assert!(request_id(&with(REQUEST_ID, bad)).1.is_err(), "{bad}");
        }
        let mut twice = with(REQUEST_ID, id);
        twice.append(REQUEST_ID, HeaderValue::from_static("x"));
        assert!(request_id(&twice).1.is_err());
    }

    #[test]
    fn a_trace_is_taken_from_a_valid_traceparent_only() {
        let name = HeaderName::from_static("traceparent");
        let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
        let valid = format!("00-{trace}-00f067aa0ba902b7-01");
        assert_eq!(trace_id(&with(name.clone(), &valid)), Some(trace));
        for bad in [
            "",
            "00",
            "00-079085001234",
            &format!("ff-{trace}-1-1"),
            &"0".repeat(55),
        ] {
            assert_eq!(trace_id(&with(name.clone(), bad)), None, "{bad}");
        }
    }
}
