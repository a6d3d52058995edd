//! An entry as an auditor sees it.

use std::net::IpAddr;

use serde::Serialize;
use uuid::Uuid;

use crate::domain::entry::{Decoded, Private, Tag};
use crate::keys::Opened;

/// An entry as an auditor sees it: people, officers and cases are pseudonyms unless they are revealed.
#[derive(Clone, Debug, Serialize)]
pub struct EntryView {
    /// The entry's id.
    pub audit_id: Uuid,
    /// The entry's place in the transparency log; none before a published checkpoint covers it.
    pub index: Option<u64>,
    /// When it was recorded.
    pub at: jiff::Timestamp,
    /// The agency that asked.
    pub agency_code: Option<String>,
    /// The system that asked.
    pub client_id: Option<String>,
    /// The token's id.
    pub token_id: Option<String>,
    /// The token's subject; none where it names somebody who is not revealed.
    pub token_sub: Option<String>,
    /// The officer.
    pub officer: Option<String>,
    /// The procedure; none where its code was never registered and is not revealed.
    pub procedure_code: Option<String>,
    /// The case.
    pub case_id: Option<String>,
    /// What was asked for.
    pub operation: &'static str,
    /// Names of the claims.
    pub claims: Vec<String>,
    /// Paths of the fields.
    pub fields: FieldsView,
    /// Codes of the papers made unnecessary.
    pub papers_replaced: Vec<String>,
    /// The person.
    pub subject: Option<String>,
    /// Where it came from.
    pub address: Option<IpAddr>,
    /// How it ended.
    pub decision: &'static str,
    /// Why it was refused or failed.
    pub reason: Option<String>,
    /// The level at which the name matched.
    pub name_match: Option<String>,
    /// The revision of the record.
    pub revision: Option<u64>,
    /// Whether an auditor saw people, officers and cases in the clear.
    pub revealed: bool,
    /// Why, as that auditor said it; only where it is revealed.
    pub purpose: Option<String>,
    /// What was administered, or what an auditor read; only where it is revealed.
    pub target: Option<String>,
}

/// Paths of an entry's fields.
#[derive(Clone, Debug, Serialize)]
pub struct FieldsView {
    /// Asked for.
    pub asked: Vec<String>,
    /// Disclosed.
    pub disclosed: Vec<String>,
    /// Withheld.
    pub withheld: Vec<String>,
}

/// A tag as a pseudonym: the same person has the same one within a month.
pub(super) fn pseudonym(tag: Option<Tag>) -> Option<String> {
    tag.map(hex::encode)
}

impl EntryView {
    /// `opened` is the sealed part, where it may be shown: what it does not hold stays a pseudonym.
    pub(super) fn new(entry: Decoded, index: Option<u64>, opened: Option<&Opened>) -> Self {
        let values = opened.map(Opened::values).unwrap_or_default();
        let text = |value: Option<Private<'_>>| value.map(|value| value.reveal().to_owned());
        let shown = |value, tag| text(value).or_else(|| pseudonym(tag));
        Self {
            audit_id: *entry.stamp.audit_id.as_uuid(),
            index,
            at: entry.stamp.at,
            agency_code: entry.agency_code,
            client_id: entry.client_id,
            token_id: entry.token_id,
            token_sub: entry.token_sub.or_else(|| text(values.token_sub)),
            officer: shown(values.officer, entry.protected.officer_tag),
            procedure_code: entry.procedure_code.or_else(|| text(values.procedure_code)),
            case_id: shown(values.case, entry.protected.case_tag),
            operation: entry.operation.as_str(),
            claims: entry.claims,
            fields: FieldsView {
                asked: entry.asked,
                disclosed: entry.disclosed,
                withheld: entry.withheld,
            },
            papers_replaced: entry.papers_replaced,
            subject: shown(values.subject, entry.protected.subject_tag),
            address: entry.address,
            decision: entry.decision.as_str(),
            reason: entry.reason,
            name_match: entry.name_match,
            revision: entry.revision,
            revealed: entry.revealed,
            purpose: text(values.purpose),
            target: text(values.target),
        }
    }
}
