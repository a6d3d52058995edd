//! What a log hands to a witness (C2SP tlog-witness, `add-checkpoint`): the size the witness is
//! thought to have seen, the proof from there, and the signed checkpoint.

use std::fmt;

use super::checkpoint::read_size;
use super::hash::Hash;
use super::note::{Note, NoteError};
use super::verify::MAX_PROOF_LENGTH;

/// How the first line begins.
const OLD: &str = "old ";

/// A request body, nothing in it verified. `Display` writes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Submission {
    /// Leaves of the checkpoint the proof begins at; 0 for the first.
    pub old: u64,
    /// The consistency proof (RFC 6962 section 2.1.2), at most [`MAX_PROOF_LENGTH`] hashes.
    pub proof: Vec<Hash>,
    /// The signed checkpoint.
    pub note: Note,
}

/// Why a body is not a submission.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SubmissionError {
    /// It does not begin with `old` and a tree size in its shortest form.
    #[error("the body does not begin with the old size")]
    Old,
    /// A line of the proof is not a hash in base64, or no empty line ends the proof.
    #[error("the lines of the proof are not hashes and an empty line behind them")]
    Proof,
    /// The proof has more than [`MAX_PROOF_LENGTH`] lines.
    #[error("the proof has too many lines")]
    Length,
    /// What follows is no signed note.
    #[error("behind the proof there is no signed note")]
    Note(#[from] NoteError),
}

impl Submission {
    /// Reads a body.
    ///
    /// # Errors
    /// Every [`SubmissionError`].
    pub fn parse(body: &str) -> Result<Self, SubmissionError> {
        let (first, mut rest) = body.split_once('\n').ok_or(SubmissionError::Old)?;
        let old = first.strip_prefix(OLD).and_then(read_size);
        let old = old.ok_or(SubmissionError::Old)?;
        let mut proof = Vec::new();
        loop {
            let (line, behind) = rest.split_once('\n').ok_or(SubmissionError::Proof)?;
            rest = behind;
            if line.is_empty() {
                break;
            }
            if proof.len() == MAX_PROOF_LENGTH {
                return Err(SubmissionError::Length);
            }
            proof.push(Hash::from_base64(line).ok_or(SubmissionError::Proof)?);
        }
        let note = Note::parse(rest)?;
        Ok(Self { old, proof, note })
    }
}

impl fmt::Display for Submission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{OLD}{}", self.old)?;
        self.proof
            .iter()
            .try_for_each(|hash| writeln!(f, "{hash}"))?;
        write!(f, "\n{}", self.note)
    }
}
