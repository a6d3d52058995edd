//! Searching entries, the report about a person, and taking what was found along.

use actix_web::http::header;
use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use super::asked::{Asked, Entered, day};
use super::form::Form;
use super::format::{self, Moment, number};
use super::layout::{Layout, Part, Shown};
use super::names::Named;
use super::see_other;
use super::vocabulary::{self, Term};
use crate::domain::entry::{Decision, Operation};
use crate::domain::fault::FromText;
use crate::domain::scope::OperationScope;
use crate::http::call::Call;
use crate::http::envelope::Envelope;
use crate::http::problem::{Code, Language, Problem};
use crate::service::auditors::{Cursor, EntryView, ExportFormat, Paging, SearchView};

/// Entries of a page.
const PAGE: usize = 50;

/// Entries of a report that is shown at once, to be printed: some thirty sheets.
const AT_ONCE: usize = 1000;

/// Questions such a report may take, each of which looks at a bounded part of the log.
const QUESTIONS: usize = 20;

#[derive(Template)]
#[template(path = "console/search.html")]
struct SearchPage {
    l: Layout,
    f: Entered,
    /// None where what was entered could not be taken.
    found: Option<Found>,
    may_reveal: bool,
    operations: Vec<Choice>,
    decisions: Vec<Choice>,
}

#[derive(Template)]
#[template(path = "console/report.html")]
struct ReportPage {
    l: Layout,
    f: Entered,
    /// None before anybody was named.
    found: Option<Found>,
    /// Whether as much is shown as is at once.
    is_at_once: bool,
    /// How much that is.
    at_once: String,
    /// How many entries are shown.
    shown: String,
    /// How many there are, where all of them are shown.
    total: Option<String>,
    /// The days it is of, where they were said.
    from: Option<String>,
    to: Option<String>,
    now: Moment,
}

/// An option of a field.
struct Choice {
    word: &'static str,
    name: String,
    is_chosen: bool,
}

/// A page of entries.
pub(super) struct Found {
    pub(super) rows: Vec<Row>,
    /// Where the next page begins.
    pub(super) next: Option<String>,
    /// Up to where the log can be searched.
    pub(super) complete_to: Option<String>,
    /// Whether what names somebody was asked, so that the next page is posted too.
    is_posted: bool,
    /// What the next page's address begins with.
    query: String,
    /// Whether people are shown in the clear.
    pub(super) revealed: bool,
    /// Whether all of it is about one person, who is named above it.
    pub(super) is_of_one: bool,
}

pub(super) struct Row {
    pub(super) it: EntryView,
    pub(super) at: Moment,
    pub(super) index: Option<String>,
    pub(super) operation: Term,
    pub(super) decision: &'static str,
    pub(super) reason: Option<Term>,
    pub(super) agency: Option<Named>,
    pub(super) procedure: Option<Named>,
}

impl Found {
    pub(super) fn of(view: SearchView, entered: &Entered, l: &Layout) -> Self {
        let language = l.language;
        let row = |it: EntryView| Row {
            at: Moment::of(it.at, language),
            index: it.index.map(|index| number(index, language)),
            operation: vocabulary::operation(it.operation, language),
            decision: Decision::parse(it.decision).map_or("", |one| l.w.decision(one)),
            reason: it
                .reason
                .as_deref()
                .map(|word| vocabulary::reason(word, language)),
            agency: it.agency_code.as_deref().map(|code| l.names.agency(code)),
            procedure: it
                .procedure_code
                .as_deref()
                .map(|code| l.names.procedure(code)),
            it,
        };
        let complete = view.complete_to_index;
        Self {
            rows: view.entries.into_iter().map(row).collect(),
            next: view.next_cursor,
            complete_to: complete.map(|index| number(index, language)),
            is_posted: entered.is_private(),
            query: entered.query(),
            revealed: entered.reveal,
            is_of_one: false,
        }
    }
}

/// `GET /console/search`: what may stand in an address.
pub async fn page(
    request: HttpRequest,
    _: Payload,
    envelope: Envelope,
) -> Result<HttpResponse, Problem> {
    let call = super::open(request, envelope, Operation::AuditSearch).await?;
    let form = Form::in_address(call.request());
    search(&call, Entered::in_address(&form), form.get("cursor")).await
}

/// `POST /console/search`: what names nobody goes into the address, so that it can be kept and shared.
pub async fn posted(
    request: HttpRequest,
    mut payload: Payload,
    envelope: Envelope,
) -> Result<HttpResponse, Problem> {
    let mut call = super::open(request, envelope, Operation::AuditSearch).await?;
    let form = Form::posted(&mut call, &mut payload).await?;
    let entered = Entered::posted(&form);
    if !entered.is_private() {
        return Ok(see_other(&format!("/console/search?{}", entered.query())));
    }
    search(&call, entered, form.get("cursor")).await
}

async fn search(call: &Call, mut entered: Entered, cursor: &str) -> Result<HttpResponse, Problem> {
    let l = Layout::inside(call, Part::Search);
    let found = match entered.read() {
        Some(asked) => {
            let paging = paging(&asked, cursor)?;
            let (asking, auditors) = (call.asking(), &call.app.auditors);
            let view = auditors
                .search(&asking, &asked.filters, &paging, &asked.showing)
                .await?;
            Some(Found::of(view, &entered, &l))
        }
        None => None,
    };
    let page = SearchPage {
        may_reveal: may_reveal(call),
        operations: operations(&entered.operation, l.language),
        decisions: decisions(&entered.decision, &l),
        found,
        f: entered,
        l,
    };
    Ok(answered(call, page.found.is_some(), &page))
}

/// `GET /console/report`: the form.
pub async fn report_form(
    request: HttpRequest,
    _: Payload,
    envelope: Envelope,
) -> Result<HttpResponse, Problem> {
    let call = super::open(request, envelope, Operation::AuditSubjectReport).await?;
    let l = Layout::inside(&call, Part::Report);
    let page = ReportPage {
        now: Moment::of(call.now(), l.language),
        f: Entered::default(),
        found: None,
        is_at_once: false,
        at_once: number(AT_ONCE as u64, l.language),
        shown: String::new(),
        total: None,
        from: None,
        to: None,
        l,
    };
    Ok(answered(&call, true, &page))
}

/// `POST /console/report`: who looked at a person.
pub async fn report(
    request: HttpRequest,
    mut payload: Payload,
    envelope: Envelope,
) -> Result<HttpResponse, Problem> {
    let mut call = super::open(request, envelope, Operation::AuditSubjectReport).await?;
    let form = Form::posted(&mut call, &mut payload).await?;
    let posted = Entered::posted(&form);
    let mut entered = Entered {
        person: posted.person,
        reason: posted.reason,
        from: posted.from,
        to: posted.to,
        ..Entered::default()
    };
    let l = Layout::inside(&call, Part::Report);
    let asked = entered.read();
    if entered.person.is_empty() {
        entered.wrong.push("person");
    }
    let (cursor, is_at_once) = (form.get("cursor"), form.get("at_once") == "on");
    let found = match asked.filter(|asked| asked.filters.subject.is_some()) {
        Some(asked) => {
            let view = looks(&call, &asked, cursor, is_at_once).await?;
            Some(Found {
                is_of_one: true,
                ..Found::of(view, &entered, &l)
            })
        }
        None => None,
    };
    let count = found.as_ref().map_or(0, |found| found.rows.len());
    let shown = number(count as u64, l.language);
    let is_whole = |found: &Found| cursor.is_empty() && found.next.is_none();
    let total = found.as_ref().is_some_and(is_whole).then(|| shown.clone());
    let said = |text: &str| day(text).map(|day| format::day(day, l.language));
    let page = ReportPage {
        now: Moment::of(call.now(), l.language),
        from: said(&entered.from),
        to: said(&entered.to),
        f: entered,
        found,
        is_at_once,
        at_once: number(AT_ONCE as u64, l.language),
        shown,
        total,
        l,
    };
    Ok(answered(&call, page.found.is_some(), &page))
}

/// A page of the looks at a person, or as many as are shown at once.
async fn looks(
    call: &Call,
    asked: &Asked,
    cursor: &str,
    is_at_once: bool,
) -> Result<SearchView, Problem> {
    let (asking, reason) = (call.asking(), asked.showing.reason.as_deref());
    let auditors = &call.app.auditors;
    let mut paging = paging(asked, cursor)?;
    if is_at_once {
        paging.limit = AT_ONCE;
    }
    let mut view = auditors
        .subject_report(&asking, &asked.filters, &paging, reason)
        .await?;
    if !is_at_once {
        return Ok(view);
    }
    // What one question may look at is bounded, so it may give less than there is.
    for _ in 1..QUESTIONS {
        let missing = AT_ONCE.saturating_sub(view.entries.len());
        let Some(next) = view.next_cursor.as_deref().filter(|_| missing > 0) else {
            break;
        };
        paging.cursor = position(next)?;
        paging.limit = missing;
        let more = auditors
            .subject_report(&asking, &asked.filters, &paging, reason)
            .await?;
        view.entries.extend(more.entries);
        view.next_cursor = more.next_cursor;
    }
    Ok(view)
}

/// `POST /console/export`: everything that was found, as a file.
pub async fn export(
    request: HttpRequest,
    mut payload: Payload,
    envelope: Envelope,
) -> Result<HttpResponse, Problem> {
    let mut call = super::open(request, envelope, Operation::AuditExport).await?;
    let form = Form::posted(&mut call, &mut payload).await?;
    let mut entered = Entered::posted(&form);
    let asked = entered.read();
    let asked = asked.ok_or_else(|| Problem::new(Code::ValidationFailed))?;
    let (format, kind, name) = match form.get("format") {
        "ndjson" => (
            ExportFormat::Ndjson,
            "application/x-ndjson",
            "entries.ndjson",
        ),
        _ => (
            ExportFormat::Csv,
            "text/csv; charset=utf-8; header=present",
            "entries.csv",
        ),
    };
    let (asking, auditors) = (call.asking(), &call.app.auditors);
    let export = auditors
        .export(&asking, &asked.filters, format, &asked.showing)
        .await?;
    let name = format!("attachment; filename=\"{name}\"");
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, kind))
        .insert_header((header::CONTENT_DISPOSITION, name))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .streaming(export.stream()))
}

fn paging(asked: &Asked, cursor: &str) -> Result<Paging, Problem> {
    Ok(Paging {
        order: asked.order,
        cursor: position(cursor)?,
        limit: PAGE,
    })
}

/// Where a page begins; none where nothing is said.
pub(super) fn position(cursor: &str) -> Result<Option<Cursor>, Problem> {
    if cursor.is_empty() {
        return Ok(None);
    }
    let read = Cursor::from_text(cursor);
    read.map(Some)
        .map_err(|_| Problem::new(Code::ValidationFailed))
}

pub(super) fn may_reveal(call: &Call) -> bool {
    call.caller().scopes.allows(OperationScope::AuditReveal)
}

fn operations(chosen: &str, language: Language) -> Vec<Choice> {
    let choice = |one: &Operation| {
        let word = one.as_str();
        let term = vocabulary::operation(word, language);
        Choice {
            word,
            name: format!("{} ({word})", term.name),
            is_chosen: word == chosen,
        }
    };
    Operation::ALL.iter().map(choice).collect()
}

fn decisions(chosen: &str, l: &Layout) -> Vec<Choice> {
    let choice = |one: Decision| Choice {
        word: one.as_str(),
        name: l.w.decision(one).to_owned(),
        is_chosen: one.as_str() == chosen,
    };
    Decision::ALL.into_iter().map(choice).collect()
}

/// The page; what was entered and could not be taken is a fault of the request.
pub(super) fn answered(call: &Call, taken: bool, page: &impl Template) -> HttpResponse {
    let answer = if taken {
        HttpResponse::Ok()
    } else {
        let language = super::language::of(call.request());
        Problem::new(Code::ValidationFailed).head(language)
    };
    Shown::new(answer).answer(call.request(), page)
}
