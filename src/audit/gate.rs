//! Whether answers may leave: not while the oldest entry that is not sealed is older than the grace.
//!
//! Until an entry is sealed, an administrator of the database can remove it without a trace. So
//! sealing that stands still is a failure of the log, though a slow one.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval};

use super::SealMetrics;
use super::lanes::Lanes;
use crate::store::Store;

/// How often it is looked.
const LOOK: Duration = Duration::from_secs(5);

/// However short the grace is.
const SHORTEST: Duration = Duration::from_millis(100);

/// Open, unless sealing is behind for longer than the grace.
#[derive(Debug, Default)]
pub struct Gate {
    shut: AtomicBool,
}

impl Gate {
    /// Whether answers may leave.
    pub fn is_open(&self) -> bool {
        !self.shut.load(Ordering::Relaxed)
    }

    fn set(&self, open: bool) {
        if self.shut.swap(!open, Ordering::Relaxed) == open {
            if open {
                tracing::info!("entries are sealed again: answers leave");
            } else {
                tracing::error!("entries are not sealed: answers are refused");
            }
        }
    }
}

/// Watches how far sealing is, for as long as it is polled, for the metrics and for the lanes' gate.
/// A database that cannot be asked changes nothing here: the lanes find that out for themselves.
pub async fn watch(lanes: Option<Arc<Lanes>>, store: Store, grace: Duration, metrics: SealMetrics) {
    let mut ticks = interval(LOOK.min(grace / 2).max(SHORTEST));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    // What was left unsealed by whoever ended before is sealed in the first seconds.
    ticks.tick().await;
    loop {
        ticks.tick().await;
        let progress = match store.sealing_progress().await {
            Ok(progress) => progress,
            Err(error) => {
                let error: &dyn std::error::Error = &error;
                tracing::warn!(error, "how far sealing is could not be read");
                continue;
            }
        };
        let behind = progress.behind_seconds.max(0.0);
        metrics.lag_seconds.set(behind);
        let oldest = if progress.unsealed { behind } else { 0.0 };
        metrics.oldest_unsealed_seconds.set(oldest);
        if let Some(age) = progress.checkpoint_age_seconds {
            metrics.checkpoint_age_seconds.set(age);
        }
        metrics.lanes_without_end.set(progress.lanes_without_end);
        if let Some(lanes) = &lanes {
            lanes.gate().set(oldest <= grace.as_secs_f64());
        }
    }
}
