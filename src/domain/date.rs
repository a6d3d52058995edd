//! Dates known to the day, the month or the year, and how two of them compare.
//!
//! Calendar arithmetic is jiff's. Which spellings are taken depends on the source: see
//! [`PartialDate::from_iso`], [`PartialDate::from_edge`] and [`PartialDate::from_qr`].

mod parse;

use std::fmt;

use jiff::civil::Date;
use serde::{Serialize, Serializer};

pub use parse::DateError;

/// The first year taken: well before anybody the register holds, dead or alive, was born.
pub const MIN_YEAR: i16 = 1800;
/// The last year taken: the last one a personal number can stand for.
pub const MAX_YEAR: i16 = 2399;

/// A date known to the day, the month or the year; in [`MIN_YEAR`]..=[`MAX_YEAR`], and real.
///
/// Displays and serialises as ISO 8601 at its own precision. `Debug` masks it, for a birth date
/// is personal data.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct PartialDate {
    year: i16,
    /// 1-12, or 0 where only the year is known.
    month: u8,
    /// 1-31, or 0 where the day is not known.
    day: u8,
}

/// How much of a date is known, from coarse to fine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Precision {
    /// The year only.
    Year,
    /// Year and month.
    Month,
    /// All of it.
    Day,
}

/// What a claimed date is against the recorded one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DateMatch {
    /// The same date at the same precision.
    Full,
    /// The record is coarser, and agrees as far as it goes: a match, reported as partial.
    Partial,
    /// The claim is coarser, and agrees as far as it goes: no match, or a year would be a key.
    CoarserClaim,
    /// Another date.
    Mismatch,
}

impl PartialDate {
    /// How much of it is known.
    pub const fn precision(self) -> Precision {
        match (self.month, self.day) {
            (0, _) => Precision::Year,
            (_, 0) => Precision::Month,
            (_, _) => Precision::Day,
        }
    }

    /// The year, always known.
    pub const fn year(self) -> i16 {
        self.year
    }

    /// The month, 1-12, where known.
    pub const fn month(self) -> Option<u8> {
        if self.month == 0 {
            None
        } else {
            Some(self.month)
        }
    }

    /// The day of the month, 1-31, where known.
    pub const fn day(self) -> Option<u8> {
        if self.day == 0 { None } else { Some(self.day) }
    }

    /// The first day it can mean.
    pub fn earliest(self) -> Date {
        calendar_day(self.year, self.month.max(1), self.day.max(1))
    }

    /// The last day it can mean.
    pub fn latest(self) -> Date {
        match self.precision() {
            Precision::Year => calendar_day(self.year, 12, 31),
            Precision::Month => calendar_day(self.year, self.month, 1).last_of_month(),
            Precision::Day => self.earliest(),
        }
    }

    /// The least and the greatest age, in completed years, that somebody born then can have on
    /// that day; negative before the birth. Who was born on 29 February completes a year on
    /// 1 March when there is no such day (Civil Code 91/2015 art. 148).
    pub fn age_bounds(self, on: Date) -> (i16, i16) {
        (age(self.latest(), on), age(self.earliest(), on))
    }

    /// Its text as ISO 8601 has it, where it stands: formatting takes several times as long.
    pub fn iso(self) -> Iso {
        let mut iso = Iso {
            digits: *b"0000-00-00",
            length: 4,
        };
        let year = self.year.unsigned_abs();
        for (at, part) in [(0, year / 100), (2, year % 100)] {
            iso.pair(at, part);
        }
        for (at, part) in [(5, self.month()), (8, self.day())] {
            if let Some(part) = part {
                iso.pair(at, part.into());
                iso.length = at + 2;
            }
        }
        iso
    }

    fn at(self, precision: Precision) -> Self {
        match precision {
            Precision::Year => Self {
                month: 0,
                day: 0,
                ..self
            },
            Precision::Month => Self { day: 0, ..self },
            Precision::Day => self,
        }
    }
}

/// The text of a [`PartialDate`].
pub struct Iso {
    digits: [u8; 10],
    length: usize,
}

impl Iso {
    /// `2026`, `2026-11` or `2026-11-27`.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.digits[..self.length]).expect("digits and hyphens")
    }

    /// Writes a number below a hundred.
    fn pair(&mut self, at: usize, number: u16) {
        let digit = |value: u16| b'0' + (value % 10) as u8;
        self.digits[at..at + 2].copy_from_slice(&[digit(number / 10), digit(number)]);
    }
}

impl fmt::Debug for Iso {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Iso(***)")
    }
}

/// Compares a claimed date with the recorded one at the coarser of their precisions.
pub fn judge(record: PartialDate, claim: PartialDate) -> DateMatch {
    let (recorded, claimed) = (record.precision(), claim.precision());
    let coarser = recorded.min(claimed);
    if record.at(coarser) != claim.at(coarser) {
        return DateMatch::Mismatch;
    }
    match recorded.cmp(&claimed) {
        std::cmp::Ordering::Less => DateMatch::Partial,
        std::cmp::Ordering::Equal => DateMatch::Full,
        std::cmp::Ordering::Greater => DateMatch::CoarserClaim,
    }
}

impl DateMatch {
    /// True where the claim counts as matching.
    pub const fn is_match(self) -> bool {
        match self {
            Self::Full | Self::Partial => true,
            Self::CoarserClaim | Self::Mismatch => false,
        }
    }
}

impl Precision {
    /// The word callers see.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Year => "year",
            Self::Month => "month",
            Self::Day => "day",
        }
    }
}

impl Serialize for Precision {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl From<Date> for PartialDate {
    /// A date known to the day. Days outside the range of years are moved to its nearer end.
    fn from(date: Date) -> Self {
        let date = date.clamp(calendar_day(MIN_YEAR, 1, 1), calendar_day(MAX_YEAR, 12, 31));
        Self {
            year: date.year(),
            month: date.month().unsigned_abs(),
            day: date.day().unsigned_abs(),
        }
    }
}

impl fmt::Display for PartialDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.iso().as_str())
    }
}

impl Serialize for PartialDate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.iso().as_str())
    }
}

impl fmt::Debug for PartialDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PartialDate({})", self.precision().as_str())
    }
}

fn age(born: Date, on: Date) -> i16 {
    let birthday_to_come = (on.month(), on.day()) < (born.month(), born.day());
    on.year() - born.year() - i16::from(birthday_to_come)
}

fn calendar_day(year: i16, month: u8, day: u8) -> Date {
    Date::new(year, month.cast_signed(), day.cast_signed())
        .expect("a partial date was checked against the calendar")
}

#[cfg(test)]
mod tests;
