//! `POST /v1/audit/signals` and `…/{signal_id}/entries`: what auditors should look at.

use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse};

use super::auditors::{MAX_PAGE, Moment, PAGE, REASON, open, serialised, showing};
use crate::domain::auditing::SignalKind;
use crate::domain::entry::Operation;
use crate::domain::policy::Code;
use crate::http::envelope::Envelope;
use crate::http::problem::Problem;
use crate::http::routes::json;
use crate::json::{Count, Text, object};
use crate::service::auditors::{Cursor, SignalFilters};

object! {
    /// A question for signals.
    pub struct SignalsRequest {
        /// Their hour or day ends after that.
        from: optional Moment = "from",
        /// It begins before that.
        to: optional Moment = "to",
        /// What was noticed.
        kind: optional SignalKind = "kind",
        /// The agency. What several agencies have part in is found without it only.
        agency_code: optional Code = "agency_code",
        /// Its system, where no other had part in it.
        client_id: optional Code = "client_id",
        /// How many signals at most; 100 where it is not said.
        limit: optional Count<1, MAX_PAGE> = "limit",
        /// The `next_cursor` of the page before, with all else as it was.
        cursor: optional Cursor = "cursor",
        /// Show people and officers in the clear; needs `audit:reveal` and a reason.
        reveal: defaulted bool = "reveal",
        /// Why, in your own words. Recorded.
        reason: optional Text<REASON> = "reason",
    }
}

object! {
    /// A question for the entries behind a signal.
    pub struct SignalEntriesRequest {
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

/// Shows signals.
pub async fn list(
    request: HttpRequest,
    mut payload: Payload,
    envelope: Envelope,
) -> Result<HttpResponse, Problem> {
    let mut call = open(request, envelope, Operation::AuditSignals).await?;
    let body = call.body::<SignalsRequest>(&mut payload).await?;
    let text = |code: &Option<Code>| code.as_ref().map(|it| it.as_str().into());
    let filters = SignalFilters {
        from: body.from.map(Moment::at),
        to: body.to.map(Moment::at),
        kind: body.kind,
        agency_code: text(&body.agency_code),
        client_id: text(&body.client_id),
    };
    let showing = showing(body.reveal, body.reason)?;
    let asking = call.asking();
    let found =
        call.app
            .auditors
            .signals(&asking, &filters, body.cursor, limit(body.limit), &showing);
    Ok(json(serialised(&found.await?)))
}

/// Shows the entries behind a signal.
pub async fn entries(
    request: HttpRequest,
    mut payload: Payload,
    envelope: Envelope,
) -> Result<HttpResponse, Problem> {
    let id = request
        .match_info()
        .get("signal_id")
        .and_then(|id| id.parse::<u64>().ok());
    let mut call = open(request, envelope, Operation::AuditSignalEntries).await?;
    let body = call.body::<SignalEntriesRequest>(&mut payload).await?;
    let showing = showing(body.reveal, body.reason)?;
    let asking = call.asking();
    let found =
        call.app
            .auditors
            .signal_entries(&asking, id, body.cursor, limit(body.limit), &showing);
    Ok(json(serialised(&found.await?)))
}

fn limit(limit: Option<Count<1, MAX_PAGE>>) -> usize {
    limit.map_or(PAGE, |Count(limit)| usize::try_from(limit).unwrap_or(PAGE))
}
