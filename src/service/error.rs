//! What a use case may fail with, in words that may be told; no statuses of HTTP.

use uuid::Uuid;

use crate::domain::refusal::Refusal;
use crate::json::Fault;

/// Why a use case gave no answer.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The policy refused.
    #[error("refused: {refusal}")]
    Refused {
        /// Why.
        refusal: Refusal,
        /// The claims or fields concerned.
        items: Vec<RefusedItem>,
        /// The entry of the refusal.
        audit_id: Option<Uuid>,
    },
    /// Values that were not taken.
    #[error("the request has {} faults", .0.len())]
    Invalid(Vec<Fault>),
    /// No such administrative object or entry.
    #[error("not found")]
    NotFound {
        /// The entry of the attempt.
        audit_id: Option<Uuid>,
    },
    /// The day the entry would lie in has been dropped.
    #[error("expired")]
    Expired {
        /// The entry of the attempt.
        audit_id: Option<Uuid>,
    },
    /// Another object stands in the way.
    #[error("conflict")]
    Conflict {
        /// The entry of the attempt.
        audit_id: Option<Uuid>,
    },
    /// The entry is in no tree yet whose head was published.
    #[error("not sealed yet")]
    NotSealed {
        /// The entry of the attempt.
        audit_id: Option<Uuid>,
    },
    /// The object has another version than the caller thinks.
    #[error("precondition failed")]
    PreconditionFailed {
        /// The entry of the attempt.
        audit_id: Option<Uuid>,
    },
    /// The register did not answer.
    #[error("the register is unavailable")]
    RegisterUnavailable {
        /// The entry of the attempt.
        audit_id: Option<Uuid>,
    },
    /// The entry cannot be made durable, so there is no answer.
    #[error("the audit log is unavailable")]
    AuditUnavailable,
    /// The policy is not known to be the newest.
    #[error("the policy is unavailable")]
    PolicyUnavailable {
        /// The entry of the attempt; none where it was not even begun.
        audit_id: Option<Uuid>,
    },
    /// What was asked for takes too long, or found nobody free to do it.
    #[error("overloaded")]
    Overloaded {
        /// The entry of the attempt.
        audit_id: Option<Uuid>,
    },
    /// More entries wait to be recorded than can be soon, so nothing was.
    #[error("the audit log is busy")]
    LogBusy,
    /// It was not decided in the time it has.
    #[error("not decided in time")]
    Late {
        /// The entry of the attempt.
        audit_id: Option<Uuid>,
    },
    /// A fault of ours.
    #[error("internal")]
    Internal {
        /// The entry of the failure.
        audit_id: Option<Uuid>,
    },
}

/// A claim or a field that was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedItem {
    /// Its JSON pointer.
    pub pointer: String,
    /// The field's path, as vocabulary.
    pub field: &'static str,
    /// What is missing: `scope` or `agreement`.
    pub lack: Lack,
}

/// What a refused field lacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lack {
    /// A scope of token or client.
    Scope,
    /// A line of the agreement.
    Agreement,
}

impl Lack {
    /// The code callers see.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Scope => "scope",
            Self::Agreement => "agreement",
        }
    }

    /// What to do about it.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Scope => "token or registration lack the scope",
            Self::Agreement => "the agreement does not cover it",
        }
    }
}

impl Error {
    /// The entry that was left, where there is one.
    pub const fn audit_id(&self) -> Option<Uuid> {
        match self {
            Self::Refused { audit_id, .. }
            | Self::NotFound { audit_id }
            | Self::Expired { audit_id }
            | Self::Conflict { audit_id }
            | Self::NotSealed { audit_id }
            | Self::PreconditionFailed { audit_id }
            | Self::RegisterUnavailable { audit_id }
            | Self::PolicyUnavailable { audit_id }
            | Self::Overloaded { audit_id }
            | Self::Late { audit_id }
            | Self::Internal { audit_id } => *audit_id,
            Self::Invalid(_) | Self::AuditUnavailable | Self::LogBusy => None,
        }
    }
}
