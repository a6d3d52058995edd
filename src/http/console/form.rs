//! What a browser sends of a form, and what an address may carry of one.

use actix_web::HttpRequest;
use actix_web::http::header;
use actix_web::web::{Payload, Query};

use super::origin;
use crate::http::app::App;
use crate::http::body;
use crate::http::call::Call;
use crate::http::problem::{Code, Problem};

/// The members of a form, in the order of the page.
#[derive(Default)]
pub struct Form(Vec<(String, String)>);

impl Form {
    /// From the body of a post of whoever is signed in, which a page of ours must have sent.
    pub async fn posted(call: &mut Call, payload: &mut Payload) -> Result<Self, Problem> {
        check(call.request())?;
        Self::of(&call.bytes(payload).await?)
    }

    /// The same of whoever is not yet.
    pub async fn entered(request: &HttpRequest, payload: &mut Payload) -> Result<Self, Problem> {
        check(request)?;
        let limits = App::of(request).limits;
        let (limit, deadline) = (limits.body_bytes, limits.body_deadline());
        Self::of(&body::bytes(request, payload, limit, deadline).await?)
    }

    fn of(bytes: &[u8]) -> Result<Self, Problem> {
        let text = std::str::from_utf8(bytes).ok();
        text.and_then(Self::read)
            .ok_or_else(|| Problem::new(Code::ValidationFailed))
    }

    /// From the part of an address behind the question mark; none where it cannot be read.
    pub fn in_address(request: &HttpRequest) -> Self {
        Self::read(request.query_string()).unwrap_or_default()
    }

    /// The member of that name without the space around it; empty where there is none.
    pub fn get(&self, name: &str) -> &str {
        let found = self.0.iter().find(|(known, _)| known == name);
        found.map_or("", |(_, value)| value.trim())
    }

    /// Every member of that name.
    pub fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        let found = self.0.iter().filter(move |(known, _)| known == name);
        found.map(|(_, value)| value.trim())
    }

    fn read(text: &str) -> Option<Self> {
        let pairs = Query::<Vec<(String, String)>>::from_query(text).ok()?;
        Some(Self(pairs.into_inner()))
    }
}

/// Whether a page of ours sent it, as a form.
fn check(request: &HttpRequest) -> Result<(), Problem> {
    origin::check(request)?;
    let kind = request.headers().get(header::CONTENT_TYPE);
    let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    if kind.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        Ok(())
    } else {
        Err(Problem::new(Code::UnsupportedMediaType))
    }
}

/// The text as a value in an address.
pub fn encoded(text: &str) -> String {
    use std::fmt::Write as _;
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'-' | b'.' | b'_' | b'~' => {
                out.push(char::from(byte));
            }
            _ => write!(out, "%{byte:02X}").expect("a string takes all that is written"),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_encoded_reads_back(text in ".{0,40}") {
            let form = Form::read(&format!("a=1&b={}", encoded(&text))).unwrap();
            prop_assert_eq!(form.get("b"), text.trim());
            prop_assert_eq!(form.get("c"), "");
        }

        #[test]
        fn no_text_is_too_odd_to_be_read_or_refused(text in "[%&=+a-z0-9\u{e9}]{0,40}") {
            let _form = Form::read(&text);
        }
    }
}
