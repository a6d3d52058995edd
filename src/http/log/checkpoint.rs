//! `GET /log/checkpoint`, `GET /log/{epoch}/checkpoint`: the newest signed head.

use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse};

use super::TEXT;
use crate::http::app::App;
use crate::http::envelope::Envelope;
use crate::http::problem::Problem;

/// The next one is published within a second or two.
const CACHING: &str = "public, max-age=1";

/// That of the epoch that grows.
pub async fn newest(
    request: HttpRequest,
    _: Payload,
    _: Envelope,
) -> Result<HttpResponse, Problem> {
    show(&request, None).await
}

/// That of the epoch in the path.
pub async fn of_epoch(
    request: HttpRequest,
    _: Payload,
    _: Envelope,
) -> Result<HttpResponse, Problem> {
    show(&request, Some(super::epoch(&request)?)).await
}

async fn show(request: &HttpRequest, epoch: Option<u32>) -> Result<HttpResponse, Problem> {
    let note = App::of(request).transparency.checkpoint(epoch).await?;
    Ok(super::shown(TEXT, CACHING, note))
}
