//! What an operator sees of the pools of connections.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use deadpool_postgres::Pool;
use prometheus::core::{Collector, Desc};
use prometheus::proto::MetricFamily;
use prometheus::{IntCounterVec, IntGaugeVec, Opts, Registry};

use super::Store;

/// The metrics of the pools that are watched. Each pool's name is the program's own word.
#[derive(Clone, Debug)]
pub struct PoolMetrics {
    connections: IntGaugeVec,
    timeouts: IntCounterVec,
    watched: Arc<Mutex<Vec<(&'static str, Pool)>>>,
}

impl PoolMetrics {
    /// Makes the metrics and registers them.
    pub fn register(registry: &Registry) -> Result<Self, prometheus::Error> {
        let metrics = Self {
            connections: IntGaugeVec::new(
                Opts::new(
                    "dancu_store_pool_connections",
                    "Connections of a pool to the database, by whether they are in use. All in use \
                     for long: somebody waits, or is refused soon.",
                ),
                &["pool", "state"],
            )?,
            timeouts: IntCounterVec::new(
                Opts::new(
                    "dancu_store_pool_wait_timeouts_total",
                    "Times nobody gave a connection back within 250 ms, so that whoever waited for \
                     one was refused. Should stand still: statements are slow, or too many.",
                ),
                &["pool"],
            )?,
            watched: Arc::default(),
        };
        registry.register(Box::new(metrics.clone()))?;
        Ok(metrics)
    }

    /// The store, with its pool watched under that name; those of one name are told as one.
    pub fn watch(&self, name: &'static str, store: Store) -> Store {
        let mut watched = self
            .watched
            .lock()
            .expect("nothing panics while it is held");
        watched.push((name, store.pool.clone()));
        Store {
            timeouts: Some(self.timeouts.with_label_values(&[name])),
            ..store
        }
    }
}

impl Collector for PoolMetrics {
    fn desc(&self) -> Vec<&Desc> {
        let mut all = self.connections.desc();
        all.extend(self.timeouts.desc());
        all
    }

    fn collect(&self) -> Vec<MetricFamily> {
        let mut counts: BTreeMap<_, usize> = BTreeMap::new();
        for (name, pool) in &*self
            .watched
            .lock()
            .expect("nothing panics while it is held")
        {
            let status = pool.status();
            let idle = status.available.min(status.size);
            for (state, count) in [("idle", idle), ("used", status.size - idle)] {
                *counts.entry((*name, state)).or_default() += count;
            }
        }
        for ((name, state), count) in counts {
            self.connections
                .with_label_values(&[name, state])
                .set(i64::try_from(count).unwrap_or(i64::MAX));
        }
        let mut all = self.connections.collect();
        all.extend(self.timeouts.collect());
        all
    }
}
