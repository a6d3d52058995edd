//! The access line: one line of the log a request, whose fields are a contract (`docs/logging.md`).

use std::sync::Arc;
use std::time::Duration;

use actix_web::{HttpMessage as _, HttpRequest};
use uuid::Uuid;

use super::head;
use super::routes::Route;
use crate::domain::policy::Client;

/// The registered client behind a request, until its line is written.
struct Asker(Arc<Client>);

/// Notes who asks, where anybody will read it.
pub(super) fn asked_by(request: &HttpRequest, client: &Arc<Client>) {
    if is_read() {
        request.extensions_mut().insert(Asker(Arc::clone(client)));
    }
}

fn is_read() -> bool {
    tracing::enabled!(target: "dancu::access", tracing::Level::DEBUG)
}

/// How a request was answered.
pub(super) struct Answered<'a> {
    pub route: &'static Route,
    pub status: u16,
    /// `ok`, or the code of the problem.
    pub outcome: &'static str,
    pub request_id: Uuid,
    /// Of the span that is exported, where there is one.
    pub trace_id: Option<&'a str>,
    pub taken: Duration,
}

/// Writes the line. The route's pattern stands for the path, which may carry anything.
pub(super) fn log(request: &HttpRequest, answered: &Answered<'_>) {
    if !is_read() {
        return;
    }
    let extensions = request.extensions();
    let client = extensions.get::<Asker>().map(|Asker(client)| client);
    // A span of ours belongs to the caller's trace, where they named one.
    let trace_id = answered
        .trace_id
        .or_else(|| head::trace_parent(request.headers()).map(|parent| parent.trace_id));
    tracing::debug!(
        target: "dancu::access",
        operation = answered.route.operation,
        route = answered.route.path,
        status = answered.status,
        outcome = answered.outcome,
        client_id = client.map(|client| client.client_id.as_str()),
        agency_code = client.map(|client| client.agency_code.as_str()),
        request_id = %answered.request_id,
        trace_id,
        duration_us = u64::try_from(answered.taken.as_micros()).unwrap_or(u64::MAX),
        "answered"
    );
}
