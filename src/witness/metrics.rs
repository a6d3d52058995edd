//! What a witness tells whoever runs it, in numbers.

use jiff::Timestamp;
use prometheus::{IntCounterVec, IntGaugeVec, Opts, Registry};

use super::evidence::Evidence;
use crate::tlog::Checkpoint;

/// A witness's metrics.
#[derive(Clone, Debug)]
pub struct Metrics {
    answers: IntCounterVec,
    evidence: IntCounterVec,
    size: IntGaugeVec,
    cosigned_at: IntGaugeVec,
}

impl Metrics {
    /// Makes the metrics and registers them.
    pub fn register(registry: &Registry) -> Result<Self, prometheus::Error> {
        let metrics = Self {
            answers: IntCounterVec::new(
                Opts::new(
                    "dancu_witness_answers_total",
                    "Checkpoints that were cosigned or refused. `new_epoch` waits for you; \
                     `not_kept` is this machine's disk.",
                ),
                &["outcome"],
            )?,
            evidence: IntCounterVec::new(
                Opts::new(
                    "dancu_witness_evidence_total",
                    "Signed checkpoints that contradict the last. `fork` should always be zero: the \
                     log signed two roots for one size. `unproven` should be zero too; `behind` may \
                     be an old one that somebody repeats; `epoch` is another tree, which you accept \
                     or ask about.",
                ),
                &["kind"],
            )?,
            size: IntGaugeVec::new(
                Opts::new(
                    "dancu_witness_tree_size",
                    "Leaves of the checkpoint cosigned last. Never falls.",
                ),
                &["origin"],
            )?,
            cosigned_at: IntGaugeVec::new(
                Opts::new(
                    "dancu_witness_cosigned_timestamp_seconds",
                    "When a checkpoint was cosigned last by this process, in seconds since 1970. \
                     Minutes ago: the log does not come to this witness any more.",
                ),
                &["origin"],
            )?,
        };
        for kind in Evidence::ALL {
            metrics.evidence.with_label_values(&[kind.as_str()]);
        }
        registry.register(Box::new(metrics.answers.clone()))?;
        registry.register(Box::new(metrics.evidence.clone()))?;
        registry.register(Box::new(metrics.size.clone()))?;
        registry.register(Box::new(metrics.cosigned_at.clone()))?;
        Ok(metrics)
    }

    pub(super) fn answered(&self, outcome: &str) {
        self.answers.with_label_values(&[outcome]).inc();
    }

    pub(super) fn suspected(&self, kind: Evidence) {
        self.evidence.with_label_values(&[kind.as_str()]).inc();
    }

    /// A checkpoint that was there when the process began.
    pub(super) fn saw(&self, checkpoint: &Checkpoint) {
        let size = i64::try_from(checkpoint.size).unwrap_or(i64::MAX);
        self.size.with_label_values(&[&checkpoint.origin]).set(size);
    }

    pub(super) fn cosigned(&self, checkpoint: &Checkpoint, now: Timestamp) {
        self.saw(checkpoint);
        let at = self.cosigned_at.with_label_values(&[&checkpoint.origin]);
        at.set(now.as_second());
    }
}
