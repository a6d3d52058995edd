//! The figures: medians of the rounds with their spread, and ratios to the empty handler.

use std::fmt::Write as _;

use serde::Serialize;

use super::machine::Machine;
use super::options::Options;
use super::stage::Stage;
use super::statistics::Spread;
use super::workload::Workload;

/// How far the empty handler may vary before nothing compared with it means anything.
const STEADY: f64 = 0.2;

/// Everything that was measured.
#[derive(Debug, Serialize)]
pub struct Report {
    machine: Machine,
    database: Vec<(String, String)>,
    citizens: u64,
    tokens: u16,
    rounds: u16,
    seconds: f64,
    valid: bool,
    groups: Vec<Group>,
    stages: Vec<Stage>,
}

/// The figures over one number of connections.
#[derive(Debug, Serialize)]
struct Group {
    connections: u16,
    /// How far the empty handler varied, as a share of its median.
    empty_varied: f64,
    valid: bool,
    closed: Vec<Figures>,
    open: Vec<Figures>,
    compared: Vec<Comparison>,
}

/// A workload beside the same without what runs beside it, round by round.
#[derive(Debug, Serialize)]
struct Comparison {
    workload: Workload,
    plain: Workload,
    /// Requests a second, to those of the plain one.
    per_second: Spread,
    /// Processor time a request, to that of the plain one: of everything that runs on this machine.
    cpu: Spread,
}

/// The figures of one workload.
#[derive(Debug, Serialize)]
struct Figures {
    workload: Workload,
    offered: Option<f64>,
    per_second: Spread,
    /// To the empty handler in the same round.
    ratio: Spread,
    p50: Spread,
    p99: Spread,
    p999: Spread,
    lag_p99: Spread,
    client_cpu: f64,
    service_cpu: f64,
    database_cpu: f64,
    entries_a_commit: f64,
    cache_hits: f64,
    seal_lag: Spread,
}

impl Report {
    /// Of those stages.
    pub fn new(
        options: &Options,
        machine: Machine,
        database: Vec<(String, String)>,
        stages: Vec<Stage>,
    ) -> Self {
        let groups: Vec<Group> = options
            .connections
            .iter()
            .map(|&connections| group(connections, options, &stages))
            .collect();
        Self {
            machine,
            database,
            citizens: options.citizens,
            tokens: options.tokens,
            rounds: options.rounds,
            seconds: options.seconds,
            valid: groups.iter().all(|group| group.valid),
            groups,
            stages,
        }
    }

    /// For people to read.
    pub fn table(&self) -> String {
        let mut out = String::new();
        let machine = &self.machine;
        let settings: Vec<String> = self
            .database
            .iter()
            .map(|(name, value)| format!("{name} {value}"))
            .collect();
        let _ = writeln!(
            out,
            "{} cores, {}, Linux {}; a flush takes {:.2} ms\nPostgreSQL: {}\n\
             dancu {} ({}), {} citizens, {} tokens; medians of {} rounds of {} s (least–greatest)",
            machine.cores,
            machine.processor,
            machine.kernel,
            machine.flush_ms,
            settings.join(", "),
            machine.version,
            machine.profile,
            self.citizens,
            self.tokens,
            self.rounds,
            self.seconds
        );
        for group in &self.groups {
            group.write(&mut out);
        }
        if !self.valid {
            out.push_str(
                "\nINVALID: the empty handler varied by more than a fifth. Measure again on a quieter \
                 machine.\n",
            );
        }
        out
    }
}

impl Group {
    fn write(&self, out: &mut String) {
        let steady = if self.valid { "" } else { ": INVALID" };
        let _ = writeln!(
            out,
            "\n{} connections (the empty handler varied by {:.0} %{steady})\n\
             {:<18}{:>10} {:>17}{:>7} {:>11}{:>9}{:>9}{:>9}{:>8}{:>8}{:>9}{:>7}{:>7}{:>9}",
            self.connections,
            self.empty_varied * 100.0,
            "closed loop",
            "a second",
            "",
            "ratio",
            "",
            "p50 ms",
            "p99 ms",
            "p99.9",
            "client",
            "service",
            "database",
            "commit",
            "cached",
            "unsealed"
        );
        for figures in &self.closed {
            figures.write(out);
        }
        if !self.open.is_empty() {
            let _ = writeln!(
                out,
                "{:<18}{:>10} {:>17}{:>7} {:>11}{:>9}{:>9}{:>9}{:>8}{:>8}{:>9}{:>7}{:>7}{:>9}{:>9}",
                "open loop",
                "a second",
                "",
                "",
                "",
                "p50 ms",
                "p99 ms",
                "p99.9",
                "client",
                "service",
                "database",
                "commit",
                "cached",
                "unsealed",
                "lag p99"
            );
        }
        for figures in &self.open {
            figures.write(out);
        }
        for compared in &self.compared {
            let (requests, cpu) = (&compared.per_second, &compared.cpu);
            let _ = writeln!(
                out,
                "{} to {}: {:.2} ({:.2}–{:.2}) of the requests, {:.2} ({:.2}–{:.2}) of the \
                 processor time a request",
                compared.workload.name(),
                compared.plain.name(),
                requests.median,
                requests.min,
                requests.max,
                cpu.median,
                cpu.min,
                cpu.max
            );
        }
    }
}

impl Figures {
    fn write(&self, out: &mut String) {
        let milliseconds = |spread: &Spread| spread.median / 1000.0;
        let _ = write!(
            out,
            "{:<18}{:>10.0} {:>17}",
            self.workload.name(),
            self.per_second.median,
            format!("({:.0}–{:.0})", self.per_second.min, self.per_second.max)
        );
        if self.offered.is_none() && !self.workload.is_reference() {
            let ratio = &self.ratio;
            let spread = format!("({:.2}–{:.2})", ratio.min, ratio.max);
            let _ = write!(out, "{:>7.2} {spread:>11}", ratio.median);
        } else {
            let _ = write!(out, "{:>19}", "");
        }
        let _ = write!(
            out,
            "{:>9.2}{:>9.2}{:>9.2}{:>8.0}{:>8.0}{:>9.0}",
            milliseconds(&self.p50),
            milliseconds(&self.p99),
            milliseconds(&self.p999),
            self.client_cpu,
            self.service_cpu,
            self.database_cpu
        );
        if self.workload.is_reference() {
            let _ = write!(out, "{:>23}", "");
        } else {
            let hits = self.cache_hits * 100.0;
            let _ = write!(out, "{:>7.0}{hits:>5.0} %", self.entries_a_commit);
            let unsealed = format!("{:.1} s", self.seal_lag.max);
            let _ = write!(out, "{unsealed:>9}");
        }
        if self.offered.is_some() {
            let _ = write!(out, "{:>9.2}", milliseconds(&self.lag_p99));
        }
        out.push('\n');
    }
}

fn group(connections: u16, options: &Options, stages: &[Stage]) -> Group {
    let of = |workload, open| {
        let stages = stages.iter().filter(move |stage| {
            stage.connections == connections
                && stage.workload == workload
                && stage.offered.is_some() == open
        });
        stages.collect::<Vec<_>>()
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
            (!mine.is_empty()).then(|| figures(workload, &mine, &reference))
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
    Group {
        connections,
        empty_varied,
        valid: empty_varied <= STEADY,
        closed: figures(false),
        open: figures(true),
        compared: compare(options, &|workload| of(workload, false)),
    }
}

fn compare<'s>(options: &Options, of: &impl Fn(Workload) -> Vec<&'s Stage>) -> Vec<Comparison> {
    let compared = |&workload: &Workload| {
        let plain = workload.plain()?;
        let (these, those) = (of(workload), of(plain));
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
        (!pairs.is_empty()).then(|| Comparison {
            workload,
            plain,
            per_second: spread(|stage| stage.per_second),
            cpu: spread(Stage::cpu),
        })
    };
    options.workloads.iter().filter_map(compared).collect()
}

fn figures(workload: Workload, mine: &[&Stage], reference: &[&Stage]) -> Figures {
    let of = |figure: fn(&Stage) -> f64| Spread::of(mine.iter().map(|stage| figure(stage)));
    let empty = |round: u16| {
        let same = reference.iter().filter(|stage| stage.round == round);
        Spread::of(same.map(|stage| stage.per_second)).median
    };
    Figures {
        workload,
        offered: mine.first().and_then(|stage| stage.offered),
        per_second: of(|stage| stage.per_second),
        ratio: Spread::of(
            mine.iter()
                .map(|stage| stage.per_second / empty(stage.round)),
        ),
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
    }
}
