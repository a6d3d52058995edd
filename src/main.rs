//! The `dancu` binary: everything it does is in the library.

use std::process::ExitCode;

/// Millions of small records in a cache are what mimalloc is good at.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    dancu::cli::main()
}
