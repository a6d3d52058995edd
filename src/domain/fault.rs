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
    /// What the text looks like, for the API's description.
    const FORM: Form = Form::TEXT;

    /// Parses the text, or says what is wrong with it.
    fn from_text(text: &str) -> Result<Self, Reason>;
}

/// The form of a text, as a description of the API tells it.
#[derive(Clone, Copy, Debug)]
pub struct Form {
    /// A regular expression (ECMA 262) the whole text matches.
    pub pattern: Option<&'static str>,
    /// The words it is one of; empty where any text goes.
    pub words: &'static [&'static str],
    /// Most characters.
    pub max: usize,
    /// A text that is taken.
    pub example: Option<&'static str>,
}

impl Form {
    /// Any text of 1 to 200 characters.
    pub const TEXT: Self = Self {
        pattern: None,
        words: &[],
        max: 200,
        example: None,
    };

    /// A text of that pattern.
    pub const fn pattern(pattern: &'static str, max: usize, example: &'static str) -> Self {
        Self {
            pattern: Some(pattern),
            words: &[],
            max,
            example: Some(example),
        }
    }

    /// One of those words.
    pub const fn words(words: &'static [&'static str]) -> Self {
        Self {
            pattern: None,
            words,
            max: 200,
            example: None,
        }
    }
}
