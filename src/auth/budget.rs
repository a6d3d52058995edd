//! A bound on the work that unknown tokens can cause.
//!
//! Checking a signature takes about a thousand times as long as asking for it, so a flood of bad
//! tokens would starve everybody. Each check takes a unit, units come back with time, and **a token
//! that turns out good gives its unit back**: honest callers are not counted, not even when a new key
//! makes thousands of them verify again at once.

use jiff::Timestamp;

/// Units a worker has when rested.
pub(super) const BURST: i64 = 1000;

/// Units that come back in a second. At 70 microseconds a check (ES256, the dearest) a flood takes
/// 7 percent of the worker.
const PER_SECOND: i64 = 1000;

/// One worker's units.
#[derive(Debug)]
pub(super) struct Budget {
    units: i64,
    refilled_at: Timestamp,
}

impl Budget {
    /// A rested worker's.
    pub(super) const fn full() -> Self {
        Self {
            units: BURST,
            refilled_at: Timestamp::MIN,
        }
    }

    /// Takes a unit, unless none is left.
    pub(super) fn take(&mut self, now: Timestamp) -> bool {
        let elapsed = now.duration_since(self.refilled_at);
        let refill = elapsed.as_secs().saturating_mul(PER_SECOND)
            + i64::from(elapsed.subsec_millis()) * PER_SECOND / 1000;
        // A clock that went back refills nothing, and counts from where it is now.
        if refill != 0 {
            self.units = self.units.saturating_add(refill.max(0)).min(BURST);
            self.refilled_at = now;
        }
        if self.units <= 0 {
            return false;
        }
        self.units -= 1;
        true
    }

    /// Gives back the unit of a token that turned out good.
    pub(super) fn give_back(&mut self) {
        self.units = (self.units + 1).min(BURST);
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    const NOON: Timestamp = Timestamp::constant(1_800_000_000, 0);

    #[test]
    fn a_burst_empties_it_and_time_fills_it_again() {
        let mut budget = Budget::full();
        let taken = (0..BURST * 2).filter(|_| budget.take(NOON)).count();
        assert_eq!(taken, usize::try_from(BURST).unwrap());

        let soon = NOON + SignedDuration::from_millis(5);
        assert_eq!((0..100).filter(|_| budget.take(soon)).count(), 5);
        let later = NOON + SignedDuration::from_hours(5);
        assert_eq!((0..BURST * 2).filter(|_| budget.take(later)).count(), taken);
    }

    #[test]
    fn a_unit_given_back_can_be_taken_again_but_never_hoarded() {
        let mut budget = Budget::full();
        budget.give_back();
        assert_eq!(budget.units, BURST);

        for _ in 0..BURST * 3 {
            assert!(budget.take(NOON));
            budget.give_back();
        }
    }

    #[test]
    fn a_clock_that_goes_back_refills_nothing_and_blocks_nobody_for_long() {
        let mut budget = Budget::full();
        while budget.take(NOON) {}
        let before = NOON - SignedDuration::from_hours(1);

        assert!(!budget.take(before));
        assert!(budget.take(before + SignedDuration::from_secs(1)));
    }
}
