//! One poller of committed changes, for register and policy.
//!
//! Every process follows both feeds from its own position. Polling is the truth: a poll that
//! succeeds says that nothing else had changed when it began.

use std::sync::Arc;
use std::time::Duration;

use prometheus::{IntCounter, IntGauge, Registry};

use crate::clock::Clock;
use crate::policy::Policy;
use crate::register::{Polled, Register};
use crate::store::{Error, Store};

/// Between two polls. A change is in force everywhere after two of these at the most.
const INTERVAL: Duration = Duration::from_millis(200);

/// Changes read by one statement.
const PAGE: i64 = 10_000;

/// What an operator sees of the feeds.
#[derive(Clone, Debug)]
pub struct Metrics {
    failures: IntCounter,
    gaps: IntCounter,
    position: IntGauge,
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
        };
        registry.register(Box::new(metrics.failures.clone()))?;
        registry.register(Box::new(metrics.gaps.clone()))?;
        registry.register(Box::new(metrics.position.clone()))?;
        Ok(metrics)
    }
}

/// Follows the feeds of register and policy.
#[derive(Debug)]
pub struct Follower {
    store: Store,
    register: Arc<Register>,
    policy: Arc<Policy>,
    clock: Clock,
    metrics: Metrics,
    /// The last position followed; none before the first poll.
    position: Option<i64>,
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
            register,
            policy,
            clock,
            metrics,
            position: None,
        }
    }

    /// Follows both feeds to their ends.
    pub async fn poll(&mut self) -> Result<(), Error> {
        self.policy.poll(&self.store, &self.clock).await?;
        let since = self.clock.now();
        let state = self.store.register_feed_state().await?;
        let polled = Polled {
            since,
            database_time: state.database_time,
        };
        let Some(mut position) = self.position else {
            // Nothing is cached yet, so nothing before counts.
            self.register.follow(&[], false, polled);
            self.position = Some(state.head);
            return Ok(());
        };
        if state.head < position {
            // The feed went back: the database is another one than before.
            self.metrics.gaps.inc();
            self.register.follow(&[], true, polled);
            self.position = Some(state.head);
            return Ok(());
        }
        while position < state.head {
            let changes = self.store.register_changes_since(position, PAGE).await?;
            let Some((first, last)) = changes.first().zip(changes.last()) else {
                self.metrics.gaps.inc();
                self.register.follow(&[], true, polled);
                position = state.head;
                break;
            };
            let gap = first.position != position + 1;
            if gap {
                self.metrics.gaps.inc();
            }
            position = last.position;
            if position < state.head {
                // More to come: what is cached is not current yet.
                self.register.note(&changes, gap);
            } else {
                self.register.follow(&changes, gap, polled);
            }
        }
        if self.position == Some(position) {
            self.register.follow(&[], false, polled);
        }
        self.position = Some(position);
        self.metrics.position.set(position);
        Ok(())
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
