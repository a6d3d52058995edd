//! Problems as pages of the console, in both languages.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use uuid::Uuid;

use super::layout::{Layout, Part, Shown};
use super::{session, sign};
use crate::http::problem::{Code, Problem};

#[derive(Template)]
#[template(path = "console/problem.html")]
struct ProblemPage {
    l: Layout,
    status: u16,
    code: &'static str,
    title: String,
    detail: String,
    action: String,
    audit_id: Option<Uuid>,
    request_id: Uuid,
    /// Where to try again, if reading again is all it takes.
    again: Option<String>,
}

/// The page for a request that failed. Whoever is not signed in gets the form to sign in.
pub fn problem(request: &HttpRequest, problem: &Problem, request_id: Uuid) -> HttpResponse {
    let code = problem.code();
    let mut answer = if code.challenge().is_some() && code != Code::ScopeMissing {
        sign::instead(request, problem)
    } else {
        page(request, problem, request_id)
    };
    // A page is no protected resource of the interface, and no browser knows the scheme.
    answer.headers_mut().remove(header::WWW_AUTHENTICATE);
    answer
}

fn page(request: &HttpRequest, problem: &Problem, request_id: Uuid) -> HttpResponse {
    let code = problem.code();
    let barred = session::ends_a_session(problem);
    let part = if barred { Part::SignIn } else { Part::Problem };
    let mut layout = Layout::of(request, part);
    // What was asked may be anything, so it is not said again.
    layout.switch = format!("?lang={}", layout.other.tag());
    let (texts, w) = (code.texts(layout.language), layout.w);
    let (detail, action) = match code {
        Code::NotFound => (w.not_found, w.not_found_then),
        Code::HeaderInvalid => (w.not_ours, w.not_ours_then),
        Code::ValidationFailed => (w.not_read, w.not_read_then),
        Code::ScopeMissing if barred => (w.scope_missing, w.scope_missing_then),
        Code::ScopeMissing => (w.reveal_refused, w.reveal_refused_then),
        _ => (texts.detail, texts.action),
    };
    let read = request.method() == actix_web::http::Method::GET;
    let here = request
        .uri()
        .path_and_query()
        .map(|it| it.as_str().to_owned());
    let language = layout.language;
    let page = ProblemPage {
        l: layout,
        status: code.status().as_u16(),
        code: code.as_str(),
        title: texts.title.to_owned(),
        detail: detail.replace('`', ""),
        action: action.replace('`', ""),
        audit_id: problem.audit_id(),
        request_id,
        again: here.filter(|_| read && code.passes()),
    };
    let mut shown = Shown::new(problem.head(language));
    if barred && !sign::is_entering(request) {
        shown = shown.forgetting_the_session();
    }
    shown.answer(request, &page)
}
