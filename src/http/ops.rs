//! `/health/…` for whoever runs the process, and `/metrics` on a port of its own.

use actix_web::http::header;
use actix_web::web::{self, Data, Payload, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use prometheus::{Encoder, Registry, TextEncoder};

use super::app::App;
use super::envelope::Envelope;
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

/// Serves the metrics of `registry`, and nothing else.
pub fn configure_metrics(config: &mut ServiceConfig, registry: Registry) {
    config
        .app_data(Data::new(registry))
        .route("/metrics", web::get().to(metrics));
}

async fn metrics(registry: Data<Registry>) -> HttpResponse {
    let encoder = TextEncoder::new();
    let mut text = Vec::new();
    if encoder.encode(&registry.gather(), &mut text).is_err() {
        return HttpResponse::InternalServerError().finish();
    }
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, encoder.format_type()))
        .body(text)
}
