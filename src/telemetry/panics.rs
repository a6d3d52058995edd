//! A panic's line in the log: where it was, never what it said.

use std::panic::{self, PanicHookInfo};

/// Replaces the standard hook, which prints the message. `byte index 3 is not a char boundary; it
/// is inside 'ễ' of …` is such a message.
pub(super) fn log_by_place() {
    panic::set_hook(Box::new(log));
}

fn log(panic: &PanicHookInfo<'_>) {
    let (file, line) = panic
        .location()
        .map_or(("unknown", 0), |place| (place.file(), place.line()));
    tracing::error!(target: "dancu::panic", file, line, "a fault of this program: please report it");
}
