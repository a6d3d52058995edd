//! The lanes that write entries, so that no answer leaves before its entry is durable.
//!
//! A request's worker makes a [`Draft`] and waits in [`Lanes::record`]; a lane takes all that waits,
//! stamps it, and commits it in one COPY. Reading entries and keeping their partitions are here
//! too. Sealing and searching are not here yet.

mod batch;
mod draft;
mod find;
mod follow_keys;
mod lane;
mod lanes;
mod maintain;
mod metrics;
mod opening;
mod pool;
mod queue;

pub use draft::{Draft, State};
pub use find::{FindError, Log, Recorded};
pub use lanes::{Config, Lanes, RecordError};
pub use maintain::{MaintainError, Maintained, maintain};
pub use metrics::Metrics;
pub use opening::OpenError;
