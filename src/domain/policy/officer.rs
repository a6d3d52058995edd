//! An officer (cán bộ) and the identifier requests name one by.

use serde::{Serialize, Serializer};

use super::code::is_code_byte;
use super::{Code, Label};
use crate::domain::fault::{FaultCode, Form, FromText, Reason};

/// An officer whom agreements with `registered` officers accept.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Officer {
    /// The registration's identifier, which is no personal data and may stand in an address.
    pub id: Code,
    /// What requests and tokens name the officer by: often a citizen's number.
    pub officer_id: OfficerId,
    /// The agency the officer works for.
    pub agency_code: Code,
    /// The officer's name.
    pub name: Option<Label>,
    /// Whether the registration stands.
    pub active: bool,
}

impl std::fmt::Debug for Officer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Officer")
            .field("id", &self.id)
            .field("agency_code", &self.agency_code)
            .field("active", &self.active)
            .finish_non_exhaustive()
    }
}

/// An officer's identifier: 1 to 32 of `[0-9A-Za-z._-]`. `Debug` masks it, for it is often a
/// citizen's number.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct OfficerId {
    bytes: [u8; Self::MAX],
    length: u8,
}

impl OfficerId {
    /// Most characters.
    pub const MAX: usize = 32;

    /// The text.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.bytes[..usize::from(self.length)]).expect("only ASCII was taken")
    }
}

impl FromText for OfficerId {
    const FORM: Form = Form::pattern("^[0-9A-Za-z._-]{1,32}$", Self::MAX, "079085001234");

    fn from_text(text: &str) -> Result<Self, Reason> {
        if text.is_empty() || text.len() > Self::MAX {
            return Err(Reason::new(FaultCode::Length, "1 to 32 characters"));
        }
        if !text.bytes().all(is_code_byte) {
            return Err(Reason::new(
                FaultCode::Character,
                "only letters A-Z, digits, full stop, underscore and hyphen",
            ));
        }
        let mut bytes = [0; Self::MAX];
        bytes[..text.len()].copy_from_slice(text.as_bytes());
        Ok(Self {
            bytes,
            length: u8::try_from(text.len()).expect("at most 32"),
        })
    }
}

impl std::fmt::Debug for OfficerId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("OfficerId(**)")
    }
}

impl Serialize for OfficerId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_officers_identifier_is_masked_and_bounded() {
        let id = OfficerId::from_text("079085001234").unwrap();
        assert_eq!(id.as_str(), "079085001234");
        assert!(!format!("{id:?}").contains("079085"));
        assert!(OfficerId::from_text("").is_err() && OfficerId::from_text("a b").is_err());
        assert!(OfficerId::from_text(&"x".repeat(32)).is_ok());
        assert!(OfficerId::from_text(&"x".repeat(33)).is_err());
    }
}
