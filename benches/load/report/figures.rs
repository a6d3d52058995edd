//! The figures of one workload.

use serde::Serialize;

use crate::stage::Stage;
use crate::statistics::Spread;
use crate::workload::Workload;

/// The figures of one workload, in the closed loop or at one rate. Latencies and processor times are
/// in microseconds.
#[derive(Debug, Serialize)]
pub struct Figures {
    pub workload: Workload,
    /// What it is called in the table.
    pub name: &'static str,
    pub offered: Option<f64>,
    pub per_second: Spread,
    /// To the empty handler in the same round.
    pub ratio: Spread,
    pub p50: Spread,
    pub p99: Spread,
    pub p999: Spread,
    pub lag_p99: Spread,
    pub client_cpu: f64,
    pub service_cpu: f64,
    pub database_cpu: f64,
    pub entries_a_commit: f64,
    pub cache_hits: f64,
    pub seal_lag: Spread,
    /// Memory of the service at the ends of the stages.
    pub resident_bytes: Spread,
}

impl Figures {
    /// Of these stages, beside those of the empty handler.
    pub fn new(workload: Workload, mine: &[&Stage], reference: &[&Stage]) -> Self {
        let of = |figure: fn(&Stage) -> f64| Spread::of(mine.iter().map(|stage| figure(stage)));
        let empty = |round: u16| {
            let same = reference.iter().filter(|stage| stage.round == round);
            Spread::of(same.map(|stage| stage.per_second)).median
        };
        let ratios = mine.iter().map(|it| it.per_second / empty(it.round));
        Self {
            workload,
            name: workload.name(),
            offered: mine.first().and_then(|stage| stage.offered),
            per_second: of(|stage| stage.per_second),
            ratio: Spread::of(ratios),
            p50: of(|stage| stage.p50),
            p99: of(|stage| stage.p99),
            p999: of(|stage| stage.p999),
            lag_p99: of(|stage| stage.lag_p99),
            client_cpu: of(|stage| stage.client_cpu).median,
            service_cpu: of(|stage| stage.service_cpu).median,
            database_cpu: of(|stage| stage.database_cpu).median,
            entries_a_commit: of(|stage| stage.entries_a_commit).median,
            cache_hits: of(|stage| stage.cache_hits).median,
            seal_lag: of(|stage| stage.seal_lag),
            resident_bytes: of(|stage| stage.resident_bytes),
        }
    }
}
