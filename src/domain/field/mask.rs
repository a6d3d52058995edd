//! A set of leaves in 32 bytes.

use std::ops::{BitAnd, BitOr, BitOrAssign};

use super::Leaf;

/// A set of leaves of the record.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct FieldMask([u64; 4]);

impl FieldMask {
    /// No leaf.
    pub const EMPTY: Self = Self([0; 4]);

    /// That one leaf.
    pub const fn of(leaf: Leaf) -> Self {
        let mut only = Self::EMPTY;
        only.insert(leaf);
        only
    }

    /// Puts the leaf into the set.
    pub const fn insert(&mut self, leaf: Leaf) {
        self.0[(leaf >> 6) as usize] |= 1 << (leaf & 63);
    }

    /// Whether the leaf is in the set.
    pub const fn contains(&self, leaf: Leaf) -> bool {
        self.0[(leaf >> 6) as usize] >> (leaf & 63) & 1 == 1
    }

    /// Whether every leaf of `other` is in the set.
    pub fn contains_all(&self, other: &Self) -> bool {
        (*self & *other) == *other
    }

    /// Whether any leaf of `other` is in the set.
    pub fn intersects(&self, other: &Self) -> bool {
        !(*self & *other).is_empty()
    }

    /// Whether the set is empty.
    pub const fn is_empty(&self) -> bool {
        self.0[0] | self.0[1] | self.0[2] | self.0[3] == 0
    }

    /// The set less the leaves of `other`.
    #[must_use]
    pub fn without(&self, other: &Self) -> Self {
        Self(std::array::from_fn(|at| self.0[at] & !other.0[at]))
    }

    /// The leaves, in the order of the answer.
    pub fn iter(&self) -> impl Iterator<Item = Leaf> + use<> {
        let words = self.0;
        (0..4u8).flat_map(move |word| {
            let mut rest = words[usize::from(word)];
            std::iter::from_fn(move || {
                let bit = (rest != 0).then(|| rest.trailing_zeros() as Leaf)?;
                rest &= rest - 1;
                Some(word * 64 + bit)
            })
        })
    }
}

impl BitAnd for FieldMask {
    type Output = Self;

    fn bitand(self, other: Self) -> Self {
        Self(std::array::from_fn(|at| self.0[at] & other.0[at]))
    }
}

impl BitOr for FieldMask {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(std::array::from_fn(|at| self.0[at] | other.0[at]))
    }
}

impl BitOrAssign for FieldMask {
    fn bitor_assign(&mut self, other: Self) {
        *self = *self | other;
    }
}

impl std::fmt::Debug for FieldMask {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(super::describe(self)).finish()
    }
}
