//! A signed note (C2SP signed-note): its text, its signature lines, and who of those known signed.

use std::fmt;

use super::key::VerifierKey;
use super::signature::Signature;

/// Bytes a note may have.
pub const MAX_NOTE_LENGTH: usize = 64 * 1024;

/// Signatures a note may have.
pub const MAX_SIGNATURES: usize = 64;

/// A text and its signatures. Nothing in it is to be believed before [`verify`](Self::verify).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    text: String,
    signatures: Vec<Signature>,
}

/// Why a note is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// It is longer than [`MAX_NOTE_LENGTH`].
    #[error("the note is too long")]
    Length,
    /// It has a control character, a carriage return among them.
    #[error("the note has a control character")]
    Control,
    /// It has no text that ends with a newline, no empty line, or no signature lines behind it.
    #[error("the note has not the form of text, empty line, signature lines")]
    Form,
    /// A line behind the text is no signature line.
    #[error("a line of the note is not a signature line")]
    Line,
    /// It has more than [`MAX_SIGNATURES`].
    #[error("the note has too many signatures")]
    Signatures,
    /// A line names a key that is known, and is not its signature.
    #[error("a signature of a known key is wrong")]
    Wrong,
    /// None of those who are known signed it.
    #[error("nobody who is known signed the note")]
    Unknown,
}

/// That a key signed a note.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verified<'k> {
    /// Whose signature holds.
    pub key: &'k VerifierKey,
    /// When, for a cosignature: seconds since 1970. Of several the newest.
    pub at: Option<u64>,
}

impl Note {
    /// A note nobody has signed yet. `None` if the text does not end with a newline, has another
    /// control character, or leaves no room for a signature.
    pub fn new(text: impl Into<String>) -> Option<Self> {
        let text = text.into();
        let fits = text.ends_with('\n') && text.len() < MAX_NOTE_LENGTH && !has_control(&text);
        fits.then_some(Self {
            text,
            signatures: Vec::new(),
        })
    }

    /// Reads a note. Every line behind its last empty line must be a signature line, be it by
    /// someone unknown.
    ///
    /// # Errors
    /// Every [`NoteError`] but those of verification.
    pub fn parse(note: &str) -> Result<Self, NoteError> {
        if note.len() > MAX_NOTE_LENGTH {
            return Err(NoteError::Length);
        }
        if has_control(note) {
            return Err(NoteError::Control);
        }
        let (text, lines) = note.rsplit_once("\n\n").ok_or(NoteError::Form)?;
        let lines = lines.strip_suffix('\n').ok_or(NoteError::Form)?;
        if lines.split('\n').count() > MAX_SIGNATURES {
            return Err(NoteError::Signatures);
        }
        let signatures = lines.split('\n').map(str::parse);
        Ok(Self {
            text: format!("{text}\n"),
            signatures: signatures.collect::<Result<_, _>>()?,
        })
    }

    /// The text, with its last newline.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The signatures, in their order, none of them verified.
    pub fn signatures(&self) -> &[Signature] {
        &self.signatures
    }

    /// Adds a signature below the others.
    pub fn push(&mut self, signature: Signature) {
        self.signatures.push(signature);
    }

    /// Who of `known` signed, in the order of `known`, each key once. Signatures of others are
    /// passed over.
    ///
    /// # Errors
    /// [`NoteError::Wrong`] if any line that names a known key is not its signature,
    /// [`NoteError::Unknown`] if no line names one.
    pub fn verify<'k>(&self, known: &'k [VerifierKey]) -> Result<Vec<Verified<'k>>, NoteError> {
        let mut verified: Vec<Verified<'k>> = Vec::new();
        for key in known {
            if verified.iter().any(|by| by.key == key) {
                continue;
            }
            let mut by = None;
            for line in self.signatures.iter().filter(|line| names(line, key)) {
                let signed = key.check(&self.text, &line.bytes).ok_or(NoteError::Wrong)?;
                by = by.max(Some(signed.at));
            }
            verified.extend(by.map(|at| Verified { key, at }));
        }
        if verified.is_empty() {
            return Err(NoteError::Unknown);
        }
        Ok(verified)
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.text)?;
        self.signatures.iter().try_for_each(|line| line.fmt(f))
    }
}

/// Whether a line is said to be by that key.
fn names(line: &Signature, key: &VerifierKey) -> bool {
    line.name == key.name() && line.id == key.id()
}

fn has_control(text: &str) -> bool {
    text.bytes().any(|byte| byte < b' ' && byte != b'\n')
}
