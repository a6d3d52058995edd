//! `POST /v1/lookup` and `POST /v1/lookup/batch`: exactly the fields this caller may see.

use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse};

use super::batch;
use super::wire::{
    Apart, Context, Fields, ItemRef, Version, check_refs, lifted_for, still_faults, wanted, whole,
};
use crate::domain::claim::{Claims, Subject};
use crate::domain::entry;
use crate::domain::policy::Operation;
use crate::domain::question::{OnForbidden, Question};
use crate::domain::scope::OperationScope;
use crate::http::call::Call;
use crate::http::envelope::Envelope;
use crate::http::problem::Problem;
use crate::http::routes::json;
use crate::json::{Several, object};
use crate::service::LookupItem as Item;
use crate::service::answer::Answer;

object! {
    /// A lookup.
    pub struct LookupRequest {
        /// Under which procedure.
        context: required Context = "context",
        /// Who is meant.
        subject: required Subject = "subject",
        /// What is claimed.
        claims: dispensable Claims = "claims",
        /// The fields to read, as dotted paths; a parent selects its whole object.
        fields: required Fields = "fields",
        /// What happens where a field is forbidden; `refuse` unless said.
        on_forbidden: optional OnForbidden = "on_forbidden",
        /// The version the caller holds: where it is still the newest, no field is sent.
        known_version: optional Version = "known_version",
    }
}

object! {
    /// One person of a batch.
    pub struct LookupItem {
        /// The item's name in the answer, unique in the batch.
        name: required ItemRef = "ref",
        /// Who is meant.
        subject: demanded Subject = "subject",
        /// What is claimed.
        claims: dispensable Claims = "claims",
        /// The version the caller holds.
        known_version: optional Version = "known_version",
    }
}

object! {
    /// Lookups of many people under one procedure.
    pub struct LookupBatchRequest {
        /// Under which procedure.
        context: required Context = "context",
        /// The people.
        items: required Several<Apart<LookupItem>> = "items",
        /// The fields to read.
        fields: required Fields = "fields",
        /// What happens where a field is forbidden; `refuse` unless said.
        on_forbidden: optional OnForbidden = "on_forbidden",
    }
}

/// Looks one person up.
pub async fn one(
    request: HttpRequest,
    mut payload: Payload,
    envelope: Envelope,
) -> Result<HttpResponse, Problem> {
    let mut call = open(request, envelope).await?;
    let document = call.document::<LookupRequest>(&mut payload).await?;
    let lifted = |body: &LookupRequest| {
        let lifted = call.lifted(Operation::Lookup, &body.context.procedure_code);
        lifted_for(lifted, Some(&body.subject))
    };
    let body = whole(document, lifted)?;
    let wanted = wanted(&body.fields, body.on_forbidden);
    let claims = body.claims.unwrap_or_default();
    let item = Item {
        at: 0,
        question: Question {
            subject: body.subject,
            claims,
        },
        known_version: body.known_version.map(|version| version.0),
    };
    let answer = call
        .app
        .citizens
        .lookup(&call.asking(), &body.context.into(), &wanted, &item)
        .await?;
    Ok(json(answer.to_json()))
}

/// Looks many people up.
pub async fn batch(
    request: HttpRequest,
    mut payload: Payload,
    envelope: Envelope,
) -> Result<HttpResponse, Problem> {
    let mut call = open(request, envelope).await?;
    let mut document = call.document::<LookupBatchRequest>(&mut payload).await?;
    if let Some(body) = &document.value {
        check_refs(&body.items.0, |item| &item.name, &mut document.faults);
    }
    let body = whole(document, |_| Default::default())?;
    let lifted = call.lifted(Operation::Lookup, &body.context.procedure_code);
    let mut results = batch::Results::new(&call);
    let mut items = Vec::new();
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
        match item.subject {
            Some(subject) if faults.is_empty() => items.push(Item {
                at,
                question: Question {
                    subject,
                    claims: item.claims.unwrap_or_default(),
                },
                known_version: item.known_version.map(|version| version.0),
            }),
            Some(_) | None => results.fault(at, faults),
        }
        results.name(item.name);
    }
    let wanted = wanted(&body.fields, body.on_forbidden);
    let context = body.context.into();
    let answers = call
        .app
        .citizens
        .lookup_all(&call.asking(), &context, &wanted, &items)
        .await?;
    for (item, answer) in items.iter().zip(answers) {
        results.answer(item.at, answer);
    }
    Ok(json(results.into_json()))
}

async fn open(request: HttpRequest, envelope: Envelope) -> Result<Call, Problem> {
    Call::open(
        request,
        envelope,
        entry::Operation::Lookup,
        &[OperationScope::Lookup],
    )
    .await
}
