//! Repeatable chance: the same people and the same arrivals in every run.

/// SplitMix64, which passes every test of randomness that matters here.
#[derive(Clone, Debug)]
pub struct Dice(u64);

impl Dice {
    /// Dice that always fall alike for that seed, and unlike those of any other: seeds that follow each
    /// other must not give the same numbers a few later.
    pub const fn new(seed: u64) -> Self {
        Self(Self(seed).next())
    }

    /// The next 64 bits.
    pub const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// An index below `bound`, which is more than zero.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the remainder is below a usize"
    )]
    pub const fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }

    /// The gap to the next of arrivals that know nothing of each other, `per_second` on average.
    pub fn gap(&mut self, per_second: f64) -> std::time::Duration {
        // 53 bits are exact in a float; never zero, whose logarithm has no end.
        let uniform = ((self.next() >> 11) + 1) as f64 / (1_u64 << 53) as f64;
        std::time::Duration::from_secs_f64(-uniform.ln() / per_second)
    }
}
