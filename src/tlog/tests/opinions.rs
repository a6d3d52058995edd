//! What `ct-merkle` and `tlog_tiles` think of our trees and proofs, and we of theirs.

use ct_merkle::mem_backed_tree::MemoryBackedTree;
use ct_merkle::{ConsistencyProof, InclusionProof, RootHash};
use proptest::prelude::*;
use sha2::Sha256;
use tlog_tiles::{HashReader, TileHashReader, TileReader};

use super::super::{
    Hash, TileId, TilePath, consistency_proof, hashes_from_bytes, hashes_to_bytes, inclusion_proof,
    verify_consistency, verify_inclusion,
};
use super::{Tree, entry};

/// `tlog_tiles` reading our tiles: it checks each against the root.
impl TileReader for Tree {
    fn height(&self) -> u8 {
        8
    }

    fn read_tiles(&self, tiles: &[tlog_tiles::Tile]) -> Result<Vec<Vec<u8>>, tlog_tiles::Error> {
        let read = |tile: &tlog_tiles::Tile| {
            let text = tile.path();
            let path: TilePath = text.strip_prefix("tile/8/").unwrap().parse().unwrap();
            let id = TileId {
                level: tile.level(),
                index: tile.level_index(),
            };
            assert_eq!((path.tile, u32::from(path.width)), (id, tile.width()));
            hashes_to_bytes(&self.tiles.get(id).unwrap()[..usize::from(path.width)])
        };
        Ok(tiles.iter().map(read).collect())
    }

    fn save_tiles(&self, _tiles: &[tlog_tiles::Tile], _data: &[Vec<u8>]) {}
}

/// The tree as `tlog_tiles` keeps it.
struct Stored(Vec<tlog_tiles::Hash>);

impl HashReader for Stored {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<tlog_tiles::Hash>, tlog_tiles::Error> {
        Ok(indexes
            .iter()
            .map(|at| self.0[usize::try_from(*at).unwrap()])
            .collect())
    }
}

impl Stored {
    fn of(size: u64) -> Self {
        let mut stored = Self(Vec::new());
        for index in 0..size {
            let hashes = tlog_tiles::stored_hashes(index, &entry(index), &stored).unwrap();
            stored.0.extend(hashes);
        }
        stored
    }
}

fn theirs(hashes: &[Hash]) -> Vec<tlog_tiles::Hash> {
    hashes.iter().map(|hash| tlog_tiles::Hash(hash.0)).collect()
}

fn ours(hashes: &[tlog_tiles::Hash]) -> Vec<Hash> {
    hashes.iter().map(|hash| Hash(hash.0)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn ct_merkle_agrees(size in 1_u64..1_200, index: prop::sample::Index, old: prop::sample::Index) {
        let tree = Tree::of(size);
        let places = usize::try_from(size).unwrap();
        let (place, before) = (index.index(places), 1 + old.index(places));
        let (index, old) = (place as u64, before as u64);
        let mut other = MemoryBackedTree::<Sha256, Vec<u8>>::new();
        let mut old_root = None;
        for index in 0..size {
            other.push(entry(index));
            if index + 1 == old {
                old_root = Some(other.root());
            }
        }
        let (root, old_root): (RootHash<Sha256>, RootHash<Sha256>) = (other.root(), old_root.unwrap());
        prop_assert_eq!(root.as_bytes().as_slice(), tree.root().0);
        let old_hash = Hash((*old_root.as_bytes()).into());

        let proof = inclusion_proof(index, size, &tree.tiles).unwrap();
        let taken = InclusionProof::try_from_bytes(hashes_to_bytes(&proof)).unwrap();
        prop_assert!(root.verify_inclusion(&entry(index), index, &taken).is_ok());
        let given = hashes_from_bytes(other.prove_inclusion(place).as_bytes()).unwrap();
        prop_assert_eq!(&given, &proof);
        let leaf = tree.leaves[place];
        prop_assert_eq!(verify_inclusion(&leaf, index, size, &given, &tree.root()), Ok(()));

        let proof = consistency_proof(old, size, &tree.tiles).unwrap();
        // Of equal trees it gives a proof of the root, the RFC an empty one.
        if old < size {
            let taken = ConsistencyProof::try_from_bytes(hashes_to_bytes(&proof)).unwrap();
            prop_assert!(root.verify_consistency(&old_root, &taken).is_ok());
            let given = other.prove_consistency(places - before);
            let given = hashes_from_bytes(given.as_bytes()).unwrap();
            prop_assert_eq!(&given, &proof);
        }
        prop_assert_eq!(verify_consistency(old, &old_hash, size, &tree.root(), &proof), Ok(()));
    }

    #[test]
    fn tlog_tiles_agrees(size in 1_u64..1_200, index: prop::sample::Index, old: prop::sample::Index) {
        let (tree, stored) = (Tree::of(size), Stored::of(size));
        let places = usize::try_from(size).unwrap();
        let (index, old) = (index.index(places) as u64, 1 + old.index(places) as u64);
        let root = tlog_tiles::tree_hash(size, &stored).unwrap();
        prop_assert_eq!(root.0, tree.root().0);
        let old_root = tlog_tiles::tree_hash(old, &stored).unwrap();

        let leaf = tree.leaves[usize::try_from(index).unwrap()];
        prop_assert_eq!(tlog_tiles::record_hash(&entry(index)).0, leaf.0);
        let proof = inclusion_proof(index, size, &tree.tiles).unwrap();
        let given = tlog_tiles::prove_record(size, index, &stored).unwrap();
        prop_assert_eq!(&ours(&given), &proof);
        let leaf = tlog_tiles::Hash(leaf.0);
        prop_assert!(tlog_tiles::check_record(&theirs(&proof), size, root, index, leaf).is_ok());

        let proof = consistency_proof(old, size, &tree.tiles).unwrap();
        let given = tlog_tiles::prove_tree(size, old, &stored).unwrap();
        prop_assert_eq!(&ours(&given), &proof);
        prop_assert!(tlog_tiles::check_tree(&theirs(&proof), size, root, old, old_root).is_ok());
        let ours = verify_consistency(old, &Hash(old_root.0), size, &tree.root(), &proof);
        prop_assert_eq!(ours, Ok(()));
    }
}

#[test]
fn tlog_tiles_proves_from_our_tiles() {
    let tree = Tree::of(70_000);
    let root = tlog_tiles::Hash(tree.root().0);
    let reader = TileHashReader::new(70_000, root, &tree);
    assert_eq!(tlog_tiles::tree_hash(70_000, &reader).unwrap(), root);
    for index in [0, 255, 256, 65_535, 65_536, 69_888, 69_999] {
        let given = tlog_tiles::prove_record(70_000, index, &reader).unwrap();
        assert_eq!(
            ours(&given),
            inclusion_proof(index, 70_000, &tree.tiles).unwrap()
        );
        let given = tlog_tiles::prove_tree(70_000, index + 1, &reader).unwrap();
        assert_eq!(
            ours(&given),
            consistency_proof(index + 1, 70_000, &tree.tiles).unwrap()
        );
    }
}
