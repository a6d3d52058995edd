//! Shares as bars, with the least and the greatest as a whisker.

use super::svg::{Anchor, MARGIN, Svg, WIDTH};

/// Where the bars begin: their names are before it.
const LEFT: f64 = 160.0;
/// Room for the figures behind them.
const RIGHT: f64 = 150.0;
/// From one bar to the next.
const STEP: f64 = 26.0;
/// How high one is.
const HEIGHT: f64 = 15.0;
/// How long the longest is, at least, as a share.
const LEAST_SCALE: f64 = 0.1;

/// A bar.
#[derive(Debug)]
pub struct Bar {
    /// What it is of.
    pub name: String,
    /// How long it is.
    pub value: f64,
    /// The whisker's ends.
    pub least: f64,
    /// See `least`.
    pub greatest: f64,
}

/// Draws them; nothing where there are none.
pub fn draw(svg: &mut Svg, head: &str, bars: &[Bar]) {
    if bars.is_empty() {
        return;
    }
    svg.head(head);
    let longest = bars.iter().map(|bar| bar.greatest);
    let scale = (WIDTH - LEFT - RIGHT - MARGIN) / longest.fold(LEAST_SCALE, f64::max);
    for bar in bars {
        svg.y += STEP;
        let (y, middle) = (svg.y, svg.y - HEIGHT / 2.0 + 2.0);
        let at = |value: f64| LEFT + value * scale;
        svg.text("", LEFT - 10.0, y, Anchor::End, &bar.name);
        let top = middle - HEIGHT / 2.0;
        svg.rectangle("bar", (LEFT, top), bar.value * scale, HEIGHT);
        svg.line(
            "whisker",
            (at(bar.least), middle),
            (at(bar.greatest), middle),
        );
        for end in [bar.least, bar.greatest] {
            svg.line("whisker", (at(end), middle - 3.0), (at(end), middle + 3.0));
        }
        let figures = format!("{:.2} ({:.2}–{:.2})", bar.value, bar.least, bar.greatest);
        svg.text("", at(bar.greatest) + 10.0, y, Anchor::Start, &figures);
    }
}
