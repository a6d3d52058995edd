//! The examples of requests and answers: one story, recorded from the running service.
//!
//! `examples.json` holds the calls in the order in which they can be made on an empty service, each
//! with the answer it got. A test makes them again and compares, so an example that is not true
//! does not stay; what differs from run to run stands there as a fixed value.

use serde::Deserialize;
use serde_json::Value;

use crate::json::Ordered;

const RECORDED: &str = include_str!("examples.json");

/// One call and its answer.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Call {
    /// The operation's name.
    pub operation: String,
    /// The example's name, unique within its operation.
    pub name: String,
    /// What it shows.
    pub summary: String,
    /// The caller, for the test that makes the call.
    #[expect(dead_code, reason = "read by the test that makes the calls")]
    r#as: String,
    /// What varies in the path, and what stands behind it.
    #[serde(default)]
    #[expect(dead_code, reason = "read by the test that makes the calls")]
    path: Option<String>,
    /// The body that is sent.
    #[serde(default)]
    pub request: Option<Ordered>,
    /// The status of the answer.
    pub status: u16,
    /// The body of the answer.
    #[serde(default)]
    pub answer: Option<Ordered>,
}

/// All calls, in their order.
pub(super) fn calls() -> Vec<Call> {
    serde_json::from_str(RECORDED).expect("the recorded examples are JSON of this form")
}

/// Examples that are put into the text of the description last, with their members in the order in
/// which they are really sent and answered.
#[derive(Default)]
pub(super) struct Inserts(Vec<Ordered>);

/// Begins what stands for an example until then.
const MARK: &str = "@example ";

impl Inserts {
    /// Keeps an example, and gives what stands for it.
    pub(super) fn put(&mut self, example: Ordered) -> Value {
        self.0.push(example);
        Value::from(format!("{MARK}{}", self.0.len() - 1))
    }

    /// The text with every example in its place, indented like its surroundings.
    pub(super) fn insert(&self, text: &str) -> String {
        let mut out = String::with_capacity(2 * text.len());
        for line in text.lines() {
            match self.find(line) {
                Some((before, example, after)) => {
                    let indent = &line[..line.len() - line.trim_start().len()];
                    let example = example.to_pretty().replace('\n', &format!("\n{indent}"));
                    out.extend([before, &example, after, "\n"]);
                }
                None => out.extend([line, "\n"]),
            }
        }
        out
    }

    fn find<'a>(&self, line: &'a str) -> Option<(&'a str, &Ordered, &'a str)> {
        let (before, rest) = line.split_once(&format!("\"{MARK}"))?;
        let (at, after) = rest.split_once('"')?;
        Some((before, self.0.get(at.parse::<usize>().ok()?)?, after))
    }
}
