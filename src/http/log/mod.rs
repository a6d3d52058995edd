//! The transparency log for its monitors (C2SP tlog-tiles), one file a resource.
//!
//! `/log/…` is the tree that grows, `/log/<epoch>/…` the one of that epoch, whose addresses never mean
//! anything else. Not here: entry bundles, for entries are for auditors only.

pub mod checkpoint;
pub mod key;
pub mod tile;

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse};
use bytes::Bytes;

use super::problem::{Code, Problem};

const TEXT: &str = "text/plain; charset=utf-8";
const HASHES: &str = "application/octet-stream";

/// What may be kept for as long as `caching` says, by anybody.
fn shown(kind: &'static str, caching: &'static str, body: impl Into<Bytes>) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, kind))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((header::CACHE_CONTROL, caching))
        .body(body.into())
}

/// The epoch of the path: a decimal number in its shortest form.
fn epoch(request: &HttpRequest) -> Result<u32, Problem> {
    let text = request.match_info().get("epoch").unwrap_or_default();
    text.parse()
        .ok()
        .filter(|epoch: &u32| i32::try_from(*epoch).is_ok() && epoch.to_string() == text)
        .ok_or_else(|| Problem::new(Code::NotFound))
}
