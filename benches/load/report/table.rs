//! The figures, for people to read.

use std::fmt::Write as _;

use super::Report;
use super::figures::Figures;
use super::group::{Comparison, Group};
use super::ladder::Rung;
use super::reading::Read;
use crate::silent::Silence;
use crate::statistics::Spread;

/// Bytes in the unit memory is told in.
const MIB: f64 = 1024.0 * 1024.0;

/// What stands above the columns of [`cells`].
const TITLES: [&str; 16] = [
    "", "a second", "", "ratio", "", "p50 ms", "p99 ms", "p99.9", "client", "service", "database",
    "commit", "cached", "unsealed", "MiB", "lag p99",
];
/// How wide these are.
const WIDTHS: [usize; 16] = [18, 10, 18, 7, 12, 9, 9, 9, 8, 8, 9, 7, 7, 9, 7, 9];

impl Report {
    /// Everything.
    pub fn table(&self) -> String {
        let mut out = String::new();
        let machine = &self.machine;
        let settings = machine.database.iter();
        let settings: Vec<String> = settings.map(|(name, it)| format!("{name} {it}")).collect();
        let _ = writeln!(
            out,
            "{} cores, {}, Linux {}; a flush takes {:.2} ms, a commit {:.2} ms{}\nPostgreSQL: {}\n\
             dancu {} ({}), {} citizens{}, {} tokens; medians of {} rounds of {} s (least–greatest)",
            machine.cores,
            machine.processor,
            machine.kernel,
            machine.flush_ms,
            machine.commit_ms,
            self.fsync_ms.map_or(String::new(), |ms| {
                format!(", for the database's flushes were made {ms} ms slower")
            }),
            settings.join(", "),
            machine.version,
            machine.profile,
            self.citizens,
            self.filled_seconds
                .map_or(String::new(), |it| format!(" made in {it:.0} s")),
            self.tokens,
            self.rounds,
            self.seconds
        );
        for group in &self.groups {
            group.write(&mut out);
        }
        self.write_aside(&mut out);
        for skipped in &self.skipped {
            let _ = writeln!(out, "\nskipped: {skipped}");
        }
        if !self.valid {
            out.push_str(
                "\nINVALID: the empty handler varied by more than a fifth, or questions were refused \
                 that could be answered. Measure again on a quieter machine.\n",
            );
        }
        out
    }

    fn write_aside(&self, out: &mut String) {
        let memory = &self.memory;
        let _ = writeln!(
            out,
            "\nmemory of the service: {:.0} MiB at its start, {:.0} at most; a cached record: {:.0} \
             bytes as the cache counts them{}, of {:.0} records",
            memory.at_start / MIB,
            memory.greatest / MIB,
            memory.counted_each,
            memory.held_each.map_or(String::new(), |bytes| {
                format!(", {bytes:.0} of the service's memory at most")
            }),
            memory.cached
        );
        if let Some(startup) = &self.startup {
            let _ = writeln!(
                out,
                "start-up: {} s until the first answer, {} of them PostgreSQL's",
                spread(&startup.seconds, 2),
                spread(&startup.database_seconds, 2)
            );
            if let Some(seconds) = &startup.existing_seconds {
                let _ = writeln!(
                    out,
                    "`dancu serve` over a database that ran already: {} s until its first answer",
                    spread(seconds, 3)
                );
            }
        }
        if let Some(silence) = &self.silence {
            silence.write(out);
        }
    }
}

impl Group {
    fn write(&self, out: &mut String) {
        let steady = if self.valid { "" } else { ": INVALID" };
        let _ = writeln!(
            out,
            "\n{} connections (the empty handler varied by {:.0} %{steady})",
            self.connections,
            self.empty_varied * 100.0
        );
        for (title, figures) in [("closed loop", &self.closed), ("open loop", &self.open)] {
            if !figures.is_empty() {
                let mut titles = TITLES.map(str::to_owned);
                titles[0] = title.to_owned();
                row(out, &titles);
            }
            for figures in figures {
                row(out, &figures.cells());
            }
            if let Some(read) = self.read.as_ref().filter(|_| title == "closed loop") {
                row(out, &read.cells());
            }
        }
        if !self.ladder.is_empty() {
            let _ = writeln!(
                out,
                "{:<18}{:>6}{:>10}{:>10} {:>17}{:>9}{:>9}{:>9}{:>9}{:>9}",
                "ladder",
                "rate",
                "offered",
                "a second",
                "",
                "p50 ms",
                "p99 ms",
                "p99.9",
                "refused",
                "lag p99"
            );
        }
        for rung in &self.ladder {
            rung.write(out);
        }
        for compared in &self.compared {
            compared.write(out);
        }
        self.write_peers(out);
        for cold in self.read.iter().flat_map(|read| &read.cold) {
            let _ = writeln!(out, "{} to pgbench: {}", cold.name, spread(&cold.ratio, 2));
        }
    }
}

impl Figures {
    fn cells(&self) -> [String; 16] {
        let ms = |spread: &Spread| format!("{:.2}", spread.median / 1000.0);
        let is_reference = self.workload.is_reference();
        let is_peer = self.workload.peer().is_some();
        let held = |text: String| if is_reference { String::new() } else { text };
        let asked = |text: String| if is_peer { String::new() } else { held(text) };
        let closed = |text: String| {
            let shown = self.offered.is_none() && !is_reference;
            if shown { text } else { String::new() }
        };
        [
            self.name.to_owned(),
            format!("{:.0}", self.per_second.median),
            range(&self.per_second, 0),
            closed(format!("{:.2}", self.ratio.median)),
            closed(range(&self.ratio, 2)),
            ms(&self.p50),
            ms(&self.p99),
            ms(&self.p999),
            format!("{:.0}", self.client_cpu),
            format!("{:.0}", self.service_cpu),
            format!("{:.0}", self.database_cpu),
            asked(counted(self.entries_a_commit)),
            asked(format!("{:.0} %", self.cache_hits * 100.0)),
            asked(format!("{:.1} s", self.seal_lag.max)),
            held(format!("{:.0}", self.resident_bytes.max / MIB)),
            self.offered.map_or(String::new(), |_| ms(&self.lag_p99)),
        ]
    }
}

impl Read {
    fn cells(&self) -> [String; 16] {
        let mut cells = [const { String::new() }; 16];
        cells[0] = format!("pgbench over {}", self.clients);
        cells[1] = format!("{:.0}", self.per_second.median);
        cells[2] = range(&self.per_second, 0);
        cells[8] = format!("{:.0}", self.client_cpu);
        cells[10] = format!("{:.0}", self.database_cpu);
        cells
    }
}

impl Rung {
    fn write(&self, out: &mut String) {
        let ms = |spread: &Spread| spread.median / 1000.0;
        let _ = writeln!(
            out,
            "{:<18}{:>6.2}{:>10.0}{:>10.0} {:>17}{:>9.2}{:>9.2}{:>9.2}{:>7.1} %{:>9.2}",
            self.name,
            self.rung,
            self.offered,
            self.per_second.median,
            range(&self.per_second, 0),
            ms(&self.p50),
            ms(&self.p99),
            ms(&self.p999),
            self.refused * 100.0,
            ms(&self.lag_p99)
        );
    }
}

impl Comparison {
    fn write(&self, out: &mut String) {
        let _ = writeln!(
            out,
            "{} to {}: {} of the requests, {} of the processor time a request",
            self.workload.name(),
            self.plain.name(),
            spread(&self.per_second, 2),
            spread(&self.cpu, 2)
        );
    }
}

impl Silence {
    fn write(&self, out: &mut String) {
        let passed = |passed| if passed { "passed" } else { "FAILED" };
        let _ = writeln!(
            out,
            "the silent \"no\": {}; answers of {} shape(s), {:.1} % of people cached, where half should \
             be; numbers nobody has beside people who exist:",
            passed(self.passed),
            self.shapes,
            self.cached * 100.0
        );
        for one in &self.compared {
            let _ = writeln!(
                out,
                "  {:<18}{:<12}{:>8} pairs{:>9.1} and {:.1} µs, {:+.2} %, area {:.3}: {}",
                one.reason,
                if one.cached { "cached" } else { "not cached" },
                one.pairs,
                one.unknown_us,
                one.known_us,
                one.apart * 100.0,
                one.auc,
                passed(one.passed)
            );
        }
    }
}

/// A line of the table.
fn row(out: &mut String, cells: &[String; 16]) {
    let mut line = String::new();
    for (at, (cell, width)) in cells.iter().zip(WIDTHS).enumerate() {
        let _ = match at {
            0 => write!(line, "{cell:<width$}"),
            _ => write!(line, "{cell:>width$}"),
        };
    }
    out.push_str(line.trim_end());
    out.push('\n');
}

/// The least and the greatest.
fn range(spread: &Spread, digits: usize) -> String {
    format!("({:.digits$}–{:.digits$})", spread.min, spread.max)
}

/// The middle, and the least and the greatest.
pub fn spread(spread: &Spread, digits: usize) -> String {
    format!("{:.digits$} {}", spread.median, range(spread, digits))
}

/// A number, where there is one.
fn counted(number: f64) -> String {
    if number.is_nan() {
        String::new()
    } else {
        format!("{number:.0}")
    }
}
