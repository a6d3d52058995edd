//! Who asks, when and from where: what every use case takes along, and how it is recorded.

use std::net::IpAddr;

use jiff::Timestamp;
use jiff::civil::Date;
use uuid::Uuid;

use super::{Error, Log, RefusedItem};
use crate::auth::VerifiedToken;
use crate::domain::entry::{Decision, Entry, Operation, Private};
use crate::domain::policy::Code;
use crate::domain::question::Context;
use crate::domain::refusal::Refusal;
use crate::policy::Caller;

/// A call whose client may not even ask: unknown, suspended, or without the scope.
#[derive(Debug)]
pub struct TurnedAway<'a> {
    /// The token it came with.
    pub token: &'a VerifiedToken,
    /// The agency of the client the token names, where that client is registered.
    pub agency_code: Option<&'a Code>,
    /// As answered in `X-Request-Id`.
    pub request_id: Uuid,
    /// Where it came from.
    pub address: Option<IpAddr>,
}

impl TurnedAway<'_> {
    /// Records the refusal, and gives the error that answers it.
    pub async fn refuse(&self, log: &Log, operation: Operation, refusal: Refusal) -> Error {
        let entry = Entry {
            request_id: Some(self.request_id),
            reason: Some(refusal.code()),
            agency_code: self.agency_code.map(Code::as_str),
            client_id: Some(&self.token.client_id),
            token_id: Some(&self.token.token_id),
            token_sub: Some(&self.token.subject),
            officer: self.token.officer_id.as_deref().map(Private::new),
            address: self.address,
            ..Entry::new(operation, Decision::Refused)
        };
        match log.record(&entry).await {
            Ok(audit_id) => Error::Refused {
                refusal,
                items: Vec::new(),
                audit_id: Some(audit_id),
            },
            Err(error) => error,
        }
    }
}

/// One authenticated call.
#[derive(Debug)]
pub struct Asking<'a> {
    /// The token it came with.
    pub token: &'a VerifiedToken,
    /// The registered client, as the policy of that moment has it.
    pub caller: &'a Caller,
    /// As answered in `X-Request-Id`.
    pub request_id: Uuid,
    /// Where it came from.
    pub address: Option<IpAddr>,
    /// When.
    pub now: Timestamp,
    /// The day in Vietnam.
    pub today: Date,
}

impl<'a> Asking<'a> {
    /// An entry that says who asks, and what was decided.
    pub fn entry(&'a self, operation: Operation, decision: Decision) -> Entry<'a> {
        Entry {
            request_id: Some(self.request_id),
            agency_code: Some(self.caller.agency_code().as_str()),
            client_id: Some(self.caller.client.client_id.as_str()),
            token_id: Some(&self.token.token_id),
            token_sub: Some(&self.token.subject),
            officer: self.token.officer_id.as_deref().map(Private::new),
            address: self.address,
            ..Entry::new(operation, decision)
        }
    }

    /// The same, under a procedure.
    pub fn entry_under(
        &'a self,
        context: &'a Context,
        operation: Operation,
        decision: Decision,
    ) -> Entry<'a> {
        let requested = context.officer_id.as_ref().map(|officer| officer.as_str());
        Entry {
            procedure_code: Some(context.procedure_code.as_str()),
            officer: requested
                .or(self.token.officer_id.as_deref())
                .map(Private::new),
            case: context.case_id.as_deref().map(Private::new),
            ..self.entry(operation, decision)
        }
    }

    /// Records a refusal, and gives the error that answers it.
    pub async fn refuse(
        &self,
        log: &Log,
        entry: Entry<'_>,
        refusal: Refusal,
        items: Vec<RefusedItem>,
    ) -> Error {
        let entry = Entry {
            decision: Decision::Refused,
            reason: Some(refusal.code()),
            ..entry
        };
        match log.record(&entry).await {
            Ok(audit_id) => Error::Refused {
                refusal,
                items,
                audit_id: Some(audit_id),
            },
            Err(error) => error,
        }
    }
}
