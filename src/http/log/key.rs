//! `GET /log/key`: the verifier keys. A verifier that is to prove anything has its own copy, from
//! elsewhere.

use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse};

use super::TEXT;
use crate::http::app::App;
use crate::http::envelope::Envelope;
use crate::http::problem::Problem;

/// Keys change rarely, but a new one must be seen before the old one ends.
const CACHING: &str = "public, max-age=60";

/// The keys that signed the newest checkpoint.
pub async fn list(request: HttpRequest, _: Payload, _: Envelope) -> Result<HttpResponse, Problem> {
    let keys = App::of(&request).transparency.keys().await?;
    Ok(super::shown(TEXT, CACHING, keys))
}
