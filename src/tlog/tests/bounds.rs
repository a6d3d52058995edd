//! Sizes up to the largest, and arguments no honest caller sends. The leaves are all alike, so that
//! the tiles of a tree of any size can be written down without growing it.

use proptest::prelude::*;

use super::super::{
    Hash, MAX_PROOF_LENGTH, MAX_SIZE, ProofError, TileId, Tiles, consistency_proof,
    inclusion_proof, leaf_hash, node_hash, root_from_tiles, tiles_for_consistency,
    tiles_for_inclusion, tiles_for_root, verify_consistency, verify_inclusion, width_in,
};

/// Those tiles of the tree of `size` like leaves.
fn alike(names: &[TileId], size: u64) -> Tiles {
    let mut perfect = vec![leaf_hash(b"alike")];
    for height in 0..64 {
        perfect.push(node_hash(&perfect[height], &perfect[height]));
    }
    let tile = |tile: &TileId| {
        let width = usize::from(width_in(*tile, size));
        (*tile, vec![perfect[8 * usize::from(tile.level)]; width])
    };
    names.iter().map(tile).collect()
}

fn root(size: u64) -> Hash {
    root_from_tiles(size, &alike(&tiles_for_root(size), size)).unwrap()
}

fn included(index: u64, size: u64) -> Result<(), ProofError> {
    let tiles = alike(&tiles_for_inclusion(index, size), size);
    let proof = inclusion_proof(index, size, &tiles)?;
    verify_inclusion(&leaf_hash(b"alike"), index, size, &proof, &root(size))
}

fn consistent(old: u64, new: u64) -> Result<(), ProofError> {
    let tiles = alike(&tiles_for_consistency(old, new), new);
    let proof = consistency_proof(old, new, &tiles)?;
    verify_consistency(old, &root(old), new, &root(new), &proof)
}

#[test]
fn the_largest_trees_have_proofs() {
    for size in [1 << 56, (1 << 56) + 1, (1 << 62) - 1, 1 << 62, MAX_SIZE] {
        for index in [0, 1, size / 2, size - 2, size - 1] {
            assert_eq!(included(index, size), Ok(()), "{index} of {size}");
        }
    }
    for size in [1 << 56, (1 << 56) + 1, (1 << 62) - 1, 1 << 62] {
        for old in [0, 1, 2, size / 2, size / 2 + 1, size - 1, size] {
            assert_eq!(consistent(old, size), Ok(()), "{old} of {size}");
        }
    }
}

#[test]
fn a_proof_of_more_hashes_than_the_protocol_carries_is_refused() {
    let root = leaf_hash(b"alike");
    let proof = vec![root; MAX_PROOF_LENGTH + 1];
    let refused = Err(ProofError::Length);
    assert_eq!(verify_inclusion(&root, 0, u64::MAX, &proof, &root), refused);
    assert_eq!(
        verify_consistency(3, &root, u64::MAX, &root, &proof),
        refused
    );
}

proptest! {
    #[test]
    fn proofs_of_trees_of_any_size_hold(size in 1_u64..=1 << 62, bits in 0_u32..62, a: u64, b: u64) {
        let size = (size >> bits).max(1);
        prop_assert_eq!(included(a % size, size), Ok(()));
        prop_assert_eq!(consistent(b % (size + 1), size), Ok(()));
    }

    #[test]
    fn whatever_is_asked_is_answered_or_refused(
        a: u64, b: u64, shift in 0_u32..64, level: u8,
        proof in prop::collection::vec(any::<[u8; 32]>().prop_map(Hash), 0..70),
    ) {
        let root = leaf_hash(b"root");
        for (a, b) in [(a, b), (a >> shift, b), (a, b >> shift), (a, a), (u64::MAX, a), (a, u64::MAX), (0, a)] {
            let _ = tiles_for_inclusion(a, b);
            let _ = tiles_for_consistency(a, b);
            let _ = tiles_for_root(a);
            let _ = inclusion_proof(a, b, &Tiles::new());
            let _ = consistency_proof(a, b, &Tiles::new());
            let _ = root_from_tiles(a, &Tiles::new());
            let _ = width_in(TileId { level, index: a }, b);
            prop_assert!(verify_inclusion(&root, a, b, &proof, &root).is_err() || proof.is_empty());
            prop_assert!(verify_consistency(a, &root, b, &root, &proof).is_err() || proof.is_empty());
        }
    }
}
