//! Which subtrees a proof is made of, and in which tiles their hashes lie. Numbers only, no hashes.

use super::tile::{TILE_HEIGHT, TILE_WIDTH, TileId};

/// The leaves `from` (inclusive) to `to` (exclusive), in the notation of RFC 6962 `D[from:to]`.
///
/// Ranges of this module come from splitting a tree as the RFC does, so `from` is a multiple of a
/// power of two that is not smaller than the range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Range {
    pub(super) from: u64,
    pub(super) to: u64,
}

/// A perfect subtree as a part of a tile: `count` of its hashes from `start`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) tile: TileId,
    pub(super) start: usize,
    pub(super) count: usize,
}

/// The largest power of two below `n`, which is at least 2: where the RFC splits `n` leaves.
fn split(n: u64) -> u64 {
    1 << (n - 1).ilog2()
}

/// What an inclusion proof is made of, from the leaf upwards (RFC 6962 section 2.1.1, PATH).
/// `index` is below `size`.
pub(super) fn inclusion(index: u64, size: u64) -> Vec<Range> {
    let (mut from, mut to) = (0, size);
    let mut path = Vec::new();
    while to - from > 1 {
        let middle = from + split(to - from);
        if index < middle {
            path.push(Range { from: middle, to });
            to = middle;
        } else {
            path.push(Range { from, to: middle });
            from = middle;
        }
    }
    path.reverse();
    path
}

/// What a consistency proof is made of, from the bottom upwards (RFC 6962 section 2.1.2, SUBPROOF).
/// `old` is at least 1 and below `new`.
pub(super) fn consistency(old: u64, new: u64) -> Vec<Range> {
    let (mut from, mut to) = (0, new);
    let mut path = Vec::new();
    while old != to {
        let middle = from + split(to - from);
        if old <= middle {
            path.push(Range { from: middle, to });
            to = middle;
        } else {
            path.push(Range { from, to: middle });
            from = middle;
        }
    }
    // Where it is the whole old tree, the verifier has its root already.
    if from > 0 {
        path.push(Range { from, to });
    }
    path.reverse();
    path
}

impl Range {
    /// The perfect subtrees of the range, the largest first.
    pub(super) fn parts(self) -> impl Iterator<Item = Part> {
        let mut from = self.from;
        std::iter::from_fn(move || {
            let height = self.to.checked_sub(from)?.checked_ilog2()?;
            let part = part(height, from);
            from += 1 << height;
            Some(part)
        })
    }
}

/// Where the perfect subtree of `height` lies that begins at the leaf `from`, a multiple of its size.
fn part(height: u32, from: u64) -> Part {
    let tile_height = u32::from(TILE_HEIGHT);
    let level = height / tile_height;
    let first = from >> (level * tile_height);
    let width = TILE_WIDTH as u64;
    Part {
        tile: TileId {
            level: u8::try_from(level).expect("a height below 64 is at a level below 8"),
            index: first / width,
        },
        start: usize::try_from(first % width).expect("a place in a tile is below 256"),
        count: 1 << (height % tile_height),
    }
}
