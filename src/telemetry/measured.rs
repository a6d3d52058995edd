//! A gauge whose value is taken when somebody looks, so that what stands still is seen to age.

use std::fmt;

use prometheus::core::{Collector, Desc};
use prometheus::proto::MetricFamily;
use prometheus::{Gauge, Registry};

/// A gauge that is measured at each look at the metrics.
pub struct Measured<F> {
    gauge: Gauge,
    measure: F,
}

impl<F> fmt::Debug for Measured<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Measured").finish_non_exhaustive()
    }
}

impl<F: Fn() -> f64 + Send + Sync + 'static> Measured<F> {
    /// Makes the gauge and registers it.
    pub fn register(
        registry: &Registry,
        name: &str,
        help: &str,
        measure: F,
    ) -> Result<(), prometheus::Error> {
        let gauge = Gauge::new(name, help)?;
        registry.register(Box::new(Self { gauge, measure }))
    }
}

impl<F: Fn() -> f64 + Send + Sync> Collector for Measured<F> {
    fn desc(&self) -> Vec<&Desc> {
        self.gauge.desc()
    }

    fn collect(&self) -> Vec<MetricFamily> {
        self.gauge.set((self.measure)());
        self.gauge.collect()
    }
}
