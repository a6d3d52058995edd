//! The month whose keys tag and seal an entry.

use std::fmt;

use jiff::civil::Date;

/// A month of Vietnam's calendar, written `202611`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month(u32);

impl Month {
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

    /// The number it is written as.
    pub const fn number(self) -> u32 {
        self.0
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
}
