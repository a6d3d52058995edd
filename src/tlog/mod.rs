//! The transparency log's arithmetic: hashes, tiles, proofs, signed notes and checkpoints (RFC 6962,
//! RFC 9162, C2SP tlog-tiles, tlog-checkpoint, tlog-cosignature, tlog-witness and signed-note). Not
//! here: where tiles are kept, who signs, and what a leaf means.
//!
//! Pure: no I/O, no clock, no secret key. Every function is total: whatever a stranger sends as an
//! index, a size, a path, a proof or a note is answered or refused, never a panic.
//! `docs/adr/0018-own-tile-log.md` says why this is our own code.

mod checkpoint;
mod frontier;
mod hash;
mod key;
mod note;
mod proof;
mod shape;
mod signature;
mod steps;
mod submission;
mod tile;
mod verify;

#[cfg(test)]
mod tests;

pub use checkpoint::{Checkpoint, CheckpointError};
pub use frontier::Frontier;
pub use hash::{
    HASH_LENGTH, Hash, empty_root, hashes_from_bytes, hashes_to_bytes, leaf_hash, node_hash,
};
pub use key::{Algorithm, KeyError, KeyName, VerifierKey, cosigned_message, key_id};
pub use note::{MAX_NOTE_LENGTH, MAX_SIGNATURES, Note, NoteError, Verified};
pub use proof::{
    ProofError, Tiles, consistency_proof, inclusion_proof, root_from_tiles, tiles_for_consistency,
    tiles_for_inclusion, tiles_for_root,
};
pub use signature::Signature;
pub use steps::{Step, Subtree, inclusion_steps};
pub use submission::{Submission, SubmissionError};
pub use tile::{TILE_HEIGHT, TILE_WIDTH, TileId, TilePath, TilePathError, width_in};
pub use verify::{MAX_PROOF_LENGTH, verify_consistency, verify_inclusion};

/// Leaves a log may have: what a signed 64-bit integer holds, in the database and in Go.
pub const MAX_SIZE: u64 = i64::MAX as u64;
