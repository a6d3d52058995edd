//! Identifiers and names of what is administered.

use std::borrow::Borrow;
use std::sync::Arc;

use serde::{Serialize, Serializer};

use crate::domain::fault::{FaultCode, Form, FromText, Reason};

/// An identifier an administrator chose: 1 to 64 of `[0-9A-Za-z._-]`, for it stands in addresses.
///
/// Cloning shares the text, because every audit entry carries some of them.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Code(Arc<str>);

impl Code {
    /// Most characters.
    pub const MAX: usize = 64;

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromText for Code {
    const FORM: Form = Form::pattern("^[0-9A-Za-z._-]{1,64}$", Self::MAX, "1.004194");

    fn from_text(text: &str) -> Result<Self, Reason> {
        if text.is_empty() || text.len() > Self::MAX {
            return Err(Reason::new(FaultCode::Length, "1 to 64 characters"));
        }
        if !text.bytes().all(is_code_byte) {
            return Err(Reason::new(
                FaultCode::Character,
                "only letters A-Z, digits, full stop, underscore and hyphen",
            ));
        }
        Ok(Self(text.into()))
    }
}

/// Whether the byte may stand in an identifier.
pub(super) fn is_code_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-')
}

impl Borrow<str> for Code {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::fmt::Debug for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

/// Reads from serde what is written as one text; a text that does not parse is an error.
macro_rules! deserialize_from_text {
    ($name:ty $(, const $limit:ident: usize)?) => {
        impl<'de, $(const $limit: usize)?> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
                <Self as $crate::domain::fault::FromText>::from_text(&text)
                    .map_err(|reason| serde::de::Error::custom(reason.reason))
            }
        }
    };
}
pub(super) use deserialize_from_text;

deserialize_from_text!(Code);
deserialize_from_text!(Label<MAX>, const MAX: usize);

/// A name for people to read: 1 to `MAX` characters after trimming white space, kept as written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Label<const MAX: usize = 200>(Box<str>);

impl<const MAX: usize> Label<MAX> {
    /// The text, as written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<const MAX: usize> FromText for Label<MAX> {
    const FORM: Form = Form {
        max: MAX,
        ..Form::TEXT
    };

    fn from_text(text: &str) -> Result<Self, Reason> {
        let trimmed = text.trim();
        if trimmed.is_empty() {
            return Err(Reason::new(FaultCode::Length, "may not be empty"));
        }
        // The whole text is bounded too: a short name in a sea of blanks is none.
        if text.chars().nth(2 * MAX).is_some() || trimmed.chars().nth(MAX).is_some() {
            return Err(Reason::new(FaultCode::Length, "is too long"));
        }
        if text.chars().any(char::is_control) {
            return Err(Reason::new(
                FaultCode::Character,
                "control characters are not taken",
            ));
        }
        Ok(Self(text.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_what_can_stand_in_an_address() {
        for good in ["H29", "1.004194", "onestop-hcm", "a_b", &"x".repeat(64)] {
            assert_eq!(Code::from_text(good).unwrap().as_str(), good);
        }
        for bad in ["", "a/b", "a b", "đ", "a%20", "a\n", &"x".repeat(65)] {
            assert!(Code::from_text(bad).is_err());
        }
    }

    #[test]
    fn a_label_is_measured_trimmed_and_kept_as_written() {
        assert_eq!(Label::<3>::from_text(" năm").unwrap().as_str(), " năm");
        assert_eq!(
            Label::<3>::from_text("  ").unwrap_err().code,
            FaultCode::Length
        );
        assert_eq!(
            Label::<3>::from_text("bốnn").unwrap_err().code,
            FaultCode::Length
        );
        assert_eq!(
            Label::<3>::from_text("a\0b").unwrap_err().code,
            FaultCode::Character
        );
    }
}
