//! Proofs from tiles: first which tiles are needed, then the proof, so that whoever keeps the tiles
//! can fetch them in between.

use std::collections::{BTreeSet, HashMap};

use super::hash::{Hash, empty_root, node_hash, root_of};
use super::shape::{self, Range};
use super::tile::TileId;

/// Why there is no proof, or it does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// The index is not below the size.
    #[error("the tree has no leaf of that index")]
    Index,
    /// The old tree is larger than the new one.
    #[error("the old tree is larger than the new one")]
    Sizes,
    /// A tile that is needed was not handed in, or has too few hashes.
    #[error("a tile is missing or too narrow: level {}, index {}", .0.level, .0.index)]
    Tile(TileId),
    /// The proof has not as many hashes as such a proof has.
    #[error("the proof has the wrong length")]
    Length,
    /// The proof does not lead to the root, or to one of the roots.
    #[error("the proof does not lead to the root")]
    Root,
}

/// Tiles that were fetched for a proof. They may be wider than asked for, as a tile that has grown
/// since begins with the same hashes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tiles(HashMap<TileId, Vec<Hash>>);

impl Tiles {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a tile, or replaces it.
    pub fn insert(&mut self, tile: TileId, hashes: Vec<Hash>) {
        self.0.insert(tile, hashes);
    }

    /// The hashes of a tile.
    pub fn get(&self, tile: TileId) -> Option<&[Hash]> {
        self.0.get(&tile).map(Vec::as_slice)
    }

    /// The root of the tree over that range.
    fn root(&self, range: Range) -> Result<Hash, ProofError> {
        let mut subtrees = Vec::new();
        for part in range.parts() {
            let hashes = self
                .get(part.tile)
                .and_then(|tile| tile.get(part.start..part.start + part.count))
                .ok_or(ProofError::Tile(part.tile))?;
            subtrees.push(root_of(hashes));
        }
        let root = subtrees
            .into_iter()
            .rev()
            .reduce(|right, left| node_hash(&left, &right));
        Ok(root.unwrap_or_else(empty_root))
    }

    fn roots(&self, ranges: &[Range]) -> Result<Vec<Hash>, ProofError> {
        ranges.iter().map(|range| self.root(*range)).collect()
    }
}

impl FromIterator<(TileId, Vec<Hash>)> for Tiles {
    fn from_iter<I: IntoIterator<Item = (TileId, Vec<Hash>)>>(tiles: I) -> Self {
        Self(tiles.into_iter().collect())
    }
}

fn tiles_of(ranges: impl IntoIterator<Item = Range>) -> Vec<TileId> {
    let tiles: BTreeSet<_> = ranges
        .into_iter()
        .flat_map(|range| range.parts().map(|part| part.tile))
        .collect();
    tiles.into_iter().collect()
}

/// The tiles an inclusion proof needs, each in the width it has in a tree of `size` leaves. None
/// where there is no such leaf.
pub fn tiles_for_inclusion(index: u64, size: u64) -> Vec<TileId> {
    if index >= size {
        return Vec::new();
    }
    tiles_of(shape::inclusion(index, size))
}

/// The tiles a consistency proof needs, each in the width it has in a tree of `new` leaves. None
/// where the proof is empty, or there is no such proof.
pub fn tiles_for_consistency(old: u64, new: u64) -> Vec<TileId> {
    if old == 0 || old >= new {
        return Vec::new();
    }
    tiles_of(shape::consistency(old, new))
}

/// The tiles the root of a tree of `size` leaves is computed from, each in the width it has there.
pub fn tiles_for_root(size: u64) -> Vec<TileId> {
    tiles_of([Range { from: 0, to: size }])
}

/// Proves that a tree of `size` leaves has the leaf of that index (RFC 6962 section 2.1.1).
///
/// # Errors
/// [`ProofError::Index`] and [`ProofError::Tile`].
pub fn inclusion_proof(index: u64, size: u64, tiles: &Tiles) -> Result<Vec<Hash>, ProofError> {
    if index >= size {
        return Err(ProofError::Index);
    }
    tiles.roots(&shape::inclusion(index, size))
}

/// Proves that a tree of `new` leaves begins with one of `old` leaves (RFC 6962 section 2.1.2). The
/// proof is empty where there is nothing to prove: for an empty old tree and for equal sizes.
///
/// # Errors
/// [`ProofError::Sizes`] and [`ProofError::Tile`].
pub fn consistency_proof(old: u64, new: u64, tiles: &Tiles) -> Result<Vec<Hash>, ProofError> {
    if old > new {
        return Err(ProofError::Sizes);
    }
    if old == 0 || old == new {
        return Ok(Vec::new());
    }
    tiles.roots(&shape::consistency(old, new))
}

/// The root of a tree of `size` leaves.
///
/// # Errors
/// [`ProofError::Tile`].
pub fn root_from_tiles(size: u64, tiles: &Tiles) -> Result<Hash, ProofError> {
    tiles.root(Range { from: 0, to: size })
}
