//! `GET /v1/me`: what may I ask?

use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse};

use crate::domain::entry;
use crate::http::call::Call;
use crate::http::envelope::Envelope;
use crate::http::problem::{Code, Problem};
use crate::http::routes::json;

/// Tells a client its scopes and agreements.
pub async fn get(
    request: HttpRequest,
    _: Payload,
    envelope: Envelope,
) -> Result<HttpResponse, Problem> {
    let call = Call::open(request, envelope, entry::Operation::Me, &[]).await?;
    let snapshot = call
        .app
        .policy
        .load(call.now())
        .map_err(|_| Problem::new(Code::PolicyUnavailable))?;
    let me = snapshot.me(call.caller());
    Ok(json(
        serde_json::to_vec(&me).expect("a client's rights serialise"),
    ))
}
