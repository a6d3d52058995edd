//! The two numbers a person is found by: the personal number and the old nine-digit one.
//!
//! Holding either proves that it was checked. What a personal number says about birth and sex is
//! read here too; whether that agrees with the record is only ever a [`Warning`].

mod prefix;
mod walk;
mod warning;

use std::fmt;

use serde::{Serialize, Serializer};

use super::fault::{FaultCode, Form, FromText, Reason};
use super::sex::Sex;

pub use prefix::Prefix;
pub use walk::{Walk, walks};
pub use warning::{Warning, Warnings, warnings};

/// A personal identification number (số định danh cá nhân): exactly twelve ASCII digits.
///
/// `PPP C YY RRRRRR`: where the birth was registered, century and sex, year, six random digits.
/// There is no check digit in it (Decree 137/2015 art. 13). Corrected citizens may keep their
/// number (Decree 70/2024 art. 11), so what it says is a hint, never the truth.
/// `Debug` masks it, because numbers end up in logs.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PersonalId([u8; 12]);

/// The number of an old identity card (CMND): exactly nine ASCII digits without structure.
///
/// A key of its own, never padded to twelve digits; several people may have had the same one.
/// `Debug` masks it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct OldIdNumber([u8; 9]);

/// One of the two numbers, where a source does not say which it sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Number {
    /// Twelve digits.
    Personal(PersonalId),
    /// Nine digits.
    Old(OldIdNumber),
}

/// Why a text is not the number asked for. It never repeats the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.reason().reason)]
pub enum NumberError {
    /// An empty text.
    Missing,
    /// Anything but the ASCII digits, full-width and other scripts' digits included.
    Character,
    /// Ten or thirteen digits.
    TaxCode,
    /// Nine digits where a personal number is wanted.
    OldNotPersonal,
    /// Twelve digits where an old number is wanted.
    PersonalNotOld,
    /// Another length than a personal number's.
    PersonalLength,
    /// Another length than an old number's.
    OldLength,
    /// Neither number's length.
    NeitherLength,
}

/// Tells the two numbers apart by their length, for sources that do not say which they send.
pub fn classify(text: &str) -> Result<Number, NumberError> {
    let digits = digits(text)?;
    match digits.len() {
        12 => PersonalId::parse(text).map(Number::Personal),
        9 => OldIdNumber::parse(text).map(Number::Old),
        10 | 13 => Err(NumberError::TaxCode),
        _ => Err(NumberError::NeitherLength),
    }
}

impl PersonalId {
    /// Takes twelve ASCII digits and nothing else, white space included.
    pub fn parse(text: &str) -> Result<Self, NumberError> {
        let digits = digits(text)?;
        digits.try_into().map(Self).map_err(|_| match digits.len() {
            9 => NumberError::OldNotPersonal,
            10 | 13 => NumberError::TaxCode,
            _ => NumberError::PersonalLength,
        })
    }

    /// The twelve digits.
    pub fn as_str(&self) -> &str {
        ascii(&self.0)
    }

    /// The first three digits: the province or country where the birth was registered.
    pub fn prefix(&self) -> &str {
        ascii(&self.0[..3])
    }

    /// What the prefix stands for in the table of the 63 provinces.
    pub fn prefix_kind(&self) -> Prefix {
        prefix::look_up(
            self.0[..3]
                .iter()
                .fold(0, |n, d| n * 10 + u16::from(d - b'0')),
        )
    }

    /// The digit of century and sex, 0-9.
    pub fn century_sex(&self) -> u8 {
        self.0[3] - b'0'
    }

    /// The year of birth the number was issued with, 1900-2399.
    pub fn birth_year(&self) -> i16 {
        let century = i16::from(self.century_sex() / 2);
        let year = i16::from(self.0[4] - b'0') * 10 + i16::from(self.0[5] - b'0');
        1900 + 100 * century + year
    }

    /// The last six digits, which tell apart those who have all else in common.
    pub fn running(&self) -> u32 {
        self.0[6..]
            .iter()
            .fold(0, |n, d| n * 10 + u32::from(d - b'0'))
    }

    /// The number with other running digits; none where they would be more than six.
    #[must_use]
    pub fn with_running(&self, mut running: u32) -> Option<Self> {
        let mut digits = self.0;
        for digit in digits[6..].iter_mut().rev() {
            *digit = b'0' + (running % 10) as u8;
            running /= 10;
        }
        (running == 0).then_some(Self(digits))
    }

    /// The sex the number was issued with; never unknown.
    pub fn sex(&self) -> Sex {
        if self.century_sex().is_multiple_of(2) {
            Sex::Male
        } else {
            Sex::Female
        }
    }
}

impl OldIdNumber {
    /// Takes nine ASCII digits and nothing else, white space included.
    pub fn parse(text: &str) -> Result<Self, NumberError> {
        let digits = digits(text)?;
        digits.try_into().map(Self).map_err(|_| match digits.len() {
            12 => NumberError::PersonalNotOld,
            10 | 13 => NumberError::TaxCode,
            _ => NumberError::OldLength,
        })
    }

    /// The nine digits.
    pub fn as_str(&self) -> &str {
        ascii(&self.0)
    }
}

impl NumberError {
    /// The reason as a fixed text, which is also what `Display` says.
    pub const fn reason(self) -> Reason {
        match self {
            Self::Missing => Reason::new(FaultCode::Length, "is empty"),
            Self::Character => {
                Reason::new(FaultCode::Character, "may hold the ASCII digits 0-9 only")
            }
            Self::TaxCode => Reason::new(
                FaultCode::Length,
                "looks like a tax code, which has 10 or 13 digits",
            ),
            Self::OldNotPersonal => Reason::new(
                FaultCode::Length,
                "must have 12 digits; a number of 9 digits is an `old_id_number`",
            ),
            Self::PersonalNotOld => Reason::new(
                FaultCode::Length,
                "must have 9 digits; a number of 12 digits is a `personal_id`",
            ),
            Self::PersonalLength => Reason::new(FaultCode::Length, "must have 12 digits"),
            Self::OldLength => Reason::new(FaultCode::Length, "must have 9 digits"),
            Self::NeitherLength => Reason::new(
                FaultCode::Length,
                "must have 12 digits, or 9 for an old number",
            ),
        }
    }
}

impl From<NumberError> for Reason {
    fn from(error: NumberError) -> Self {
        error.reason()
    }
}

/// What the two numbers have in common: text in, text out, nothing in `Debug`.
macro_rules! behaves_as_masked_digits {
    ($type:ident, $form:expr) => {
        impl FromText for $type {
            const FORM: Form = $form;

            fn from_text(text: &str) -> Result<Self, Reason> {
                Ok(Self::parse(text)?)
            }
        }

        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl fmt::Debug for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($type), "(***)"))
            }
        }
    };
}

behaves_as_masked_digits!(
    PersonalId,
    Form::pattern("^[0-9]{12}$", 12, "001095000001").named(
        "PersonalId",
        "A personal identification number (số định danh cá nhân): twelve digits, always a text, \
         leading zeros included. There is no check digit in it."
    )
);
behaves_as_masked_digits!(
    OldIdNumber,
    Form::pattern("^[0-9]{9}$", 9, "012345678").named(
        "OldIdNumber",
        "The number of an old identity card (CMND): nine digits, never padded to twelve. Several \
         people may have had the same one."
    )
);

/// The text as ASCII digits. A wrong character is said before a wrong length, for a full-width
/// digit counts three bytes.
fn digits(text: &str) -> Result<&[u8], NumberError> {
    if text.is_empty() {
        Err(NumberError::Missing)
    } else if text.bytes().all(|byte| byte.is_ascii_digit()) {
        Ok(text.as_bytes())
    } else {
        Err(NumberError::Character)
    }
}

fn ascii(digits: &[u8]) -> &str {
    std::str::from_utf8(digits).expect("ASCII digits are UTF-8")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const CENTURY_SEX: &str = include_str!("../../sql/reference/id_century_sex.csv");

    #[test]
    fn ten_or_thirteen_digits_look_like_a_tax_code() {
        for tax_code in ["0101234567", "0101234567001"] {
            assert_eq!(PersonalId::parse(tax_code), Err(NumberError::TaxCode));
            assert_eq!(OldIdNumber::parse(tax_code), Err(NumberError::TaxCode));
            assert_eq!(classify(tax_code), Err(NumberError::TaxCode));
        }
    }

    #[test]
    fn one_number_in_the_place_of_the_other_is_pointed_out() {
        assert_eq!(
            PersonalId::parse("012345678"),
            Err(NumberError::OldNotPersonal)
        );
        assert_eq!(
            OldIdNumber::parse("001095000001"),
            Err(NumberError::PersonalNotOld)
        );
    }

    #[test]
    fn digits_of_other_scripts_and_white_space_are_wrong_characters() {
        for text in [
            "٠٠١٠٩٥٠٠٠٠٠١",
            " 001095000001",
            "001095000001\n",
            "0010 9500 0001",
            "-01095000001",
        ] {
            assert_eq!(PersonalId::parse(text), Err(NumberError::Character));
        }
    }

    #[test]
    fn century_and_sex_follow_the_published_table() {
        for line in CENTURY_SEX.lines().skip(1) {
            let columns: Vec<&str> = line.split(',').collect();
            let number = |yy| PersonalId::parse(&format!("001{}{yy}000001", columns[0])).unwrap();
            assert_eq!(number("00").birth_year().to_string(), columns[2]);
            assert_eq!(number("99").birth_year().to_string(), columns[3]);
            assert_eq!(number("50").sex().as_str(), columns[4]);
        }
    }

    #[test]
    fn debug_shows_no_digit() {
        let shown = format!(
            "{:?}{:?}",
            classify("001095000001").unwrap(),
            classify("012345678").unwrap()
        );
        assert!(!shown.contains(|c: char| c.is_ascii_digit()), "{shown}");
    }

    proptest! {
        #[test]
        fn every_twelve_digits_are_a_number_and_read_back(text in "[0-9]{12}") {
            let number = PersonalId::parse(&text).unwrap();
            prop_assert_eq!(number.as_str(), &text);
            prop_assert_eq!(serde_json::to_value(number).unwrap(), serde_json::json!(text));
            prop_assert!((1900..=2399).contains(&number.birth_year()));
            number.prefix_kind();
        }

        #[test]
        fn every_nine_digits_are_an_old_number_and_read_back(text in "[0-9]{9}") {
            let number = OldIdNumber::parse(&text).unwrap();
            prop_assert_eq!(number.as_str(), &text);
        }

        #[test]
        fn any_text_is_judged_without_panic(text in any::<String>()) {
            let is_number = text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit());
            prop_assert_eq!(PersonalId::parse(&text).is_ok(), is_number);
            classify(&text).ok();
        }
    }
}
