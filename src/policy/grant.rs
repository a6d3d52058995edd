//! What a caller may ask under one procedure today: the checks, in the contract's order.

use std::sync::Arc;

use jiff::civil::Date;

use super::{Caller, Snapshot};
use crate::domain::field::FieldMask;
use crate::domain::policy::{
    AgreedOperation, Agreement, ClaimFields, Client, Code, NameMatch, OfficerId, OfficerRule,
    Operation, Procedure,
};
use crate::domain::refusal::Refusal;
use crate::domain::scope::OperationScope;

/// Leave to ask one question under one procedure. Holding one proves that every check up to the
/// officer was passed; claims and fields are still to be held against it.
#[derive(Clone, Debug)]
pub struct Grant {
    /// Who asks.
    pub client: Arc<Client>,
    /// What for.
    pub procedure: Arc<Procedure>,
    /// By which agreement.
    pub agreement: Arc<Agreement>,
    /// The question.
    pub operation: Operation,
    /// The leaves the scopes let be read.
    pub by_scope: FieldMask,
    /// The leaves the agreement lets be read.
    pub by_agreement: FieldMask,
    /// Whether a verification says how each claim fared.
    pub explain: bool,
    /// Whether a lookup or prefill by personal number needs no claims.
    pub id_only: bool,
    /// Whether a verification needs no birth date.
    pub no_birth_date: bool,
    /// Whether people under address protection are answered like others.
    pub protected: bool,
    /// The officer who asks, from the request or else from the token.
    pub officer: Option<OfficerId>,
}

impl Grant {
    /// The agency that asks.
    pub fn agency_code(&self) -> &Code {
        &self.client.agency_code
    }

    /// The leaves that may be read: by scope and by agreement.
    pub fn readable(&self) -> FieldMask {
        self.by_scope & self.by_agreement
    }

    /// What may be claimed beyond number, name and birth date, by a claim's first segment.
    pub fn claimable(&self) -> &ClaimFields {
        &self.agreement.claim_fields
    }

    /// At which level names match.
    pub fn name_match(&self) -> NameMatch {
        self.agreement.name_match
    }
}

/// Which claims a body may leave out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Lifted {
    /// None need be made, where the subject is a personal number.
    pub no_claims: bool,
    /// The birth date need not be claimed.
    pub no_birth_date: bool,
}

impl Snapshot {
    /// Leave to ask, or the first refusal in the contract's order: agreement, procedure, its dates,
    /// operation, officer. The operation's scope was [required](Caller::require) before.
    ///
    /// `officer` is the request's, `today` the day in Vietnam.
    pub fn grant(
        &self,
        caller: &Caller,
        operation: Operation,
        procedure_code: &str,
        officer: Option<OfficerId>,
        today: Date,
    ) -> Result<Grant, Refusal> {
        let (agreement, procedure) = self.agreement(caller, procedure_code, today)?;
        if !agreement.allows(operation.agreed()) {
            return Err(Refusal::OperationNotPermitted);
        }
        let officer = self.officer(caller, agreement.officer, officer)?;
        let verify = operation == Operation::Verify;
        Ok(Grant {
            operation,
            by_scope: *caller.scopes.fields(),
            by_agreement: *agreement.read_fields.mask(),
            explain: verify
                && agreement.allows(AgreedOperation::VerifyExplain)
                && caller.scopes.allows(OperationScope::VerifyExplain),
            id_only: !verify && id_only(caller, agreement),
            no_birth_date: verify && agreement.allows(AgreedOperation::VerifyNoBirthDate),
            protected: agreement.allows(AgreedOperation::Protected)
                && caller.scopes.allows(OperationScope::Protected),
            officer,
            client: Arc::clone(&caller.client),
            procedure: Arc::clone(procedure),
            agreement: Arc::clone(agreement),
        })
    }

    /// Which claims a body of this caller may leave out. Bodies are checked before agreements, so
    /// where no agreement is in force nothing is lifted, and the body must be whole.
    pub fn lifted(
        &self,
        caller: &Caller,
        operation: Operation,
        procedure_code: &str,
        today: Date,
    ) -> Lifted {
        let Ok((agreement, _)) = self.agreement(caller, procedure_code, today) else {
            return Lifted::default();
        };
        match operation {
            Operation::Verify => Lifted {
                no_claims: false,
                no_birth_date: agreement.allows(AgreedOperation::VerifyNoBirthDate),
            },
            Operation::Lookup | Operation::Prefill => Lifted {
                no_claims: id_only(caller, agreement),
                no_birth_date: false,
            },
        }
    }

    /// The agreement in force: agreement, procedure, its dates.
    fn agreement(
        &self,
        caller: &Caller,
        procedure_code: &str,
        today: Date,
    ) -> Result<&(Arc<Agreement>, Arc<Procedure>), Refusal> {
        let agreements = self.agreements_of(&caller.client);
        if agreements.is_empty() {
            return Err(Refusal::AgreementMissing);
        }
        agreements
            .get(procedure_code)
            .ok_or(Refusal::ProcedureNotPermitted)?
            .iter()
            .find(|(agreement, _)| agreement.in_force(today))
            .ok_or(Refusal::AgreementNotInForce)
    }

    /// The officer who asks: the same in token and request where both name one, and one that will
    /// do for the agreement.
    fn officer(
        &self,
        caller: &Caller,
        rule: OfficerRule,
        requested: Option<OfficerId>,
    ) -> Result<Option<OfficerId>, Refusal> {
        let officer = match (caller.officer, requested) {
            (Some(token), Some(request)) if token != request => {
                return Err(Refusal::OfficerMismatch);
            }
            (token, request) => request.or(token),
        };
        let will_do = match rule {
            OfficerRule::None => true,
            OfficerRule::Recorded => officer.is_some(),
            OfficerRule::Registered => {
                officer.is_some_and(|officer| self.works_for(&officer, caller.agency_code()))
            }
        };
        if will_do {
            Ok(officer)
        } else {
            Err(Refusal::OfficerNotPermitted)
        }
    }
}

fn id_only(caller: &Caller, agreement: &Agreement) -> bool {
    agreement.allows(AgreedOperation::LookupIdOnly)
        && caller.scopes.allows(OperationScope::LookupIdOnly)
}
