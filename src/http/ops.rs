//! `/health/…` for whoever runs the process, and `/metrics` on a port of its own.

use actix_web::guard;
use actix_web::http::header;
use actix_web::web::{self, Data, Payload, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use prometheus::{Encoder, Registry, TextEncoder};

use super::app::App;
use super::envelope::{self, Envelope};
use super::head;
use super::problem::{Code, Problem};
use crate::clock::Clock;

/// The process answers. Never asks a database: restarting would not mend it.
pub async fn live(_: HttpRequest, _: Payload, _: Envelope) -> Result<HttpResponse, Problem> {
    Ok(plain("live"))
}

/// The process may be sent requests. It may while the database is down, too: the answers are 503
/// problems then, and taking every replica away would turn them into silence.
pub async fn ready(request: HttpRequest, _: Payload, _: Envelope) -> Result<HttpResponse, Problem> {
    if App::of(&request).readiness.is_ready() {
        Ok(plain("ready"))
    } else {
        Err(Problem::new(Code::Overloaded))
    }
}

/// The process has begun: policy and keys are read.
pub async fn startup(
    request: HttpRequest,
    _: Payload,
    _: Envelope,
) -> Result<HttpResponse, Problem> {
    let app = App::of(&request);
    let now = Clock::now(&app.clock);
    app.policy
        .load(now)
        .map_err(|_| Problem::new(Code::PolicyUnavailable))?;
    Ok(plain("started"))
}

fn plain(word: &'static str) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "text/plain; charset=utf-8"))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .body(word)
}

/// Serves the metrics of `registry`, and problems where there is nothing else. What is asked here
/// is not counted itself.
pub fn configure_metrics(config: &mut ServiceConfig, registry: Registry) {
    let read = guard::Any(guard::Get()).or(guard::Head());
    let resource = web::resource("/metrics")
        .route(web::route().guard(read).to(metrics))
        .default_service(web::to(|request: HttpRequest| async move {
            finished(&request, || Err(Problem::method("GET, HEAD")))
        }));
    config
        .app_data(Data::new(registry))
        .service(resource)
        .default_service(web::to(|request: HttpRequest| async move {
            finished(&request, || Err(Problem::new(Code::NotFound)))
        }));
}

async fn metrics(request: HttpRequest, registry: Data<Registry>) -> HttpResponse {
    finished(&request, || {
        let encoder = TextEncoder::new();
        let mut text = Vec::new();
        encoder
            .encode(&registry.gather(), &mut text)
            .map_err(|_| Problem::new(Code::Internal))?;
        Ok(HttpResponse::Ok()
            .insert_header((header::CONTENT_TYPE, encoder.format_type()))
            .body(text))
    })
}

/// An answer of the port of the metrics, under its request's id.
fn finished(
    request: &HttpRequest,
    answer: impl FnOnce() -> Result<HttpResponse, Problem>,
) -> HttpResponse {
    let (request_id, checked) = head::request_id(request.headers());
    envelope::finish(checked.and_then(|()| answer()), request, request_id).0
}
