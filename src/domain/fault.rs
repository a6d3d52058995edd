//! What can be wrong with a submitted value, in the words of the contract.

use super::limits::Limits;

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
    /// All codes.
    pub const ALL: [Self; 11] = [
        Self::Required,
        Self::UnknownMember,
        Self::DuplicateMember,
        Self::Type,
        Self::Length,
        Self::Character,
        Self::Format,
        Self::Date,
        Self::Enum,
        Self::Range,
        Self::TooMany,
    ];

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

    /// The same under the limits that are configured, where they concern it.
    fn from_text_within(text: &str, _: &Limits) -> Result<Self, Reason> {
        Self::from_text(text)
    }

    /// What the text looks like under those limits.
    fn form_within(_: &Limits) -> Form {
        Self::FORM
    }
}

/// The form of a text, as a description of the API tells it.
#[derive(Clone, Copy, Debug)]
pub struct Form {
    /// The name the description gives it, where it has one of its own.
    pub name: Option<&'static str>,
    /// What it is, in Markdown; of named forms only.
    pub description: &'static str,
    /// A regular expression (ECMA 262) the whole text matches.
    pub pattern: Option<&'static str>,
    /// The words it is one of; empty where any text goes.
    pub words: &'static [&'static str],
    /// The words it is one of, where they are put together rather than listed.
    pub vocabulary: Option<fn() -> Vec<String>>,
    /// Most characters.
    pub max: usize,
    /// A text that is taken.
    pub example: Option<&'static str>,
}

impl Form {
    /// Any text of 1 to 200 characters.
    pub const TEXT: Self = Self {
        name: None,
        description: "",
        pattern: None,
        words: &[],
        vocabulary: None,
        max: 200,
        example: None,
    };

    /// A text of that pattern.
    pub const fn pattern(pattern: &'static str, max: usize, example: &'static str) -> Self {
        Self {
            pattern: Some(pattern),
            max,
            example: Some(example),
            ..Self::TEXT
        }
    }

    /// One of those words.
    pub const fn words(words: &'static [&'static str]) -> Self {
        Self {
            words,
            ..Self::TEXT
        }
    }

    /// One of the words that `vocabulary` puts together.
    pub const fn vocabulary(vocabulary: fn() -> Vec<String>, example: &'static str) -> Self {
        Self {
            vocabulary: Some(vocabulary),
            example: Some(example),
            ..Self::TEXT
        }
    }

    /// The same under a name of its own.
    #[must_use]
    pub const fn named(self, name: &'static str, description: &'static str) -> Self {
        Self {
            name: Some(name),
            description,
            ..self
        }
    }
}
