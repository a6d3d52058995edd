//! Which tile is which, how wide it is in a tree, and how it is asked for (C2SP tlog-tiles).

use std::fmt;
use std::str::FromStr;

/// Hashes of a full tile.
pub const TILE_WIDTH: usize = 256;

/// Levels of the tree between the hashes of a tile and those of the tile above.
pub const TILE_HEIGHT: u8 = 8;

/// The highest level a path may name. A tree of 64-bit size has none above 7.
const MAX_LEVEL: u8 = 63;

/// Digits of one element of a path.
const DIGITS: usize = 3;

/// A tile: its level, 0 for leaf hashes, and its index within the level.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TileId {
    /// 0 to 7; the format allows 63, which no tree of 64-bit size reaches.
    pub level: u8,
    /// Index within the level, from the left.
    pub index: u64,
}

impl TileId {
    /// The tile into which the next hash of that level goes in a tree of `size` leaves.
    pub(super) fn open(level: u8, size: u64) -> Self {
        Self {
            level,
            index: hashes_at(level, size) / TILE_WIDTH as u64,
        }
    }
}

/// How many hashes a level has in all.
fn hashes_at(level: u8, size: u64) -> u64 {
    size.checked_shr(u32::from(level) * u32::from(TILE_HEIGHT))
        .unwrap_or(0)
}

/// Hashes of that tile in a tree of `size` leaves: 0 where it has none, 256 at most.
pub fn width_in(tile: TileId, size: u64) -> u16 {
    let before = tile.index.saturating_mul(TILE_WIDTH as u64);
    let width = hashes_at(tile.level, size).saturating_sub(before);
    u16::try_from(width.min(TILE_WIDTH as u64)).expect("256 is a u16")
}

/// A tile as it is asked for: which, and how many of its hashes.
///
/// Its text is `<L>/<N>` or `<L>/<N>.p/<W>`. The index is written in groups of three digits, all
/// but the last behind an `x` (1234067 is `x001/x234/067`); a width of 256 is not written. Nothing
/// but that one form is read, so text and value correspond one to one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TilePath {
    /// Which tile.
    pub tile: TileId,
    /// How many of its hashes: 1 to 256.
    pub width: u16,
}

/// The text is not the path of a tile.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is not the path of a tile")]
pub struct TilePathError;

impl FromStr for TilePath {
    type Err = TilePathError;

    fn from_str(text: &str) -> Result<Self, TilePathError> {
        Self::read(text).ok_or(TilePathError)
    }
}

impl TilePath {
    fn read(text: &str) -> Option<Self> {
        let (level, rest) = text.split_once('/')?;
        let level = decimal(level).filter(|level| *level <= u16::from(MAX_LEVEL))?;
        let (index, width) = match rest.split_once(".p/") {
            Some((index, width)) => (
                index,
                decimal(width).filter(|width| (1..TILE_WIDTH as u16).contains(width))?,
            ),
            None => (rest, TILE_WIDTH as u16),
        };
        let tile = TileId {
            level: u8::try_from(level).ok()?,
            index: read_index(index)?,
        };
        Some(Self { tile, width })
    }
}

impl fmt::Display for TilePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/", self.tile.level)?;
        write_index(self.tile.index, f)?;
        if usize::from(self.width) == TILE_WIDTH {
            return Ok(());
        }
        write!(f, ".p/{}", self.width)
    }
}

/// A decimal number of up to three digits, without leading zeroes.
fn decimal(text: &str) -> Option<u16> {
    let digits = (1..=DIGITS).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    let canonical = digits && (text == "0" || !text.starts_with('0'));
    canonical.then(|| text.parse().ok()).flatten()
}

fn read_index(text: &str) -> Option<u64> {
    let mut index = 0_u64;
    let mut elements = text.split('/').peekable();
    let mut first = true;
    while let Some(element) = elements.next() {
        let last = elements.peek().is_none();
        let digits = if last {
            element
        } else {
            element.strip_prefix('x')?
        };
        if digits.len() != DIGITS || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        // A first element of zeroes would be a second way to write the index.
        if first && !last && digits == "000" {
            return None;
        }
        first = false;
        index = index.checked_mul(1000)?.checked_add(digits.parse().ok()?)?;
    }
    Some(index)
}

fn write_index(index: u64, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let mut high = index / 1000;
    let mut groups = smallvec::SmallVec::<[u64; 6]>::new();
    while high > 0 {
        groups.push(high % 1000);
        high /= 1000;
    }
    for group in groups.iter().rev() {
        write!(f, "x{group:03}/")?;
    }
    write!(f, "{:03}", index % 1000)
}
