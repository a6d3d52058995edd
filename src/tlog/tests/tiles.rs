//! Every tile a frontier gives is the tile the specification defines.

use std::collections::BTreeMap;

use proptest::prelude::*;
use sha2::{Digest, Sha256};

use super::super::{
    Frontier, Hash, TileId, empty_root, hashes_from_bytes, hashes_to_bytes, leaf_hash, width_in,
};
use super::{Tree, entry, mth};

/// Checks a tile against MTH(D[(n*256+i)*256^l : (n*256+i+1)*256^l]).
fn is_defined(tile: TileId, hashes: &[Hash], leaves: &[Hash]) {
    let span = 256_usize.pow(u32::from(tile.level));
    let first = usize::try_from(tile.index).unwrap() * 256;
    for (i, hash) in hashes.iter().enumerate() {
        let from = (first + i) * span;
        assert_eq!(*hash, mth(&leaves[from..from + span]), "{tile:?}, hash {i}");
    }
}

#[test]
fn an_empty_tree_and_a_tree_of_one_empty_leaf_have_the_roots_of_rfc_6962() {
    let mut frontier = Frontier::empty();
    assert_eq!(frontier.root(), empty_root());
    assert_eq!(
        hex::encode(frontier.root().as_bytes()),
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    );
    assert_eq!(frontier.open_tiles().count(), 0);
    frontier.push(leaf_hash(b""), &mut |_, _| unreachable!());
    assert_eq!(
        hex::encode(frontier.root().as_bytes()),
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    );
}

#[test]
fn the_tree_of_70000_leaves_has_the_tiles_of_the_specification() {
    let mut frontier = Frontier::empty();
    let mut leaves = Vec::new();
    let mut full: BTreeMap<u8, u64> = BTreeMap::new();
    let sampled = [
        1, 2, 3, 255, 256, 257, 511, 512, 4_000, 65_535, 65_536, 65_537, 65_792, 69_999, 70_000,
    ];
    for index in 0..70_000 {
        leaves.push(leaf_hash(&entry(index)));
        frontier.push(leaves[leaves.len() - 1], &mut |tile, hashes| {
            assert_eq!(hashes.len(), 256);
            let of_level = full.entry(tile.level).or_default();
            assert_eq!(tile.index, *of_level, "tiles close from left to right");
            *of_level += 1;
            is_defined(tile, hashes, &leaves);
        });
        let size = frontier.size();
        if !sampled.contains(&size) {
            continue;
        }
        assert_eq!(frontier.root(), mth(&leaves), "root at {size}");
        for (tile, hashes) in frontier.open_tiles() {
            assert_eq!(hashes.len(), usize::from(width_in(tile, size)));
            is_defined(tile, hashes, &leaves);
        }
    }
    assert_eq!(full, BTreeMap::from([(0, 273), (1, 1)]));
    let open: Vec<_> = frontier
        .open_tiles()
        .map(|(tile, hashes)| (tile.level, tile.index, hashes.len()))
        .collect();
    assert_eq!(open, [(0, 273, 112), (1, 1, 17), (2, 0, 1)]);
}

#[test]
fn the_tree_of_256_leaves_has_a_full_tile_and_one_of_a_single_hash() {
    let tree = Tree::of(256);
    let open: Vec<_> = tree.frontier.open_tiles().collect();
    let above = TileId { level: 1, index: 0 };
    assert_eq!(open, [(above, [tree.root()].as_slice())]);
    let leaves = TileId { level: 0, index: 0 };
    assert_eq!(tree.tiles.get(leaves), Some(tree.leaves.as_slice()));
    assert_eq!((width_in(leaves, 256), width_in(above, 256)), (256, 1));
}

#[test]
fn a_width_is_that_of_the_specification_and_never_overflows() {
    let width = |level, index, size| width_in(TileId { level, index }, size);
    assert_eq!(width(0, 0, 0), 0);
    assert_eq!((width(0, 272, 70_000), width(0, 273, 70_000)), (256, 112));
    assert_eq!(width(0, 274, 70_000), 0);
    assert_eq!((width(1, 0, 70_000), width(1, 1, 70_000)), (256, 17));
    assert_eq!((width(2, 0, 70_000), width(3, 0, 70_000)), (1, 0));
    assert_eq!(width(7, 0, u64::MAX), 255);
    assert_eq!(width(8, 0, u64::MAX), 0);
    assert_eq!(width(0, (1 << 56) - 1, u64::MAX), 255);
    assert_eq!(width(u8::MAX, u64::MAX, u64::MAX), 0);
}

#[test]
fn hashes_are_laid_side_by_side_and_read_back() {
    let hashes = [Hash([1; 32]), Hash([2; 32])];
    let bytes = hashes_to_bytes(&hashes);
    assert_eq!((bytes.len(), bytes[31], bytes[32]), (64, 1, 2));
    assert_eq!(hashes_from_bytes(&bytes).unwrap(), hashes);
    assert_eq!(hashes_from_bytes(&bytes[1..]), None);
}

#[test]
fn an_edge_with_a_tile_missing_or_of_another_width_restores_nothing() {
    let tree = Tree::of(70_000);
    for level in 0..3 {
        let with = |change: fn(Vec<Hash>) -> Option<Vec<Hash>>| {
            Frontier::from_edge(70_000, |tile| {
                let hashes = tree.tiles.get(tile)?.to_vec();
                if tile.level == level {
                    change(hashes)
                } else {
                    Some(hashes)
                }
            })
        };
        assert_eq!(with(Some), Some(tree.frontier.clone()));
        assert_eq!(with(|_| None), None);
        assert_eq!(with(|hashes| Some(hashes[1..].to_vec())), None);
        assert_eq!(
            with(|mut hashes| {
                hashes.push(Hash([0; 32]));
                Some(hashes)
            }),
            None
        );
    }
    let any = |tile, size| Some(vec![Hash([0; 32]); usize::from(width_in(tile, size))]);
    let largest = i64::MAX.cast_unsigned();
    assert!(Frontier::from_edge(largest, |tile| any(tile, largest)).is_some());
    assert_eq!(
        Frontier::from_edge(largest + 1, |tile| any(tile, largest + 1)),
        None
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_frontier_restored_from_its_edge_goes_on_as_if_it_had_never_stopped(
        before in 0_u64..1_500, after in 0_u64..1_500,
    ) {
        let mut whole = Tree::of(before);
        let restored = Frontier::from_edge(before, |tile| whole.tiles.get(tile).map(<[_]>::to_vec));
        let mut restored = restored.unwrap();
        prop_assert_eq!(&restored, &whole.frontier);
        whole.grow(before + after);
        let mut closed = Vec::new();
        for leaf in &whole.leaves[usize::try_from(before).unwrap()..] {
            restored.push(*leaf, &mut |tile, hashes| closed.push((tile, hashes.to_vec())));
        }
        for (tile, hashes) in closed {
            prop_assert_eq!(whole.tiles.get(tile), Some(hashes.as_slice()));
        }
        prop_assert_eq!(&restored, &whole.frontier);
        prop_assert_eq!(restored.root(), mth(&whole.leaves));
    }
}

#[test]
fn an_entry_of_any_length_is_hashed_behind_one_zero_byte() {
    for length in [0, 1, 63, 64, 600, 1022, 1023, 1024, 1025, 70_000] {
        let entry = vec![0xa5; length];
        let hash = Sha256::new().chain_update([0]).chain_update(&entry);
        assert_eq!(leaf_hash(&entry).0, *hash.finalize(), "{length} bytes");
    }
}

/// A tree at a size where every open tile is about to close: the edge is made up, so that sizes
/// can be met that nobody grows a tree to.
#[test]
fn a_leaf_may_close_the_tiles_of_many_levels_at_once() {
    let size = (1_u64 << 56) - 1;
    let hash = Hash([7; 32]);
    let edge = |tile| Some(vec![hash; usize::from(width_in(tile, size))]);
    let mut frontier = Frontier::from_edge(size, edge).unwrap();
    let mut closed = Vec::new();
    frontier.push(hash, &mut |tile, _| closed.push((tile.level, tile.index)));
    let all: Vec<_> = (0..7)
        .map(|level| (level, (1 << (48 - 8 * level)) - 1))
        .collect();
    assert_eq!(closed, all);
    let open: Vec<_> = frontier
        .open_tiles()
        .map(|(tile, hashes)| (tile, hashes.len()))
        .collect();
    assert_eq!(open, [(TileId { level: 7, index: 0 }, 1)]);
    assert_eq!(frontier.size(), 1 << 56);
}
