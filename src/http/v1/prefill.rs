//! `POST /v1/prefill`: the boxes of the procedure's form, filled as far as this caller may see.

use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse};

use super::wire::{Context, lifted_for, whole};
use crate::domain::claim::{Claims, Subject};
use crate::domain::entry;
use crate::domain::policy::Operation;
use crate::domain::question::Question;
use crate::domain::scope::OperationScope;
use crate::http::call::Call;
use crate::http::envelope::Envelope;
use crate::http::problem::Problem;
use crate::http::routes::json;
use crate::json::object;
use crate::service::answer::Answer;

object! {
    /// A prefill of the procedure's form.
    pub struct PrefillRequest {
        /// Under which procedure.
        context: required Context = "context",
        /// Who is meant.
        subject: required Subject = "subject",
        /// What is claimed.
        claims: dispensable Claims = "claims",
    }
}

/// Fills the form.
pub async fn one(
    request: HttpRequest,
    mut payload: Payload,
    envelope: Envelope,
) -> Result<HttpResponse, Problem> {
    const SCOPES: [OperationScope; 1] = [OperationScope::Lookup];
    let mut call = Call::open(request, envelope, entry::Operation::Prefill, &SCOPES).await?;
    let document = call.document::<PrefillRequest>(&mut payload).await?;
    let lifted = |body: &PrefillRequest| {
        let lifted = call.lifted(Operation::Prefill, &body.context.procedure_code);
        lifted_for(lifted, Some(&body.subject))
    };
    let body = whole(document, lifted)?;
    let claims = body.claims.unwrap_or_default();
    let question = Question {
        subject: body.subject,
        claims,
    };
    let answer = call
        .app
        .citizens
        .prefill(&call.asking(), &body.context.into(), &question)
        .await?;
    Ok(json(answer.to_json()))
}
