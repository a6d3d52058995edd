//! The figures as a drawing (SVG) that can be read in light and in dark: ratios to the empty handler
//! and to `pgbench`, and the ladder's latencies. Made from the JSON alone, so an earlier run can be drawn
//! again.

mod bars;
mod curves;
mod svg;

use serde::Deserialize;

use super::Failure;
use bars::Bar;
use curves::Curve;
use svg::Svg;

/// The number of connections whose ratios are drawn, or the one next to it.
const USUAL: f64 = 64.0;
/// Microseconds in the unit latency is drawn in.
const MS: f64 = 1000.0;

/// What is drawn of a report.
#[derive(Debug, Deserialize)]
struct Drawn {
    machine: Machine,
    citizens: u64,
    fsync_ms: Option<u16>,
    groups: Vec<Group>,
}

#[derive(Debug, Deserialize)]
struct Machine {
    processor: String,
    cores: usize,
    profile: String,
    commit_ms: f64,
}

#[derive(Debug, Deserialize)]
struct Group {
    connections: u16,
    closed: Vec<Ratio>,
    ladder: Vec<Rung>,
    read: Option<Read>,
}

#[derive(Debug, Deserialize)]
struct Read {
    cold: Vec<Ratio>,
}

#[derive(Debug, Deserialize)]
struct Ratio {
    name: String,
    ratio: Range,
}

#[derive(Debug, Deserialize)]
struct Rung {
    name: String,
    rung: f64,
    p99: Range,
}

#[derive(Clone, Copy, Debug, Deserialize)]
struct Range {
    median: f64,
    min: f64,
    max: f64,
}

/// Draws a report.
pub fn draw(json: &[u8]) -> Result<String, Failure> {
    let drawn: Drawn = serde_json::from_slice(json)?;
    let far = |group: &&Group| (f64::from(group.connections) / USUAL).ln().abs();
    let usual = drawn.groups.iter().min_by(|a, b| far(a).total_cmp(&far(b)));
    let usual = usual.ok_or("nothing was measured")?;
    let mut svg = Svg::default();
    svg.title(&format!("dancu, {} connections", usual.connections));
    let machine = &drawn.machine;
    let slower = drawn.fsync_ms.map_or("", |_| ", on a slowed disk");
    svg.note(&format!(
        "{} cores, {} ({}); {} citizens; a commit takes {:.2} ms{slower}",
        machine.cores, machine.processor, machine.profile, drawn.citizens, machine.commit_ms
    ));
    let asked = usual
        .closed
        .iter()
        .filter(|it| !it.name.starts_with("empty"));
    bars::draw(
        &mut svg,
        "Requests a second, as a share of what an empty handler answers",
        &asked.map(bar).collect::<Vec<_>>(),
    );
    let cold = usual.read.iter().flat_map(|read| &read.cold);
    bars::draw(
        &mut svg,
        "People read a second, as a share of the rows that pgbench reads",
        &cold.map(bar).collect::<Vec<_>>(),
    );
    curves::draw(
        &mut svg,
        "99 of 100 are answered within (ms, from the moment a request was due)",
        "rate, as a share of what the closed loop reached",
        &drawn.groups.iter().flat_map(climbs).collect::<Vec<_>>(),
    );
    Ok(svg.finish())
}

fn bar(it: &Ratio) -> Bar {
    Bar {
        name: it.name.clone(),
        value: it.ratio.median,
        least: it.ratio.min,
        greatest: it.ratio.max,
    }
}

/// One curve a workload.
fn climbs(group: &Group) -> Vec<Curve> {
    let mut curves: Vec<Curve> = Vec::new();
    for rung in &group.ladder {
        let name = format!("{} over {}", rung.name, group.connections);
        let point = (rung.rung, rung.p99.median / MS);
        match curves.last_mut().filter(|curve| curve.name == name) {
            Some(curve) => curve.points.push(point),
            None => curves.push(Curve {
                name,
                points: vec![point],
            }),
        }
    }
    curves
}
