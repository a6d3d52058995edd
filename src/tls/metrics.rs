//! What an operator sees of a listener's certificates.

use prometheus::{IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry};

/// The metrics of all listeners that speak TLS.
#[derive(Clone, Debug)]
pub struct Metrics {
    expiry: IntGaugeVec,
    failures: IntCounterVec,
}

/// Those of one.
#[derive(Clone, Debug)]
pub(super) struct OfListener {
    pub expiry: IntGauge,
    pub failures: IntCounter,
}

impl Metrics {
    /// Makes the metrics and registers them.
    pub fn register(registry: &Registry) -> Result<Self, prometheus::Error> {
        let expiry = IntGaugeVec::new(
            Opts::new(
                "dancu_tls_certificate_expiry_timestamp_seconds",
                "When the first of the certificates a listener shows is over, in seconds since 1970. \
                 Alarm two weeks before: who renews it has stopped.",
            ),
            &["listener"],
        )?;
        let failures = IntCounterVec::new(
            Opts::new(
                "dancu_tls_reload_failures_total",
                "Changed certificates, keys or authorities of a listener that were refused; what was \
                 in force before goes on. Should always be zero.",
            ),
            &["listener"],
        )?;
        registry.register(Box::new(expiry.clone()))?;
        registry.register(Box::new(failures.clone()))?;
        Ok(Self { expiry, failures })
    }

    pub(super) fn of(&self, listener: &str) -> OfListener {
        OfListener {
            expiry: self.expiry.with_label_values(&[listener]),
            failures: self.failures.with_label_values(&[listener]),
        }
    }
}
