//! Logs and traces: where they go, and what can never be in them. Each room defines its own metrics.
//!
//! Two things no configuration can lift. Only this program's own events are written below a
//! warning: other crates put the values they work with into their debugging lines (tokio-postgres
//! every parameter of every statement, HTTP parsers whole heads). And a panic is logged by its place
//! alone, for its message may quote what was being worked on.

mod measured;
mod panics;
#[cfg(test)]
mod tests;
pub mod traces;

use std::io;

use tracing::{Level, Metadata, Subscriber};
use tracing_subscriber::filter::{FilterExt as _, FilterFn, LevelFilter};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer as _, Registry, fmt};

use crate::config::{LogConfig, LogFormat};

pub use measured::Measured;
pub use traces::Traces;

/// The root of this program's own targets.
const OURS: &str = "dancu";

/// What lets the access lines through.
const ACCESS: &str = "dancu::access=debug";

/// Why nothing is logged.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// `log.filter` is not in the syntax of `EnvFilter`.
    #[error("`log.filter` cannot be read")]
    Filter(#[from] tracing_subscriber::filter::ParseError),
    /// Something in this process logs already.
    #[error("logging is set up already")]
    Twice(#[from] tracing_subscriber::util::TryInitError),
}

/// Logs to standard error for the rest of the process, panics included. Once a process.
pub fn init(config: &LogConfig) -> Result<(), Error> {
    subscriber(config, io::stderr)?.try_init()?;
    panics::log_by_place();
    Ok(())
}

/// What is logged to `writer` under that configuration.
fn subscriber<W>(
    config: &LogConfig,
    writer: W,
) -> Result<impl Subscriber + Send + Sync + 'static, Error>
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let mut configured = EnvFilter::builder().parse(&config.filter)?;
    if config.access {
        configured = configured.add_directive(ACCESS.parse()?);
    }
    let lines = fmt::layer().with_writer(writer).with_ansi(false);
    let lines = match config.format {
        LogFormat::Text => lines.boxed(),
        LogFormat::Json => lines.json().flatten_event(true).boxed(),
    };
    Ok(Registry::default().with(lines.with_filter(may_be_said().and(configured))))
}

/// The filter that stays, whatever is configured.
fn may_be_said() -> FilterFn {
    // The hint lets the configured level go on deciding what is not even looked at.
    FilterFn::new(carries_no_values as fn(&Metadata<'_>) -> bool)
        .with_max_level_hint(LevelFilter::TRACE)
}

fn carries_no_values(event: &Metadata<'_>) -> bool {
    is_ours(event.target()) || *event.level() <= Level::WARN
}

fn is_ours(target: &str) -> bool {
    target
        .strip_prefix(OURS)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}
