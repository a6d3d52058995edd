//! What makes a cached value count: nothing it depends on changed since before it was read.
//!
//! moka forgets an invalidation that arrives while the value is being loaded, and to check before
//! inserting still races. So each key belongs to a stripe with a counter. A reader notes the counter
//! *before* it reads the database, a change of the key raises it, and a cached value counts only if
//! its note equals the counter now. Two keys of one stripe cost each other a read, never a lie.

use std::hash::BuildHasher;
use std::sync::atomic::{AtomicU64, Ordering};

use foldhash::quality::RandomState;

use super::memory::Key;

/// Enough that 2,000 changes a second leave most of a million hot keys alone.
const STRIPES: usize = 1 << 16;

/// The counters.
#[derive(Debug)]
pub(super) struct Stamps {
    stripes: Box<[AtomicU64]>,
    /// Raised when someone's protection changes, which other people's records depend on.
    dependants: AtomicU64,
    hasher: RandomState,
}

/// What a reader noted before it read: the lower halves of the counters, for there are millions of these,
/// and none is kept until a counter has gone around.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stamp {
    stripe: u32,
    dependants: u32,
}

impl Default for Stamps {
    fn default() -> Self {
        Self {
            stripes: (0..STRIPES).map(|_| AtomicU64::new(0)).collect(),
            dependants: AtomicU64::new(0),
            hasher: RandomState::default(),
        }
    }
}

impl Stamps {
    /// To be noted before the key's value is read.
    pub fn note(&self, key: &Key) -> Stamp {
        Stamp {
            stripe: low(self.stripe(key).load(Ordering::SeqCst)),
            dependants: low(self.dependants.load(Ordering::SeqCst)),
        }
    }

    /// Whether a value read after that note is still what the database holds.
    pub fn counts(&self, stamp: &Stamp, key: &Key, depends_on_others: bool) -> bool {
        let now = self.note(key);
        stamp.stripe == now.stripe && (!depends_on_others || stamp.dependants == now.dependants)
    }

    /// The key's value changed.
    pub fn touch(&self, key: &Key) {
        self.stripe(key).fetch_add(1, Ordering::SeqCst);
    }

    /// Somebody's protection changed.
    pub fn touch_dependants(&self) {
        self.dependants.fetch_add(1, Ordering::SeqCst);
    }

    /// Anything may have changed.
    pub fn touch_all(&self) {
        for stripe in &self.stripes {
            stripe.fetch_add(1, Ordering::SeqCst);
        }
        self.touch_dependants();
    }

    fn stripe(&self, key: &Key) -> &AtomicU64 {
        let stripe = usize::try_from(self.hash(key) % STRIPES as u64);
        &self.stripes[stripe.expect("a stripe's number is small")]
    }

    /// A number of the key's own, the same for as long as the process lives.
    pub fn hash(&self, key: &Key) -> u64 {
        self.hasher.hash_one(key)
    }
}

/// The lower half of a counter.
const fn low(count: u64) -> u32 {
    (count & u32::MAX as u64) as u32
}
