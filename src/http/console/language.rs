//! The language of a page: as the address says, else as was chosen before, else as the browser prefers.

use actix_web::HttpRequest;

use super::form::Form;
use super::session::cookie;
use crate::http::problem::{self, Language};

/// The cookie in which a choice lasts.
const COOKIE: &str = "dancu_console_lang";

/// How long it lasts, in seconds: a year.
const LASTS_S: u32 = 365 * 24 * 3600;

/// The language of this page.
pub fn of(request: &HttpRequest) -> Language {
    chosen(request)
        .or_else(|| cookie(request, COOKIE).and_then(named))
        .unwrap_or_else(|| problem::language(request.headers()))
}

/// A cookie to set where the address chooses.
pub fn to_remember(request: &HttpRequest) -> Option<String> {
    let tag = chosen(request)?.tag();
    Some(format!(
        "{COOKIE}={tag}; Max-Age={LASTS_S}; Path=/console; HttpOnly; SameSite=Strict"
    ))
}

/// The address of this page in the other language. A page that was posted has none: it leads to the
/// form it was posted from.
pub fn switch(request: &HttpRequest, other: Language) -> String {
    let kept = request
        .query_string()
        .split('&')
        .filter(|pair| !pair.is_empty() && !pair.starts_with("lang="));
    let tag = format!("lang={}", other.tag());
    let query: Vec<&str> = kept.chain([tag.as_str()]).collect();
    format!("{}?{}", request.path(), query.join("&"))
}

pub const fn other(language: Language) -> Language {
    match language {
        Language::English => Language::Vietnamese,
        Language::Vietnamese => Language::English,
    }
}

fn chosen(request: &HttpRequest) -> Option<Language> {
    named(Form::in_address(request).get("lang"))
}

fn named(tag: &str) -> Option<Language> {
    [Language::English, Language::Vietnamese]
        .into_iter()
        .find(|language| language.tag() == tag)
}
