//! Single entries of the log, as auditors read them, and the proof that they are in it.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use uuid::Uuid;

use super::{Asking, Error, Log};
use crate::audit::{self, FindError, Inclusion, Recorded};
use crate::domain::entry::{AuditId, Decision, Decoded, Entry, Operation, Tag};
use crate::domain::policy::Code;
use crate::domain::scope::OperationScope;
use crate::policy::Policy;
use crate::tlog::Hash;

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
    /// The entry's place in the transparency log; none before a published checkpoint covers it.
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

/// That an entry is in the transparency log, with all that a verifier needs but the log's key.
#[derive(Clone, Debug, Serialize)]
pub struct ProofView {
    audit_id: Uuid,
    /// The canonical bytes, in base64.
    entry: String,
    index: u64,
    /// From the leaf up, each in base64.
    inclusion_proof: Vec<String>,
    /// The signed note.
    checkpoint: String,
}

#[derive(Clone, Debug, Serialize)]
struct Fields {
    asked: Vec<String>,
    disclosed: Vec<String>,
    withheld: Vec<String>,
}

/// What an auditor sees under an id.
enum Seen {
    Entry(Box<Recorded>),
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
        let own = asking.entry(Operation::AuditEntry, Decision::Done);
        let found = self.find(asking, id, &own).await?;
        let index = match self.entries.index(&found.entry).await {
            Ok(index) => index,
            Err(error) => return Err(self.broken(&own, &error).await),
        };
        self.log.record(&own).await?;
        Ok(EntryView::new(found.entry, index))
    }

    /// That an entry is in the transparency log, for whoever may [`get`](Self::get) it.
    pub async fn proof(
        &self,
        asking: &Asking<'_>,
        id: Option<AuditId>,
    ) -> Result<ProofView, Error> {
        let own = asking.entry(Operation::AuditProof, Decision::Done);
        let found = self.find(asking, id, &own).await?;
        let inclusion = match self.entries.inclusion(&found.entry).await {
            Ok(inclusion) => inclusion,
            Err(error) => return Err(self.broken(&own, &error).await),
        };
        let Some(inclusion) = inclusion else {
            let audit_id = Some(self.failed(&own, "not_sealed").await?);
            return Err(Error::NotSealed { audit_id });
        };
        self.log.record(&own).await?;
        Ok(ProofView::new(&found, inclusion))
    }

    /// The entry of that id, if the auditor may see it. Otherwise `own` is recorded as failed.
    async fn find(
        &self,
        asking: &Asking<'_>,
        id: Option<AuditId>,
        own: &Entry<'_>,
    ) -> Result<Recorded, Error> {
        match self.seen(asking, id).await {
            Ok(Seen::Entry(found)) => Ok(*found),
            Ok(Seen::Nothing) => {
                let audit_id = Some(self.failed(own, "not_found").await?);
                Err(Error::NotFound { audit_id })
            }
            Ok(Seen::Expired) => {
                let audit_id = Some(self.failed(own, "entry_expired").await?);
                Err(Error::Expired { audit_id })
            }
            Err(error) => Err(self.broken(own, &error).await),
        }
    }

    async fn seen(&self, asking: &Asking<'_>, id: Option<AuditId>) -> Result<Seen, FindError> {
        let Some(id) = id else {
            return Ok(Seen::Nothing);
        };
        if let Some(found) = self.entries.find(id).await?
            && self.may_see(asking, &found.entry)
        {
            return Ok(Seen::Entry(Box::new(found)));
        }
        // Asked of others' entries too, whose day is there, so that these take as long as none.
        if self.entries.is_expired(id).await? {
            Ok(Seen::Expired)
        } else {
            Ok(Seen::Nothing)
        }
    }

    /// Records that the log could not be read, which is what it then answers.
    async fn broken(&self, own: &Entry<'_>, error: &FindError) -> Error {
        let error: &dyn std::error::Error = error;
        tracing::error!(error, "an entry was not read");
        match self.failed(own, "internal").await {
            Ok(audit_id) => Error::Internal {
                audit_id: Some(audit_id),
            },
            Err(error) => error,
        }
    }

    async fn failed(&self, own: &Entry<'_>, reason: &'static str) -> Result<Uuid, Error> {
        let failed = Entry {
            decision: Decision::Failed,
            reason: Some(reason),
            ..own.clone()
        };
        self.log.record(&failed).await
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

impl EntryView {
    fn new(entry: Decoded, index: Option<u64>) -> Self {
        Self {
            audit_id: *entry.stamp.audit_id.as_uuid(),
            index,
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

impl ProofView {
    fn new(found: &Recorded, inclusion: Inclusion) -> Self {
        Self {
            audit_id: *found.entry.stamp.audit_id.as_uuid(),
            entry: STANDARD.encode(&found.canonical),
            index: inclusion.index,
            inclusion_proof: inclusion.proof.iter().map(Hash::to_string).collect(),
            checkpoint: inclusion.checkpoint,
        }
    }
}
