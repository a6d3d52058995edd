//! The verifier's half of proofs (RFC 9162 sections 2.1.3.2 and 2.1.4.2), total on any input.
//!
//! A proof binds leaf, index and root. The size it binds only as far as it shapes the proof (the
//! first leaf of five and of six leaves has the same path), so size and root must come from one
//! signed checkpoint.

use super::hash::{Hash, empty_root, node_hash};
use super::proof::ProofError;

/// Hashes a proof may have (C2SP tlog-witness). It is reached beyond 2^62 leaves only.
pub const MAX_PROOF_LENGTH: usize = 63;

/// The way up the tree, as the RFC walks it: `node` is the place on the current level, `last` that
/// of the level's last node.
struct Climb {
    node: u64,
    last: u64,
}

/// On which side of the node the next hash of the proof stands.
enum Side {
    Left,
    Right,
}

impl Climb {
    /// One step: the side of the next hash. `None` at the root, where no hash may follow.
    fn step(&mut self) -> Option<Side> {
        if self.last == 0 {
            return None;
        }
        let side = if self.node & 1 == 1 || self.node == self.last {
            // The last node of a level without a sibling is that of the next level, too.
            while self.node & 1 == 0 && self.node != 0 {
                self.up();
            }
            Side::Left
        } else {
            Side::Right
        };
        self.up();
        Some(side)
    }

    fn up(&mut self) {
        self.node >>= 1;
        self.last >>= 1;
    }
}

/// Checks that the tree of `size` leaves under `root` has that leaf at that index.
///
/// # Errors
/// [`ProofError::Index`], [`ProofError::Length`] and [`ProofError::Root`].
pub fn verify_inclusion(
    leaf: &Hash,
    index: u64,
    size: u64,
    proof: &[Hash],
    root: &Hash,
) -> Result<(), ProofError> {
    if index >= size {
        return Err(ProofError::Index);
    }
    if proof.len() > MAX_PROOF_LENGTH {
        return Err(ProofError::Length);
    }
    let mut climb = Climb {
        node: index,
        last: size - 1,
    };
    let mut hash = *leaf;
    for sibling in proof {
        hash = match climb.step().ok_or(ProofError::Length)? {
            Side::Left => node_hash(sibling, &hash),
            Side::Right => node_hash(&hash, sibling),
        };
    }
    if climb.last != 0 {
        return Err(ProofError::Length);
    }
    same(&hash, root)
}

/// Checks that the tree of `new` leaves under `new_root` begins with that of `old` leaves under
/// `old_root`. For an empty old tree and for equal sizes the proof must be empty.
///
/// # Errors
/// [`ProofError::Sizes`], [`ProofError::Length`] and [`ProofError::Root`].
pub fn verify_consistency(
    old: u64,
    old_root: &Hash,
    new: u64,
    new_root: &Hash,
    proof: &[Hash],
) -> Result<(), ProofError> {
    if old > new {
        return Err(ProofError::Sizes);
    }
    if proof.len() > MAX_PROOF_LENGTH {
        return Err(ProofError::Length);
    }
    if old == 0 || old == new {
        return nothing_to_prove(old, old_root, new, new_root, proof);
    }
    let mut climb = Climb {
        node: old - 1,
        last: new - 1,
    };
    while climb.node & 1 == 1 {
        climb.up();
    }
    // The largest subtree at the old tree's right edge; where that is the whole old tree, its root
    // is not repeated in the proof.
    let (start, rest) = if old.is_power_of_two() {
        (old_root, proof)
    } else {
        proof.split_first().ok_or(ProofError::Length)?
    };
    let (mut old_hash, mut new_hash) = (*start, *start);
    for sibling in rest {
        match climb.step().ok_or(ProofError::Length)? {
            Side::Left => {
                old_hash = node_hash(sibling, &old_hash);
                new_hash = node_hash(sibling, &new_hash);
            }
            Side::Right => new_hash = node_hash(&new_hash, sibling),
        }
    }
    if climb.last != 0 {
        return Err(ProofError::Length);
    }
    same(&old_hash, old_root)?;
    same(&new_hash, new_root)
}

fn nothing_to_prove(
    old: u64,
    old_root: &Hash,
    new: u64,
    new_root: &Hash,
    proof: &[Hash],
) -> Result<(), ProofError> {
    if !proof.is_empty() {
        return Err(ProofError::Length);
    }
    if old == 0 {
        same(old_root, &empty_root())?;
    }
    if old == new {
        same(old_root, new_root)?;
    }
    Ok(())
}

fn same(hash: &Hash, root: &Hash) -> Result<(), ProofError> {
    if hash == root {
        Ok(())
    } else {
        Err(ProofError::Root)
    }
}
