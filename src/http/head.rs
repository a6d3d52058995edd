//! The checks on a request's head, which come before everything else.

use actix_web::HttpRequest;
use actix_web::http::header::{self, HeaderMap, HeaderName};
use uuid::Uuid;

use super::problem::{Code, InBoth, Problem};
use crate::clock;
use crate::telemetry::traces::Parent;

/// The header that names a request.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The header that names the trace a request belongs to.
const TRACE_PARENT: HeaderName = HeaderName::from_static("traceparent");

/// A request's id, and how it is answered: as the caller wrote it, for a UUID has no case but a text
/// has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestId {
    /// The id.
    pub id: Uuid,
    text: [u8; Self::LENGTH],
}

impl RequestId {
    /// Characters of the hyphenated form.
    const LENGTH: usize = uuid::fmt::Hyphenated::LENGTH;

    /// The caller's, in the plain hyphenated form.
    fn parse(text: &[u8]) -> Option<Self> {
        // `try_parse` also takes braces and URNs, which are longer, and bare digits.
        let text = <[u8; Self::LENGTH]>::try_from(text).ok()?;
        let id = Uuid::try_parse_ascii(&text).ok()?;
        Some(Self { id, text })
    }

    /// Ours.
    fn fresh() -> Self {
        uuid::Builder::from_random_bytes(clock::random_id())
            .into_uuid()
            .into()
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.text).expect("a UUID is plain ASCII")
    }
}

impl From<Uuid> for RequestId {
    fn from(id: Uuid) -> Self {
        let mut text = [0; Self::LENGTH];
        id.hyphenated().encode_lower(&mut text);
        Self { id, text }
    }
}

/// The one value of a header that may stand there only once.
fn single<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Result<Option<&'h [u8]>, ()> {
    let mut values = headers.get_all(name);
    let first = values.next();
    if values.next().is_some() {
        return Err(());
    }
    Ok(first.map(|value| value.as_bytes()))
}

/// What is wrong with a request's id that is none.
pub const NO_REQUEST_ID: InBoth = InBoth {
    english: "`X-Request-Id` is not a UUID.",
    vietnamese: "`X-Request-Id` không phải UUID.",
};

/// The request's id: the caller's where it is a UUID, ours where there is none. With a bad one comes
/// an id of ours, for the answer needs one too.
pub fn request_id(headers: &HeaderMap) -> (RequestId, Result<(), Problem>) {
    let problem = match single(headers, &REQUEST_ID) {
        Ok(None) => return (RequestId::fresh(), Ok(())),
        Ok(Some(text)) => match RequestId::parse(text) {
            Some(id) => return (id, Ok(())),
            None => NO_REQUEST_ID,
        },
        Err(()) => InBoth {
            english: "`X-Request-Id` stands there twice.",
            vietnamese: "`X-Request-Id` xuất hiện hai lần.",
        },
    };
    (RequestId::fresh(), Err(Problem::header(problem)))
}

/// The span a request says it belongs to, as it wrote it (W3C Trace Context).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TraceParent<'h> {
    /// The trace's id: 32 hexadecimal digits in lower case.
    pub trace_id: &'h str,
    /// The span's id: 16 of them.
    parent_id: &'h str,
}

impl TraceParent<'_> {
    /// The same for a span of ours below it.
    pub fn span(&self) -> Option<Parent> {
        let mut parent = Parent {
            trace_id: [0; 16],
            span_id: [0; 8],
        };
        hex::decode_to_slice(self.trace_id, &mut parent.trace_id).ok()?;
        hex::decode_to_slice(self.parent_id, &mut parent.span_id).ok()?;
        Some(parent)
    }
}

/// The trace a request belongs to, if it says so once. Of versions to come the first four parts are read
/// as those of version 00, which has no others.
pub fn trace_parent(headers: &HeaderMap) -> Option<TraceParent<'_>> {
    let value = single(headers, &TRACE_PARENT).ok()??;
    let mut parts = std::str::from_utf8(value).ok()?.splitn(5, '-');
    let mut hexadecimal = |length: usize| {
        let all = |text: &str| text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        parts
            .next()
            .filter(|part| part.len() == length && all(part))
    };
    let (version, trace_id) = (hexadecimal(2)?, hexadecimal(32)?);
    let (parent_id, _flags) = (hexadecimal(16)?, hexadecimal(2)?);
    let is_set = |id: &str| id.bytes().any(|byte| byte != b'0');
    let ends = version != "00" || parts.next().is_none();
    let is_valid = version != "ff" && ends && is_set(trace_id) && is_set(parent_id);
    is_valid.then_some(TraceParent {
        trace_id,
        parent_id,
    })
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
        .map_err(|()| {
            Problem::header(InBoth {
                english: "`Content-Type` stands there twice.",
                vietnamese: "`Content-Type` xuất hiện hai lần.",
            })
        })?
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
        assert!(checked.is_ok() && taken.as_str() == id);
        let shouted = id.to_uppercase();
        let (same, checked) = request_id(&with(REQUEST_ID, &shouted));
        assert!(checked.is_ok() && same.as_str() == shouted && same.id == taken.id);
        assert_eq!(RequestId::from(taken.id), taken);
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
        let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
        let valid = format!("00-{trace}-00f067aa0ba902b7-01");
        let later = format!("01-{trace}-00f067aa0ba902b7-01-more-of-it");
        for good in [&valid, &later] {
            let headers = with(TRACE_PARENT, good);
            let parent = trace_parent(&headers).unwrap();
            assert_eq!(parent.trace_id, trace, "{good}");
            let span = parent.span().unwrap();
            assert_eq!(hex::encode(span.trace_id), trace);
            assert_eq!(hex::encode(span.span_id), "00f067aa0ba902b7");
        }
        for bad in [
            "",
            "00",
            "00-079085001234",
            &valid.replacen("00", "ff", 1),
            &valid.to_uppercase(),
            &valid.replace(trace, &"0".repeat(32)),
            &valid.replace("00f067aa0ba902b7", &"0".repeat(16)),
            &valid.replace("-01", ""),
            &valid.replace("-01", "-1"),
            &format!("{valid}-more"),
            &format!("{valid}-"),
            &"0".repeat(55),
        ] {
            assert_eq!(trace_parent(&with(TRACE_PARENT, bad)), None, "{bad}");
        }
        let mut twice = with(TRACE_PARENT, &valid);
        twice.append(TRACE_PARENT, HeaderValue::from_str(&valid).unwrap());
        assert_eq!(trace_parent(&twice), None);
    }
}
