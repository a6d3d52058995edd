//! What the lanes tell operators, in numbers.

use prometheus::core::Collector;
use prometheus::{
    Gauge, Histogram, HistogramOpts, IntCounter, IntCounterVec, IntGauge, Opts, Registry,
};

/// The metrics of a process's lanes; every handle is resolved once.
#[derive(Clone, Debug)]
pub struct Metrics {
    pub(super) recorded: IntCounter,
    pub(super) batch_entries: Histogram,
    pub(super) commit_seconds: Histogram,
    pub(super) queue_depth: IntGauge,
    pub(super) lanes_up: IntGauge,
    pub(super) overloaded: IntCounter,
    pub(super) unavailable: IntCounter,
    pub(super) timed_out: IntCounter,
    pub(super) retries: IntCounter,
    pub(super) unrecordable: IntCounter,
    pub(super) abandoned: IntCounter,
    pub(super) misplanned: IntGauge,
    pub(super) clock_skew: Gauge,
    pub(super) partition_ahead: IntGauge,
    refused: IntCounterVec,
}

impl Default for Metrics {
    fn default() -> Self {
        let refused = Opts::new(
            "dancu_audit_refused_total",
            "Answers withheld because their entry could not be recorded. Each was a 503: should stand still.",
        );
        let refused = IntCounterVec::new(refused, &["kind"]).expect(WELL_FORMED);
        Self {
            recorded: counter(
                "dancu_audit_recorded_total",
                "Entries made durable, the lanes' own included. Should grow with the answers.",
            ),
            batch_entries: histogram(
                "dancu_audit_batch_entries",
                "Entries in one commit. Near one when idle; hundreds under load are healthy.",
                prometheus::exponential_buckets(1.0, 4.0, 6),
            ),
            commit_seconds: histogram(
                "dancu_audit_commit_seconds",
                "Time from the first row to the durable commit. Mostly the disk's flush: beyond 0.1 answers are about to be refused.",
                prometheus::exponential_buckets(0.000_25, 2.0, 14),
            ),
            queue_depth: gauge(
                "dancu_audit_queue_entries",
                "Entries that waited when a batch was last taken. Should be far below the queue's limit.",
            ),
            lanes_up: gauge(
                "dancu_audit_lanes_up",
                "Lanes that can write. At zero every answer about a person is a 503.",
            ),
            overloaded: refused.with_label_values(&["overloaded"]),
            unavailable: refused.with_label_values(&["unavailable"]),
            timed_out: refused.with_label_values(&["timed_out"]),
            retries: counter(
                "dancu_audit_retries_total",
                "Batches whose fate was unknown and had to be settled. A few at a failover; should stand still.",
            ),
            unrecordable: counter(
                "dancu_audit_unrecordable_total",
                "Entries the database would not take. Should always be zero: each is a fault in this program.",
            ),
            abandoned: counter(
                "dancu_audit_lanes_abandoned_total",
                "Lanes given up. One for each process that was killed; otherwise ask what happened.",
            ),
            misplanned: gauge(
                "dancu_audit_lanes_misplanned",
                "Lanes of this process of which the sealing plan says more than they wrote, or that they ended. Should always be zero: somebody changed the plan, and all answers are refused.",
            ),
            clock_skew: Gauge::new(
                "dancu_audit_clock_skew_seconds",
                "How far this machine's clock is ahead of the database's. Beyond 2 look at both; beyond 10 nothing is recorded.",
            )
            .expect(WELL_FORMED),
            partition_ahead: gauge(
                "dancu_audit_partition_ahead",
                "Whether tomorrow's partition is there. At zero all answers stop at midnight in Vietnam: run `dancu maintain`.",
            ),
            refused,
        }
    }
}

impl Metrics {
    /// Adds them to a registry.
    pub fn register(&self, registry: &Registry) -> Result<(), prometheus::Error> {
        let all: [Box<dyn Collector>; 12] = [
            Box::new(self.recorded.clone()),
            Box::new(self.batch_entries.clone()),
            Box::new(self.commit_seconds.clone()),
            Box::new(self.queue_depth.clone()),
            Box::new(self.lanes_up.clone()),
            Box::new(self.refused.clone()),
            Box::new(self.retries.clone()),
            Box::new(self.unrecordable.clone()),
            Box::new(self.abandoned.clone()),
            Box::new(self.misplanned.clone()),
            Box::new(self.clock_skew.clone()),
            Box::new(self.partition_ahead.clone()),
        ];
        all.into_iter()
            .try_for_each(|metric| registry.register(metric))
    }
}

const WELL_FORMED: &str = "the names are well-formed and buckets ascend";

fn counter(name: &str, help: &str) -> IntCounter {
    IntCounter::new(name, help).expect(WELL_FORMED)
}

fn gauge(name: &str, help: &str) -> IntGauge {
    IntGauge::new(name, help).expect(WELL_FORMED)
}

fn histogram(name: &str, help: &str, buckets: prometheus::Result<Vec<f64>>) -> Histogram {
    let options = HistogramOpts::new(name, help).buckets(buckets.expect(WELL_FORMED));
    Histogram::with_opts(options).expect(WELL_FORMED)
}

#[cfg(test)]
mod tests {
    use super::{Metrics, Registry};

    #[test]
    fn all_metrics_register_under_names_of_their_own() {
        let registry = Registry::new();
        Metrics::default().register(&registry).unwrap();
        assert_eq!(registry.gather().len(), 12);
    }
}
