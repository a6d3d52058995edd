//! Why something was not administered.

use uuid::Uuid;

use crate::domain::refusal::Refusal;
use crate::json::Fault;
use crate::{service, store};

/// Why there is no answer, or no change.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The caller may not make this change.
    #[error("refused: {0}")]
    Refused(Refusal),
    /// The document refers to what is not there, or to another identifier than its address.
    #[error("the document has {} faults", .0.len())]
    Invalid(Vec<Fault>),
    /// There is no such thing.
    #[error("not found")]
    NotFound,
    /// Another thing stands in the way.
    #[error("conflict: {0}")]
    Conflict(Conflict),
    /// The thing has another version than the writer expects.
    #[error("precondition failed")]
    PreconditionFailed,
    /// The database did not do it.
    #[error("the policy could not be read or written")]
    Store(#[from] store::Error),
}

/// What stands in the way of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Conflict {
    /// Another agreement of this client and procedure has a day in common with it.
    #[error("another agreement of this client and procedure has days in common with it")]
    Overlap,
    /// Other things refer to it.
    #[error("other things still refer to it")]
    ReferredTo,
    /// The officer is registered with this agency under another identifier.
    #[error("the officer is registered with this agency under another identifier")]
    OfficerRegistered,
}

impl Error {
    /// The problem code, which is also the entry's reason.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Refused(refusal) => refusal.code(),
            Self::Invalid(_) => "validation_failed",
            Self::NotFound => "not_found",
            Self::Conflict(_) => "conflict",
            Self::PreconditionFailed => "precondition_failed",
            Self::Store(cause) if cause.is_unavailable() => "policy_unavailable",
            Self::Store(_) => "internal",
        }
    }

    /// What may be told, with the entry of the attempt.
    pub fn told(self, audit_id: Option<Uuid>) -> service::Error {
        match self {
            Self::Refused(refusal) => service::Error::Refused {
                refusal,
                items: Vec::new(),
                audit_id,
            },
            Self::Invalid(faults) => service::Error::Invalid(faults),
            Self::NotFound => service::Error::NotFound { audit_id },
            Self::Conflict(_) => service::Error::Conflict { audit_id },
            Self::PreconditionFailed => service::Error::PreconditionFailed { audit_id },
            Self::Store(cause) if cause.is_unavailable() => {
                service::Error::PolicyUnavailable { audit_id }
            }
            Self::Store(_) => service::Error::Internal { audit_id },
        }
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<Conflict> for Error {
    fn from(conflict: Conflict) -> Self {
        Self::Conflict(conflict)
    }
}
