//! The snapshot in force, and how fresh it is known to be.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use arc_swap::{ArcSwap, Guard};
use jiff::Timestamp;

use super::Snapshot;
use crate::clock::Clock;
use crate::store::{self, Store};

/// The policy has not been confirmed for longer than its bound, so nothing may be decided by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the policy has not been confirmed for too long")]
pub struct Stale;

/// The snapshot every request is decided by, and the time it was last known to be the newest.
#[derive(Debug)]
pub struct Policy {
    snapshot: ArcSwap<Snapshot>,
    /// Milliseconds since the epoch; the beginning of time until the first poll.
    fresh_at: AtomicI64,
    bound: Duration,
    first_issuer: Box<str>,
    /// Held while polling, so that an older state never replaces a newer one.
    polling: tokio::sync::Mutex<()>,
}

impl Policy {
    /// A policy that was never read: stale until the first [`poll`](Self::poll). It is stale again
    /// when no poll succeeded for `bound`. Clients without an issuer are `first_issuer`'s.
    pub fn new(first_issuer: &str, bound: Duration) -> Self {
        Self {
            snapshot: ArcSwap::from_pointee(Snapshot::default()),
            fresh_at: AtomicI64::new(i64::MIN),
            bound,
            first_issuer: first_issuer.into(),
            polling: tokio::sync::Mutex::new(()),
        }
    }

    /// The snapshot in force.
    pub fn load(&self, now: Timestamp) -> Result<Guard<Arc<Snapshot>>, Stale> {
        let fresh_at = self.fresh_at.load(Ordering::Acquire);
        let bound = i64::try_from(self.bound.as_millis()).unwrap_or(i64::MAX);
        if now.as_millisecond() > fresh_at.saturating_add(bound) {
            return Err(Stale);
        }
        Ok(self.snapshot.load())
    }

    /// The position of the snapshot in force.
    pub fn head(&self) -> i64 {
        self.snapshot.load().head()
    }

    /// The time up to which the snapshot is known to be the newest; `None` before the first poll.
    pub fn fresh_at(&self) -> Option<Timestamp> {
        Timestamp::from_millisecond(self.fresh_at.load(Ordering::Acquire)).ok()
    }

    /// Reads the feed's position, and the whole policy where it moved; returns whether it did. To
    /// be called every 200 ms, and after a change of our own so that it is in force at once here.
    pub async fn poll(&self, store: &Store, clock: &Clock) -> Result<bool, store::Error> {
        let _only_one = self.polling.lock().await;
        // What is read now was true no earlier than this.
        let since = clock.now();
        let unread = self.fresh_at.load(Ordering::Acquire) == i64::MIN;
        let read = store.in_time("policy/poll", async {
            let moved = unread || store.policy_head().await? != self.head();
            Ok(if moved {
                Some(store.policy_rows().await?)
            } else {
                None
            })
        });
        let rows = read.await?;
        let moved = rows.is_some();
        if let Some(rows) = rows {
            self.put(Snapshot::new(rows, &self.first_issuer));
        }
        self.confirm(since);
        Ok(moved)
    }

    /// Puts a snapshot in force. For what reads the policy by other means than [`poll`](Self::poll).
    pub fn put(&self, snapshot: Snapshot) {
        self.snapshot.store(Arc::new(snapshot));
    }

    /// Says that the snapshot in force was the newest at that time.
    pub fn confirm(&self, at: Timestamp) {
        self.fresh_at
            .fetch_max(at.as_millisecond(), Ordering::AcqRel);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_is_stale_until_confirmed_and_again_after_its_bound() {
        let policy = Policy::new("https://issuer.example", Duration::from_secs(2));
        let at = |ms| Timestamp::from_millisecond(ms).unwrap();
        assert_eq!(policy.load(at(0)).err(), Some(Stale));
        policy.confirm(at(1_000));
        assert!(policy.load(at(3_000)).is_ok());
        assert_eq!(policy.load(at(3_001)).err(), Some(Stale));
        policy.confirm(at(500));
        assert_eq!(
            policy.fresh_at(),
            Some(at(1_000)),
            "a late confirmation takes nothing back"
        );
    }
}
