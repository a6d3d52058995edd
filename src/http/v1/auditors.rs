//! `POST /v1/audit/…`: what auditors ask of the whole log. Signals are in [`signals`](super::signals).

use actix_web::http::header;
use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse};
use jiff::Timestamp;
use jiff::civil::Date;

use crate::domain::auditing::{ExportFormat, GroupBy, Order};
use crate::domain::claim::Subject;
use crate::domain::entry::{Decision, Operation};
use crate::domain::fault::{FaultCode, Form, FromText, Reason};
use crate::domain::policy::{Code, OfficerId};
use crate::domain::scope::OperationScope;
use crate::http::call::Call;
use crate::http::envelope::Envelope;
use crate::http::problem::Problem;
use crate::http::routes::json;
use crate::json::{Count, Fault, List, Text, Token, object};
use crate::service::auditors::{Cursor, Filters, Grouping, Paging, Showing, beginning};

/// Entries of a page where nothing is said, and at most.
pub(super) const PAGE: usize = 100;
pub(super) const MAX_PAGE: u64 = 500;

/// Most characters of a reason.
pub(super) const REASON: usize = 500;

/// A moment: a time (RFC 3339), or a day, which is its beginning in Vietnam.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment(Timestamp);

impl Moment {
    /// The time it is.
    pub(super) const fn at(self) -> Timestamp {
        self.0
    }
}

impl FromText for Moment {
    const FORM: Form = Form {
        pattern: Some(
            "^[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]{1,9})?(Z|[+-][0-9]{2}:[0-9]{2}))?$",
        ),
        max: 35,
        example: Some("2026-11-21"),
        ..Form::TEXT.named(
            "Moment",
            "A time (RFC 3339), or a day (`yyyy-mm-dd`), which is its beginning in Vietnam.",
        )
    };

    fn from_text(text: &str) -> Result<Self, Reason> {
        let wrong = Reason::new(
            FaultCode::Date,
            "a time as of RFC 3339, or a day as yyyy-mm-dd",
        );
        let moment = if text.len() == "yyyy-mm-dd".len() {
            text.parse::<Date>().ok().map(beginning)
        } else if text.as_bytes().get(10) == Some(&b'T') {
            text.parse::<Timestamp>().ok()
        } else {
            None
        };
        let known = |at: &Timestamp| (MOMENTS.0..=MOMENTS.1).contains(at);
        moment.filter(known).map(Self).ok_or(wrong)
    }
}

/// Years of four digits, from the beginning of computers' time: no entry is older.
const MOMENTS: (Timestamp, Timestamp) = (
    Timestamp::UNIX_EPOCH,
    Timestamp::constant(253_000_000_000, 0),
);

/// A day in Vietnam.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Day(Date);

impl FromText for Day {
    const FORM: Form = Form::pattern("^[0-9]{4}-[0-9]{2}-[0-9]{2}$", 10, "2026-11-21");

    fn from_text(text: &str) -> Result<Self, Reason> {
        let day = text.parse::<Date>().ok();
        day.filter(|day| text.len() == 10 && day.year() >= 1970)
            .map(Self)
            .ok_or(Reason::new(FaultCode::Date, "a day as yyyy-mm-dd"))
    }
}

/// An object with the filters of a search among its members.
macro_rules! filtered {
    ($(#[doc = $doc:literal])* pub struct $name:ident { $($member:tt)* }) => {
        object! {
            $(#[doc = $doc])*
            pub struct $name {
                /// The agency that asked.
                agency_code: optional Code = "agency_code",
                /// Its system.
                client_id: optional Code = "client_id",
                /// The officer.
                officer_id: optional OfficerId = "officer_id",
                /// The procedure.
                procedure_code: optional Code = "procedure_code",
                /// The case.
                case_id: optional Token<64, true> = "case_id",
                /// What was asked for.
                operation: optional Operation = "operation",
                /// How it ended.
                decision: optional Decision = "decision",
                /// Recorded at that time or later.
                from: optional Moment = "from",
                /// Recorded before that time.
                to: optional Moment = "to",
                /// The person: entries under every number they have had.
                subject: optional Subject = "subject",
                $($member)*
            }
        }

        impl $name {
            /// The filters among them.
            fn filters(&self) -> Filters {
                let text = |code: &Option<Code>| code.as_ref().map(|it| it.as_str().into());
                Filters {
                    agency_code: text(&self.agency_code),
                    client_id: text(&self.client_id),
                    officer_id: self.officer_id.clone(),
                    procedure_code: text(&self.procedure_code),
                    case_id: self.case_id.as_ref().map(|it| it.0.clone()),
                    operation: self.operation,
                    decision: self.decision,
                    from: self.from.map(|it| it.0),
                    to: self.to.map(|it| it.0),
                    subject: self.subject,
                }
            }
        }
    };
}

filtered! {
    /// Conditions on entries, all of which must hold.
    pub struct FiltersBody {
    }
}

filtered! {
    /// A search.
    pub struct SearchRequest {
        /// In which order; the newest first where it is not said.
        order: optional Order = "order",
        /// How many entries at most; 100 where it is not said.
        limit: optional Count<1, MAX_PAGE> = "limit",
        /// The `next_cursor` of the page before, with all else as it was.
        cursor: optional Cursor = "cursor",
        /// Show people, officers and cases in the clear; needs `audit:reveal` and a reason.
        reveal: defaulted bool = "reveal",
        /// Why, in your own words. Recorded.
        reason: optional Text<REASON> = "reason",
    }
}

object! {
    /// A question who looked at a person.
    pub struct SubjectReportRequest {
        /// The person.
        subject: required Subject = "subject",
        /// Recorded at that time or later.
        from: optional Moment = "from",
        /// Recorded before that time.
        to: optional Moment = "to",
        /// How many entries at most; 100 where it is not said.
        limit: optional Count<1, MAX_PAGE> = "limit",
        /// The `next_cursor` of the page before, with all else as it was.
        cursor: optional Cursor = "cursor",
        /// Why, in your own words. Recorded.
        reason: optional Text<REASON> = "reason",
    }
}

object! {
    /// A question for numbers.
    pub struct StatisticsRequest {
        /// Recorded at that time or later.
        from: optional Moment = "from",
        /// Recorded before that time.
        to: optional Moment = "to",
        /// What is told apart; nothing: one row.
        group_by: defaulted List<GroupBy, 0, 7> = "group_by",
        /// What is counted.
        filters: optional FiltersBody = "filters",
        /// Show officers in the clear; needs `audit:reveal` and a reason.
        reveal: defaulted bool = "reveal",
        /// Why, in your own words. Recorded.
        reason: optional Text<REASON> = "reason",
    }
}

filtered! {
    /// An export.
    pub struct ExportRequest {
        /// How it is written; NDJSON where it is not said.
        format: optional ExportFormat = "format",
        /// Show people, officers and cases in the clear; needs `audit:reveal` and a reason.
        reveal: defaulted bool = "reveal",
        /// Why, in your own words. Recorded.
        reason: optional Text<REASON> = "reason",
    }
}

object! {
    /// A day to be compared with the agency's own journal.
    pub struct ReconciliationRequest {
        /// The day in Vietnam.
        day: required Day = "day",
        /// The agency's system.
        client_id: required Code = "client_id",
    }
}

/// Searches the log.
pub async fn search(
    request: HttpRequest,
    mut payload: Payload,
    envelope: Envelope,
) -> Result<HttpResponse, Problem> {
    let mut call = open(request, envelope, Operation::AuditSearch).await?;
    let body = call.body::<SearchRequest>(&mut payload).await?;
    let filters = body.filters();
    let paging = paging(body.order, body.cursor, body.limit);
    let showing = showing(body.reveal, body.reason)?;
    let asking = call.asking();
    let found = call
        .app
        .auditors
        .search(&asking, &filters, &paging, &showing);
    Ok(json(serialised(&found.await?)))
}

/// Says who looked at a person.
pub async fn subject_report(
    request: HttpRequest,
    mut payload: Payload,
    envelope: Envelope,
) -> Result<HttpResponse, Problem> {
    let mut call = open(request, envelope, Operation::AuditSubjectReport).await?;
    let body = call.body::<SubjectReportRequest>(&mut payload).await?;
    let paging = paging(None, body.cursor, body.limit);
    let filters = Filters {
        from: body.from.map(|it| it.0),
        to: body.to.map(|it| it.0),
        subject: Some(body.subject),
        ..Filters::default()
    };
    let reason = body.reason.as_ref().map(|it| &*it.0);
    let asking = call.asking();
    let found = call
        .app
        .auditors
        .subject_report(&asking, &filters, &paging, reason);
    Ok(json(serialised(&found.await?)))
}

/// Counts by group.
pub async fn statistics(
    request: HttpRequest,
    mut payload: Payload,
    envelope: Envelope,
) -> Result<HttpResponse, Problem> {
    let mut call = open(request, envelope, Operation::AuditStatistics).await?;
    let body = call.body::<StatisticsRequest>(&mut payload).await?;
    let showing = showing(body.reveal, body.reason)?;
    let mut filters = body
        .filters
        .as_ref()
        .map(FiltersBody::filters)
        .unwrap_or_default();
    // Said beside the filters or among them; where both are, both hold.
    filters.from = filters.from.max(body.from.map(|it| it.0));
    filters.to = match (filters.to, body.to.map(|it| it.0)) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    };
    let grouping = Grouping::by(&body.group_by.0);
    let asking = call.asking();
    let counted = call
        .app
        .auditors
        .statistics(&asking, grouping, &filters, &showing);
    Ok(json(serialised(&counted.await?)))
}

/// Streams all that matches.
pub async fn export(
    request: HttpRequest,
    mut payload: Payload,
    envelope: Envelope,
) -> Result<HttpResponse, Problem> {
    let mut call = open(request, envelope, Operation::AuditExport).await?;
    let body = call.body::<ExportRequest>(&mut payload).await?;
    let filters = body.filters();
    let showing = showing(body.reveal, body.reason)?;
    let format = body.format.unwrap_or(ExportFormat::Ndjson);
    let media_type = match format {
        ExportFormat::Ndjson => "application/x-ndjson",
        ExportFormat::Csv => "text/csv; charset=utf-8; header=present",
    };
    let asking = call.asking();
    let export = call
        .app
        .auditors
        .export(&asking, &filters, format, &showing)
        .await?;
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, media_type))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"entries.{}\"", format.as_str()),
        ))
        .streaming(export.stream()))
}

/// Sums a client's day up.
pub async fn reconciliation(
    request: HttpRequest,
    mut payload: Payload,
    envelope: Envelope,
) -> Result<HttpResponse, Problem> {
    let mut call = open(request, envelope, Operation::AuditReconciliation).await?;
    let body = call.body::<ReconciliationRequest>(&mut payload).await?;
    let asking = call.asking();
    let compared = call
        .app
        .auditors
        .reconciliation(&asking, body.day.0, body.client_id.as_str());
    Ok(json(serialised(&compared.await?)))
}

pub(super) async fn open(
    request: HttpRequest,
    envelope: Envelope,
    operation: Operation,
) -> Result<Call, Problem> {
    const SCOPES: [OperationScope; 2] =
        [OperationScope::AuditRead, OperationScope::AuditReadAgency];
    Call::open(request, envelope, operation, &SCOPES).await
}

fn paging(
    order: Option<Order>,
    cursor: Option<Cursor>,
    limit: Option<Count<1, MAX_PAGE>>,
) -> Paging {
    Paging {
        order: order.unwrap_or(Order::Newest),
        cursor,
        limit: limit.map_or(PAGE, |Count(limit)| usize::try_from(limit).unwrap_or(PAGE)),
    }
}

/// Whoever wants to see people in the clear says why.
pub(super) fn showing(reveal: bool, reason: Option<Text<REASON>>) -> Result<Showing, Problem> {
    let reason = reason.map(|it| it.0);
    if reveal && reason.is_none() {
        return Err(Problem::invalid(vec![Fault {
            pointer: "/reason".to_owned(),
            code: FaultCode::Required,
            reason: "`reveal` needs a reason, which is recorded",
        }]));
    }
    Ok(Showing { reveal, reason })
}

pub(super) fn serialised(view: &impl serde::Serialize) -> Vec<u8> {
    serde_json::to_vec(view).expect("a view serialises")
}
