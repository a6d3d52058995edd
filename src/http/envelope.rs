//! What is around every request: its id, its place among those under way, its time, its problem
//! document, its count, its log line.

use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::time::Instant;

use actix_web::http::ConnectionType;
use actix_web::http::header::HeaderValue;
use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse};
use futures_util::FutureExt;

use super::access::{self, Answered};
use super::admission::{self, Class, Shed};
use super::app::App;
use super::head::{self, RequestId};
use super::problem::{self, Problem};
use super::routes::Route;
use super::{body, console, owed};
use crate::telemetry::traces::{self, RequestSpan};

/// What the handler of one request needs of its envelope.
#[derive(Clone, Copy, Debug)]
pub struct Envelope {
    /// As answered in `X-Request-Id`.
    pub request_id: RequestId,
    /// What was matched.
    pub route: &'static Route,
}

/// Runs a handler in its envelope, if there is a place for it.
pub async fn run<F>(
    route: &'static Route,
    request: HttpRequest,
    mut payload: Payload,
    handler: impl FnOnce(Payload, Envelope) -> F,
) -> HttpResponse
where
    F: Future<Output = Result<HttpResponse, Problem>>,
{
    let begun = Instant::now();
    let app = App::of(&request);
    let (request_id, checked) = head::request_id(request.headers());
    let span = app.traces.as_ref().and_then(|traces| {
        let method = known_method(route, &request);
        let parent = head::trace_parent(request.headers()).and_then(|parent| parent.span());
        traces.request(method, route.path, route.operation, parent)
    });
    let is_beyond = admission::is_beyond(&request);
    let checked = checked.and_then(|()| head::check_size(&request, app.limits.head_bytes));
    let admitted = checked.map(|()| {
        // Whoever looks at its health is answered, also over a connection too many.
        if is_beyond && route.class != Class::Free {
            Err(Shed::Connections)
        } else {
            app.admission.enter(route.class)
        }
    });
    let handled = match admitted {
        Ok(Ok(place)) => {
            // A fault of ours may end this request, but neither the connection nor the worker.
            let handling = AssertUnwindSafe(handler(payload, Envelope { request_id, route }));
            let handling = pin!(handling.catch_unwind());
            let handled = match traces::within(span.as_ref(), handling).await {
                Ok(handled) => handled,
                Err(_) => Err(Box::pin(owed::settle(&request)).await),
            };
            drop(place);
            handled
        }
        Ok(Err(shed)) => {
            Box::pin(body::discard(&mut payload, app.limits.body_bytes)).await;
            Err(Problem::shed(shed))
        }
        Err(problem) => Err(problem),
    };
    if let Err(problem) = &handled
        && let Some(reason) = problem.shed_for()
    {
        app.metrics.shed(reason);
    }
    let (mut answer, outcome) = finish(handled, &request, request_id);
    if is_beyond || app.readiness.is_ending() {
        answer.head_mut().set_connection_type(ConnectionType::Close);
    }
    app.protected_resource.complete(answer.headers_mut());
    let taken = begun.elapsed();
    let status = answer.status().as_u16();
    app.metrics.answered(route, outcome, taken);
    let trace_id = span.as_ref().map(RequestSpan::trace_id);
    let answered = Answered {
        route,
        status,
        outcome,
        request_id: request_id.id,
        trace_id: trace_id.as_deref(),
        taken,
    };
    access::log(&request, &answered);
    if let Some(span) = span {
        span.end(request_id.id.to_string(), status, outcome);
    }
    answer
}

/// The answer under the request's id, as a problem document where there is none, and how it is
/// counted.
pub fn finish(
    handled: Result<HttpResponse, Problem>,
    request: &HttpRequest,
    request_id: RequestId,
) -> (HttpResponse, &'static str) {
    let (mut answer, outcome) = match handled {
        Ok(answer) => (answer, "ok"),
        Err(problem) => {
            let outcome = problem.code().as_str();
            let answer = if console::is_its(request) {
                console::problem(request, &problem, request_id.id)
            } else {
                problem.respond(problem::language(request.headers()), request_id)
            };
            (answer, outcome)
        }
    };
    let id = HeaderValue::from_str(request_id.as_str()).expect("a UUID is plain ASCII");
    answer.headers_mut().insert(head::REQUEST_ID, id);
    (answer, outcome)
}

/// The method as a word of ours, as the conventions of traces have it: what it is else stays unsaid.
fn known_method(route: &Route, request: &HttpRequest) -> &'static str {
    const KNOWN: [&str; 9] = [
        "GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT",
    ];
    let sent = request.method().as_str();
    let known = KNOWN.into_iter().find(|known| *known == sent);
    known.unwrap_or(if route.method.is_empty() {
        "_OTHER"
    } else {
        route.method
    })
}
