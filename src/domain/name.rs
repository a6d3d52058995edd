//! Names of people: what is taken as one, and how two of them compare.
//!
//! Nothing here guesses. There is no phonetic, partial or scored matching, no list of surnames, no
//! Kinh alphabet to fit: `H'Hen Niê`, `Y Moan Êñuôl`, `Müller` and names of one word are names.

mod key;
mod latin;
mod legacy;
mod letters;
mod spelling;

use std::fmt;

use serde::{Serialize, Serializer};
use unicode_normalization::char::is_combining_mark;

use super::fault::{FaultCode, Form, FromText, Reason};
use super::limits::Limits;

pub use key::{NameKey, NameTexts};

/// The longest name unless another limit is configured, in Unicode scalar values after trimming and
/// before any normalisation, so that a pile of combining marks is refused for its length.
pub const MAX_CHARACTERS: usize = 200;

/// A submitted or registered name: Unicode text of a limited length with a letter in it.
///
/// White space around it is trimmed; the rest stays as it was written. `Debug` masks it.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Name(Box<str>);

/// Why a text is not taken as a name. It never repeats the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.reason().reason)]
pub enum NameError {
    /// Empty after trimming, or longer than the limit.
    Length,
    /// A control character.
    Control,
    /// U+FFFD, the trace of bytes that somebody could not read.
    Unreadable,
    /// Text made for TCVN3 or VNI fonts, or UTF-8 read as Latin-1. Never guessed at: the sender
    /// must convert it.
    LegacyEncoding,
    /// Nothing that could tell one person from another.
    NoLetter,
}

/// How alike two names are. Greater is more alike: exact > canonical > folded > different.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Not the same name.
    Different,
    /// Equal once all diacritics, spaces, apostrophes and hyphens are dropped.
    Folded,
    /// Equal but for case, white space, apostrophes, hyphens and the place of the tone mark.
    Canonical,
    /// The same text after NFC.
    Exact,
}

/// How alike names must be under an agreement (`name_match`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum NameMatch {
    /// At least canonical.
    #[default]
    Canonical,
    /// Folded too, where the submitted name has no diacritic at all.
    Folded,
}

/// Does that level count as a match under that agreement?
///
/// Hoa and Hòa are different people. So folded names match only where the agreement allows it and
/// the submitted name was written without any diacritic ([`NameKey::has_diacritics`] of the claim).
pub fn accepts(level: Level, claim_has_diacritics: bool, mode: NameMatch) -> bool {
    match level {
        Level::Exact | Level::Canonical => true,
        Level::Folded => match mode {
            NameMatch::Folded => !claim_has_diacritics,
            NameMatch::Canonical => false,
        },
        Level::Different => false,
    }
}

impl Name {
    /// The name as it was written, trimmed.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A name as the register keeps it: it was checked when it was written, and a record does not
    /// become unreadable when the rules change.
    pub(crate) fn registered(text: &str) -> Self {
        Self(text.into())
    }

    /// Trims and checks a text.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        Self::parse_within(text, MAX_CHARACTERS)
    }

    /// The same with another limit on its characters.
    pub fn parse_within(text: &str, most: usize) -> Result<Self, NameError> {
        let text = text.trim();
        let (mut length, mut control, mut unreadable) = (0, false, false);
        // No further than one past the limit: a long text costs no more than a short one.
        for c in text.chars().take(most.saturating_add(1)) {
            length += 1;
            control |= c.is_control();
            unreadable |= c == char::REPLACEMENT_CHARACTER;
        }
        if length == 0 || length > most {
            Err(NameError::Length)
        } else if control {
            Err(NameError::Control)
        } else if unreadable {
            Err(NameError::Unreadable)
        } else if legacy::is_legacy(text) {
            Err(NameError::LegacyEncoding)
        } else if !text.contains(is_readable_letter) {
            Err(NameError::NoLetter)
        } else {
            Ok(Self(text.into()))
        }
    }
}

impl NameError {
    /// The reason as a fixed text, which is also what `Display` says.
    pub const fn reason(self) -> Reason {
        match self {
            Self::Length => Reason::new(
                FaultCode::Length,
                "is empty or too long after trimming white space",
            ),
            Self::Control => {
                Reason::new(FaultCode::Character, "must not contain control characters")
            }
            Self::Unreadable => Reason::new(
                FaultCode::Character,
                "contains U+FFFD: the text was damaged before it was sent",
            ),
            Self::LegacyEncoding => Reason::new(
                FaultCode::Character,
                "is in a legacy encoding such as TCVN3 or VNI: convert it to Unicode",
            ),
            Self::NoLetter => Reason::new(FaultCode::Character, "must contain a letter"),
        }
    }
}

impl From<NameError> for Reason {
    fn from(error: NameError) -> Self {
        error.reason()
    }
}

impl FromText for Name {
    const FORM: Form = Form {
        max: MAX_CHARACTERS,
        example: Some("Nguyễn Văn An"),
        ..Form::TEXT
    }
    .named(
        "Name",
        "A name, with a letter in it, in Unicode; white space around it does not count. Text in \
         legacy encodings (TCVN3, VNI) is refused, never guessed at. Names of one word and of any \
         people are names: `H'Hen Niê`.",
    );

    fn from_text(text: &str) -> Result<Self, Reason> {
        Ok(Self::parse(text)?)
    }

    fn from_text_within(text: &str, limits: &Limits) -> Result<Self, Reason> {
        Ok(Self::parse_within(text, limits.name_characters)?)
    }

    fn form_within(limits: &Limits) -> Form {
        Form {
            max: limits.name_characters,
            ..Self::FORM
        }
    }
}

impl Serialize for Name {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Name(***)")
    }
}

impl Level {
    /// Every level, the best last.
    pub const ALL: [Self; 4] = [Self::Different, Self::Folded, Self::Canonical, Self::Exact];

    /// The word callers see.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Canonical => "canonical",
            Self::Folded => "folded",
            Self::Different => "different",
        }
    }
}

impl Serialize for Level {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl NameMatch {
    /// The word of the agreement.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Canonical => "canonical",
            Self::Folded => "folded",
        }
    }
}

impl FromText for NameMatch {
    const FORM: Form = Form::words(&["canonical", "folded"]);

    fn from_text(text: &str) -> Result<Self, Reason> {
        match text {
            "canonical" => Ok(Self::Canonical),
            "folded" => Ok(Self::Folded),
            _ => Err(Reason::new(
                FaultCode::Enum,
                "must be `canonical` or `folded`",
            )),
        }
    }
}

impl Serialize for NameMatch {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// Letters that survive comparison: not marks that sit on others, not the invisible fillers.
fn is_readable_letter(c: char) -> bool {
    c.is_alphabetic() && !is_combining_mark(c) && !letters::is_zero_width(c)
}

#[cfg(test)]
mod tests;
