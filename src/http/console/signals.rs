//! Signals: what somebody should look at, and the entries behind each.

use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use super::asked::Entered;
use super::form::Form;
use super::format::{Moment, number};
use super::layout::{Layout, Part};
use super::names::Named;
use super::search::{Found, answered, may_reveal, position};
use super::words::Words;
use crate::domain::auditing::SignalKind;
use crate::domain::entry::Operation;
use crate::domain::fault::FromText;
use crate::http::call::Call;
use crate::http::envelope::Envelope;
use crate::http::problem::{Language, Problem};
use crate::service::auditors::{SignalFilters, SignalView};

/// Signals, or entries behind one, of a page.
const PAGE: usize = 50;

#[derive(Template)]
#[template(path = "console/signals.html")]
struct SignalsPage {
    l: Layout,
    f: Entered,
    kinds: Vec<Kind>,
    /// None where what was entered could not be taken.
    found: Option<Signals>,
    may_reveal: bool,
}

/// A kind in the field that chooses one.
struct Kind {
    word: &'static str,
    name: &'static str,
    is_chosen: bool,
}

struct Signals {
    rows: Vec<Row>,
    next: Option<String>,
    complete_to: Option<String>,
    /// What the next page's address begins with.
    query: String,
    revealed: bool,
}

struct Row {
    it: SignalView,
    kind: &'static str,
    what: &'static str,
    agency: Option<Named>,
    from: Moment,
    to: Moment,
    value: String,
    threshold: String,
    entries: String,
}

#[derive(Template)]
#[template(path = "console/signal.html")]
struct SignalPage {
    l: Layout,
    f: Entered,
    id: String,
    found: Found,
    may_reveal: bool,
}

/// `GET /console/signals`.
pub async fn page(
    request: HttpRequest,
    _: Payload,
    envelope: Envelope,
) -> Result<HttpResponse, Problem> {
    let call = super::open(request, envelope, Operation::AuditSignals).await?;
    let form = Form::in_address(call.request());
    signals(&call, Entered::in_address(&form), &form).await
}

/// `POST /console/signals`: the same with officers and people in the clear.
pub async fn posted(
    request: HttpRequest,
    mut payload: Payload,
    envelope: Envelope,
) -> Result<HttpResponse, Problem> {
    let mut call = super::open(request, envelope, Operation::AuditSignals).await?;
    let form = Form::posted(&mut call, &mut payload).await?;
    signals(&call, shown_by(&form), &form).await
}

/// What may be entered here: nothing that names somebody but the wish to see them.
fn shown_by(form: &Form) -> Entered {
    let posted = Entered::posted(form);
    Entered {
        reveal: posted.reveal,
        reason: posted.reason,
        ..Entered::in_address(form)
    }
}

async fn signals(call: &Call, mut entered: Entered, form: &Form) -> Result<HttpResponse, Problem> {
    let l = Layout::inside(call, Part::Signals);
    let chosen = SignalKind::from_text(form.get("kind")).ok();
    let found = match entered.read() {
        Some(asked) => {
            let filters = SignalFilters {
                from: asked.filters.from,
                to: asked.filters.to,
                kind: chosen,
                agency_code: asked.filters.agency_code,
                client_id: asked.filters.client_id,
            };
            let cursor = position(form.get("cursor"))?;
            let (asking, auditors) = (call.asking(), &call.app.auditors);
            let view = auditors
                .signals(&asking, &filters, cursor, PAGE, &asked.showing)
                .await?;
            let row = |it: SignalView| Row {
                kind: l.w.signal(it.kind).0,
                what: l.w.signal(it.kind).1,
                agency: it.agency_code.as_deref().map(|code| l.names.agency(code)),
                from: Moment::of(it.from, l.language),
                to: Moment::of(it.to, l.language),
                value: measured(it.kind, it.value, l.language),
                threshold: measured(it.kind, it.threshold, l.language),
                entries: number(it.entries, l.language),
                it,
            };
            let kind = chosen.map(|kind| format!("kind={}", kind.as_str()));
            let parts: Vec<String> = [Some(entered.query()), kind]
                .into_iter()
                .flatten()
                .filter(|part| !part.is_empty())
                .collect();
            Some(Signals {
                rows: view.signals.into_iter().map(row).collect(),
                next: view.next_cursor,
                complete_to: view
                    .complete_to_index
                    .map(|index| number(index, l.language)),
                query: parts.join("&"),
                revealed: entered.reveal,
            })
        }
        None => None,
    };
    let page = SignalsPage {
        may_reveal: may_reveal(call),
        kinds: kinds(chosen, l.w),
        found,
        f: entered,
        l,
    };
    Ok(answered(call, page.found.is_some(), &page))
}

/// A value as the kind measures it.
fn measured(kind: &str, value: u64, language: Language) -> String {
    let text = number(value, language);
    if kind == SignalKind::NoMatchRatio.as_str() {
        format!("{text} %")
    } else {
        text
    }
}

fn kinds(chosen: Option<SignalKind>, w: &'static Words) -> Vec<Kind> {
    let kind = |one: SignalKind| Kind {
        word: one.as_str(),
        name: w.signal(one.as_str()).0,
        is_chosen: chosen == Some(one),
    };
    SignalKind::ALL.into_iter().map(kind).collect()
}

/// `GET /console/signals/{signal_id}`: the entries behind a signal.
pub async fn one(
    request: HttpRequest,
    _: Payload,
    envelope: Envelope,
) -> Result<HttpResponse, Problem> {
    let call = super::open(request, envelope, Operation::AuditSignalEntries).await?;
    let form = Form::in_address(call.request());
    behind(&call, Entered::default(), &form).await
}

/// `POST /console/signals/{signal_id}`: the same with people in the clear.
pub async fn one_posted(
    request: HttpRequest,
    mut payload: Payload,
    envelope: Envelope,
) -> Result<HttpResponse, Problem> {
    let mut call = super::open(request, envelope, Operation::AuditSignalEntries).await?;
    let form = Form::posted(&mut call, &mut payload).await?;
    behind(&call, shown_by(&form), &form).await
}

async fn behind(call: &Call, mut entered: Entered, form: &Form) -> Result<HttpResponse, Problem> {
    let l = Layout::inside(call, Part::Signals);
    let id = call.request().match_info().get("signal_id");
    let id: Option<u64> = id.and_then(|id| id.parse().ok());
    let taken = entered.read();
    let is_taken = taken.is_some();
    // Who may not see people for want of a reason sees the entries all the same, as pseudonyms.
    let showing = taken.map(|asked| asked.showing).unwrap_or_default();
    let cursor = position(form.get("cursor"))?;
    let (asking, auditors) = (call.asking(), &call.app.auditors);
    let view = auditors
        .signal_entries(&asking, id, cursor, PAGE, &showing)
        .await?;
    entered.reveal = showing.reveal;
    let page = SignalPage {
        may_reveal: may_reveal(call),
        id: id.unwrap_or_default().to_string(),
        found: Found::of(view, &entered, &l),
        f: entered,
        l,
    };
    Ok(answered(call, is_taken, &page))
}
