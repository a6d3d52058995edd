//! Countries by their ISO 3166-1 alpha-2 code. Their names are not here: no official list of them is.

use std::fmt;

use super::fault::{FaultCode, Form, FromText, Reason};

/// A country's code of two capital letters, such as `VN`.
///
/// Only the form is checked: which codes are assigned changes, and a register's record of a country
/// that is gone must still be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Country([u8; 2]);

impl Country {
    /// Vietnam, which an address without a country is in.
    pub const VIETNAM: Self = Self(*b"VN");

    /// The code.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("two ASCII letters")
    }
}

impl FromText for Country {
    const FORM: Form = Form::pattern("^[A-Z]{2}$", 2, "VN").named(
        "Country",
        "A country by its ISO 3166-1 alpha-2 code. Only the form is checked.",
    );

    fn from_text(text: &str) -> Result<Self, Reason> {
        let letters: [u8; 2] = text
            .as_bytes()
            .try_into()
            .map_err(|_| Reason::new(FaultCode::Length, "a country is two letters (ISO 3166)"))?;
        if letters.iter().all(u8::is_ascii_uppercase) {
            Ok(Self(letters))
        } else {
            Err(Reason::new(
                FaultCode::Character,
                "a country is two capital letters (ISO 3166)",
            ))
        }
    }
}

impl fmt::Display for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_capital_letters_are_a_country_and_nothing_else_is() {
        assert_eq!(Country::from_text("VN"), Ok(Country::VIETNAM));
        assert_eq!(Country::from_text("FR").unwrap().as_str(), "FR");
        for wrong in ["", "V", "VNM", "vn", "V1", "Đ"] {
            assert!(Country::from_text(wrong).is_err(), "{wrong}");
        }
    }
}
