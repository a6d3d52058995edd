//! Draws that repeat: every one is a function of a seed and of what is being drawn. Not for secrets.

/// What a row of draws is about, so that one does not follow from another.
#[derive(Clone, Copy, Debug)]
pub(super) enum About {
    /// The order of the number slots.
    Slots,
    /// The plan of an extended family.
    Plan,
    /// How the family of one block lives.
    Family,
    /// A person's name, sex and dates.
    Person,
    /// Everything else in a person's record.
    Record,
    /// Where a household lives.
    Dwelling,
    /// How one person's record names another.
    Mention,
    /// The last six digits of a number.
    Serial,
    /// The province a person came from who did not grow up where the family lives.
    Elsewhere,
    /// The digits of an old number.
    OldNumber,
    /// What is asked on a day, in an access history.
    Errand,
}

/// A row of draws (SplitMix64, Steele and others 2014): small, fast, and good enough for this.
#[derive(Clone, Debug)]
pub(super) struct Dice(u64);

impl Dice {
    /// The row for `which` of its kind.
    pub(super) fn of(seed: u64, about: About, which: u64) -> Self {
        let kind = (about as u64 + 1).wrapping_mul(0xD134_2543_DE82_EF95);
        Self(mix(mix(seed ^ kind).wrapping_add(which)))
    }

    /// Sixty-four even bits.
    pub(super) fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        mix(self.0)
    }

    /// A number below `limit`, which is not 0.
    pub(super) fn below(&mut self, limit: u32) -> u32 {
        let wide = (self.bits() >> 32) * u64::from(limit);
        u32::try_from(wide >> 32).expect("a product of two numbers of 32 bits has 64")
    }

    /// A number from `low` to `high`, both included.
    pub(super) fn between(&mut self, low: i16, high: i16) -> i16 {
        let width = u32::from(low.abs_diff(high)) + 1;
        let step = i16::try_from(self.below(width)).expect("it is at most the width");
        low + step
    }

    /// True that many times in ten thousand.
    pub(super) fn chance(&mut self, in_10_000: u32) -> bool {
        self.below(10_000) < in_10_000
    }

    /// One of them, each as likely as the next.
    pub(super) fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.index(from.len())]
    }

    /// One of them, the first more likely than the last: the frequencies of popular names.
    pub(super) fn pick_early<T: Copy>(&mut self, from: &[T]) -> T {
        let (one, other) = (self.index(from.len()), self.index(from.len()));
        from[one.min(other)]
    }

    /// An index of one of that many.
    pub(super) fn index(&mut self, len: usize) -> usize {
        let limit = u32::try_from(len).expect("lists are short");
        usize::try_from(self.below(limit)).expect("an index fits")
    }

    /// The index of one of these weights, drawn by weight.
    pub(super) fn weighted(&mut self, weights: &[u16]) -> usize {
        let total = weights.iter().map(|weight| u32::from(*weight)).sum();
        let mut left = self.below(total);
        for (index, weight) in weights.iter().enumerate() {
            match left.checked_sub(u32::from(*weight)) {
                Some(rest) => left = rest,
                None => return index,
            }
        }
        unreachable!("the draw is below the sum of the weights")
    }
}

fn mix(mut bits: u64) -> u64 {
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    bits ^ (bits >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_repeats_and_rows_differ() {
        let row = |seed, about, which| {
            let mut dice = Dice::of(seed, about, which);
            [dice.bits(), dice.bits(), dice.bits()]
        };
        assert_eq!(row(1, About::Plan, 7), row(1, About::Plan, 7));
        assert_ne!(row(1, About::Plan, 7), row(2, About::Plan, 7));
        assert_ne!(row(1, About::Plan, 7), row(1, About::Family, 7));
        assert_ne!(row(1, About::Plan, 7), row(1, About::Plan, 8));
    }

    #[test]
    fn weights_are_kept() {
        let mut dice = Dice::of(3, About::Record, 0);
        let mut seen = [0_u32; 3];
        for _ in 0..10_000 {
            seen[dice.weighted(&[70, 0, 30])] += 1;
        }
        assert_eq!(seen[1], 0);
        assert!((6_700..7_300).contains(&seen[0]), "{seen:?}");
    }
}
