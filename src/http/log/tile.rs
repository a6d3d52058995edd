//! `GET /log/tile/{tile_path}`, `GET /log/{epoch}/tile/{tile_path}`: hashes of the tree.

use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse};

use super::HASHES;
use crate::http::app::App;
use crate::http::envelope::Envelope;
use crate::http::problem::{Code, Problem};
use crate::tlog::TilePath;

/// A tile never changes while its tree grows; at these addresses it does when an epoch begins, which
/// only a lost database makes necessary.
const CACHING: &str = "public, max-age=86400, immutable";
/// With its epoch a tile never changes.
const CACHING_FOR_GOOD: &str = "public, max-age=31536000, immutable";

/// Of the epoch that grows.
pub async fn newest(
    request: HttpRequest,
    _: Payload,
    _: Envelope,
) -> Result<HttpResponse, Problem> {
    show(&request, None, CACHING).await
}

/// Of the epoch in the path.
pub async fn of_epoch(
    request: HttpRequest,
    _: Payload,
    _: Envelope,
) -> Result<HttpResponse, Problem> {
    let epoch = super::epoch(&request)?;
    show(&request, Some(epoch), CACHING_FOR_GOOD).await
}

async fn show(
    request: &HttpRequest,
    epoch: Option<u32>,
    caching: &'static str,
) -> Result<HttpResponse, Problem> {
    let path = tile_path(request).ok_or_else(|| Problem::new(Code::NotFound))?;
    let hashes = App::of(request).transparency.tile(epoch, path).await?;
    Ok(super::shown(HASHES, caching, hashes))
}

/// From the path as it was sent: a tile has one address, so what is encoded in it is none.
fn tile_path(request: &HttpRequest) -> Option<TilePath> {
    let (_, path) = request.path().split_once("/tile/")?;
    path.parse().ok()
}
