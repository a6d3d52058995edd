//! The transparency log as its monitors see it, and proofs as auditors get them: what is served, and
//! what verifiers that share no code with ours think of it.

mod entries;
mod epochs;
mod go;
mod merkle;
mod python;
mod retention;
mod served;

use std::process::Command;

/// Whether that program can be started; a test that needs it says its name otherwise.
fn has(program: &str, argument: &str) -> bool {
    let found = Command::new(program).arg(argument).output();
    found.is_ok_and(|output| output.status.success())
}

/// Says that a test was skipped. `./dev test` says so too.
#[expect(
    clippy::print_stderr,
    reason = "whoever reads the test's output must see it"
)]
fn skipped(what: &str, why: &str) {
    eprintln!("skipped: {what} ({why})");
}
