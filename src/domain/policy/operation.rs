//! What can be asked about a person, and what an agreement lists of it.

use serde::{Serialize, Serializer};

use crate::domain::citizen::words;
use crate::domain::fault::{FaultCode, Form, FromText, Reason};
use crate::domain::scope::OperationScope;

/// A question about a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operation {
    /// Do these claims match?
    Verify,
    /// Which values does the register hold?
    Lookup,
    /// The values for the boxes of a procedure's form.
    Prefill,
}

impl Operation {
    /// The scope the question needs.
    pub const fn scope(self) -> OperationScope {
        match self {
            Self::Verify => OperationScope::Verify,
            Self::Lookup | Self::Prefill => OperationScope::Lookup,
        }
    }

    /// What the agreement must list.
    pub const fn agreed(self) -> AgreedOperation {
        match self {
            Self::Verify => AgreedOperation::Verify,
            Self::Lookup => AgreedOperation::Lookup,
            Self::Prefill => AgreedOperation::Prefill,
        }
    }
}

words! {
    /// An entry of an agreement's `operations`: a question, or a right that goes with one.
    AgreedOperation:
    /// `verify`
    Verify "verify",
    /// `lookup`
    Lookup "lookup",
    /// `prefill`
    Prefill "prefill",
    /// A verification says which claim failed.
    VerifyExplain "verify.explain",
    /// Lookups and prefill by number need no name and birth date.
    LookupIdOnly "lookup.id_only",
    /// A verification needs no birth date.
    VerifyNoBirthDate "verify.no_birth_date",
    /// People under address protection are answered like others.
    Protected "protected",
}

/// The operations of an agreement, in the order they were written.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Operations {
    listed: Vec<AgreedOperation>,
    bits: u8,
}

impl Operations {
    /// Whether the operation is listed.
    pub const fn contains(&self, operation: AgreedOperation) -> bool {
        self.bits >> operation as u8 & 1 == 1
    }

    /// As they were written.
    pub fn listed(&self) -> &[AgreedOperation] {
        &self.listed
    }
}

impl FromIterator<AgreedOperation> for Operations {
    fn from_iter<I: IntoIterator<Item = AgreedOperation>>(operations: I) -> Self {
        let listed: Vec<_> = operations.into_iter().collect();
        let bits = listed
            .iter()
            .fold(0, |bits, operation| bits | 1 << *operation as u8);
        Self { listed, bits }
    }
}

impl Serialize for Operations {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.listed.iter().map(|operation| operation.as_str()))
    }
}
