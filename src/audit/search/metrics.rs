//! What the search follower tells operators, in numbers.

use prometheus::core::Collector;
use prometheus::{Gauge, IntCounter, IntGauge, Registry};

/// The metrics of a process that makes the log searchable.
#[derive(Clone, Debug)]
pub struct SearchMetrics {
    pub(super) lag_seconds: Gauge,
    pub(super) backlog: IntGauge,
    pub(super) entries: IntCounter,
    pub(super) failures: IntCounter,
    pub(super) unreadable: IntCounter,
}

impl SearchMetrics {
    /// Makes them and adds them to a registry.
    pub fn register(registry: &Registry) -> Result<Self, prometheus::Error> {
        let metrics = Self {
            lag_seconds: Gauge::new(
                "dancu_search_lag_seconds",
                "How long ago the oldest published entry that cannot be searched yet was signed, as this process sees it, whichever makes it so. Below 2 when all is well; it grows while the load is higher than the follower may take from it, and falls by itself.",
            )?,
            backlog: IntGauge::new(
                "dancu_search_backlog",
                "Published entries that cannot be searched yet. Hundreds when all is well.",
            )?,
            entries: IntCounter::new(
                "dancu_search_entries_total",
                "Entries this process made searchable. One process at a time does; the others stand still.",
            )?,
            failures: IntCounter::new(
                "dancu_search_failures_total",
                "Steps that failed and are tried again. A few when the database restarts; steadily growing: the log says why, and auditors do not find what is new.",
            )?,
            unreadable: IntCounter::new(
                "dancu_search_unreadable_total",
                "Rows of the log that are no entry this version can read, and so are not found. Should stand still: run dancu audit verify.",
            )?,
        };
        let all: [Box<dyn Collector>; 5] = [
            Box::new(metrics.lag_seconds.clone()),
            Box::new(metrics.backlog.clone()),
            Box::new(metrics.entries.clone()),
            Box::new(metrics.failures.clone()),
            Box::new(metrics.unreadable.clone()),
        ];
        for collector in all {
            registry.register(collector)?;
        }
        Ok(metrics)
    }
}
