//! Signing in and out.

use actix_web::http::header;
use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use super::form::{self, Form};
use super::layout::{Layout, Part, Shown};
use super::{HOME, is_end, origin, see_other, session};
use crate::domain::entry::Operation;
use crate::http::app::App;
use crate::http::envelope::Envelope;
use crate::http::problem::{Code, Problem};

/// Where the form to sign in is, and where it is sent.
const SIGN_IN: &str = "/console/sign-in";

#[derive(Template)]
#[template(path = "console/sign_in.html")]
struct SignInPage {
    l: Layout,
    /// What went wrong, if this is the answer to an attempt.
    error: Option<Said>,
    /// Whether a session was there and is not any more.
    ended: bool,
    /// Whether a token may be pasted.
    paste: bool,
    /// Whether a proxy may hand a token on.
    by_proxy: bool,
    /// Where the form is sent, with where to go on.
    action: String,
}

/// What an auditor is told about a token, and what to do.
struct Said {
    what: &'static str,
    then: &'static str,
}

/// `GET /console/sign-in`.
pub async fn form(request: HttpRequest, _: Payload, _: Envelope) -> Result<HttpResponse, Problem> {
    let page = page(&request, None, false);
    Ok(Shown::new(HttpResponse::Ok()).answer(&request, &page))
}

/// The form as the answer to whoever is not signed in, or not any more.
pub fn instead(request: &HttpRequest, problem: &Problem) -> HttpResponse {
    let layout = Layout::of(request, Part::SignIn);
    let (w, code) = (layout.w, problem.code());
    let said = |what, then| Some(Said { what, then });
    let error = match code {
        Code::TokenInvalid => said(w.token_invalid, w.token_invalid_then),
        Code::TokenExpired => said(w.token_expired, w.token_expired_then),
        Code::TokenNotYetValid => said(w.token_not_yet, w.token_not_yet_then),
        _ => None,
    };
    let ended = error.is_none() && session::is_claimed(request);
    let page = page(request, error, ended);
    let mut shown = Shown::new(problem.head(layout.language));
    if !is_entering(request) {
        shown = shown.forgetting_the_session();
    }
    shown.answer(request, &page)
}

/// Whether a token was entered: what is wrong with it says nothing of a session that is there already.
pub fn is_entering(request: &HttpRequest) -> bool {
    request.path() == SIGN_IN
}

fn page(request: &HttpRequest, error: Option<Said>, ended: bool) -> SignInPage {
    let app = App::of(request);
    let onward = onward(request);
    let action = if onward == HOME {
        SIGN_IN.to_owned()
    } else {
        format!("{SIGN_IN}?to={}", form::encoded(&onward))
    };
    SignInPage {
        l: Layout::of(request, Part::SignIn),
        error,
        ended,
        paste: app.console.paste,
        by_proxy: app.console.token_header.is_some(),
        action,
    }
}

/// `POST /console/sign-in`: a token was pasted.
pub async fn enter(
    request: HttpRequest,
    mut payload: Payload,
    envelope: Envelope,
) -> Result<HttpResponse, Problem> {
    let app = App::of(&request);
    if !app.console.paste {
        return Err(Problem::new(Code::NotFound));
    }
    let form = Form::entered(&request, &mut payload).await?;
    let now = app.clock.now();
    // What is copied from a terminal may have come with its line breaks, or with the scheme.
    let token: String = form.get("token").split_whitespace().collect();
    let token = token.strip_prefix("Bearer").unwrap_or(&token);
    if token.is_empty() {
        return Err(Problem::new(Code::TokenInvalid).at(now));
    }
    let operation = Operation::ConsoleSignIn;
    let call = session::admit(request.clone(), envelope, operation, token, now).await?;
    // A session this browser had before is not left behind.
    if let Some(before) = session::id(&request) {
        app.sessions.end(&before).await?;
    }
    let id = app.sessions.begin(&call.asking(), token).await?;
    let mut answer = see_other(&onward(&request));
    let cookie = session::to_keep(&request, &id);
    let cookie = cookie.parse().expect("a cookie of ours is plain ASCII");
    answer.headers_mut().append(header::SET_COOKIE, cookie);
    Ok(answer)
}

/// `POST /console/sign-out`. Whoever is not signed in is signed out, too.
pub async fn leave(request: HttpRequest, _: Payload, _: Envelope) -> Result<HttpResponse, Problem> {
    origin::check(&request)?;
    if let Some(id) = session::id(&request) {
        App::of(&request).sessions.end(&id).await?;
    }
    let mut answer = see_other(SIGN_IN);
    let cookie = session::to_forget(&request);
    let cookie = cookie.parse().expect("a cookie of ours is plain ASCII");
    answer.headers_mut().append(header::SET_COOKIE, cookie);
    Ok(answer)
}

/// Where to go on after signing in: to a page of the console, and nowhere else.
fn onward(request: &HttpRequest) -> String {
    let own = |to: &str| {
        to.strip_prefix(HOME).is_some_and(is_end)
            && !to.starts_with("/console/sign-")
            && to
                .bytes()
                .all(|byte| byte.is_ascii_graphic() && byte != b'\\')
    };
    if is_entering(request) {
        let form = Form::in_address(request);
        let to = form.get("to");
        return if own(to) { to } else { HOME }.to_owned();
    }
    let here = request
        .uri()
        .path_and_query()
        .map_or(HOME, |it| it.as_str());
    let read = request.method() == actix_web::http::Method::GET;
    if read && own(here) { here } else { HOME }.to_owned()
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn one_goes_on_to_pages_of_the_console_only() {
        let after = |to: &str| {
            let address = format!("/console/sign-in?to={}", form::encoded(to));
            onward(&TestRequest::get().uri(&address).to_http_request())
        };
        assert_eq!(after("/console/log?lang=en"), "/console/log?lang=en");
        for elsewhere in [
            "",
            "//evil.example",
            "https://evil.example/console",
            "/consolation",
            "/console/\\evil",
            "/console/log\r\nset-cookie: x",
            "/console/sign-out",
            "/v1/me",
        ] {
            assert_eq!(after(elsewhere), HOME, "{elsewhere}");
        }
        let direct = TestRequest::get().uri("/console/log").to_http_request();
        assert_eq!(onward(&direct), "/console/log");
        let posted = TestRequest::post()
            .uri("/console/entries")
            .to_http_request();
        assert_eq!(onward(&posted), HOME);
    }
}
