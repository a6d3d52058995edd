//! What the register's feed says of one person, and what became of it.

use super::citizen::{Citizen, Status};
use super::number::PersonalId;

/// A new state of one record, under the register's own revision.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// The whole record: what it does not name is cleared, except `protected` and `status`.
    Upsert(Box<Upsert>),
    /// Only the status; all else stays.
    Status {
        /// Whose.
        personal_id: PersonalId,
        /// The revision this makes.
        revision: u64,
        /// The new status.
        status: Status,
    },
}

/// A whole record as it was sent.
#[derive(Clone, Debug, PartialEq)]
pub struct Upsert {
    /// The revision this makes.
    pub revision: u64,
    /// The record. Its own `protected` and `status` count for nothing.
    pub citizen: Citizen,
    /// Whether the person is protected; `None` keeps what the register holds, else false.
    pub protected: Option<bool>,
    /// The status; `None` keeps what the register holds, else active.
    pub status: Option<Status>,
}

impl Upsert {
    /// The first revision of a record, with the `protected` and `status` it carries.
    pub fn first(citizen: Citizen) -> Self {
        Self {
            revision: 1,
            protected: Some(citizen.protected),
            status: Some(citizen.status),
            citizen,
        }
    }
}

impl Change {
    /// Whose record it is.
    pub const fn personal_id(&self) -> PersonalId {
        match self {
            Self::Upsert(upsert) => upsert.citizen.personal_id,
            Self::Status { personal_id, .. } => *personal_id,
        }
    }

    /// The revision it makes.
    pub const fn revision(&self) -> u64 {
        match self {
            Self::Upsert(upsert) => upsert.revision,
            Self::Status { revision, .. } => *revision,
        }
    }
}

/// What became of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is the record's state now, or was until a later change of the same batch.
    Applied,
    /// It changed nothing.
    Ignored(Ignored),
}

/// Why a change did nothing. None of these is an error: a feed may be replayed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Ignored {
    /// The register holds a later revision.
    OlderRevision,
    /// The register holds this very revision.
    SameRevision,
    /// A status for somebody it does not know.
    UnknownCitizen,
}

impl Ignored {
    /// Every reason.
    pub const ALL: [Self; 3] = [
        Self::OlderRevision,
        Self::SameRevision,
        Self::UnknownCitizen,
    ];

    /// The reason as callers see it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OlderRevision => "older_revision",
            Self::SameRevision => "same_revision",
            Self::UnknownCitizen => "unknown_citizen",
        }
    }
}
