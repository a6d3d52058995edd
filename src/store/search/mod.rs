//! The tables that auditors search: what is copied into them, and what is found.
//!
//! Positions are places in the transparency log, so they follow the order in which entries were
//! published. Not here: what a tag is of, and who may see what, which are
//! [`audit`](crate::audit)'s and the use cases'.

mod count;
mod day;
mod find;
mod follow;
mod reach;
mod tally;

pub use count::{Group, Grouping, Reconciled};
pub(crate) use day::{Outstanding, SearchSnapshot};
pub(crate) use find::{Conditions, Extent, TagInUse};
pub(crate) use follow::{Behind, Digest, HourSpan, Searched, Step, TallyKey};
pub use tally::{Overview, Totals};

/// Leaves an epoch may have: positions of the next begin behind them.
const EPOCH_SHIFT: u32 = 40;

/// A place in the transparency log, in the order of which entries are searched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position(i64);

impl Position {
    /// Before every entry.
    pub const FIRST: Self = Self(0);
    /// Behind every entry.
    pub const LAST: Self = Self(i64::MAX);

    /// The leaf `index` of an epoch.
    pub const fn new(epoch: u32, index: u64) -> Self {
        Self(((epoch as i64) << EPOCH_SHIFT) | index.cast_signed())
    }

    /// Index of the leaf within its epoch.
    pub const fn index(self) -> u64 {
        self.0.cast_unsigned() & ((1 << EPOCH_SHIFT) - 1)
    }

    /// The epoch.
    pub const fn epoch(self) -> u32 {
        (self.0 >> EPOCH_SHIFT) as u32
    }

    /// The number it is kept as.
    pub const fn number(self) -> i64 {
        self.0
    }

    /// The position kept as that number, if it is one.
    pub const fn from_number(number: i64) -> Option<Self> {
        if number >= 0 {
            Some(Self(number))
        } else {
            None
        }
    }
}
