//! One entry: what it says, and the proof that it is in the transparency log.

use actix_web::http::header;
use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use uuid::Uuid;

use super::asked::Entered;
use super::form::Form;
use super::format::{Moment, number};
use super::layout::{Layout, Part, Shown, shown};
use super::names::Named;
use super::proof::{Answered, Proof};
use super::search::{answered, may_reveal};
use super::see_other;
use super::vocabulary::{self, Term};
use crate::domain::entry::{AuditId, Decision, Operation};
use crate::http::call::Call;
use crate::http::envelope::Envelope;
use crate::http::problem::{Code, Problem};
use crate::service;
use crate::service::auditors::EntryView;

#[derive(Template)]
#[template(path = "console/entry.html")]
struct EntryPage {
    l: Layout,
    f: Entered,
    it: EntryView,
    at: Moment,
    index: Option<String>,
    revision: Option<String>,
    operation: Term,
    decision: &'static str,
    reason: Option<Term>,
    name_match: Option<Term>,
    agency: Option<Named>,
    procedure: Option<Named>,
    claims: Vec<Term>,
    asked: Vec<Term>,
    disclosed: Vec<Term>,
    withheld: Vec<Term>,
    papers: Vec<Named>,
    proof: Proven,
    may_reveal: bool,
    /// Whether person, officer and case are shown in the clear.
    revealed: bool,
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
    let mut call = super::open(request, envelope, Operation::AuditEntry).await?;
    let form = Form::posted(&mut call, &mut payload).await?;
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
    let call = super::open(request, envelope, Operation::AuditEntry).await?;
    one(&call, Entered::default()).await
}

/// `POST /console/entries/{audit_id}`: the same with person, officer and case in the clear.
pub async fn posted(
    request: HttpRequest,
    mut payload: Payload,
    envelope: Envelope,
) -> Result<HttpResponse, Problem> {
    let mut call = super::open(request, envelope, Operation::AuditEntry).await?;
    let form = Form::posted(&mut call, &mut payload).await?;
    let posted = Entered::posted(&form);
    let entered = Entered {
        reveal: posted.reveal,
        reason: posted.reason,
        ..Entered::default()
    };
    one(&call, entered).await
}

async fn one(call: &Call, mut entered: Entered) -> Result<HttpResponse, Problem> {
    let id = id(call.request());
    let taken = entered.read();
    let is_taken = taken.is_some();
    // Who may not see people for want of a reason sees the entry all the same, with pseudonyms.
    let showing = taken.map(|asked| asked.showing).unwrap_or_default();
    let (asking, app) = (call.asking(), &call.app);
    let it = app.auditors.entry(&asking, id, &showing).await?;
    let l = Layout::inside(call, Part::Entries);
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
    let language = l.language;
    let fields = |paths: &[String]| {
        let named = paths.iter().map(|path| vocabulary::field(path, language));
        named.collect::<Vec<_>>()
    };
    let procedure = it.procedure_code.as_deref();
    let papers = it.papers_replaced.iter();
    let page = EntryPage {
        at: Moment::of(it.at, language),
        index: it.index.map(|index| number(index, language)),
        revision: it.revision.map(|revision| number(revision, language)),
        operation: vocabulary::operation(it.operation, language),
        decision,
        reason: it
            .reason
            .as_deref()
            .map(|word| vocabulary::reason(word, language)),
        name_match: it
            .name_match
            .as_deref()
            .map(|word| vocabulary::name_match(word, language)),
        agency: it.agency_code.as_deref().map(|code| l.names.agency(code)),
        procedure: procedure.map(|code| l.names.procedure(code)),
        claims: fields(&it.claims),
        asked: fields(&it.fields.asked),
        disclosed: fields(&it.fields.disclosed),
        withheld: fields(&it.fields.withheld),
        papers: papers.map(|code| l.names.paper(procedure, code)).collect(),
        proof,
        may_reveal: may_reveal(call),
        revealed: showing.reveal,
        f: entered,
        it,
        l,
    };
    Ok(answered(call, is_taken, &page))
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
