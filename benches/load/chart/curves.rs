//! Curves over a common ground, upwards by powers of ten.

use super::svg::{Anchor, MARGIN, Svg, WIDTH};

/// Where the ground begins: figures are before it.
const LEFT: f64 = 70.0;
/// How high it is.
const HEIGHT: f64 = 220.0;
/// How many colours there are.
const COLOURS: usize = 4;

/// A curve.
#[derive(Debug)]
pub struct Curve {
    /// What it is of.
    pub name: String,
    /// Its points, from left to right.
    pub points: Vec<(f64, f64)>,
}

/// What is shown of the two directions, and where.
struct Ground {
    bottom: f64,
    greatest_x: f64,
    /// Powers of ten.
    lowest: f64,
    highest: f64,
}

/// Draws them; nothing where there are none.
pub fn draw(svg: &mut Svg, head: &str, foot: &str, curves: &[Curve]) {
    let points = || curves.iter().flat_map(|curve| &curve.points);
    let logs = || points().map(|(_, y)| y.max(f64::MIN_POSITIVE).log10());
    let lowest = logs().fold(f64::INFINITY, f64::min).floor();
    if !lowest.is_finite() {
        return;
    }
    svg.head(head);
    let ground = Ground {
        bottom: svg.y + 20.0 + HEIGHT,
        greatest_x: points().map(|(x, _)| *x).fold(0.0, f64::max),
        lowest,
        highest: logs().fold(lowest + 1.0, f64::max).ceil(),
    };
    ground.draw(svg);
    let mut rungs: Vec<f64> = points().map(|(x, _)| *x).collect();
    rungs.sort_by(f64::total_cmp);
    rungs.dedup();
    for rung in rungs {
        let x = ground.x(rung);
        svg.text(
            "note",
            x,
            ground.bottom + 16.0,
            Anchor::Middle,
            &format!("{rung}"),
        );
    }
    svg.y = ground.bottom + 18.0;
    for (at, curve) in curves.iter().enumerate() {
        let colour = at % COLOURS;
        let place = |&(x, y): &(f64, f64)| (ground.x(x), ground.y(y));
        let places: Vec<_> = curve.points.iter().map(place).collect();
        svg.curve(&format!("curve c{colour}"), &places);
    }
    svg.note(foot);
    for (at, curve) in curves.iter().enumerate() {
        svg.y += 18.0;
        svg.rectangle(
            &format!("k{}", at % COLOURS),
            (LEFT, svg.y - 8.0),
            18.0,
            4.0,
        );
        svg.text("", LEFT + 26.0, svg.y, Anchor::Start, &curve.name);
    }
}

impl Ground {
    fn x(&self, x: f64) -> f64 {
        LEFT + x / self.greatest_x * (WIDTH - LEFT - 2.0 * MARGIN)
    }

    fn y(&self, y: f64) -> f64 {
        let part = (y.log10() - self.lowest) / (self.highest - self.lowest);
        self.bottom - part * HEIGHT
    }

    /// A line for 1, 2 and 5 of each power.
    fn draw(&self, svg: &mut Svg) {
        let mut power = self.lowest;
        while power <= self.highest {
            for leading in [1.0, 2.0, 5.0] {
                let value = leading * 10.0_f64.powf(power);
                let y = self.y(value);
                if y < self.bottom - HEIGHT - 1.0 {
                    break;
                }
                svg.line("grid", (LEFT, y), (self.x(self.greatest_x), y));
                let digits = if value < 1.0 { 2 } else { 0 };
                let figure = format!("{value:.digits$}");
                svg.text("note", LEFT - 8.0, y + 4.0, Anchor::End, &figure);
            }
            power += 1.0;
        }
    }
}
