//! How a box of a form writes its value.

use super::code::deserialize_from_text;
use crate::domain::citizen::words;
use crate::domain::fault::{FaultCode, Form, FromText, Reason};

words! {
    /// How a box writes its value.
    BoxFormat:
    /// A date in ISO 8601, an address on one line, a coded value by its name.
    Plain "plain",
    /// A date as `dd/mm/yyyy`.
    Dmy "dmy",
    /// In capital letters.
    Upper "upper",
    /// On one line.
    Line "line",
    /// A coded value by its code.
    Code "code",
    /// A coded value by its name.
    Name "name",
}

deserialize_from_text!(BoxFormat);

impl serde::Serialize for BoxFormat {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}
