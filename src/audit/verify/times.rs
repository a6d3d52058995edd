//! When a leaf was sealed at the earliest, by what the database's writer cannot alter: heads that others
//! kept with a time, and the times of entries that are leaves before it.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;

/// How much older than a leaf before it an entry may be, besides the grace: lanes are of one day each, and
/// what was not sealed for that long is sealed lane by lane.
const LANE: Duration = Duration::from_secs(24 * 3600);

/// What is known of the time, as far as the leaves are read.
#[derive(Debug)]
pub(super) struct Times {
    /// How much older a leaf may be than what is known.
    leeway: Duration,
    /// The latest that a time may be to be believed.
    until: Timestamp,
    newest: Timestamp,
    /// When heads of so many leaves of the tree were there already.
    heads: BTreeMap<u64, Timestamp>,
    /// While set, leaves may be those that an epoch took over from the one before, older than this.
    inherits: Option<Timestamp>,
}

impl Times {
    pub(super) fn new(now: Timestamp, grace: Duration) -> Self {
        Self {
            leeway: LANE.saturating_add(grace),
            until: now.checked_add(grace).unwrap_or(Timestamp::MAX),
            newest: Timestamp::MIN,
            heads: BTreeMap::new(),
            inherits: None,
        }
    }

    /// Another tree begins. What the last one led to was there before it.
    pub(super) fn begin(&mut self, heads: Vec<(u64, Timestamp)>) {
        for at in std::mem::take(&mut self.heads).into_values() {
            self.newest = self.newest.max(at);
        }
        self.inherits = None;
        heads.into_iter().for_each(|(size, at)| self.know(size, at));
    }

    /// A head of so many leaves was there at that time.
    pub(super) fn know(&mut self, size: u64, at: Timestamp) {
        // The empty tree of a new epoch is signed before what the epoch takes over is planned.
        if size > 0 {
            let known = self.heads.entry(size).or_insert(at);
            *known = at.max(*known);
        }
    }

    /// The time that the entry of that leaf cannot be older than; none while nothing is known.
    pub(super) fn oldest(&mut self, index: u64) -> Option<Timestamp> {
        while let Some(head) = self.heads.first_entry()
            && *head.key() <= index
        {
            self.newest = self.newest.max(head.remove());
        }
        if self.inherits.is_some() {
            return None;
        }
        self.newest.checked_sub(self.leeway).ok()
    }

    /// The entry of that leaf was read, and says that time.
    pub(super) fn read(&mut self, index: u64, follows: bool, at: Timestamp) {
        if index == 0 && follows {
            self.inherits = Some(at);
            return;
        }
        self.inherits = self.inherits.filter(|&begun| at < begun);
        // A time that is not come yet would call all others old.
        if at <= self.until {
            self.newest = self.newest.max(at);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn times() -> Times {
        Times::new(at("2026-11-26T00:00:00Z"), Duration::from_secs(3600))
    }

    #[test]
    fn a_leaf_is_no_older_than_leaves_and_heads_before_it() {
        let mut times = times();
        times.begin(vec![(3, at("2026-11-10T00:00:00Z"))]);
        assert_eq!(times.oldest(0), None);
        times.read(0, false, at("2026-11-05T00:00:00Z"));
        assert_eq!(times.oldest(2), Some(at("2026-11-03T23:00:00Z")));
        assert_eq!(times.oldest(3), Some(at("2026-11-08T23:00:00Z")));
        times.read(3, false, at("2036-11-05T00:00:00Z"));
        assert_eq!(times.oldest(4), Some(at("2026-11-08T23:00:00Z")));
    }

    #[test]
    fn what_an_epoch_takes_over_may_be_older_than_its_beginning() {
        let mut times = times();
        times.begin(Vec::new());
        times.read(0, false, at("2026-11-05T00:00:00Z"));
        times.begin(vec![(0, at("2026-11-20T00:00:00Z"))]);
        times.read(0, true, at("2026-11-20T00:00:00Z"));
        assert_eq!(times.oldest(1), None);
        times.read(1, true, at("2026-11-05T00:00:01Z"));
        assert_eq!(times.oldest(2), None);
        times.read(2, true, at("2026-11-20T00:00:01Z"));
        assert_eq!(times.oldest(3), Some(at("2026-11-18T23:00:01Z")));
    }
}
