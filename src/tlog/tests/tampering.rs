//! One bit changed in what a proof binds, and it no longer holds.

use proptest::prelude::*;

use super::super::shape::{self, Range};
use super::super::{
    Hash, consistency_proof, inclusion_proof, verify_consistency, verify_inclusion,
};
use super::{Tree, mth};

fn flipped(hash: &Hash, bit: usize) -> Hash {
    let mut bytes = hash.0;
    bytes[bit / 8 % 32] ^= 1 << (bit % 8);
    Hash(bytes)
}

fn with(proof: &[Hash], place: usize, bit: usize) -> Vec<Hash> {
    let mut proof = proof.to_vec();
    proof[place] = flipped(&proof[place], bit);
    proof
}

/// Longer and shorter ones: without an end, with one more, with two swapped.
fn lengths(proof: &[Hash]) -> Vec<Vec<Hash>> {
    let more = |hash: Hash| [proof, &[hash]].concat();
    let mut changed = vec![more(Hash([0; 32])), [&[Hash([0; 32])], proof].concat()];
    if let [first, rest @ ..] = proof {
        changed.push(rest.to_vec());
        changed.push(proof[..rest.len()].to_vec());
        changed.push(more(*first));
    }
    changed
}

/// On which side of the leaf at `index` each hash of a proof stands.
fn sides(ranges: &[Range], index: u64) -> Vec<bool> {
    ranges.iter().map(|range| range.to <= index).collect()
}

#[test]
fn every_bit_of_an_inclusion_proof_counts() {
    let tree = Tree::of(11);
    let root = tree.root();
    for (index, leaf) in (0..).zip(&tree.leaves) {
        let proof = inclusion_proof(index, 11, &tree.tiles).unwrap();
        let holds = |leaf: &Hash, index, proof: &[Hash], root: &Hash| {
            verify_inclusion(leaf, index, 11, proof, root).is_ok()
        };
        assert!(holds(leaf, index, &proof, &root));
        for bit in 0..256 {
            assert!(!holds(&flipped(leaf, bit), index, &proof, &root));
            assert!(!holds(leaf, index, &proof, &flipped(&root, bit)));
            for place in 0..proof.len() {
                assert!(!holds(leaf, index, &with(&proof, place, bit), &root));
            }
        }
        for bit in 0..64 {
            assert!(!holds(leaf, index ^ (1 << bit), &proof, &root));
        }
        for changed in lengths(&proof) {
            assert!(!holds(leaf, index, &changed, &root));
        }
    }
}

#[test]
fn every_bit_of_a_consistency_proof_counts() {
    let tree = Tree::of(11);
    let new_root = tree.root();
    for old in 1..11 {
        let old_root = mth(&tree.leaves[..usize::try_from(old).unwrap()]);
        let proof = consistency_proof(old, 11, &tree.tiles).unwrap();
        let holds = |old_root: &Hash, new_root: &Hash, proof: &[Hash]| {
            verify_consistency(old, old_root, 11, new_root, proof).is_ok()
        };
        assert!(holds(&old_root, &new_root, &proof));
        for bit in 0..256 {
            assert!(!holds(&flipped(&old_root, bit), &new_root, &proof));
            assert!(!holds(&old_root, &flipped(&new_root, bit), &proof));
            for place in 0..proof.len() {
                assert!(!holds(&old_root, &new_root, &with(&proof, place, bit)));
            }
        }
        for changed in lengths(&proof) {
            assert!(!holds(&old_root, &new_root, &changed));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// A proof tells sizes apart by its shape only; where two sizes give a leaf the same path, the
    /// checkpoint, which signs size and root together, is what tells them apart.
    #[test]
    fn another_size_is_refused_unless_the_path_is_the_same(size in 2_u64..700, index: prop::sample::Index) {
        let tree = Tree::of(size);
        let index = index.index(usize::try_from(size).unwrap()) as u64;
        let leaf = tree.leaves[usize::try_from(index).unwrap()];
        let proof = inclusion_proof(index, size, &tree.tiles).unwrap();
        let path = sides(&shape::inclusion(index, size), index);
        for bit in 0..63 {
            let other = size ^ (1 << bit);
            let holds = verify_inclusion(&leaf, index, other, &proof, &tree.root()).is_ok();
            let same = index < other && sides(&shape::inclusion(index, other), index) == path;
            prop_assert_eq!(holds, same, "{} of {} as {}", index, size, other);
        }
    }

    #[test]
    fn other_sizes_are_refused_unless_the_proof_has_the_same_shape(size in 3_u64..700, old: prop::sample::Index) {
        let tree = Tree::of(size);
        let old = 1 + old.index(usize::try_from(size).unwrap() - 1) as u64;
        let old_root = mth(&tree.leaves[..usize::try_from(old).unwrap()]);
        let proof = consistency_proof(old, size, &tree.tiles).unwrap();
        let shape = |old: u64, new| (old.is_power_of_two(), sides(&shape::consistency(old, new), old - 1));
        for bit in 0..63 {
            for (other_old, other_new) in [(old ^ (1 << bit), size), (old, size ^ (1 << bit))] {
                let holds = verify_consistency(other_old, &old_root, other_new, &tree.root(), &proof).is_ok();
                let in_order = 0 < other_old && other_old < other_new;
                prop_assert!(!holds || (in_order && shape(other_old, other_new) == shape(old, size)));
            }
        }
    }
}
