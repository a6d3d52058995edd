//! Why a witness does not cosign.

use crate::tlog::{CheckpointError, NoteError, SubmissionError};

/// Why a checkpoint is not cosigned. What is said may be told to whoever asked.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// The body is not text.
    #[error("the body is not text")]
    Text,
    /// The body is not in the form of the protocol.
    #[error("the body is malformed")]
    Submission(#[from] SubmissionError),
    /// The note is no checkpoint.
    #[error("the note is no checkpoint")]
    Checkpoint(#[from] CheckpointError),
    /// With the cosignature the note would be longer than a note may be.
    #[error("the note leaves no room for the cosignature")]
    Length,
    /// The old size is beyond the checkpoint's.
    #[error("the old size is beyond the checkpoint's size")]
    OldBeyondSize,
    /// No log of that origin is configured.
    #[error("the origin is not known")]
    UnknownOrigin,
    /// No key that is trusted for the origin signed it, or a line of such a key is wrong.
    #[error("no key that is trusted for this origin signed the checkpoint")]
    Untrusted(#[source] NoteError),
    /// It is another tree of a log of which one is known.
    #[error("this epoch of the log is new: the witness's operator has to accept it")]
    NewEpoch,
    /// The log has gone on to a newer tree.
    #[error("a newer epoch of the log was cosigned")]
    ClosedEpoch,
    /// The old size is not that of the checkpoint cosigned last, which is this.
    #[error("the old size is not that of the last checkpoint")]
    Elsewhere {
        /// Leaves of the checkpoint cosigned last; 0 if there is none.
        size: u64,
    },
    /// The checkpoint cosigned last has the same size and another root.
    #[error("another root was cosigned for this size")]
    OtherRoot,
    /// The consistency proof does not hold.
    #[error("the consistency proof does not hold")]
    Proof,
    /// It could not be written down, so it must not be cosigned.
    #[error("the checkpoint could not be kept")]
    NotKept(#[source] std::io::Error),
}

impl Refusal {
    /// One word, for metrics.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Text | Self::Submission(_) | Self::Checkpoint(_) | Self::Length => "malformed",
            Self::OldBeyondSize => "old_beyond_size",
            Self::UnknownOrigin => "unknown_origin",
            Self::Untrusted(_) => "untrusted",
            Self::NewEpoch => "new_epoch",
            Self::ClosedEpoch => "closed_epoch",
            Self::Elsewhere { .. } => "elsewhere",
            Self::OtherRoot => "other_root",
            Self::Proof => "proof",
            Self::NotKept(_) => "not_kept",
        }
    }
}
