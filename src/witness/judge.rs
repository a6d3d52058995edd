//! The decisions of a witness, without its files: which epochs are taken, whether a checkpoint
//! continues the last, and what it shows where it does not.

use super::Refusal;
use super::evidence::Evidence;
use super::logs::Origin;
use crate::tlog::{Checkpoint, Submission, empty_root, verify_consistency};

/// Why a checkpoint does not continue the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Discontinued {
    /// The submission begins elsewhere than where the last checkpoint ended, which is here.
    Elsewhere(u64),
    /// There is another root for the same size.
    Root,
    /// The proof does not hold.
    Proof,
}

/// Whether checkpoints of that tree of a log are taken, given the newest tree that is known.
///
/// A new tree under the same keys is what a forked log would show, so only the very first is taken
/// as it comes. And a tree that was followed by another is closed: nobody shall be shown the old
/// one growing while others are shown the new.
pub(super) fn admits(
    newest: Option<Origin>,
    is_known: bool,
    origin: Origin,
    is_accepted: bool,
) -> Result<(), Refusal> {
    match newest {
        None => Ok(()),
        Some(newest) if origin < newest => Err(Refusal::ClosedEpoch),
        Some(_) if is_known || is_accepted => Ok(()),
        Some(_) => Err(Refusal::NewEpoch),
    }
}

/// Whether the checkpoint continues the last (C2SP tlog-witness).
pub(super) fn continues(
    last: Option<&Checkpoint>,
    submission: &Submission,
    checkpoint: &Checkpoint,
) -> Result<(), Discontinued> {
    let (size, root) = last.map_or((0, empty_root()), |last| (last.size, last.root));
    if submission.old != size {
        return Err(Discontinued::Elsewhere(size));
    }
    if checkpoint.size == size && checkpoint.root != root {
        return Err(Discontinued::Root);
    }
    verify_consistency(
        size,
        &root,
        checkpoint.size,
        &checkpoint.root,
        &submission.proof,
    )
    .map_err(|_| Discontinued::Proof)
}

/// What a signed checkpoint shows beside the last that was cosigned.
///
/// It is asked whatever the submission's old size was: a fork is a fork, also where somebody only
/// asks for the size.
pub(super) fn suspicion(
    last: &Checkpoint,
    checkpoint: &Checkpoint,
    judged: Result<(), Discontinued>,
) -> Option<Evidence> {
    if checkpoint.size < last.size {
        return Some(Evidence::Behind);
    }
    if checkpoint.size == last.size {
        return (checkpoint.root != last.root).then_some(Evidence::Fork);
    }
    match judged {
        // Before the first leaf every tree is consistent, whatever came as a proof.
        Err(Discontinued::Proof) => (last.size > 0).then_some(Evidence::Unproven),
        Ok(()) | Err(Discontinued::Elsewhere(_) | Discontinued::Root) => None,
    }
}

impl From<Discontinued> for Refusal {
    fn from(discontinued: Discontinued) -> Self {
        match discontinued {
            Discontinued::Elsewhere(size) => Self::Elsewhere { size },
            Discontinued::Root => Self::OtherRoot,
            Discontinued::Proof => Self::Proof,
        }
    }
}
