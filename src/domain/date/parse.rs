//! From text to date. Each source has its own spellings, because eight digits mean one thing on
//! a card and another in a message.

use jiff::civil::Date;

use super::{MAX_YEAR, MIN_YEAR, PartialDate};
use crate::domain::fault::{FaultCode, Form, FromText, Reason};

/// Why a text is no date. It never repeats the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.reason().reason)]
pub enum DateError {
    /// None of the API's spellings.
    NotIso,
    /// None of the spellings of messages and files.
    NotEdge,
    /// Not the card's eight digits.
    NotQr,
    /// A year of two digits, which could be either century.
    TwoDigitYear,
    /// A day or month the calendar does not have.
    Impossible,
    /// A year before [`MIN_YEAR`] or after [`MAX_YEAR`].
    Year,
}

impl PartialDate {
    /// The API's spellings: `yyyy-mm-dd`, `yyyy-mm` or `yyyy`, in ASCII digits, nothing around.
    pub fn from_iso(text: &str) -> Result<Self, DateError> {
        iso(text).unwrap_or_else(|| Err(misspelt(text, DateError::NotIso)))
    }

    /// The spellings of XML messages and files: the API's, `dd/mm/yyyy` with one or two digits
    /// for day and month (never the month first), and `yyyymmdd`.
    pub fn from_edge(text: &str) -> Result<Self, DateError> {
        iso(text)
            .or_else(|| slashed(text))
            .or_else(|| joined(text, [0..4, 4..6, 6..8]))
            .unwrap_or_else(|| Err(misspelt(text, DateError::NotEdge)))
    }

    /// The spelling of a card's QR code: `ddmmyyyy`.
    pub fn from_qr(text: &str) -> Result<Self, DateError> {
        joined(text, [4..8, 2..4, 0..2]).unwrap_or(Err(DateError::NotQr))
    }
}

impl DateError {
    /// The reason as a fixed text, which is also what `Display` says.
    pub const fn reason(self) -> Reason {
        let reason = match self {
            Self::NotIso => "must be a date as `yyyy-mm-dd`, `yyyy-mm` or `yyyy`",
            Self::NotEdge => {
                "must be a date as `yyyy-mm-dd`, `yyyy-mm`, `yyyy`, `dd/mm/yyyy` or `yyyymmdd`"
            }
            Self::NotQr => "must be a date as `ddmmyyyy`",
            Self::TwoDigitYear => "the year needs four digits",
            Self::Impossible => "there is no such day or month",
            Self::Year => "the year must be between 1800 and 2399",
        };
        Reason::new(FaultCode::Date, reason)
    }
}

impl From<DateError> for Reason {
    fn from(error: DateError) -> Self {
        error.reason()
    }
}

impl FromText for PartialDate {
    const FORM: Form = Form::pattern(
        "^[0-9]{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?)?$",
        10,
        "1995-03-02",
    )
    .named(
        "PartialDate",
        "A date known to the day, the month or the year: `1995-03-02`, `1995-03` or `1995`; it \
         must exist, and its year lie between 1800 and 2399.",
    );

    /// The API's spellings only.
    fn from_text(text: &str) -> Result<Self, Reason> {
        Ok(Self::from_iso(text)?)
    }
}

/// `None` where the text is not of this spelling at all, so that another may try it.
type Parsed = Option<Result<PartialDate, DateError>>;

fn iso(text: &str) -> Parsed {
    let mut parts = text.split('-');
    let year = number(parts.next()?, 4..=4)?;
    let month = part(parts.next(), 2)?;
    let day = part(parts.next(), 2)?;
    parts.next().is_none().then(|| checked(year, month, day))
}

fn slashed(text: &str) -> Parsed {
    let mut parts = text.split('/');
    let day = number(parts.next()?, 1..=2)?;
    let month = number(parts.next()?, 1..=2)?;
    let year = number(parts.next()?, 4..=4)?;
    parts
        .next()
        .is_none()
        .then(|| checked(year, Some(month), Some(day)))
}

/// Eight digits, with the places of year, month and day.
fn joined(text: &str, places: [std::ops::Range<usize>; 3]) -> Parsed {
    number(text, 8..=8)?;
    let [year, month, day] = places.map(|place| number(&text[place], 2..=4));
    Some(checked(year?, month, day))
}

/// A part that may be absent, but not misspelt.
fn part(text: Option<&str>, digits: usize) -> Option<Option<u32>> {
    match text {
        None => Some(None),
        Some(text) => number(text, digits..=digits).map(Some),
    }
}

/// ASCII digits of that many places, at most eight.
fn number(text: &str, places: std::ops::RangeInclusive<usize>) -> Option<u32> {
    let digits = places.contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    digits.then(|| text.bytes().fold(0, |n, b| n * 10 + u32::from(b - b'0')))
}

fn checked(year: u32, month: Option<u32>, day: Option<u32>) -> Result<PartialDate, DateError> {
    let year = i16::try_from(year).map_err(|_| DateError::Year)?;
    if !(MIN_YEAR..=MAX_YEAR).contains(&year) {
        return Err(DateError::Year);
    }
    let place = |part: Option<u32>| {
        part.map_or(Ok(None), |n| i8::try_from(n).map(Some))
            .map_err(|_| DateError::Impossible)
    };
    let (month, day) = (place(month)?, place(day)?);
    Date::new(year, month.unwrap_or(1), day.unwrap_or(1)).map_err(|_| DateError::Impossible)?;
    Ok(PartialDate {
        year,
        month: month.map_or(0, i8::unsigned_abs),
        day: day.map_or(0, i8::unsigned_abs),
    })
}

/// Says of a text of no known spelling that its year is short, where that is what is wrong.
fn misspelt(text: &str, otherwise: DateError) -> DateError {
    let parts: Vec<&str> = text.split(['/', '-', '.']).take(4).collect();
    let short = parts.len() == 3 && parts.iter().all(|part| number(part, 1..=2).is_some());
    if short {
        DateError::TwoDigitYear
    } else {
        otherwise
    }
}
