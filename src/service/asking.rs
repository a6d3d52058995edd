//! Who asks, when and from where: what every use case takes along, and how it is recorded.

use std::net::IpAddr;

use jiff::Timestamp;
use jiff::civil::Date;
use uuid::Uuid;

use super::{Error, Log, RefusedItem};
use crate::auth::VerifiedToken;
use crate::domain::entry::{Decision, Entry, Operation, Private};
use crate::domain::number;
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
        let officer = self.token.officer_id.as_deref();
        let entry = Entry {
            request_id: Some(self.request_id),
            reason: Some(refusal.code()),
            agency_code: self.agency_code.map(Code::as_str),
            client_id: Some(&self.token.client_id),
            token_id: Some(&self.token.token_id),
            address: self.address,
            ..spoken_for(
                self.token,
                officer,
                Entry::new(operation, Decision::Refused),
            )
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
        self.entry_for(self.token.officer_id.as_deref(), operation, decision)
    }

    /// The same, for that officer.
    fn entry_for(
        &'a self,
        officer: Option<&'a str>,
        operation: Operation,
        decision: Decision,
    ) -> Entry<'a> {
        Entry {
            request_id: Some(self.request_id),
            agency_code: Some(self.caller.agency_code().as_str()),
            client_id: Some(self.caller.client.client_id.as_str()),
            token_id: Some(&self.token.token_id),
            address: self.address,
            ..spoken_for(self.token, officer, Entry::new(operation, decision))
        }
    }

    /// The same, under a procedure that is registered.
    pub fn entry_under(
        &'a self,
        context: &'a Context,
        operation: Operation,
        decision: Decision,
    ) -> Entry<'a> {
        let requested = context.officer_id.as_ref().map(|officer| officer.as_str());
        let officer = requested.or(self.token.officer_id.as_deref());
        Entry {
            procedure_code: Some(context.procedure_code.as_str()),
            case: context.case_id.as_deref().map(Private::new),
            ..self.entry_for(officer, operation, decision)
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

/// The entry with whom the token speaks for. A `sub` that names somebody is sealed with the rest that
/// does: for everybody who may read entries, a person's number in it would undo the pseudonyms.
fn spoken_for<'a>(
    token: &'a VerifiedToken,
    officer: Option<&'a str>,
    entry: Entry<'a>,
) -> Entry<'a> {
    let subject = &*token.subject;
    let is_private = officer == Some(subject) || names_somebody(subject);
    Entry {
        token_sub: (!is_private).then_some(subject),
        private_sub: is_private.then(|| Private::new(subject)),
        officer: officer.map(Private::new),
        ..entry
    }
}

/// Whether a word of it is a personal number or an old one.
fn names_somebody(subject: &str) -> bool {
    subject
        .split(|c: char| !c.is_ascii_alphanumeric())
        .any(|word| number::classify(word).is_ok())
}

/// The entry of a question under a code that nobody registered. It is the caller's own text, so it is
/// sealed: in the clear it would become a name to count by, and stay when entries are dropped.
pub(super) fn under_unregistered(entry: Entry<'_>) -> Entry<'_> {
    Entry {
        procedure_code: None,
        private_procedure: entry.procedure_code.map(Private::new),
        ..entry
    }
}

#[cfg(test)]
mod tests {
    use super::names_somebody;

    #[test]
    fn a_subject_names_somebody_where_a_word_of_it_is_a_number() {
        for private in [
            "079085001234",
            "012345678",
            "officer:079085001234",
            "079085001234@bca.example",
            "H29/079085001234",
        ] {
            assert!(names_somebody(private), "{private}");
        }
        for plain in [
            "onestop-hcm",
            "CB-0042",
            "0790850012345",
            "a079085001234",
            "20261126",
            "",
        ] {
            assert!(!names_somebody(plain), "{plain}");
        }
    }
}
