//! Charts as pure functions of numbers: no script, no style of their own, and every number also as
//! text beside them.

use std::fmt::Write as _;

use super::format::number;
use crate::http::problem::Language;

/// The sides of a column chart's drawing; the page stretches it.
const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 144.0;

/// The part of a column's place that stays free.
const GAP: f64 = 0.18;

/// One value with its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Value {
    /// What it is of.
    pub name: String,
    /// How much.
    pub count: u64,
}

/// A column a value, in their order: for what follows in time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Columns {
    /// The drawing. It is of our making: numbers and fixed words only.
    pub svg: String,
    /// What the highest column stands for.
    pub top: String,
    /// Names below the first, the middle and the last column.
    pub axis: Vec<String>,
    /// Every value, for the table below.
    pub rows: Vec<Row>,
}

/// A row of a chart's table, with the share of the largest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// What it is of.
    pub name: String,
    /// How much, as the language writes it.
    pub count: String,
    /// In thousandths of the largest, for the length of its bar.
    pub length: u32,
}

/// A column chart with its table.
pub fn columns(values: &[Value], language: Language) -> Columns {
    let largest = largest(values);
    let mut svg = String::new();
    let mut draw = |text: std::fmt::Arguments<'_>| {
        svg.write_fmt(text)
            .expect("a string takes all that is written");
    };
    for line in 0..=4_u8 {
        let y = f64::from(line) * (HEIGHT - 1.0) / 4.0 + 0.5;
        draw(format_args!(
            "<line class=\"chart-line\" x1=\"0\" x2=\"{WIDTH}\" y1=\"{y:.1}\" y2=\"{y:.1}\"/>"
        ));
    }
    #[expect(
        clippy::cast_precision_loss,
        reason = "a chart has some hundred columns"
    )]
    let place = WIDTH / values.len().max(1) as f64;
    let mut left = 0.0;
    for value in values {
        let height = f64::from(length(value.count, largest)) / 1000.0 * (HEIGHT - 2.0);
        if value.count > 0 {
            // However little it is, it is not nothing.
            let height = height.max(1.5);
            draw(format_args!(
                "<rect class=\"chart-bar\" x=\"{:.2}\" y=\"{:.2}\" width=\"{:.2}\" height=\"{height:.2}\"/>",
                left + place * GAP / 2.0,
                HEIGHT - height,
                place * (1.0 - GAP),
            ));
        }
        left += place;
    }
    let names = match values {
        [] => Vec::new(),
        [only] => vec![only.name.clone()],
        [first, .., last] if values.len() < 3 => vec![first.name.clone(), last.name.clone()],
        [first, .., last] => {
            let middle = &values[values.len() / 2];
            vec![first.name.clone(), middle.name.clone(), last.name.clone()]
        }
    };
    Columns {
        svg,
        top: number(largest, language),
        axis: names,
        rows: rows(values, language),
    }
}

/// The rows of a table whose bars are its chart, in their order.
pub fn rows(values: &[Value], language: Language) -> Vec<Row> {
    let largest = largest(values);
    values
        .iter()
        .map(|value| Row {
            name: value.name.clone(),
            count: number(value.count, language),
            length: length(value.count, largest),
        })
        .collect()
}

fn largest(values: &[Value]) -> u64 {
    values.iter().map(|value| value.count).max().unwrap_or(0)
}

/// The thousandths `count` is of `largest`.
fn length(count: u64, largest: u64) -> u32 {
    if largest == 0 {
        return 0;
    }
    let thousandths = u128::from(count) * 1000 / u128::from(largest);
    u32::try_from(thousandths).unwrap_or(1000)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn value(name: &str, count: u64) -> Value {
        Value {
            name: name.into(),
            count,
        }
    }

    #[test]
    fn every_value_is_in_the_table_and_all_but_nothing_in_the_drawing() {
        let values = [
            value("00", 4),
            value("01", 0),
            value("02", 1),
            value("03", 2000),
        ];
        let chart = columns(&values, Language::Vietnamese);
        assert_eq!(chart.svg.matches("<rect").count(), 3);
        assert_eq!(chart.top, "2.000");
        assert_eq!(chart.axis, ["00", "02", "03"]);
        let counts: Vec<_> = chart.rows.iter().map(|row| row.count.as_str()).collect();
        assert_eq!(counts, ["4", "0", "1", "2.000"]);
    }

    #[test]
    fn nothing_at_all_is_drawn_too() {
        let chart = columns(&[], Language::English);
        assert!(chart.rows.is_empty() && chart.axis.is_empty());
        assert_eq!(columns(&[value("x", 0)], Language::English).top, "0");
        assert_eq!(
            columns(&[value("x", 0), value("y", 0)], Language::English).axis,
            ["x", "y"]
        );
    }

    #[test]
    fn a_bar_is_as_long_as_its_share_of_the_largest() {
        let rows = rows(
            &[value("a", 10), value("b", 5), value("c", 0)],
            Language::English,
        );
        let lengths: Vec<_> = rows.iter().map(|row| row.length).collect();
        assert_eq!(lengths, [1000, 500, 0]);
    }

    proptest! {
        #[test]
        fn a_drawing_holds_numbers_only_and_stays_in_its_frame(
            counts in prop::collection::vec(any::<u64>(), 0..200),
            name in ".{0,12}",
        ) {
            let values: Vec<_> = counts.iter().map(|count| value(&name, *count)).collect();
            let chart = columns(&values, Language::English);
            prop_assert!(chart.rows.iter().all(|row| row.length <= 1000));
            prop_assert!(!chart.svg.contains("NaN") && !chart.svg.contains("style"));
            prop_assert!(chart.svg.is_ascii() && !chart.svg.contains("=\"-"));
        }
    }
}
