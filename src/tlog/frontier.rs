//! The right edge of a growing tree: leaves go in, tiles come out. Nothing to the left is needed.

use super::MAX_SIZE;
use super::hash::{Hash, empty_root, node_hash, root_of};
use super::tile::{TILE_WIDTH, TileId, width_in};

/// Levels a tree of 64-bit size can have.
const LEVELS: u8 = 8;

/// The right edge of a tree: the hashes of each level's open (partial) tile.
///
/// It holds at most 255 hashes a level, however large the tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    /// By level; fewer than `TILE_WIDTH` hashes each, and some in the highest.
    tiles: Vec<Vec<Hash>>,
}

impl Frontier {
    /// The tree without leaves.
    pub fn empty() -> Self {
        Self {
            size: 0,
            tiles: Vec::new(),
        }
    }

    /// Continues a tree of `size` leaves from its right edge.
    ///
    /// `edge` is asked for each level's partial tile, lowest level first, and gives all its hashes.
    /// `None` if one is missing, or has not the width it must have in such a tree, or if the size
    /// is beyond [`MAX_SIZE`]. Whether the hashes are the right ones shows in [`root`](Self::root).
    pub fn from_edge(size: u64, mut edge: impl FnMut(TileId) -> Option<Vec<Hash>>) -> Option<Self> {
        if size > MAX_SIZE {
            return None;
        }
        let mut tiles = Vec::new();
        for level in 0..LEVELS {
            let tile = TileId::open(level, size);
            let width = usize::from(width_in(tile, size));
            let hashes = if width == 0 { Vec::new() } else { edge(tile)? };
            if hashes.len() != width {
                return None;
            }
            tiles.push(hashes);
        }
        while tiles.last().is_some_and(Vec::is_empty) {
            tiles.pop();
        }
        Some(Self { size, tiles })
    }

    /// Leaves of the tree.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Adds one leaf, and hands every tile that becomes full by it to `full`, lowest level first:
    /// which tile, and its 256 hashes.
    pub fn push(&mut self, leaf: Hash, full: &mut impl FnMut(TileId, &[Hash])) {
        let mut hash = leaf;
        for level in 0..LEVELS {
            let place = usize::from(level);
            if place == self.tiles.len() {
                self.tiles.push(Vec::with_capacity(TILE_WIDTH));
            }
            let tile = &mut self.tiles[place];
            tile.push(hash);
            if tile.len() < TILE_WIDTH {
                break;
            }
            full(TileId::open(level, self.size), tile);
            hash = root_of(tile);
            tile.clear();
        }
        // It cannot overflow: a tree is restored below 2^63 and grows by one at a time.
        self.size += 1;
    }

    /// The open tiles, lowest level first: which, and its hashes, of which there is at least one.
    pub fn open_tiles(&self) -> impl Iterator<Item = (TileId, &[Hash])> {
        (0..LEVELS)
            .zip(&self.tiles)
            .filter(|(_, hashes)| !hashes.is_empty())
            .map(|(level, hashes)| (TileId::open(level, self.size), hashes.as_slice()))
    }

    /// The root of the tree.
    pub fn root(&self) -> Hash {
        let mut root = None;
        for tile in &self.tiles {
            // The perfect subtrees of this level, the smallest, which is the rightmost, first.
            let mut rest = tile.as_slice();
            while !rest.is_empty() {
                let (left, subtree) =
                    rest.split_at(rest.len() - (1 << rest.len().trailing_zeros()));
                let left_of_it = root_of(subtree);
                root = Some(match root {
                    None => left_of_it,
                    Some(right) => node_hash(&left_of_it, &right),
                });
                rest = left;
            }
        }
        root.unwrap_or_else(empty_root)
    }
}
