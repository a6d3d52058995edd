//! Where a number and its record disagree. Lawful, therefore a warning and nothing more.

use jiff::civil::Date;
use serde::{Serialize, Serializer};

use super::{PersonalId, Prefix};
use crate::domain::{date::PartialDate, sex::Sex};

/// One disagreement, in the order they are listed to callers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Warning {
    /// The record has another birth year than the number.
    NumberBirthYearDiffers,
    /// The record has another sex than the number.
    NumberSexDiffers,
    /// The number begins with no known province.
    NumberPrefixUnassigned,
    /// The number's birth year has not begun yet.
    BirthYearInFuture,
}

impl Warning {
    const ALL: [Self; 4] = [
        Self::NumberBirthYearDiffers,
        Self::NumberSexDiffers,
        Self::NumberPrefixUnassigned,
        Self::BirthYearInFuture,
    ];

    /// The code as callers see it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NumberBirthYearDiffers => "number_birth_year_differs",
            Self::NumberSexDiffers => "number_sex_differs",
            Self::NumberPrefixUnassigned => "number_prefix_unassigned",
            Self::BirthYearInFuture => "birth_year_in_future",
        }
    }

    const fn bit(self) -> u8 {
        1 << self as u8
    }
}

impl Serialize for Warning {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// A set of warnings in one byte. Serialises as a list of codes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Warnings(u8);

impl Warnings {
    /// No warnings.
    pub const NONE: Self = Self(0);

    /// True without a warning.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// True when the warning is among them.
    pub const fn contains(self, warning: Warning) -> bool {
        self.0 & warning.bit() != 0
    }

    /// Without that warning, for a caller who may not read the fields it is about.
    #[must_use]
    pub const fn without(self, warning: Warning) -> Self {
        Self(self.0 & !warning.bit())
    }

    /// The warnings, in the order of [`Warning`].
    pub fn iter(self) -> impl Iterator<Item = Warning> {
        Warning::ALL.into_iter().filter(move |w| self.contains(*w))
    }
}

impl FromIterator<Warning> for Warnings {
    fn from_iter<I: IntoIterator<Item = Warning>>(warnings: I) -> Self {
        Self(warnings.into_iter().fold(0, |set, w| set | w.bit()))
    }
}

impl Serialize for Warnings {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

/// Where the number disagrees with birth date, sex and the day it is judged on.
///
/// A birth date or sex the register does not hold disagrees with nothing.
pub fn warnings(number: PersonalId, birth: Option<PartialDate>, sex: Sex, today: Date) -> Warnings {
    let judged = [
        (
            Warning::NumberBirthYearDiffers,
            birth.is_some_and(|birth| birth.year() != number.birth_year()),
        ),
        (
            Warning::NumberSexDiffers,
            sex != Sex::Unknown && sex != number.sex(),
        ),
        (
            Warning::NumberPrefixUnassigned,
            number.prefix_kind() == Prefix::Unassigned,
        ),
        (
            Warning::BirthYearInFuture,
            number.birth_year() > today.year(),
        ),
    ];
    judged
        .into_iter()
        .filter_map(|(warning, applies)| applies.then_some(warning))
        .collect()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn all_four_can_apply_at_once_and_come_in_order() {
        let number = PersonalId::parse("003827000001").unwrap();
        let birth = PartialDate::from_iso("1995-03-02").ok();
        let all = warnings(number, birth, Sex::Female, date(2026, 11, 21));
        assert_eq!(
            serde_json::to_value(all).unwrap(),
            serde_json::json!([
                "number_birth_year_differs",
                "number_sex_differs",
                "number_prefix_unassigned",
                "birth_year_in_future"
            ])
        );
        assert!(
            !all.without(Warning::NumberSexDiffers)
                .contains(Warning::NumberSexDiffers)
        );
    }

    #[test]
    fn what_the_register_does_not_hold_disagrees_with_nothing() {
        let number = PersonalId::parse("001095000001").unwrap();
        let none = warnings(number, None, Sex::Unknown, date(2026, 11, 21));
        assert!(none.is_empty());
    }

    #[test]
    fn a_number_of_next_year_is_in_the_future_until_the_year_begins() {
        let number = PersonalId::parse("001227000001").unwrap();
        let on = |today| warnings(number, None, Sex::Unknown, today);
        assert!(on(date(2026, 12, 31)).contains(Warning::BirthYearInFuture));
        assert!(on(date(2027, 1, 1)).is_empty());
    }
}
