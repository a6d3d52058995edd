//! An agreement (thỏa thuận khai thác): what one client may ask under one procedure, and when.

use jiff::civil::Date;
use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

use super::{AgreedOperation, ClaimFields, Code, Operations, ReadFields};
use crate::domain::citizen::words;
use crate::domain::fault::{FaultCode, Form, FromText, Reason};
use crate::domain::name::NameMatch;

/// What one client may ask under one procedure, between two days of Vietnam.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agreement {
    /// Its identifier.
    pub id: Code,
    /// The client it is made with.
    pub client_id: Code,
    /// The procedure it is made for.
    pub procedure_code: Code,
    /// What may be asked.
    pub operations: Operations,
    /// What lookups and prefill may disclose.
    pub read_fields: ReadFields,
    /// What may be claimed beyond number, name and birth date.
    pub claim_fields: ClaimFields,
    /// The first day it is in force.
    pub valid_from: Date,
    /// The last day it is in force; `None` is without end.
    pub valid_to: Option<Date>,
    /// At which level names match.
    pub name_match: NameMatch,
    /// Whether an officer must be named.
    pub officer: OfficerRule,
}

impl Agreement {
    /// Whether it is in force on that day, both ends included.
    pub fn in_force(&self, day: Date) -> bool {
        self.valid_from <= day && self.valid_to.is_none_or(|last| day <= last)
    }

    /// Whether both are of one client and procedure and some day lies in both: which no two
    /// agreements may.
    pub fn overlaps(&self, other: &Self) -> bool {
        self.client_id == other.client_id
            && self.procedure_code == other.procedure_code
            && other.valid_to.is_none_or(|last| self.valid_from <= last)
            && self.valid_to.is_none_or(|last| other.valid_from <= last)
    }

    /// Whether the operation is listed.
    pub const fn allows(&self, operation: AgreedOperation) -> bool {
        self.operations.contains(operation)
    }
}

impl Serialize for Agreement {
    /// With `quota`, which is reserved and null.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_struct("Agreement", 11)?;
        out.serialize_field("id", &self.id)?;
        out.serialize_field("client_id", &self.client_id)?;
        out.serialize_field("procedure_code", &self.procedure_code)?;
        out.serialize_field("operations", &self.operations)?;
        out.serialize_field("read_fields", &self.read_fields)?;
        out.serialize_field("claim_fields", &self.claim_fields)?;
        out.serialize_field("valid_from", &self.valid_from)?;
        out.serialize_field("valid_to", &self.valid_to)?;
        out.serialize_field("name_match", self.name_match.as_str())?;
        out.serialize_field("officer", self.officer.as_str())?;
        out.serialize_field("quota", &())?;
        out.end()
    }
}

words! {
    /// Whether a request must name an officer. One that is named is recorded in any case.
    OfficerRule:
    /// None needs to be named.
    None "none",
    /// One must be named.
    Recorded "recorded",
    /// One must be named who is registered, active and of the client's agency.
    Registered "registered",
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;

    fn agreement(from: Date, to: Option<Date>) -> Agreement {
        Agreement {
            id: Code::from_text("a").unwrap(),
            client_id: Code::from_text("c").unwrap(),
            procedure_code: Code::from_text("p").unwrap(),
            operations: [AgreedOperation::Verify].into_iter().collect(),
            read_fields: ReadFields::default(),
            claim_fields: ClaimFields::default(),
            valid_from: from,
            valid_to: to,
            name_match: NameMatch::Canonical,
            officer: OfficerRule::None,
        }
    }

    #[test]
    fn an_agreement_is_in_force_on_its_first_and_its_last_day() {
        let one = agreement(date(2026, 1, 1), Some(date(2026, 1, 31)));
        assert!(one.in_force(date(2026, 1, 1)) && one.in_force(date(2026, 1, 31)));
        assert!(!one.in_force(date(2025, 12, 31)) && !one.in_force(date(2026, 2, 1)));
        assert!(agreement(date(2026, 1, 1), None).in_force(date(9999, 12, 31)));
    }

    proptest! {
        #[test]
        fn two_agreements_overlap_exactly_when_a_day_is_in_both(
            a in 1i8..28, a_days in prop::option::of(0i8..10),
            b in 1i8..28, b_days in prop::option::of(0i8..10),
        ) {
            let day = |day: i8| date(2026, 1, 1).checked_add(jiff::Span::new().days(i64::from(day))).unwrap();
            let one = agreement(day(a), a_days.map(|days| day(a + days)));
            let two = agreement(day(b), b_days.map(|days| day(b + days)));
            let common = (0..60).any(|at| one.in_force(day(at)) && two.in_force(day(at)));
            prop_assert_eq!(one.overlaps(&two), common);
            prop_assert_eq!(two.overlaps(&one), common);
        }
    }
}
