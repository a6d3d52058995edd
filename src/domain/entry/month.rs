//! The month whose keys tag and seal an entry.

use std::fmt;

use jiff::civil::Date;

/// A month of Vietnam's calendar, written `202611`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month(u32);

impl Month {
    /// Before every month of a log.
    pub const FIRST: Self = Self(101);
    /// After every month of a log.
    pub const LAST: Self = Self(999_912);

    /// The month that day lies in.
    pub fn of(day: Date) -> Self {
        let year = u32::try_from(day.year()).unwrap_or(0);
        let month = u32::try_from(day.month()).unwrap_or(0);
        Self(year * 100 + month)
    }

    /// The month written as that number, if there is such a month.
    pub const fn from_number(number: u32) -> Option<Self> {
        let (year, month) = (number / 100, number % 100);
        if year >= 1 && year <= 9999 && month >= 1 && month <= 12 {
            Some(Self(number))
        } else {
            None
        }
    }

    /// The month written as `202611` or `2026-11`.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = match text.as_bytes() {
            [_, _, _, _, b'-', _, _] => [&text[..4], &text[5..]].concat(),
            [_, _, _, _, _, _] => text.to_owned(),
            _ => return None,
        };
        // What `parse` would also take of a number: a sign.
        let plain = digits.bytes().all(|it| it.is_ascii_digit());
        let number = digits.parse().ok().filter(|_| plain)?;
        Self::from_number(number)
    }

    /// The number it is written as.
    pub const fn number(self) -> u32 {
        self.0
    }

    /// Its first day.
    pub fn first_day(self) -> Date {
        let (year, month) = (self.0 / 100, self.0 % 100);
        let year = i16::try_from(year).ok();
        let date = year.zip(i8::try_from(month).ok());
        date.and_then(|(year, month)| Date::new(year, month, 1).ok())
            .expect("a month has a year of four digits and a number up to twelve")
    }

    /// The month before this one.
    #[must_use]
    pub const fn previous(self) -> Self {
        if self.0 % 100 == 1 {
            Self(self.0 - 89)
        } else {
            Self(self.0 - 1)
        }
    }

    /// The month after this one.
    pub const fn next(self) -> Self {
        if self.0 % 100 == 12 {
            Self(self.0 + 89)
        } else {
            Self(self.0 + 1)
        }
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:06}", self.0)
    }
}

impl fmt::Debug for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use proptest::prelude::*;

    use super::Month;

    #[test]
    fn december_is_followed_by_january() {
        let december = Month::of(date(2026, 12, 31));
        assert_eq!(december.number(), 202_612);
        assert_eq!(december.next(), Month::of(date(2027, 1, 1)));
    }

    #[test]
    fn a_number_that_is_no_month_is_none() {
        for number in [0, 12, 202_600, 202_613, 1_000_001] {
            assert_eq!(Month::from_number(number), None, "{number}");
        }
    }

    #[test]
    fn a_month_begins_with_its_first_day() {
        let month = Month::of(date(2024, 2, 29));
        assert_eq!(month.first_day(), date(2024, 2, 1));
        assert_eq!(Month::of(month.first_day()), month);
    }

    #[test]
    fn what_is_no_month_is_not_read_as_one() {
        for text in [
            "", "2026", "2026-1", "2026/11", "202600", "2026-13", "+20261", "+026-11", "２026",
        ] {
            assert_eq!(Month::parse(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_month_is_read_as_it_is_written(year in 1_u32..=9999, month in 1_u32..=12) {
            let one = Month::from_number(year * 100 + month);
            prop_assert_eq!(Month::parse(&format!("{year:04}{month:02}")), one);
            prop_assert_eq!(Month::parse(&format!("{year:04}-{month:02}")), one);
        }

        #[test]
        fn no_text_makes_the_reader_panic(text in "\\PC{0,9}") {
            let _ = Month::parse(&text);
        }
    }
}
