//! What `pgbench` read, and cold questions beside it.

use serde::Serialize;

use crate::options::Options;
use crate::pgbench::Reading;
use crate::stage::Stage;
use crate::statistics::Spread;
use crate::workload::Workload;

/// `pgbench` over as many connections as were best for it. Processor times are in microseconds a row.
#[derive(Debug, Serialize)]
pub struct Read {
    /// Over how many it read.
    pub clients: u16,
    /// Rows each second.
    pub per_second: Spread,
    pub client_cpu: f64,
    pub database_cpu: f64,
    /// Cold questions a second, to the rows that `pgbench` read in the same round.
    pub cold: Vec<Cold>,
}

/// A cold workload beside `pgbench`.
#[derive(Debug, Serialize)]
pub struct Cold {
    pub workload: Workload,
    /// What it is called in the table.
    pub name: &'static str,
    pub ratio: Spread,
}

impl Read {
    /// Of what was read.
    pub fn new<'s>(
        readings: &[&Reading],
        options: &Options,
        of: &impl Fn(Workload, bool) -> Vec<&'s Stage>,
    ) -> Option<Self> {
        let by = |clients| readings.iter().filter(move |it| it.clients == clients);
        let rate = |clients| Spread::of(by(clients).map(|it| it.per_second)).median;
        let best = readings.iter().map(|reading| reading.clients);
        let clients = best.max_by(|a, b| rate(*a).total_cmp(&rate(*b)))?;
        let in_round = |round| {
            let same = by(clients).filter(|it| it.round == round);
            Spread::of(same.map(|it| it.per_second)).median
        };
        let cold = options.workloads.iter().filter(|it| it.is_cold());
        let cold = cold.map(|&workload| {
            let stages = of(workload, false);
            let ratios = stages.iter().map(|it| it.per_second / in_round(it.round));
            Cold {
                workload,
                name: workload.name(),
                ratio: Spread::of(ratios),
            }
        });
        Some(Self {
            clients,
            per_second: Spread::of(by(clients).map(|it| it.per_second)),
            client_cpu: Spread::of(by(clients).map(|it| it.client_cpu)).median,
            database_cpu: Spread::of(by(clients).map(|it| it.database_cpu)).median,
            cold: cold.collect(),
        })
    }
}
