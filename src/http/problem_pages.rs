//! `/problems` and `/problems/<code>`: what the `type` of a problem document leads to, for people.
//!
//! Pages without a script, in English or Vietnamese.

use std::sync::LazyLock;

use actix_web::http::StatusCode;
use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::envelope::Envelope;
use super::openapi;
use super::pages::{self, Page};
use super::problem::{self, Code, Language, Problem, Texts};

pub(super) const STYLE: &str = include_str!("../../templates/page.css");

/// Nothing may be loaded or run but the one style in the page.
static POLICY: LazyLock<String> = LazyLock::new(|| {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, STYLE.as_bytes());
    let digest = STANDARD.encode(digest);
    format!(
        "default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'; \
         frame-ancestors 'none'"
    )
});

/// All problems.
pub async fn index(request: HttpRequest, _: Payload, _: Envelope) -> Result<HttpResponse, Problem> {
    let chosen = Chosen::of(&request);
    let language = chosen.language;
    let template = IndexPage {
        language,
        other: other(language),
        words: words(language),
        query: chosen.query(),
        is_index: true,
        groups: groups(language),
    };
    page(&request, language, &template)
}

/// One problem.
pub async fn one(request: HttpRequest, _: Payload, _: Envelope) -> Result<HttpResponse, Problem> {
    let name = request.match_info().get("code").unwrap_or_default();
    let code = Code::by_name(name).ok_or_else(|| Problem::new(Code::NotFound))?;
    let chosen = Chosen::of(&request);
    let language = chosen.language;
    let texts = code.texts(language);
    let template = ProblemPage {
        language,
        other: other(language),
        words: words(language),
        query: chosen.query(),
        is_index: false,
        code: code.as_str(),
        status: code.status().as_u16(),
        reason: reason(code.status()),
        is_reserved: code == Code::ClientAddressRefused,
        detail: spans(texts.detail),
        action: spans(texts.action),
        texts,
        headers: openapi::problem_headers(code, language),
        example: openapi::problem_example(code, language).to_pretty(),
    };
    page(&request, language, &template)
}

/// Answers with a page in the frame of these.
pub(super) fn page(
    request: &HttpRequest,
    language: Language,
    template: &impl Template,
) -> Result<HttpResponse, Problem> {
    let html = template
        .render()
        .map_err(|_| Problem::new(Code::Internal))?;
    Ok(pages::html(
        request,
        Page {
            html: html.into(),
            policy: &POLICY,
            language: Some(language),
        },
    ))
}

#[derive(Template)]
#[template(path = "problem.html")]
struct ProblemPage {
    language: Language,
    other: Language,
    words: &'static Words,
    query: &'static str,
    is_index: bool,
    code: &'static str,
    status: u16,
    reason: &'static str,
    is_reserved: bool,
    texts: Texts,
    detail: Vec<Span>,
    action: Vec<Span>,
    headers: Vec<(&'static str, String)>,
    example: String,
}

#[derive(Template)]
#[template(path = "problems.html")]
struct IndexPage {
    language: Language,
    other: Language,
    words: &'static Words,
    query: &'static str,
    is_index: bool,
    groups: Vec<Group>,
}

/// The problems of one status.
struct Group {
    status: u16,
    reason: &'static str,
    problems: Vec<Listed>,
}

struct Listed {
    code: &'static str,
    title: &'static str,
}

fn groups(language: Language) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for code in Code::ALL {
        let status = code.status();
        let listed = Listed {
            code: code.as_str(),
            title: code.texts(language).title,
        };
        match groups
            .iter_mut()
            .find(|group| group.status == status.as_u16())
        {
            Some(group) => group.problems.push(listed),
            None => groups.push(Group {
                status: status.as_u16(),
                reason: reason(status),
                problems: vec![listed],
            }),
        }
    }
    groups.sort_by_key(|group| group.status);
    groups
}

fn reason(status: StatusCode) -> &'static str {
    status.canonical_reason().unwrap_or_default()
}

/// A piece of a text: code where it stood between backticks.
struct Span {
    text: &'static str,
    is_code: bool,
}

fn spans(text: &'static str) -> Vec<Span> {
    let pieces = text.split('`').enumerate();
    pieces
        .map(|(at, text)| Span {
            text,
            is_code: at % 2 == 1,
        })
        .collect()
}

/// The language of a page, and whether its address says so.
pub(super) struct Chosen {
    pub language: Language,
    by_address: bool,
}

impl Chosen {
    pub fn of(request: &HttpRequest) -> Self {
        let named = request
            .query_string()
            .split('&')
            .find_map(|pair| match pair {
                "lang=en" => Some(Language::English),
                "lang=vi" => Some(Language::Vietnamese),
                _ => None,
            });
        Self {
            language: named.unwrap_or_else(|| problem::language(request.headers())),
            by_address: named.is_some(),
        }
    }

    /// What links carry on, so that a choice lasts.
    pub const fn query(&self) -> &'static str {
        match (self.by_address, self.language) {
            (false, _) => "",
            (true, Language::English) => "?lang=en",
            (true, Language::Vietnamese) => "?lang=vi",
        }
    }
}

/// The language a page can be changed to.
pub(super) const fn other(language: Language) -> Language {
    match language {
        Language::English => Language::Vietnamese,
        Language::Vietnamese => Language::English,
    }
}

/// The words around the texts.
pub(super) struct Words {
    pub navigation: &'static str,
    pub problems: &'static str,
    pub description: &'static str,
    pub other_language: &'static str,
    pub introduction: &'static str,
    pub reserved: &'static str,
    pub what_happened: &'static str,
    pub what_to_do: &'static str,
    pub example: &'static str,
}

/// The words around the texts in that language.
pub(super) const fn words(language: Language) -> &'static Words {
    match language {
        Language::English => &Words {
            navigation: "Pages",
            problems: "Problems",
            description: "API description",
            other_language: "Tiếng Việt",
            introduction: "Anything but success is answered with a problem document, whose code \
                           tells what is wrong. That a person is not in the register, or that a \
                           claim about one does not hold, is no problem: both are answered \
                           no_match with status 200.",
            reserved: "This problem is reserved: it is not answered yet.",
            what_happened: "What happened",
            what_to_do: "What to do",
            example: "Example",
        },
        Language::Vietnamese => &Words {
            navigation: "Các trang",
            problems: "Các lỗi",
            description: "Mô tả API",
            other_language: "English",
            introduction: "Mọi trường hợp không thành công đều được trả lời bằng một tài liệu lỗi \
                           có mã cho biết vấn đề. Việc không có công dân trong cơ sở dữ liệu hoặc \
                           thông tin không khớp không phải là lỗi: cả hai đều được trả lời \
                           no_match với trạng thái 200.",
            reserved: "Mã lỗi này được dành sẵn: hiện chưa được sử dụng.",
            what_happened: "Điều gì đã xảy ra",
            what_to_do: "Cần làm gì",
            example: "Ví dụ",
        },
    }
}
