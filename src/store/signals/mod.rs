//! Signals, and what of the searched log they are computed from.
//!
//! Everything of one step happens in one transaction that holds the lock of the progress, so that each
//! entry is looked at once, by whichever process. Not here: what is a signal, which is
//! [`audit`](crate::audit)'s.

mod find;
mod kin;
mod measure;
mod raise;
mod step;

use jiff::Timestamp;

use crate::domain::auditing::{SignalActor, SignalKind};
use crate::domain::entry::Tag;
use crate::store::search::Position;

pub(crate) use find::{SignalConditions, SignalGroup};
pub(crate) use measure::{
    ClientWindow, Looked, LookedFor, Measured, OfficerTag, OfficerWindow, PersonWindow, Usual,
    Working,
};
pub(crate) use step::{Looking, SignalStep};

/// An hour or a day in Vietnam.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Window {
    /// Its beginning.
    pub since: Timestamp,
    /// Its end, which is not of it.
    pub until: Timestamp,
}

/// Whose behaviour a signal is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Actor {
    /// That of the officer with this tag.
    Officer(Tag),
    /// That of this client.
    Client(String),
    /// That of all who asked about the person with this tag.
    Person(Tag),
}

impl Actor {
    /// The word for which it is.
    pub const fn kind(&self) -> SignalActor {
        match self {
            Self::Officer(_) => SignalActor::Officer,
            Self::Client(_) => SignalActor::Client,
            Self::Person(_) => SignalActor::Person,
        }
    }

    /// The tag; none of a client.
    pub const fn tag(&self) -> Option<&Tag> {
        match self {
            Self::Officer(tag) | Self::Person(tag) => Some(tag),
            Self::Client(_) => None,
        }
    }

    /// The client, where it is one.
    pub fn client(&self) -> Option<&str> {
        match self {
            Self::Client(client) => Some(client),
            Self::Officer(_) | Self::Person(_) => None,
        }
    }
}

/// What makes a signal one and not another.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SignalKey {
    /// What was noticed.
    pub kind: SignalKind,
    /// When.
    pub window: Window,
    /// Whose behaviour it is.
    pub actor: Actor,
    /// Whom an officer should not have looked at.
    pub subject_tag: Option<Tag>,
    /// The agency; none for several.
    pub agency_code: Option<String>,
}

/// What was measured for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignalMeasure {
    /// The client; none for several.
    pub client_id: Option<String>,
    /// What was measured.
    pub value: u64,
    /// From what on it is a signal.
    pub threshold: u64,
    /// How many entries are behind it.
    pub entries: u64,
    /// Place of the first of them.
    pub first: Position,
    /// Place of the last.
    pub last: Position,
    /// The people behind a walk along their numbers; empty for other kinds.
    pub walked: Vec<Tag>,
}

/// A signal that was raised.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signal {
    /// Which it is; later ones have larger numbers.
    pub id: u64,
    /// What makes it one.
    pub key: SignalKey,
    /// What was measured.
    pub measure: SignalMeasure,
    /// When it was raised.
    pub raised_at: Timestamp,
    /// When it last grew.
    pub grown_at: Timestamp,
    /// Whether it was written to the file of events before.
    pub was_told: bool,
}
