//! An inclusion proof told step by step, for whoever wants to see it and not only to believe it. The
//! checking itself is [`verify_inclusion`](super::verify_inclusion).

use super::hash::{Hash, node_hash};
use super::proof::ProofError;
use super::shape;

/// One step from the leaf towards the root: two neighbours and what they make.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The left of the two.
    pub left: Subtree,
    /// The right of the two.
    pub right: Subtree,
    /// Whether the one on the left came with the proof; the other was computed below.
    pub sibling_is_left: bool,
    /// Both together.
    pub parent: Subtree,
}

/// A part of the tree, by the leaves it is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subtree {
    /// Its first leaf.
    pub first: u64,
    /// Its last leaf.
    pub last: u64,
    /// Its hash.
    pub hash: Hash,
}

/// The steps of a proof, the lowest first; none for a tree of one leaf. Whether the last parent is
/// the root is not said here.
///
/// # Errors
/// [`ProofError::Index`] and [`ProofError::Length`].
pub fn inclusion_steps(
    leaf: &Hash,
    index: u64,
    size: u64,
    proof: &[Hash],
) -> Result<Vec<Step>, ProofError> {
    if index >= size {
        return Err(ProofError::Index);
    }
    let ranges = shape::inclusion(index, size);
    if ranges.len() != proof.len() {
        return Err(ProofError::Length);
    }
    let mut below = Subtree {
        first: index,
        last: index,
        hash: *leaf,
    };
    let mut steps = Vec::with_capacity(proof.len());
    for (range, hash) in ranges.iter().zip(proof) {
        let sibling = Subtree {
            first: range.from,
            last: range.to - 1,
            hash: *hash,
        };
        let sibling_is_left = sibling.first < below.first;
        let (left, right) = if sibling_is_left {
            (sibling, below)
        } else {
            (below, sibling)
        };
        let parent = Subtree {
            first: left.first,
            last: right.last,
            hash: node_hash(&left.hash, &right.hash),
        };
        steps.push(Step {
            left,
            right,
            sibling_is_left,
            parent,
        });
        below = parent;
    }
    Ok(steps)
}

#[cfg(test)]
mod tests {
    use super::super::{leaf_hash, verify_inclusion};
    use super::*;

    /// The root over these leaves, as RFC 6962 defines it, and the path of one of them.
    fn tree(leaves: &[Hash], index: usize) -> (Hash, Vec<Hash>) {
        let [only] = leaves else {
            let middle = leaves.len().next_power_of_two() / 2;
            let (left, right) = leaves.split_at(middle);
            if index < middle {
                let (root, mut path) = tree(left, index);
                let other = tree(right, 0).0;
                path.push(other);
                return (node_hash(&root, &other), path);
            }
            let (root, mut path) = tree(right, index - middle);
            let other = tree(left, 0).0;
            path.push(other);
            return (node_hash(&other, &root), path);
        };
        (*only, Vec::new())
    }

    #[test]
    fn the_steps_lead_from_every_leaf_of_every_small_tree_to_its_root() {
        for size in 1..40_u64 {
            let leaves: Vec<Hash> = (0..size).map(|at| leaf_hash(&at.to_be_bytes())).collect();
            for index in 0..size {
                let at = usize::try_from(index).unwrap();
                let (root, proof) = tree(&leaves, at);
                verify_inclusion(&leaves[at], index, size, &proof, &root).unwrap();
                let steps = inclusion_steps(&leaves[at], index, size, &proof).unwrap();
                let mut below = (index, index, leaves[at]);
                for step in &steps {
                    let ours = if step.sibling_is_left {
                        step.right
                    } else {
                        step.left
                    };
                    assert_eq!((ours.first, ours.last, ours.hash), below);
                    assert_eq!(step.left.last + 1, step.right.first);
                    below = (step.parent.first, step.parent.last, step.parent.hash);
                }
                assert_eq!(below, (0, size - 1, root), "leaf {index} of {size}");
            }
        }
    }

    #[test]
    fn what_is_no_proof_has_no_steps() {
        let leaf = leaf_hash(b"x");
        assert_eq!(inclusion_steps(&leaf, 1, 1, &[]), Err(ProofError::Index));
        assert_eq!(inclusion_steps(&leaf, 0, 0, &[]), Err(ProofError::Index));
        assert_eq!(
            inclusion_steps(&leaf, 0, 1, &[leaf]),
            Err(ProofError::Length)
        );
        assert_eq!(inclusion_steps(&leaf, 0, 2, &[]), Err(ProofError::Length));
        assert_eq!(
            inclusion_steps(&leaf, u64::MAX, u64::MAX, &[]),
            Err(ProofError::Index)
        );
    }
}
