//! One entry: what it says, and the proof that it is in the transparency log.

use actix_web::http::header;
use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use uuid::Uuid;

use super::form::Form;
use super::format::{Moment, number};
use super::layout::{Layout, Part, Shown, shown};
use super::proof::{Answered, Proof};
use super::words::operation;
use super::{origin, see_other};
use crate::domain::entry::{AuditId, Decision, Operation};
use crate::http::envelope::Envelope;
use crate::http::problem::{Code, Problem};
use crate::service;
use crate::service::auditors::EntryView;

#[derive(Template)]
#[template(path = "console/entry.html")]
struct EntryPage {
    l: Layout,
    it: EntryView,
    at: Moment,
    index: Option<String>,
    revision: Option<String>,
    operation: Option<&'static str>,
    decision: &'static str,
    proof: Proven,
}

/// What is known of the proof.
enum Proven {
    /// Here it is.
    Yes(Box<Proof>),
    /// No published head covers the entry yet.
    NotYet,
    /// It could not be had, or not be read.
    No,
}

#[derive(Template)]
#[template(path = "console/find.html")]
struct FindPage {
    l: Layout,
    /// Whether what was entered is no id.
    is_no_id: bool,
}

/// `GET /console/entries`: the form for an id.
pub async fn find(
    request: HttpRequest,
    _: Payload,
    envelope: Envelope,
) -> Result<HttpResponse, Problem> {
    let call = super::open(request, envelope, Operation::AuditEntry).await?;
    let l = Layout::inside(&call, Part::Entries);
    Ok(shown(call.request(), &FindPage { l, is_no_id: false }))
}

/// `POST /console/entries`: an id was entered. It is posted, for whoever pastes something else by
/// mistake must not find that in an address.
pub async fn look_up(
    request: HttpRequest,
    mut payload: Payload,
    envelope: Envelope,
) -> Result<HttpResponse, Problem> {
    origin::check(&request)?;
    let form = Form::posted(&request, &mut payload).await?;
    let call = super::open(request, envelope, Operation::AuditEntry).await?;
    if let Ok(id) = Uuid::try_parse(form.get("audit_id")) {
        return Ok(see_other(&format!("/console/entries/{id}")));
    }
    let l = Layout::inside(&call, Part::Entries);
    let page = FindPage { l, is_no_id: true };
    let problem = Problem::new(Code::ValidationFailed);
    Ok(Shown::new(problem.head(page.l.language)).answer(call.request(), &page))
}

/// `GET /console/entries/{audit_id}`.
pub async fn page(
    request: HttpRequest,
    _: Payload,
    envelope: Envelope,
) -> Result<HttpResponse, Problem> {
    let id = id(&request);
    let call = super::open(request, envelope, Operation::AuditEntry).await?;
    let (asking, app) = (call.asking(), &call.app);
    let it = app.auditors.entry(&asking, id).await?;
    let l = Layout::inside(&call, Part::Entries);
    let proof = match app.auditors.proof(&asking, id).await {
        Ok(proof) => {
            let keys = app.transparency.keys().await?;
            let keys: Vec<_> = keys.lines().filter_map(|key| key.parse().ok()).collect();
            let answered: Answered = read(&proof)?;
            let proof = Proof::of(&answered, &keys, l.language);
            proof.map_or(Proven::No, |proof| Proven::Yes(Box::new(proof)))
        }
        Err(service::Error::NotSealed { .. }) => Proven::NotYet,
        Err(service::Error::Internal { .. }) => Proven::No,
        Err(error) => return Err(error.into()),
    };
    let decision = Decision::parse(it.decision).ok_or_else(|| Problem::new(Code::Internal))?;
    let decision = l.w.decision(decision);
    let page = EntryPage {
        at: Moment::of(it.at, l.language),
        index: it.index.map(|index| number(index, l.language)),
        revision: it.revision.map(|revision| number(revision, l.language)),
        operation: operation(it.operation, l.language),
        decision,
        proof,
        it,
        l,
    };
    Ok(shown(call.request(), &page))
}

/// `GET /console/entries/{audit_id}/proof.json`: the proof as the interface answers it, to be checked
/// by programs that are not ours.
pub async fn proof(
    request: HttpRequest,
    _: Payload,
    envelope: Envelope,
) -> Result<HttpResponse, Problem> {
    let id = id(&request);
    let call = super::open(request, envelope, Operation::AuditProof).await?;
    let proof = call.app.auditors.proof(&call.asking(), id).await?;
    let name = "attachment; filename=\"proof.json\"";
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "application/json"))
        .insert_header((header::CONTENT_DISPOSITION, name))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .body(serde_json::to_vec(&proof).expect("a proof serialises")))
}

fn id(request: &HttpRequest) -> Option<AuditId> {
    let id = request.match_info().get("audit_id")?;
    Uuid::try_parse(id).ok().and_then(AuditId::from_uuid)
}

/// What the interface would answer, taken apart again.
fn read<T: serde::de::DeserializeOwned>(view: &impl serde::Serialize) -> Result<T, Problem> {
    let internal = |_| Problem::new(Code::Internal);
    let answered = serde_json::to_value(view).map_err(internal)?;
    serde_json::from_value(answered).map_err(internal)
}

impl EntryPage {
    /// Whether the proof is there and holds.
    fn proven(&self) -> Option<&Proof> {
        match &self.proof {
            Proven::Yes(proof) => Some(proof),
            Proven::NotYet | Proven::No => None,
        }
    }

    fn is_pending(&self) -> bool {
        matches!(self.proof, Proven::NotYet)
    }
}
