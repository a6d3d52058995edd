//! What the log computes is what the specifications and other implementations compute.

mod bounds;
mod checkpoints;
mod keys;
mod notes;
mod opinions;
mod paths;
mod proofs;
mod reading;
mod signed_opinions;
mod submissions;
mod tampering;
mod tiles;

use sha2::{Digest, Sha256};

use super::{Frontier, Hash, TileId, Tiles, leaf_hash, width_in};

/// What entry a test's leaf is of.
fn entry(index: u64) -> Vec<u8> {
    format!("entry {index}").into_bytes()
}

/// A tree in memory: its leaves, and all the tiles its frontier gave.
struct Tree {
    leaves: Vec<Hash>,
    frontier: Frontier,
    tiles: Tiles,
}

impl Tree {
    fn of(size: u64) -> Self {
        let mut tree = Self {
            leaves: Vec::new(),
            frontier: Frontier::empty(),
            tiles: Tiles::new(),
        };
        tree.grow(size);
        tree
    }

    fn grow(&mut self, size: u64) {
        for index in self.frontier.size()..size {
            let leaf = leaf_hash(&entry(index));
            self.leaves.push(leaf);
            let tiles = &mut self.tiles;
            self.frontier.push(leaf, &mut |tile, hashes| {
                tiles.insert(tile, hashes.to_vec())
            });
        }
        for (tile, hashes) in self.frontier.open_tiles() {
            self.tiles.insert(tile, hashes.to_vec());
        }
    }

    fn root(&self) -> Hash {
        self.frontier.root()
    }

    /// Those tiles and no others, each cut to its width in a tree of `size` leaves.
    fn only(&self, tiles: &[TileId], size: u64) -> Tiles {
        let cut = |tile: &TileId| {
            let hashes = self.tiles.get(*tile).expect("a named tile exists");
            (*tile, hashes[..usize::from(width_in(*tile, size))].to_vec())
        };
        tiles.iter().map(cut).collect()
    }
}

/// RFC 6962 section 2.1, word for word, over another SHA-256.
fn mth(leaves: &[Hash]) -> Hash {
    let n = leaves.len();
    if n == 0 {
        return Hash(Sha256::digest([]).into());
    }
    if n == 1 {
        return leaves[0];
    }
    let mut k = 1;
    while k * 2 < n {
        k *= 2;
    }
    let node = Sha256::new()
        .chain_update([1])
        .chain_update(mth(&leaves[..k]).0)
        .chain_update(mth(&leaves[k..]).0);
    Hash(node.finalize().into())
}
