//! `POST /v1/verify` and `POST /v1/verify/batch`: do these claims match the register?

use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse};

use super::batch;
use super::wire::{Apart, Context, ItemRef, check_refs, lifted_for, still_faults, whole};
use crate::domain::claim::{Claims, Subject};
use crate::domain::entry;
use crate::domain::policy::Operation;
use crate::domain::question::Question;
use crate::domain::scope::OperationScope;
use crate::http::call::Call;
use crate::http::envelope::Envelope;
use crate::http::problem::Problem;
use crate::http::routes::json;
use crate::json::{Several, object};
use crate::service::answer::Answer;

object! {
    /// A verification.
    pub struct VerifyRequest {
        /// Under which procedure.
        context: required Context = "context",
        /// Who is meant.
        subject: required Subject = "subject",
        /// What is claimed.
        claims: required Claims = "claims",
    }
}

object! {
    /// One person of a batch.
    pub struct VerifyItem {
        /// The item's name in the answer, unique in the batch.
        name: required ItemRef = "ref",
        /// Who is meant.
        subject: demanded Subject = "subject",
        /// What is claimed.
        claims: demanded Claims = "claims",
    }
}

object! {
    /// Verifications of many people under one procedure.
    pub struct VerifyBatchRequest {
        /// Under which procedure.
        context: required Context = "context",
        /// The people.
        items: required Several<Apart<VerifyItem>> = "items",
    }
}

/// Verifies one person.
pub async fn one(
    request: HttpRequest,
    mut payload: Payload,
    envelope: Envelope,
) -> Result<HttpResponse, Problem> {
    let mut call = open(request, envelope).await?;
    let document = call.document::<VerifyRequest>(&mut payload).await?;
    let lifted =
        |body: &VerifyRequest| call.lifted(Operation::Verify, &body.context.procedure_code);
    let body = whole(document, lifted)?;
    let question = Question {
        subject: body.subject,
        claims: body.claims,
    };
    let answer = call
        .app
        .citizens
        .verify(&call.asking(), &body.context.into(), &question)
        .await?;
    Ok(json(answer.to_json()))
}

/// Verifies many.
pub async fn batch(
    request: HttpRequest,
    mut payload: Payload,
    envelope: Envelope,
) -> Result<HttpResponse, Problem> {
    let mut call = open(request, envelope).await?;
    let mut document = call.document::<VerifyBatchRequest>(&mut payload).await?;
    if let Some(body) = &document.value {
        check_refs(&body.items.0, |item| &item.name, &mut document.faults);
    }
    let body = whole(document, |_| Default::default())?;
    let lifted = call.lifted(Operation::Verify, &body.context.procedure_code);
    let mut results = batch::Results::new(&call);
    let mut questions = Vec::new();
    for (
        at,
        Apart {
            item,
            faults,
            dispensable,
            ..
        },
    ) in body.items.0.into_iter().enumerate()
    {
        let lifted = lifted_for(lifted, item.subject.as_ref());
        let faults = still_faults(faults, dispensable, lifted);
        match (item.subject, item.claims) {
            (Some(subject), Some(claims)) if faults.is_empty() => {
                questions.push((at, Question { subject, claims }));
            }
            _ => results.fault(at, faults),
        }
        results.name(item.name);
    }
    let context = body.context.into();
    let answers = call
        .app
        .citizens
        .verify_all(&call.asking(), &context, &questions)
        .await?;
    for ((at, _), answer) in questions.iter().zip(answers) {
        results.answer(*at, answer);
    }
    Ok(json(results.into_json()))
}

async fn open(request: HttpRequest, envelope: Envelope) -> Result<Call, Problem> {
    Call::open(
        request,
        envelope,
        entry::Operation::Verify,
        &[OperationScope::Verify],
    )
    .await
}
