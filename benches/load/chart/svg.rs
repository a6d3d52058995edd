//! A page that grows downwards, and the few shapes that are put on it.

use std::fmt::Write as _;

/// How wide the page is.
pub const WIDTH: f64 = 760.0;
/// How far everything stays from its edges.
pub const MARGIN: f64 = 24.0;

/// Colours by name, in light and in dark.
const STYLE: &str = "\
text { font: 13px system-ui, sans-serif; fill: #1f2328 }
.title { font-size: 18px; font-weight: 600 }
.head { font-weight: 600 }
.note { font-size: 11px; fill: #59636e }
.page { fill: #ffffff }
.grid { stroke: #d1d9e0 }
.bar { fill: #54a0e8 }
.whisker { stroke: #1f2328 }
.curve { fill: none; stroke-width: 2 }
.c0 { stroke: #0969da } .c1 { stroke: #bc4c00 } .c2 { stroke: #1a7f37 } .c3 { stroke: #8250df }
.k0 { fill: #0969da } .k1 { fill: #bc4c00 } .k2 { fill: #1a7f37 } .k3 { fill: #8250df }
@media (prefers-color-scheme: dark) {
text { fill: #e6edf3 } .note { fill: #9198a1 } .page { fill: #0d1117 } .grid { stroke: #3d444d }
.bar { fill: #316dca } .whisker { stroke: #e6edf3 }
.c0 { stroke: #58a6ff } .c1 { stroke: #f0883e } .c2 { stroke: #3fb950 } .c3 { stroke: #bc8cff }
.k0 { fill: #58a6ff } .k1 { fill: #f0883e } .k2 { fill: #3fb950 } .k3 { fill: #bc8cff }
}";

/// The page.
#[derive(Debug, Default)]
pub struct Svg {
    body: String,
    /// How far down it is used.
    pub y: f64,
}

/// Which end of a text is at its place.
#[derive(Clone, Copy, Debug)]
pub enum Anchor {
    /// Its beginning.
    Start,
    /// Its middle.
    Middle,
    /// Its end.
    End,
}

impl Svg {
    /// The drawing's title.
    pub fn title(&mut self, text: &str) {
        self.y += MARGIN + 12.0;
        self.text("title", MARGIN, self.y, Anchor::Start, text);
    }

    /// The title of a part.
    pub fn head(&mut self, text: &str) {
        self.y += 38.0;
        self.text("head", MARGIN, self.y, Anchor::Start, text);
    }

    /// A line of small text.
    pub fn note(&mut self, text: &str) {
        self.y += 18.0;
        self.text("note", MARGIN, self.y, Anchor::Start, text);
    }

    /// Text at a place.
    pub fn text(&mut self, class: &str, x: f64, y: f64, anchor: Anchor, text: &str) {
        let anchor = match anchor {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        };
        let text = text.replace('&', "&amp;").replace('<', "&lt;");
        let _ = writeln!(
            self.body,
            r#"<text class="{class}" x="{x:.1}" y="{y:.1}" text-anchor="{anchor}">{text}</text>"#
        );
    }

    /// A line.
    pub fn line(&mut self, class: &str, (x, y): (f64, f64), (to_x, to_y): (f64, f64)) {
        let _ = writeln!(
            self.body,
            r#"<line class="{class}" x1="{x:.1}" y1="{y:.1}" x2="{to_x:.1}" y2="{to_y:.1}"/>"#
        );
    }

    /// A rectangle.
    pub fn rectangle(&mut self, class: &str, (x, y): (f64, f64), width: f64, height: f64) {
        let _ = writeln!(
            self.body,
            r#"<rect class="{class}" x="{x:.1}" y="{y:.1}" width="{width:.1}" height="{height:.1}"/>"#
        );
    }

    /// A line through all these.
    pub fn curve(&mut self, class: &str, points: &[(f64, f64)]) {
        let points: Vec<String> = points
            .iter()
            .map(|(x, y)| format!("{x:.1},{y:.1}"))
            .collect();
        let points = points.join(" ");
        let _ = writeln!(
            self.body,
            r#"<polyline class="{class}" points="{points}"/>"#
        );
    }

    /// The whole drawing.
    pub fn finish(self) -> String {
        let (height, body) = (self.y + MARGIN, self.body);
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height:.0}\" \
             width=\"{WIDTH}\" height=\"{height:.0}\">\n<style>\n{STYLE}\n</style>\n\
             <rect class=\"page\" width=\"100%\" height=\"100%\"/>\n{body}</svg>\n"
        )
    }
}
