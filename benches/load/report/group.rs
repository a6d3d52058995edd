//! The figures over one number of connections.

use serde::Serialize;

use super::figures::Figures;
use super::ladder::Rung;
use super::reading::Read;
use crate::options::Options;
use crate::rounds::Measured;
use crate::stage::Stage;
use crate::statistics::Spread;
use crate::workload::Workload;

/// How far the empty handler may vary before nothing compared with it means anything.
const STEADY: f64 = 0.2;

/// The figures over one number of connections.
#[derive(Debug, Serialize)]
pub struct Group {
    pub connections: u16,
    /// How far the empty handler varied, as a share of its median.
    pub empty_varied: f64,
    /// Whether it held still, and nothing was refused that should have been answered.
    pub valid: bool,
    pub closed: Vec<Figures>,
    pub open: Vec<Figures>,
    pub ladder: Vec<Rung>,
    pub compared: Vec<Comparison>,
    /// Lookups of the service beside those of peers.
    pub peers: Vec<Comparison>,
    /// What `pgbench` read, and what the service did beside that.
    pub read: Option<Read>,
}

/// A workload beside the same without what runs beside it, or without its entry, or beside a peer, round
/// by round.
#[derive(Debug, Serialize)]
pub struct Comparison {
    pub workload: Workload,
    pub plain: Workload,
    /// Requests a second, to those of the plain one.
    pub per_second: Spread,
    /// Processor time a request, to that of the plain one: of everything that runs on this machine.
    pub cpu: Spread,
}

impl Group {
    /// Of what was measured over so many connections.
    pub fn new(connections: u16, options: &Options, measured: &Measured) -> Self {
        let stages = measured.stages.iter();
        let mine: Vec<&Stage> = stages.filter(|it| it.connections == connections).collect();
        let of = |workload, open| -> Vec<&Stage> {
            let wanted = |it: &&&Stage| {
                it.workload == workload && it.offered.is_some() == open && it.rung.is_none()
            };
            mine.iter().filter(wanted).copied().collect()
        };
        let mut workloads = vec![Workload::Empty];
        workloads.extend(&options.workloads);
        if options.workloads.contains(&Workload::Batch) {
            workloads.insert(1, Workload::EmptyBatch);
        }
        let figures = |open: bool| {
            let figures = |&workload: &Workload| {
                let mine = of(workload, open);
                let reference = of(workload.reference(), false);
                (!mine.is_empty()).then(|| Figures::new(workload, &mine, &reference))
            };
            workloads.iter().filter_map(figures).collect::<Vec<_>>()
        };
        let varied = |reference| {
            let stages = of(reference, false);
            Spread::of(stages.iter().map(|stage| stage.per_second)).width()
        };
        let empty_varied = workloads
            .iter()
            .filter(|workload| workload.is_reference())
            .map(|&reference| varied(reference))
            .fold(0.0, f64::max);
        let ladder = Rung::all(&mine);
        let compared = Workload::COMPARED.into_iter();
        let peers = options.peers.iter().flat_map(|&peer| {
            let mine = Workload::BESIDE_PEERS.into_iter();
            mine.map(move |mine| (mine, Workload::Peer(peer)))
        });
        let readings = measured.readings.iter();
        let readings: Vec<_> = readings
            .filter(|it| it.connections == connections)
            .collect();
        Self {
            connections,
            empty_varied,
            valid: empty_varied <= STEADY && ladder.iter().all(|rung| rung.is_valid()),
            closed: figures(false),
            open: figures(true),
            ladder,
            compared: compared
                .filter_map(|(this, plain)| Comparison::new(this, plain, &of))
                .collect(),
            peers: peers
                .filter_map(|(this, peer)| Comparison::new(this, peer, &of))
                .collect(),
            read: Read::new(&readings, options, &of),
        }
    }
}

impl Comparison {
    fn new<'s>(
        workload: Workload,
        plain: Workload,
        of: &impl Fn(Workload, bool) -> Vec<&'s Stage>,
    ) -> Option<Self> {
        let (these, those) = (of(workload, false), of(plain, false));
        let pairs: Vec<(&Stage, &Stage)> = these
            .into_iter()
            .filter_map(|this| {
                let same = those.iter().find(|that| that.round == this.round)?;
                Some((this, *same))
            })
            .collect();
        let spread = |of: fn(&Stage) -> f64| {
            Spread::of(pairs.iter().map(|(this, that)| of(this) / of(that)))
        };
        (!pairs.is_empty()).then(|| Self {
            workload,
            plain,
            per_second: spread(|stage| stage.per_second),
            cpu: spread(Stage::cpu),
        })
    }
}
