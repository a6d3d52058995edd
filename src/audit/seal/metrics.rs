//! What sealing tells operators, in numbers.

use prometheus::core::Collector;
use prometheus::{Gauge, IntCounter, IntCounterVec, IntGauge, Opts, Registry};

/// The metrics of a process that seals, or watches how far sealing is.
#[derive(Clone, Debug)]
pub struct SealMetrics {
    pub(in crate::audit) lag_seconds: Gauge,
    pub(in crate::audit) oldest_unsealed_seconds: Gauge,
    pub(in crate::audit) checkpoint_age_seconds: Gauge,
    pub(in crate::audit) lanes_without_end: IntGauge,
    pub(in crate::audit) lanes_with_holes: IntGauge,
    pub(in crate::audit) holds_lease: IntGauge,
    pub(in crate::audit) size: IntGauge,
    pub(in crate::audit) sealed: IntCounter,
    pub(in crate::audit) failures: IntCounter,
    pub(in crate::audit) restarts: IntCounter,
    pub(in crate::audit) second_place_failures: IntCounter,
    pub(in crate::audit) witness_failures: IntCounterVec,
    pub(in crate::audit) cosignatures: IntCounterVec,
    pub(in crate::audit) refusals: IntGauge,
}

impl SealMetrics {
    /// Makes them and adds them to a registry.
    pub fn register(registry: &Registry) -> Result<Self, prometheus::Error> {
        let metrics = Self {
            lag_seconds: Gauge::new(
                "dancu_seal_lag_seconds",
                "How long ago everything there was had been sealed. Below 2 when all is well; it grows by a second each second while nothing seals.",
            )?,
            oldest_unsealed_seconds: Gauge::new(
                "dancu_seal_oldest_unsealed_seconds",
                "How long the oldest entry under no published head has waited; 0 where every entry is. Beyond audit.seal_grace_s answers stop.",
            )?,
            checkpoint_age_seconds: Gauge::new(
                "dancu_seal_checkpoint_age_seconds",
                "How long ago the newest checkpoint was published. A few seconds, for lanes write each second; more: nothing seals, or no lane is open.",
            )?,
            lanes_without_end: IntGauge::new(
                "dancu_audit_lanes_without_end",
                "Lanes that fell silent without an end. One for each process that was killed a moment ago; should return to zero by itself.",
            )?,
            lanes_with_holes: IntGauge::new(
                "dancu_audit_lanes_with_holes",
                "Lanes in whose numbers one is missing, as the sealing process sees them, and nobody declared it. Should always be zero: an entry was lost or removed, and nothing after it is sealed.",
            )?,
            holds_lease: IntGauge::new(
                "dancu_seal_holds_lease",
                "Whether this process is the one that seals. The sum over all processes should be one.",
            )?,
            size: IntGauge::new(
                "dancu_seal_tree_size",
                "Leaves of the tree this process sealed last. Grows with the entries, and never falls.",
            )?,
            sealed: IntCounter::new("dancu_seal_sealed_total", "Entries this process sealed.")?,
            failures: IntCounter::new(
                "dancu_seal_failures_total",
                "Rounds that failed and are tried again. A few when the database restarts; steadily growing: the log says why, and answers stop after the grace.",
            )?,
            restarts: IntCounter::new(
                "dancu_seal_restarts_total",
                "Times sealing, or offering heads to witnesses, ended in an unforeseen way and was begun again. Should always be zero: a fault of this program or of its schema; the log says where.",
            )?,
            second_place_failures: IntCounter::new(
                "dancu_seal_second_place_failures_total",
                "Times the second place could not be read or written, or did not answer within 10 s. Nothing is published meanwhile; should stand still.",
            )?,
            witness_failures: IntCounterVec::new(
                Opts::new(
                    "dancu_seal_witness_failures_total",
                    "Times a witness did not cosign. Sealing goes on; a witness that keeps failing sees nothing, or refuses what it sees.",
                ),
                &["witness"],
            )?,
            cosignatures: IntCounterVec::new(
                Opts::new(
                    "dancu_seal_cosignatures_total",
                    "Cosignatures that arrived. Should grow for every configured witness.",
                ),
                &["witness"],
            )?,
            refusals: IntGauge::new(
                "dancu_seal_refused",
                "Whether this process refuses to sign, because the tree contradicts what was signed before. Should always be zero: a restored backup, or somebody rewrote the log. Zero again where another process seals.",
            )?,
        };
        let all: [Box<dyn Collector>; 14] = [
            Box::new(metrics.lag_seconds.clone()),
            Box::new(metrics.oldest_unsealed_seconds.clone()),
            Box::new(metrics.checkpoint_age_seconds.clone()),
            Box::new(metrics.lanes_without_end.clone()),
            Box::new(metrics.lanes_with_holes.clone()),
            Box::new(metrics.holds_lease.clone()),
            Box::new(metrics.size.clone()),
            Box::new(metrics.sealed.clone()),
            Box::new(metrics.failures.clone()),
            Box::new(metrics.restarts.clone()),
            Box::new(metrics.second_place_failures.clone()),
            Box::new(metrics.witness_failures.clone()),
            Box::new(metrics.cosignatures.clone()),
            Box::new(metrics.refusals.clone()),
        ];
        all.into_iter()
            .try_for_each(|metric| registry.register(metric))?;
        Ok(metrics)
    }
}
