//! date (temporary: replaced by the module of the same name when branches meet)

use jiff::civil::Date;

use super::fault::{FaultCode, FromText, Reason};

/// A day, a month or a year.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct PartialDate(i16, i8, i8);

impl PartialDate {
    /// The first day it can be.
    pub fn earliest(self) -> Date {
        Date::new(self.0, self.1.max(1), self.2.max(1)).expect("checked when it was parsed")
    }

    /// The last day it can be.
    pub fn latest(self) -> Date {
        match (self.1, self.2) {
            (0, _) => self.earliest().last_of_year(),
            (_, 0) => self.earliest().last_of_month(),
            _ => self.earliest(),
        }
    }
}

impl FromText for PartialDate {
    fn from_text(text: &str) -> Result<Self, Reason> {
        let bad = Reason::new(FaultCode::Date, "not a date");
        let mut parts = text.split('-').map(str::parse::<i16>);
        let mut next = || parts.next().unwrap_or(Ok(0)).map_err(|_| bad);
        let (year, month, day) = (next()?, next()?, next()?);
        let (month, day) = (month as i8, day as i8);
        Date::new(year, month.max(1), day.max(1)).map_err(|_| bad)?;
        Ok(Self(year, month, day))
    }
}

impl std::fmt::Display for PartialDate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.1, self.2) {
            (0, _) => write!(f, "{:04}", self.0),
            (month, 0) => write!(f, "{:04}-{month:02}", self.0),
            (month, day) => write!(f, "{:04}-{month:02}-{day:02}", self.0),
        }
    }
}
