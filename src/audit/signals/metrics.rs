//! What the evaluator of signals tells operators, in numbers.

use prometheus::core::Collector;
use prometheus::{Gauge, IntCounter, IntCounterVec, Opts, Registry};

use crate::domain::auditing::SignalKind;

/// The metrics of a process that looks for signals.
#[derive(Clone, Debug)]
pub struct SignalMetrics {
    pub(super) raised: IntCounterVec,
    pub(super) grown: IntCounterVec,
    pub(super) lag_seconds: Gauge,
    pub(super) entries: IntCounter,
    pub(super) failures: IntCounter,
    pub(super) unreadable: IntCounter,
    pub(super) told: IntCounter,
    pub(super) tell_failures: IntCounter,
}

impl SignalMetrics {
    /// Makes them and adds them to a registry.
    pub fn register(registry: &Registry) -> Result<Self, prometheus::Error> {
        let metrics = Self {
            raised: IntCounterVec::new(
                Opts::new(
                    "dancu_signals_raised_total",
                    "Signals this process raised, by kind. A few a day are people at work; a kind that suddenly counts much more is either an incident or a threshold that does not fit: look at the signals before you change it.",
                ),
                &["kind"],
            )?,
            grown: IntCounterVec::new(
                Opts::new(
                    "dancu_signals_grown_total",
                    "Times a signal that was raised before grew, by kind. Many: whatever it is about is going on just now.",
                ),
                &["kind"],
            )?,
            lag_seconds: Gauge::new(
                "dancu_signals_lag_seconds",
                "How long ago the oldest entry that was not looked at for signals yet had been recorded, as this process sees it, whichever looks. A few seconds when all is well; it grows while the load is higher than the evaluator may take from it, and falls by itself.",
            )?,
            entries: IntCounter::new(
                "dancu_signals_entries_total",
                "Entries this process looked at for signals. One process at a time does; the others stand still.",
            )?,
            failures: IntCounter::new(
                "dancu_signals_failures_total",
                "Steps that failed and are tried again. A few when the database restarts; steadily growing: the log says why, and no new signal is raised.",
            )?,
            unreadable: IntCounter::new(
                "dancu_signals_unreadable_total",
                "Entries whose sealed part does not open though its month's keys are there, so that rules about numbers pass over them. Should always be zero: run dancu audit verify.",
            )?,
            told: IntCounter::new(
                "dancu_signals_told_total",
                "Events this process wrote to signals.ocsf_file. Grows with the signals raised, in one of the processes that have such a file.",
            )?,
            tell_failures: IntCounter::new(
                "dancu_signals_tell_failures_total",
                "Times signals.ocsf_file could not be written within 10 s. What is not written stays to be written; steadily growing: whoever reads the file sees no new signal.",
            )?,
        };
        // So that a kind shows before its first signal.
        for kind in SignalKind::ALL {
            for counter in [&metrics.raised, &metrics.grown] {
                counter.with_label_values(&[kind.as_str()]);
            }
        }
        let all: [Box<dyn Collector>; 8] = [
            Box::new(metrics.raised.clone()),
            Box::new(metrics.grown.clone()),
            Box::new(metrics.lag_seconds.clone()),
            Box::new(metrics.entries.clone()),
            Box::new(metrics.failures.clone()),
            Box::new(metrics.unreadable.clone()),
            Box::new(metrics.told.clone()),
            Box::new(metrics.tell_failures.clone()),
        ];
        for collector in all {
            registry.register(collector)?;
        }
        Ok(metrics)
    }
}
