//! What is around every request: its id, its time, its problem document, its count, its log line.

use std::panic::AssertUnwindSafe;
use std::time::Instant;

use actix_web::http::StatusCode;
use actix_web::http::header::HeaderValue;
use actix_web::{HttpRequest, HttpResponse};
use futures_util::FutureExt;
use uuid::Uuid;

use super::app::App;
use super::console;
use super::head::{self, RequestId};
use super::problem::{self, Code, Problem};
use super::routes::Route;

/// What the handler of one request needs of its envelope.
#[derive(Clone, Copy, Debug)]
pub struct Envelope {
    /// As answered in `X-Request-Id`.
    pub request_id: RequestId,
    /// What was matched.
    pub route: &'static Route,
}

/// Runs a handler in its envelope.
pub async fn run<F>(
    route: &'static Route,
    request: HttpRequest,
    handler: impl FnOnce(Envelope) -> F,
) -> HttpResponse
where
    F: Future<Output = Result<HttpResponse, Problem>>,
{
    let begun = Instant::now();
    let app = App::of(&request);
    let (request_id, checked) = head::request_id(request.headers());
    let handled = match checked.and_then(|()| head::check_size(&request, app.limits.head_bytes)) {
        Ok(()) => {
            // A fault of ours may end this request, but neither the connection nor the worker.
            let handling = AssertUnwindSafe(handler(Envelope { request_id, route }));
            handling
                .catch_unwind()
                .await
                .unwrap_or_else(|_| Err(Problem::new(Code::Internal)))
        }
        Err(problem) => Err(problem),
    };
    let (mut answer, outcome) = finish(handled, &request, request_id);
    app.protected_resource.complete(answer.headers_mut());
    let taken = begun.elapsed();
    app.metrics.answered(route, outcome, taken);
    log(
        &request,
        route,
        request_id.id,
        answer.status(),
        outcome,
        taken,
    );
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

/// One line a request. The route's pattern stands for the path, which may carry anything.
fn log(
    request: &HttpRequest,
    route: &Route,
    request_id: Uuid,
    status: StatusCode,
    outcome: &str,
    taken: std::time::Duration,
) {
    tracing::debug!(
        target: "dancu::access",
        operation = route.operation,
        route = route.path,
        status = status.as_u16(),
        outcome,
        %request_id,
        trace_id = head::trace_id(request.headers()),
        duration_us = u64::try_from(taken.as_micros()).unwrap_or(u64::MAX),
        "answered"
    );
}
