//! One poller of committed changes, for register and policy.
//!
//! Every process follows both feeds from its own position. Polling is the truth: a poll that
//! succeeds says that nothing else had changed when it began.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use prometheus::{IntCounter, IntGauge, Registry};

use crate::clock::Clock;
use crate::policy::Policy;
use crate::register::{Polled, Register};
use crate::store::register_feed::FeedChange;
use crate::store::{Error, Store};

/// Between two polls. A change is in force everywhere after two of these at the most.
const INTERVAL: Duration = Duration::from_millis(200);

/// Changes read by one statement.
const PAGE: i64 = 10_000;

/// How long a replica's part of a poll may take: the policy waits for it, and must be confirmed each second.
const REPLICA_LIMIT: Duration = Duration::from_millis(300);

/// How often the primary was asked how far it is, that is remembered: what a replica has not reached after
/// three seconds is far too old to matter.
const AHEAD: usize = 16;

/// What an operator sees of the feeds.
#[derive(Clone, Debug)]
pub struct Metrics {
    failures: IntCounter,
    gaps: IntCounter,
    position: IntGauge,
    replica_failures: IntCounter,
}

impl Metrics {
    /// Makes the metrics and registers them.
    pub fn register(registry: &Registry) -> Result<Self, prometheus::Error> {
        let metrics = Self {
            failures: IntCounter::new(
                "dancu_feed_poll_failures_total",
                "Polls of the feeds that failed. While they fail nothing cached counts, and after \
                 their bound answers are 503 `policy_unavailable`.",
            )?,
            gaps: IntCounter::new(
                "dancu_feed_gaps_total",
                "Times changes were missed and everything cached was dropped. Expected only after \
                 a long stop or a restored backup.",
            )?,
            position: IntGauge::new(
                "dancu_feed_register_position",
                "Position in the register's feed. The same in all replicas, within a second.",
            )?,
            replica_failures: IntCounter::new(
                "dancu_feed_replica_failures_total",
                "Polls of the read replica that failed. While they fail the register is read from the \
                 primary, without a cache.",
            )?,
        };
        registry.register(Box::new(metrics.replica_failures.clone()))?;
        registry.register(Box::new(metrics.failures.clone()))?;
        registry.register(Box::new(metrics.gaps.clone()))?;
        registry.register(Box::new(metrics.position.clone()))?;
        Ok(metrics)
    }
}

/// Follows the feeds of register and policy.
///
/// Where the register is read from a replica, its feed is followed there too, for what the replica has is
/// what can be read of it. That says nothing of how old that is, so the primary is asked first how far it
/// is: once the replica has come there, it is known to have what was committed at that time.
#[derive(Debug)]
pub struct Follower {
    store: Store,
    replica: Option<Store>,
    register: Arc<Register>,
    policy: Arc<Policy>,
    clock: Clock,
    metrics: Metrics,
    /// The last position followed; none before the first poll.
    position: Option<i64>,
    /// How far the primary was, and when, as far as the node that is followed is not known to be there.
    ahead: VecDeque<(i64, Polled)>,
}

impl Follower {
    /// A follower with a store of its own, so that no load keeps it from following.
    pub fn new(
        store: Store,
        register: Arc<Register>,
        policy: Arc<Policy>,
        clock: Clock,
        metrics: Metrics,
    ) -> Self {
        Self {
            store,
            replica: None,
            register,
            policy,
            clock,
            metrics,
            position: None,
            ahead: VecDeque::new(),
        }
    }

    /// The same, following the register's feed on that replica.
    #[must_use]
    pub fn with_replica(mut self, replica: Option<Store>) -> Self {
        self.replica = replica;
        self
    }

    /// Follows both feeds to their ends. A replica that lags, or fails, is no error: what is cached ages
    /// meanwhile, and the register is read from the primary.
    pub async fn poll(&mut self) -> Result<(), Error> {
        self.policy.poll(&self.store, &self.clock).await?;
        let since = self.clock.now();
        let store = &self.store;
        let read = store.in_time("register_feed/state", store.register_feed_state());
        let state = read.await?;
        let polled = Polled {
            since,
            database_time: state.database_time,
        };
        self.register.see(state.database_time);
        if self.ahead.len() == AHEAD {
            self.ahead.pop_front();
        }
        self.ahead.push_back((state.head, polled));
        let Some(replica) = self.replica.clone() else {
            let primary = self.store.clone();
            return self.follow(&primary, state.head).await;
        };
        let followed = tokio::time::timeout(REPLICA_LIMIT, self.follow_replica(&replica));
        match followed.await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => {
                self.metrics.replica_failures.inc();
                let error: &dyn std::error::Error = &error;
                tracing::warn!(error, "the replica could not be polled");
            }
            Err(_) => {
                self.metrics.replica_failures.inc();
                tracing::warn!("the replica does not answer");
            }
        }
        Ok(())
    }

    async fn follow_replica(&mut self, replica: &Store) -> Result<(), Error> {
        let state = replica.register_feed_state().await?;
        let primary = self.ahead.back().map_or(state.head, |(head, _)| *head);
        match self.position {
            // The primary went on, so this is another replica than before, or one that began anew.
            Some(position) if state.head < position && position <= primary => Ok(()),
            Some(_) | None => self.follow(replica, state.head).await,
        }
    }

    /// Follows the register's feed on that node to its end, which is `head`.
    async fn follow(&mut self, node: &Store, head: i64) -> Result<(), Error> {
        // Up to when the primary had no more than that.
        let reached = self.ahead.iter().rposition(|(at, _)| *at <= head);
        let polled = reached.and_then(|last| self.ahead.drain(..=last).next_back());
        let polled = polled.map(|(_, polled)| polled);
        let Some(mut position) = self.position else {
            // Nothing is cached yet, so nothing before counts.
            self.tell(&[], false, head, polled);
            return Ok(());
        };
        if head < position {
            // The feed went back: the database is another one than before.
            self.metrics.gaps.inc();
            self.ahead.clear();
            self.tell(&[], true, head, polled);
            return Ok(());
        }
        if head == position {
            self.tell(&[], false, head, polled);
        }
        while position < head {
            let read = node.register_changes_since(position, PAGE);
            let changes = node.in_time("register_feed/changes", read).await?;
            let Some((first, last)) = changes.first().zip(changes.last()) else {
                self.metrics.gaps.inc();
                self.tell(&[], true, head, polled);
                break;
            };
            let gap = first.position != position + 1;
            if gap {
                self.metrics.gaps.inc();
            }
            position = last.position;
            // While there is more to come, what is cached is not current yet.
            let polled = polled.filter(|_| position >= head);
            self.tell(&changes, gap, position, polled);
        }
        Ok(())
    }

    /// Tells the register of changes up to that place, and that there were no more at that time.
    fn tell(&mut self, changes: &[FeedChange], gap: bool, position: i64, polled: Option<Polled>) {
        self.register.reach(position);
        match polled {
            Some(polled) => self.register.follow(changes, gap, polled),
            None => self.register.note(changes, gap),
        }
        self.position = Some(position);
        self.metrics.position.set(position);
    }

    /// Polls until the process ends.
    pub async fn run(mut self) {
        let mut ticks = tokio::time::interval(INTERVAL);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            if let Err(error) = self.poll().await {
                self.metrics.failures.inc();
                tracing::warn!(error = &error as &dyn std::error::Error, "a poll failed");
            }
            self.register.observe();
        }
    }
}
