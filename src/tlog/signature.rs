//! One signature line of a note (C2SP signed-note), not yet verified.

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::key::KeyName;
use super::note::NoteError;

/// An em dash and a space: how a signature line begins.
const MARK: &str = "\u{2014} ";

/// A signature as a line of a note says it: who, with which key, and what.
///
/// `Display` is the whole line with its newline; reading takes it with or without. What was read has
/// a name that fits; whoever makes one takes the name from a [`VerifierKey`](super::VerifierKey).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// The name of the key.
    pub name: String,
    /// The id of the key.
    pub id: u32,
    /// What the key's algorithm makes of it; never empty where it was read.
    pub bytes: Vec<u8>,
}

impl FromStr for Signature {
    type Err = NoteError;

    fn from_str(line: &str) -> Result<Self, NoteError> {
        Self::read(line.strip_suffix('\n').unwrap_or(line)).ok_or(NoteError::Line)
    }
}

impl Signature {
    fn read(line: &str) -> Option<Self> {
        let (name, signature) = line.strip_prefix(MARK)?.split_once(' ')?;
        let name = KeyName::new(name)?;
        let signature = STANDARD.decode(signature).ok()?;
        let (id, bytes) = signature.split_first_chunk()?;
        (!bytes.is_empty()).then(|| Self {
            name: name.as_str().to_owned(),
            id: u32::from_be_bytes(*id),
            bytes: bytes.to_vec(),
        })
    }
}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut signature = self.id.to_be_bytes().to_vec();
        signature.extend_from_slice(&self.bytes);
        let signature = STANDARD.encode(signature);
        writeln!(f, "{MARK}{} {signature}", self.name)
    }
}
