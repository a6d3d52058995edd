//! What can be wrong with a submitted value, in the words of the contract.

/// The code of one fault inside a body (`errors[].code` of a problem document).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FaultCode {
    /// A member that must be there is not.
    Required,
    /// A member nobody knows.
    UnknownMember,
    /// The same member twice.
    DuplicateMember,
    /// Another JSON type than the member takes.
    Type,
    /// Too short or too long.
    Length,
    /// A character that may not stand there.
    Character,
    /// The right characters in the wrong form.
    Format,
    /// Not a date, or not one that exists.
    Date,
    /// None of the words the member takes.
    Enum,
    /// A number out of its range.
    Range,
    /// More items than a list takes.
    TooMany,
}

impl FaultCode {
    /// The code as callers see it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Required => "required",
            Self::UnknownMember => "unknown_member",
            Self::DuplicateMember => "duplicate_member",
            Self::Type => "type",
            Self::Length => "length",
            Self::Character => "character",
            Self::Format => "format",
            Self::Date => "date",
            Self::Enum => "enum",
            Self::Range => "range",
            Self::TooMany => "too_many",
        }
    }
}

/// Why a value was not taken. The reason is a fixed text: it never repeats the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reason {
    /// The code callers branch on.
    pub code: FaultCode,
    /// What to put right, for a person.
    pub reason: &'static str,
}

impl Reason {
    /// A reason with its code.
    pub const fn new(code: FaultCode, reason: &'static str) -> Self {
        Self { code, reason }
    }
}

/// A value that is written as one JSON string. Control characters are refused before it is asked.
pub trait FromText: Sized {
    /// Parses the text, or says what is wrong with it.
    fn from_text(text: &str) -> Result<Self, Reason>;
}
