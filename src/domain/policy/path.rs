//! A path of the record, checked to exist.

use serde::{Serialize, Serializer};

use super::code::deserialize_from_text;
use crate::domain::fault::{FaultCode, Form, FromText, Reason};
use crate::domain::field::{self, FieldMask};

/// A path of the record that exists, and the leaves below it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct FieldPath {
    path: &'static str,
    mask: FieldMask,
}

impl FieldPath {
    /// The path, as `permanent_residence.address_line`.
    pub const fn as_str(&self) -> &'static str {
        self.path
    }

    /// The leaves below it.
    pub const fn mask(&self) -> &FieldMask {
        &self.mask
    }
}

impl FromText for FieldPath {
    const FORM: Form = Form::vocabulary(
        || field::paths().map(str::to_owned).collect(),
        "permanent_residence.current.commune_code",
    )
    .named(
        "FieldPath",
        "A dotted path of the record; a parent selects its whole object. Lists have no index: \
         `children.full_name` is the name of every child.",
    );

    fn from_text(text: &str) -> Result<Self, Reason> {
        field::known_path(text)
            .map(|(path, mask)| Self { path, mask })
            .ok_or(Reason::new(FaultCode::Enum, "no such field"))
    }
}

deserialize_from_text!(FieldPath);

impl std::fmt::Debug for FieldPath {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.path)
    }
}

impl Serialize for FieldPath {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_that_does_not_exist_is_none() {
        assert!(FieldPath::from_text("full_name.given").is_err());
        assert_eq!(
            FieldPath::from_text("nothing").unwrap_err().code,
            FaultCode::Enum
        );
        let path = FieldPath::from_text("permanent_residence.address_line").unwrap();
        assert_eq!(path.mask().iter().count(), 1);
    }
}
