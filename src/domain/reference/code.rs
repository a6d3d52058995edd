//! Codes of a fixed number of digits, in which leading zeros count.

use std::fmt;

use crate::domain::fault::{FaultCode, Form, FromText, Reason};

/// A code of exactly `N` ASCII digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Code<const N: usize>([u8; N]);

/// A province's code, such as `01`.
pub type ProvinceCode = Code<2>;
/// A district's code (before July 2025), such as `001`.
pub type DistrictCode = Code<3>;
/// A commune's code, such as `00016`.
pub type CommuneCode = Code<5>;
/// A code of the lists of ethnic groups and of religions, such as `01`.
pub type ListCode = Code<2>;
/// The first three digits of a personal number, such as `001`.
pub type NumberPrefix = Code<3>;

impl<const N: usize> Code<N> {
    /// The code of these digits, for constants: the build fails on anything else.
    pub const fn of(digits: &[u8; N]) -> Self {
        let mut i = 0;
        while i < N {
            assert!(digits[i].is_ascii_digit(), "a code is digits");
            i += 1;
        }
        Self(*digits)
    }

    /// The digits.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("ASCII digits")
    }
}

impl<const N: usize> FromText for Code<N> {
    const FORM: Form = match N {
        2 => Form::pattern("^[0-9]{2}$", 2, "01"),
        3 => Form::pattern("^[0-9]{3}$", 3, "001"),
        5 => Form::pattern("^[0-9]{5}$", 5, "00013"),
        _ => panic!("no list has codes of that length"),
    };

    fn from_text(text: &str) -> Result<Self, Reason> {
        let digits: [u8; N] = text.as_bytes().try_into().map_err(|_| {
            Reason::new(
                FaultCode::Length,
                "a code has a fixed number of digits, leading zeros included",
            )
        })?;
        if digits.iter().all(u8::is_ascii_digit) {
            Ok(Self(digits))
        } else {
            Err(Reason::new(
                FaultCode::Character,
                "a code is of digits only",
            ))
        }
    }
}

impl<const N: usize> fmt::Display for Code<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl<const N: usize> fmt::Debug for Code<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_keeps_its_leading_zeros() {
        assert_eq!(CommuneCode::from_text("00016").unwrap().as_str(), "00016");
    }

    #[test]
    fn a_code_of_another_length_or_with_a_letter_is_refused() {
        for wrong in ["", "1", "001", "O1", "0 ", "０１"] {
            assert!(ProvinceCode::from_text(wrong).is_err(), "{wrong}");
        }
    }
}
