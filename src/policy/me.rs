//! What a caller may do, told to the caller (`GET /v1/me`).

use jiff::civil::Date;
use serde::Serialize;

use super::{Caller, Snapshot};
use crate::domain::field;
use crate::domain::policy::{ClaimFields, Code, Operations};

/// The caller as the policy sees it.
#[derive(Clone, Debug, Serialize)]
pub struct Me {
    /// The client.
    pub client_id: Code,
    /// Its agency.
    pub agency_code: Code,
    /// The token's scopes as far as the client has them too.
    pub scopes: Vec<String>,
    /// Its agreements, by procedure and first day, whether in force today or not.
    pub agreements: Vec<AgreementOfMine>,
}

/// One agreement of the caller.
#[derive(Clone, Debug, Serialize)]
pub struct AgreementOfMine {
    /// Its identifier.
    pub id: Code,
    /// The procedure.
    pub procedure_code: Code,
    /// What may be asked, by the agreement.
    pub operations: Operations,
    /// What may be read, by agreement and scopes.
    pub read_fields: Vec<&'static str>,
    /// What may be claimed, as the agreement lists it.
    pub claim_fields: ClaimFields,
    /// The first day in force.
    pub valid_from: Date,
    /// The last day in force.
    pub valid_to: Option<Date>,
    /// Whether an officer must be named: `none`, `recorded` or `registered`.
    pub officer: &'static str,
    /// At which level names match: `canonical` or `folded`.
    pub name_match: &'static str,
    /// Reserved, and null.
    pub quota: Option<()>,
    /// Reserved, and null.
    pub remaining: Option<()>,
}

impl Snapshot {
    /// What the caller may do.
    pub fn me(&self, caller: &Caller) -> Me {
        let mut agreements: Vec<_> = self
            .agreements_of(&caller.client)
            .values()
            .flatten()
            .map(|(agreement, _)| agreement)
            .collect();
        agreements.sort_by(|a, b| {
            (&a.procedure_code, a.valid_from).cmp(&(&b.procedure_code, b.valid_from))
        });
        Me {
            client_id: caller.client.client_id.clone(),
            agency_code: caller.agency_code().clone(),
            scopes: caller.scopes.names(),
            agreements: agreements
                .into_iter()
                .map(|agreement| AgreementOfMine {
                    id: agreement.id.clone(),
                    procedure_code: agreement.procedure_code.clone(),
                    operations: agreement.operations.clone(),
                    read_fields: field::describe(
                        &(*agreement.read_fields.mask() & *caller.scopes.fields()),
                    ),
                    claim_fields: agreement.claim_fields.clone(),
                    valid_from: agreement.valid_from,
                    valid_to: agreement.valid_to,
                    officer: agreement.officer.as_str(),
                    name_match: agreement.name_match.as_str(),
                    quota: None,
                    remaining: None,
                })
                .collect(),
        }
    }
}
