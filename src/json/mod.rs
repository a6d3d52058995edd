//! Reading JSON in one pass that reports every fault of a document, each with its pointer.
//!
//! serde stops at the first error. Here a value of the wrong kind, an unknown or a repeated member
//! or a text that does not parse is written down with its place, and reading goes on; only text that
//! is no JSON at all ends it. One declaration ([`object!`]) gives the type, its reader and its
//! schema, so that the three cannot part. Not here: what the values mean.

mod context;
mod object;
mod ordered;
mod scalar;
pub mod schema;
#[cfg(test)]
mod tests;

pub use context::{Context, Fault, MAX_FAULTS};
pub(crate) use object::ReadMember;
pub(crate) use object::object;
pub use ordered::Ordered;
pub use scalar::{Count, Limited, List, Seed, Several, Text, Token};
pub(crate) use scalar::{Key, refuse_kinds};

use serde::de::{DeserializeSeed, Deserializer};

use crate::domain::limits::Limits;

/// A value that can be read from JSON with all its faults reported.
pub trait Read: Sized {
    /// Reads one value. `None`: it was `null`, or a fault was written to `context`; an error is
    /// returned only where the text is no JSON.
    fn read<'de, D: Deserializer<'de>>(
        deserializer: D,
        context: &mut Context,
    ) -> Result<Option<Self>, D::Error>;

    /// The value's schema, for the description of the API.
    fn schema(book: &mut schema::Book) -> schema::SchemaRef;
}

/// What reading a whole document gave.
#[derive(Debug)]
pub struct Document<T> {
    /// The value, present where all it must have could be read, even beside other faults.
    pub value: Option<T>,
    /// Every fault found, in the order of the document.
    pub faults: Vec<Fault>,
    /// Members that are missing and that a permission may make dispensable.
    pub dispensable: Vec<Fault>,
}

/// The text is not JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the document is not well-formed JSON")]
pub struct Malformed;

/// Reads a whole document under the limits that hold unless others are configured.
pub fn read<T: Read>(text: &[u8]) -> Result<Document<T>, Malformed> {
    read_within(text, Limits::default())
}

/// Reads a whole document.
pub fn read_within<T: Read>(text: &[u8], limits: Limits) -> Result<Document<T>, Malformed> {
    let mut context = Context::within(limits);
    // serde_json does not look into texts it passes over, so the encoding is checked first.
    let text = std::str::from_utf8(text).map_err(|_| Malformed)?;
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let value = Seed::<T>::new(&mut context)
        .deserialize(&mut deserializer)
        .map_err(|_| Malformed)?;
    deserializer.end().map_err(|_| Malformed)?;
    if value.is_none() && context.is_faultless() {
        context.fault(
            crate::domain::fault::FaultCode::Type,
            "an object is expected",
        );
    }
    let (faults, dispensable) = context.into_faults();
    Ok(Document {
        value,
        faults,
        dispensable,
    })
}

/// Reads a document that may have no fault at all, under the limits that hold unless others are
/// configured.
pub fn read_strict<T: Read>(text: &[u8]) -> Result<Result<T, Vec<Fault>>, Malformed> {
    read_strict_within(text, Limits::default())
}

/// Reads a document that may have no fault at all.
pub fn read_strict_within<T: Read>(
    text: &[u8],
    limits: Limits,
) -> Result<Result<T, Vec<Fault>>, Malformed> {
    let mut document = read_within::<T>(text, limits)?;
    document.faults.append(&mut document.dispensable);
    document.faults.truncate(MAX_FAULTS);
    Ok(match document.value {
        Some(value) if document.faults.is_empty() => Ok(value),
        _ => Err(document.faults),
    })
}
