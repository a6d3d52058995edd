//! Proofs come from the named tiles alone, and hold.

use proptest::prelude::*;

use super::super::{
    ProofError, Tiles, consistency_proof, empty_root, inclusion_proof, root_from_tiles,
    tiles_for_consistency, tiles_for_inclusion, tiles_for_root, verify_consistency,
    verify_inclusion,
};
use super::{Tree, mth};

fn at(index: u64) -> usize {
    usize::try_from(index).unwrap()
}

/// All proofs of a tree and its leaf and its beginning, from the named tiles alone.
fn all_hold(tree: &Tree, index: u64, old: u64, size: u64) {
    let root = mth(&tree.leaves[..at(size)]);
    let tiles = tree.only(&tiles_for_root(size), size);
    assert_eq!(root_from_tiles(size, &tiles), Ok(root));

    let tiles = tree.only(&tiles_for_inclusion(index, size), size);
    let proof = inclusion_proof(index, size, &tiles).unwrap();
    assert_eq!(
        verify_inclusion(&tree.leaves[at(index)], index, size, &proof, &root),
        Ok(())
    );

    let tiles = tree.only(&tiles_for_consistency(old, size), size);
    let proof = consistency_proof(old, size, &tiles).unwrap();
    let old_root = mth(&tree.leaves[..at(old)]);
    assert_eq!(
        verify_consistency(old, &old_root, size, &root, &proof),
        Ok(())
    );
}

#[test]
fn every_proof_of_every_small_tree_holds() {
    let tree = Tree::of(40);
    for size in 1..=40 {
        for index in 0..size {
            all_hold(&tree, index, index, size);
        }
        all_hold(&tree, 0, size, size);
    }
}

#[test]
fn proofs_hold_across_tiles_of_three_levels() {
    let tree = Tree::of(70_000);
    let places = [
        0, 1, 255, 256, 257, 65_535, 65_536, 65_537, 69_887, 69_888, 69_999,
    ];
    for index in places {
        all_hold(&tree, index, index + 1, 70_000);
    }
    for size in [65_535, 65_536, 65_537] {
        all_hold(&tree, 65_000, 256, size);
        all_hold(&tree, 65_000, 65_025, size);
    }
}

#[test]
fn a_proof_asks_for_no_tile_it_does_not_read() {
    let tree = Tree::of(70_000);
    for (index, old) in [(0, 1), (300, 700), (65_535, 65_536), (69_999, 69_999)] {
        let names = tiles_for_inclusion(index, 70_000);
        for left_out in &names {
            let rest: Vec<_> = names
                .iter()
                .copied()
                .filter(|tile| tile != left_out)
                .collect();
            let proof = inclusion_proof(index, 70_000, &tree.only(&rest, 70_000));
            assert_eq!(proof, Err(ProofError::Tile(*left_out)));
        }
        let names = tiles_for_consistency(old, 70_000);
        for left_out in &names {
            let rest: Vec<_> = names
                .iter()
                .copied()
                .filter(|tile| tile != left_out)
                .collect();
            let proof = consistency_proof(old, 70_000, &tree.only(&rest, 70_000));
            assert_eq!(proof, Err(ProofError::Tile(*left_out)));
        }
    }
}

#[test]
fn a_tile_that_is_too_narrow_gives_no_proof() {
    let tree = Tree::of(600);
    for tile in tiles_for_root(600) {
        let mut tiles = tree.only(&tiles_for_root(600), 600);
        let hashes = tiles.get(tile).unwrap();
        tiles.insert(tile, hashes[1..].to_vec());
        assert_eq!(root_from_tiles(600, &tiles), Err(ProofError::Tile(tile)));
    }
}

#[test]
fn where_there_is_nothing_to_prove_only_an_empty_proof_is_taken() {
    let tree = Tree::of(5);
    let (root, none) = (tree.root(), Tiles::new());
    assert_eq!(consistency_proof(0, 5, &none), Ok(vec![]));
    assert_eq!(consistency_proof(5, 5, &none), Ok(vec![]));
    assert_eq!(verify_consistency(0, &empty_root(), 5, &root, &[]), Ok(()));
    assert_eq!(
        verify_consistency(0, &empty_root(), 0, &empty_root(), &[]),
        Ok(())
    );
    assert_eq!(verify_consistency(5, &root, 5, &root, &[]), Ok(()));

    assert_eq!(
        verify_consistency(0, &root, 5, &root, &[]),
        Err(ProofError::Root)
    );
    assert_eq!(
        verify_consistency(0, &root, 0, &root, &[]),
        Err(ProofError::Root)
    );
    assert_eq!(
        verify_consistency(5, &root, 5, &empty_root(), &[]),
        Err(ProofError::Root)
    );
    assert_eq!(
        verify_consistency(5, &root, 5, &root, &[root]),
        Err(ProofError::Length)
    );
    assert_eq!(
        verify_consistency(0, &empty_root(), 5, &root, &[root]),
        Err(ProofError::Length)
    );
    assert_eq!(
        verify_consistency(3, &root, 5, &root, &[]),
        Err(ProofError::Length)
    );
}

#[test]
fn what_cannot_be_proven_is_an_error() {
    let tree = Tree::of(5);
    assert_eq!(inclusion_proof(5, 5, &tree.tiles), Err(ProofError::Index));
    assert_eq!(inclusion_proof(0, 0, &tree.tiles), Err(ProofError::Index));
    assert_eq!(consistency_proof(6, 5, &tree.tiles), Err(ProofError::Sizes));
    assert_eq!(tiles_for_inclusion(5, 5), []);
    assert_eq!(tiles_for_consistency(6, 5), []);
    assert_eq!(tiles_for_root(0), []);
    assert_eq!(root_from_tiles(0, &Tiles::new()), Ok(empty_root()));
    let root = tree.root();
    assert_eq!(
        verify_inclusion(&root, 5, 5, &[], &root),
        Err(ProofError::Index)
    );
    assert_eq!(
        verify_inclusion(&root, 0, 0, &[], &root),
        Err(ProofError::Index)
    );
    assert_eq!(
        verify_consistency(6, &root, 5, &root, &[]),
        Err(ProofError::Sizes)
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn proofs_of_any_tree_hold(size in 1_u64..2_000, index: prop::sample::Index, old: prop::sample::Index) {
        let tree = Tree::of(size + 300);
        let index = index.index(at(size)) as u64;
        let old = old.index(at(size) + 1) as u64;
        all_hold(&tree, index, old, size);
    }
}
