//! What is expected of a target, in a file that people read too, and how it compares with what there is.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use super::Failure;

/// How much a step may grow, in per cent.
const MOST: f64 = 5.0;

const HEAD: &str = "\
# Instructions of each step. Written by `./dev counts --bless`; how to read it: docs/performance.md.
#
";

/// The steps with their instructions, and what these depend on besides the program.
pub struct Counts<'a> {
    /// A line each.
    pub circumstances: Vec<String>,
    /// In the order in which they are taken.
    pub steps: Vec<(&'a str, u64)>,
}

/// The file of a target.
pub struct Expected(PathBuf);

impl Expected {
    /// Where it is, whether or not it is there.
    pub fn of(target: &str) -> Self {
        let counts = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/counts");
        Self(counts.join(format!("{target}.txt")))
    }

    /// Writes what there is.
    pub fn bless(&self, now: &Counts<'_>) -> Result<(), Failure> {
        let mut text = HEAD.to_owned();
        for line in &now.circumstances {
            writeln!(text, "# {line}")?;
        }
        text.push('\n');
        for (step, count) in &now.steps {
            writeln!(text, "{count:>8}  {step}")?;
        }
        fs::write(&self.0, &text)?;
        print!("{text}");
        Ok(())
    }

    /// Tells what there is beside what was expected. Fails where a step grew too much, under the same
    /// circumstances, or where the steps are others.
    pub fn compare(&self, now: &Counts<'_>) -> Result<ExitCode, Failure> {
        let Ok(text) = fs::read_to_string(&self.0) else {
            self.tell_alone(now);
            return Ok(ExitCode::SUCCESS);
        };
        let expected = Counts::read(&text)?;
        let mut faults = Vec::new();
        for (step, count) in &now.steps {
            let Some(was) = expected.of(step) else {
                println!("{count:>8}  {:>8}  {:>8}  {step}", "-", "new");
                faults.push(format!("{step}: nothing is expected of it"));
                continue;
            };
            let growth = 100.0 * (*count as f64 / was as f64 - 1.0);
            println!("{count:>8}  {was:>8}  {growth:>+7.1}%  {step}");
            if growth > MOST {
                faults.push(format!("{step}: grew by {growth:.1} %"));
            }
        }
        for (step, _) in &expected.steps {
            if now.of(step).is_none() {
                faults.push(format!("{step}: is expected, and not there"));
            }
        }
        if faults.is_empty() {
            return Ok(ExitCode::SUCCESS);
        }
        for fault in faults {
            println!("{fault}");
        }
        if expected.circumstances != now.circumstances {
            println!("expected under: {}", expected.circumstances.join("; "));
            println!("counted under:  {}", now.circumstances.join("; "));
            println!("so this says nothing, and is no failure");
            return Ok(ExitCode::SUCCESS);
        }
        println!("where that is meant, say so with ./dev counts --bless, and commit it");
        Ok(ExitCode::FAILURE)
    }

    fn tell_alone(&self, now: &Counts<'_>) {
        for (step, count) in &now.steps {
            println!("{count:>8}  {step}");
        }
        println!("nothing is expected yet: there is no {}", self.0.display());
    }
}

impl<'a> Counts<'a> {
    fn read(text: &'a str) -> Result<Self, Failure> {
        let comments = text.lines().filter_map(|line| line.strip_prefix("# "));
        let lines = text
            .lines()
            .filter(|line| !line.is_empty() && !line.starts_with('#'));
        let steps = lines.map(|line| {
            let (count, step) = line.trim().split_once("  ").ok_or("a line is no step")?;
            Ok::<_, Failure>((step, count.parse()?))
        });
        Ok(Self {
            // The first says what the file is.
            circumstances: comments.skip(1).map(str::to_owned).collect(),
            steps: steps.collect::<Result<_, _>>()?,
        })
    }

    fn of(&self, step: &str) -> Option<u64> {
        let same = self.steps.iter().find(|(it, _)| *it == step);
        same.map(|(_, count)| *count)
    }
}
