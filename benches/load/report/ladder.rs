//! The ladder: what becomes of latency as the rate comes near to what the closed loop reached.

use serde::Serialize;

use crate::stage::Stage;
use crate::statistics::Spread;
use crate::workload::Workload;

/// From here on more may be asked than can be answered, and be refused.
const SATURATED: f64 = 1.0;

/// A workload at one rate. Latencies are in microseconds, from the moment a request was due.
#[derive(Debug, Serialize)]
pub struct Rung {
    pub workload: Workload,
    /// What it is called in the table.
    pub name: &'static str,
    /// The rate as a share of what the closed loop reached.
    pub rung: f64,
    /// Requests due each second.
    pub offered: f64,
    /// Requests answered each second.
    pub per_second: Spread,
    pub p50: Spread,
    pub p99: Spread,
    pub p999: Spread,
    pub lag_p99: Spread,
    /// The share that was refused for being too much.
    pub refused: f64,
}

impl Rung {
    /// Every rung of these stages.
    pub fn all(stages: &[&Stage]) -> Vec<Self> {
        let mut rungs: Vec<(Workload, f64)> = Vec::new();
        for stage in stages {
            let rung = stage.rung.map(|rung| (stage.workload, rung));
            rungs.extend(rung.filter(|rung| !rungs.contains(rung)));
        }
        let rung = |(workload, rung)| {
            let mine = stages.iter().copied();
            let mine = mine.filter(|it| it.workload == workload && it.rung == Some(rung));
            Self::new(rung, &mine.collect::<Vec<_>>())
        };
        rungs.into_iter().filter_map(rung).collect()
    }

    fn new(rung: f64, stages: &[&Stage]) -> Option<Self> {
        let first = stages.first()?;
        let of = |figure: fn(&Stage) -> f64| Spread::of(stages.iter().map(|stage| figure(stage)));
        let refused: u64 = stages.iter().map(|stage| stage.refused).sum();
        let answered: usize = stages.iter().map(|stage| stage.count).sum();
        Some(Self {
            workload: first.workload,
            name: first.workload.name(),
            rung,
            offered: first.offered?,
            per_second: of(|stage| stage.per_second),
            p50: of(|stage| stage.p50),
            p99: of(|stage| stage.p99),
            p999: of(|stage| stage.p999),
            lag_p99: of(|stage| stage.lag_p99),
            refused: refused as f64 / (refused as f64 + answered as f64),
        })
    }

    /// Whether everything was answered that could be.
    pub fn is_valid(&self) -> bool {
        self.rung >= SATURATED || self.refused == 0.0
    }
}
