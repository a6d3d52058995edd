//! Single entries of the log, as auditors read them.

use std::sync::Arc;

use serde::Serialize;
use uuid::Uuid;

use super::{Asking, Error, Log};
use crate::audit::{self, FindError};
use crate::domain::entry::{AuditId, Decision, Decoded, Entry, Operation, Tag};
use crate::domain::policy::Code;
use crate::domain::scope::OperationScope;
use crate::policy::Policy;

/// Reads entries for auditors, and records that it did.
#[derive(Clone, Debug)]
pub struct Entries {
    entries: audit::Log,
    policy: Arc<Policy>,
    log: Log,
}

/// An entry as an auditor sees it: people and cases are pseudonyms.
#[derive(Clone, Debug, Serialize)]
pub struct EntryView {
    audit_id: Uuid,
    /// The entry's place in the transparency log; none before it is sealed.
    index: Option<u64>,
    at: jiff::Timestamp,
    agency_code: Option<String>,
    client_id: Option<String>,
    token_id: Option<String>,
    token_sub: Option<String>,
    officer: Option<String>,
    procedure_code: Option<String>,
    case_id: Option<String>,
    operation: &'static str,
    claims: Vec<String>,
    fields: Fields,
    papers_replaced: Vec<String>,
    subject: Option<String>,
    address: Option<std::net::IpAddr>,
    decision: &'static str,
    reason: Option<String>,
    name_match: Option<String>,
    revision: Option<u64>,
}

#[derive(Clone, Debug, Serialize)]
struct Fields {
    asked: Vec<String>,
    disclosed: Vec<String>,
    withheld: Vec<String>,
}

/// What an auditor sees under an id.
enum Seen {
    Entry(Box<Decoded>),
    /// No entry, or none of theirs.
    Nothing,
    /// The day of the id has been dropped.
    Expired,
}

impl Entries {
    /// Reads from `entries`, and records reads in `log`.
    pub fn new(entries: audit::Log, policy: Arc<Policy>, log: Log) -> Self {
        Self {
            entries,
            policy,
            log,
        }
    }

    /// One entry by its id. An auditor of an agency sees that agency's and those of the agencies
    /// below it; of any other it is not said that it exists.
    ///
    /// [`Error::Expired`] is said of every id whose day has been dropped, to every auditor, so it
    /// tells nothing of an entry. What is no id of an entry is the id of none, and the attempt is
    /// recorded like any other.
    pub async fn get(&self, asking: &Asking<'_>, id: Option<AuditId>) -> Result<EntryView, Error> {
        let found = self.seen(asking, id).await;
        let entry = asking.entry(Operation::AuditEntry, Decision::Done);
        let reason = match found {
            Ok(Seen::Entry(found)) => {
                self.log.record(&entry).await?;
                return Ok((*found).into());
            }
            Ok(Seen::Nothing) => "not_found",
            Ok(Seen::Expired) => "entry_expired",
            Err(ref error) => {
                let error: &dyn std::error::Error = error;
                tracing::error!(error, "an entry was not read");
                "internal"
            }
        };
        let failed = Entry {
            decision: Decision::Failed,
            reason: Some(reason),
            ..entry
        };
        let audit_id = Some(self.log.record(&failed).await?);
        Err(match found {
            Ok(Seen::Entry(_) | Seen::Nothing) => Error::NotFound { audit_id },
            Ok(Seen::Expired) => Error::Expired { audit_id },
            Err(_) => Error::Internal { audit_id },
        })
    }

    async fn seen(&self, asking: &Asking<'_>, id: Option<AuditId>) -> Result<Seen, FindError> {
        let Some(id) = id else {
            return Ok(Seen::Nothing);
        };
        if let Some(found) = self.entries.find(id).await?
            && self.may_see(asking, &found.entry)
        {
            return Ok(Seen::Entry(Box::new(found.entry)));
        }
        // Asked of others' entries too, whose day is there, so that these take as long as none.
        if self.entries.is_expired(id).await? {
            Ok(Seen::Expired)
        } else {
            Ok(Seen::Nothing)
        }
    }

    fn may_see(&self, asking: &Asking<'_>, entry: &Decoded) -> bool {
        if asking.caller.scopes.allows(OperationScope::AuditRead) {
            return true;
        }
        let Ok(snapshot) = self.policy.load(asking.now) else {
            return false;
        };
        let seen = snapshot.agency_and_below(asking.caller.agency_code());
        entry
            .agency_code
            .as_deref()
            .is_some_and(|agency| seen.iter().any(|one: &Code| one.as_str() == agency))
    }
}

/// A tag as a pseudonym: the same person has the same one within a month.
fn pseudonym(tag: Option<Tag>) -> Option<String> {
    tag.map(hex::encode)
}

impl From<Decoded> for EntryView {
    fn from(entry: Decoded) -> Self {
        Self {
            audit_id: *entry.stamp.audit_id.as_uuid(),
            index: None,
            at: entry.stamp.at,
            agency_code: entry.agency_code,
            client_id: entry.client_id,
            token_id: entry.token_id,
            token_sub: entry.token_sub,
            officer: pseudonym(entry.protected.officer_tag),
            procedure_code: entry.procedure_code,
            case_id: pseudonym(entry.protected.case_tag),
            operation: entry.operation.as_str(),
            claims: entry.claims,
            fields: Fields {
                asked: entry.asked,
                disclosed: entry.disclosed,
                withheld: entry.withheld,
            },
            papers_replaced: entry.papers_replaced,
            subject: pseudonym(entry.protected.subject_tag),
            address: entry.address,
            decision: entry.decision.as_str(),
            reason: entry.reason,
            name_match: entry.name_match,
            revision: entry.revision,
        }
    }
}
