//! How many instructions do the steps take that every request passes through? Times are a machine's and
//! its mood's; this count is the same again, so that a step which grew is told from one that was
//! disturbed.
//!
//! ```sh
//! ./dev counts             # beside what is expected; fails where a step grew by more than 5 %
//! ./dev counts --bless     # what there is now is what is expected from now on
//! ```
//!
//! valgrind's callgrind counts, in a second process of this program (`callgrind`), whatever `steps` has. What
//! is expected is in a file for each target (`expected`). It holds for the compiler, the valgrind and the
//! processor's instructions that are named in it: under others the counts are told, and nothing fails.

#![expect(clippy::print_stdout, reason = "the counts are what it is for")]

#[path = "../sample/agreed.rs"]
mod agreed;
#[path = "../sample/answers.rs"]
mod answers;
mod callgrind;
mod expected;
#[path = "../sample/issuer.rs"]
mod issuer;
#[path = "../sample/person.rs"]
mod person;
#[path = "../sample/mod.rs"]
mod sample;
mod steps;

use std::process::ExitCode;

use callgrind::UNDER;
use expected::{Counts, Expected};

/// As in the product.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

type Failure = Box<dyn std::error::Error + Send + Sync>;

fn main() -> Result<ExitCode, Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let asked = |word: &str| arguments.iter().any(|it| it == word);
    if let [UNDER, step] = arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        println!("{}", callgrind::instructions());
        let (_, ready) = steps::STEPS[step.parse::<usize>()?];
        steps::take(ready);
        return Ok(ExitCode::SUCCESS);
    }
    // `cargo test --benches` only wants to know that it works.
    if !asked("--bench") {
        steps::STEPS
            .iter()
            .for_each(|(_, ready)| steps::take(*ready));
        return Ok(ExitCode::SUCCESS);
    }
    let (circumstances, counts) = callgrind::count()?;
    let now = Counts {
        circumstances,
        steps: steps::STEPS
            .iter()
            .map(|(step, _)| *step)
            .zip(counts)
            .collect(),
    };
    let expected = Expected::of(&callgrind::target()?);
    if asked("--bless") {
        expected.bless(&now)?;
        return Ok(ExitCode::SUCCESS);
    }
    expected.compare(&now)
}
