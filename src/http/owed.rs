//! The entry that a call owes where a fault of ours ends it: that it failed, and who asked what. Not here:
//! questions about a person, which know more of what was asked and see to it themselves.

use std::net::IpAddr;
use std::sync::Arc;

use actix_web::{HttpMessage, HttpRequest};
use jiff::Timestamp;
use uuid::Uuid;

use super::app::App;
use super::problem::{Code, Problem};
use crate::auth::VerifiedToken;
use crate::clock::vietnam_day;
use crate::domain::entry::{Decision, Entry, Operation};
use crate::policy::Caller;
use crate::service::Asking;

/// Why it failed, in its entry.
const REASON: &str = "internal";

/// What is known of a call that was let in.
#[derive(Debug)]
pub(super) struct Owed {
    pub operation: Operation,
    pub token: Arc<VerifiedToken>,
    pub caller: Caller,
    pub request_id: Uuid,
    pub address: Option<IpAddr>,
    pub now: Timestamp,
}

impl Owed {
    /// Keeps it beside the request for as long as that lasts.
    pub fn keep(self, request: &HttpRequest) {
        request.extensions_mut().insert(self);
    }
}

/// Records that a call failed, if it was let in, and gives the problem that answers it. An entry that it
/// has already stays true: what was done was done, and then it failed.
pub(super) async fn settle(request: &HttpRequest) -> Problem {
    let Some(owed) = request.extensions_mut().remove::<Owed>() else {
        return Problem::new(Code::Internal);
    };
    let asking = Asking {
        token: &owed.token,
        caller: &owed.caller,
        request_id: owed.request_id,
        address: owed.address,
        now: owed.now,
        today: vietnam_day(owed.now),
    };
    let entry = Entry {
        reason: Some(REASON),
        ..asking.entry(owed.operation, Decision::Failed)
    };
    match App::of(request).log.record(&entry).await {
        Ok(audit_id) => Problem::new(Code::Internal).recorded_as(audit_id),
        Err(error) => error.into(),
    }
}
