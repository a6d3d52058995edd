//! The client behind a verified token, and what it may do at all.

use std::sync::Arc;

use super::Snapshot;
use crate::domain::fault::FromText;
use crate::domain::policy::{Client, Code, Item, OfficerId};
use crate::domain::refusal::Refusal;
use crate::domain::scope::{OperationScope, Scopes};

/// A registered, active client, with the scopes this token gives it.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The client.
    pub client: Arc<Client>,
    /// The token's scopes as far as the client has them too.
    pub scopes: Scopes,
    /// The officer the token speaks for.
    pub officer: Option<OfficerId>,
}

impl Caller {
    /// The agency the client belongs to.
    pub fn agency_code(&self) -> &Code {
        &self.client.agency_code
    }

    /// Refuses an operation whose scope is missing.
    pub fn require(&self, scope: OperationScope) -> Result<(), Refusal> {
        if self.scopes.allows(scope) {
            Ok(())
        } else {
            Err(Refusal::ScopeMissing)
        }
    }

    /// Refuses a change to the client itself or to an agreement of its own.
    pub fn require_not_own(&self, item: &Item) -> Result<(), Refusal> {
        if item.belongs_to(&self.client.client_id) {
            Err(Refusal::OwnGrant)
        } else {
            Ok(())
        }
    }
}

impl Snapshot {
    /// The agency of the client that a token names, also where that client is refused: whoever audits
    /// the agency sees its refusals too.
    pub fn agency_of(&self, token_issuer: &str, client_id: &str) -> Option<Code> {
        let client = self.client(client_id)?;
        (self.issuer_of(client) == token_issuer).then(|| client.agency_code.clone())
    }

    /// The client of a token, by the token's issuer, `client_id`, scopes and officer.
    pub fn caller(
        &self,
        token_issuer: &str,
        client_id: &str,
        token_scopes: &Scopes,
        token_officer: Option<&str>,
    ) -> Result<Caller, Refusal> {
        let client = self.client(client_id).ok_or(Refusal::ClientUnknown)?;
        if self.issuer_of(client) != token_issuer {
            return Err(Refusal::ClientUnknown);
        }
        let mut caller = self.own_caller(client_id, token_scopes)?;
        // Tokens with any other officer do not verify, so this refuses what cannot be.
        caller.officer = token_officer
            .map(OfficerId::from_text)
            .transpose()
            .map_err(|_| Refusal::OfficerNotPermitted)?;
        Ok(caller)
    }

    /// The client as the service itself asks in its name, without a token and so without an officer:
    /// with as much of these scopes as it has.
    pub fn own_caller(&self, client_id: &str, scopes: &Scopes) -> Result<Caller, Refusal> {
        let client = self.client(client_id).ok_or(Refusal::ClientUnknown)?;
        if !client.active {
            return Err(Refusal::ClientSuspended);
        }
        Ok(Caller {
            client: Arc::clone(client),
            scopes: client.scopes.scopes().and(scopes),
            officer: None,
        })
    }
}
