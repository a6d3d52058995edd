//! Who is signed in: by the token a trusted proxy hands on, or by the cookie of a session.

use actix_web::HttpRequest;
use actix_web::http::header;
use jiff::Timestamp;
use zeroize::Zeroizing;

use super::{SCOPES, origin};
use crate::auth;
use crate::domain::entry::Operation;
use crate::http::app::{self, App};
use crate::http::call::Call;
use crate::http::envelope::Envelope;
use crate::http::problem::{Code, Problem};
use crate::service::SessionId;

/// The cookie of a session. It holds a random id and nothing else.
const COOKIE: &str = "dancu_console";

/// How a token came.
enum Way {
    /// A proxy handed it on.
    Header,
    /// It was kept for this session.
    Session(SessionId),
}

/// A call of whoever is signed in.
pub async fn open(
    request: HttpRequest,
    envelope: Envelope,
    operation: Operation,
) -> Result<Call, Problem> {
    let app = App::of(&request);
    let now = app.clock.now();
    let (token, way) = presented(&request, &app, now).await?;
    let opened = admit(request, envelope, operation, &token, now).await;
    if let (Err(problem), Way::Session(id)) = (&opened, &way)
        && ends_a_session(problem)
    {
        app.sessions.end(id).await?;
    }
    opened
}

/// A call of whoever has this token, if it lets an auditor in.
pub async fn admit(
    request: HttpRequest,
    envelope: Envelope,
    operation: Operation,
    token: &str,
    now: Timestamp,
) -> Result<Call, Problem> {
    let verified = app::desk(&request).verify(token, now).await;
    let verified = verified.map_err(|error| Problem::token(error, now))?;
    Call::admit(request, envelope, operation, &SCOPES, verified, now).await
}

/// Whether nothing can be read any more with the token this was said of: it, or its client, was not let
/// in. What is refused to whoever was let in, as people in the clear are, ends nothing; nor does what
/// could not be decided or recorded.
pub fn ends_a_session(problem: &Problem) -> bool {
    problem.is_turned_away()
        && matches!(
            problem.code(),
            Code::TokenMissing
                | Code::TokenInvalid
                | Code::TokenExpired
                | Code::TokenNotYetValid
                | Code::ClientUnknown
                | Code::ClientSuspended
                | Code::ScopeMissing
        )
}

/// The token of this request. What a proxy hands on comes before a session that was begun before.
async fn presented(
    request: &HttpRequest,
    app: &App,
    now: Timestamp,
) -> Result<(Zeroizing<String>, Way), Problem> {
    if let Some(token) = handed_on(request, app) {
        return Ok((token, Way::Header));
    }
    let missing = || Problem::new(Code::TokenMissing).at(now).turning_away();
    let id = id(request).ok_or_else(missing)?;
    let token = app.sessions.token(&id, now).await?.ok_or_else(missing)?;
    Ok((token, Way::Session(id)))
}

/// The token in the configured header, where a trusted proxy sent the request.
fn handed_on(request: &HttpRequest, app: &App) -> Option<Zeroizing<String>> {
    let name = app.console.token_header.as_deref()?;
    let peer = request.peer_addr()?.ip().to_canonical();
    if !app.trusted_proxies.contains(&peer) {
        return None;
    }
    let mut values = request.headers().get_all(name);
    let value = values.next()?;
    // Of two, one may have come from outside: neither is taken.
    let text = match values.next() {
        None => value.to_str().unwrap_or_default().trim(),
        Some(_) => "",
    };
    let token = auth::bearer(Some(text.as_bytes())).unwrap_or(text);
    Some(Zeroizing::new(token.to_owned()))
}

/// The session of this request's cookie.
pub fn id(request: &HttpRequest) -> Option<SessionId> {
    SessionId::from_text(cookie(request, COOKIE)?)
}

/// Whether the browser believes it is signed in.
pub fn is_claimed(request: &HttpRequest) -> bool {
    cookie(request, COOKIE).is_some()
}

/// Whether whoever asks may be signed in, be it by the browser or by a proxy.
pub fn may_be_open(request: &HttpRequest) -> bool {
    is_claimed(request) || handed_on(request, &App::of(request)).is_some()
}

/// Gives the browser its session. `Secure`, unless the browser is on this machine.
pub fn to_keep(request: &HttpRequest, id: &SessionId) -> String {
    format!(
        "{COOKIE}={}; {}",
        id.to_text().as_str(),
        attributes(request)
    )
}

/// Takes it back.
pub fn to_forget(request: &HttpRequest) -> String {
    format!("{COOKIE}=; Max-Age=0; {}", attributes(request))
}

fn attributes(request: &HttpRequest) -> &'static str {
    if origin::is_local(request) {
        "Path=/console; HttpOnly; SameSite=Strict"
    } else {
        "Path=/console; HttpOnly; SameSite=Strict; Secure"
    }
}

/// The cookie of that name (RFC 6265 section 5.4).
pub fn cookie<'r>(request: &'r HttpRequest, name: &str) -> Option<&'r str> {
    let headers = request.headers().get_all(header::COOKIE);
    let values = headers.filter_map(|value| value.to_str().ok());
    values
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(known, value)| (known == name).then_some(value))
}
