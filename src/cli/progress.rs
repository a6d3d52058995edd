//! How far something long is: a bar on a terminal, a line now and then elsewhere.

use std::io::{self, IsTerminal as _};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use super::say;

/// Between two plain lines where there is no terminal to draw a bar on, in hundredths of the whole.
const TOLD_EVERY: u64 = 5;
/// Between two looks of the bar.
const TICK: Duration = Duration::from_millis(200);

/// A bar, or what stands in for it.
pub struct Bar {
    bar: ProgressBar,
    is_terminal: bool,
    next_told: u64,
}

impl Bar {
    /// A bar that looks like that.
    pub fn new(style: &str) -> Self {
        let is_terminal = io::stderr().is_terminal();
        let bar = if is_terminal {
            ProgressBar::new(0)
        } else {
            ProgressBar::hidden()
        };
        bar.set_style(ProgressStyle::with_template(style).expect("the template is right"));
        bar.enable_steady_tick(TICK);
        Self {
            bar,
            is_terminal,
            next_told: TOLD_EVERY,
        }
    }

    /// So much of it is done. `in_words` is what a plain line says besides the percentage.
    pub fn tell(&mut self, done: u64, total: u64, in_words: impl FnOnce() -> String) {
        self.bar.set_length(total);
        self.bar.set_position(done);
        let percent = (done * 100).checked_div(total).unwrap_or(100);
        if !self.is_terminal && percent >= self.next_told {
            self.next_told = percent - percent % TOLD_EVERY + TOLD_EVERY;
            say(&format!("{percent}%: {}", in_words()));
        }
    }

    /// What the bar says besides.
    pub fn message(&self, message: String) {
        self.bar.set_message(message);
    }

    /// Takes it away.
    pub fn end(&self) {
        self.bar.finish_and_clear();
    }
}
