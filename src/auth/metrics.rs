//! What an operator sees of the issuers' keys.

use std::fmt;
use std::sync::Arc;

use prometheus::core::{Collector, Desc};
use prometheus::proto::MetricFamily;
use prometheus::{IntGaugeVec, Opts, Registry};

use super::issuer_keys::IssuerKeys;

/// When each issuer's keys were confirmed, taken when somebody looks.
pub(super) struct Confirmed {
    gauges: IntGaugeVec,
    keys: Vec<Arc<IssuerKeys>>,
}

impl fmt::Debug for Confirmed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Confirmed").finish_non_exhaustive()
    }
}

impl Confirmed {
    /// Makes the metric and registers it.
    pub(super) fn register(
        registry: &Registry,
        keys: Vec<Arc<IssuerKeys>>,
    ) -> Result<(), prometheus::Error> {
        let gauges = IntGaugeVec::new(
            Opts::new(
                "dancu_auth_keys_confirmed_timestamp_seconds",
                "When an issuer's keys were last read from their source, in seconds since 1970; 0 where \
                 they never were. After 24 hours no token of that issuer is believed, and at 0 none is.",
            ),
            &["issuer"],
        )?;
        registry.register(Box::new(Self { gauges, keys }))
    }
}

impl Collector for Confirmed {
    fn desc(&self) -> Vec<&Desc> {
        self.gauges.desc()
    }

    fn collect(&self) -> Vec<MetricFamily> {
        for keys in &self.keys {
            let confirmed_at = keys.confirmed_at().map_or(0, |at| at.as_second());
            let gauge = self.gauges.with_label_values(&[keys.issuer()]);
            gauge.set(confirmed_at);
        }
        self.gauges.collect()
    }
}
