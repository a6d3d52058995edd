//! The lanes that write entries, so that no answer leaves before its entry is durable.
//!
//! A request's worker makes a [`Draft`] and waits in [`Lanes::record`]; a lane takes all that waits,
//! stamps it, and commits it in one INSERT. Sealing, reading and searching entries, looking for
//! signals and keeping partitions are here too.

mod batch;
mod disk;
mod draft;
mod find;
mod follow_keys;
mod gate;
mod lane;
mod lanes;
mod maintain;
mod messenger;
mod metrics;
mod opening;
mod published;
mod queue;
pub mod reconcile;
mod seal;
pub mod search;
pub mod signals;
mod thread;
pub mod verify;

pub use draft::{Draft, State};
pub use find::{FindError, Log, Recorded};
pub use gate::{Gate, watch};
pub(crate) use lanes::MADE_UP;
pub use lanes::{Config, Lanes, RecordError};
pub use maintain::{MaintainError, Maintained, Patience, maintain, maintain_patiently};
pub use messenger::Messenger;
pub use metrics::Metrics;
pub use opening::OpenError;
pub use published::{
    EpochState, HeadState, Inclusion, LogState, Published, PublishedError, Searchable,
};
pub use seal::{
    Began, BeginError, Beginning, Declarable, Hole, HoleError, Remembered, SealConfig, SealMetrics,
    Sealing, SecondPlace, Witness, adopt_second_place, begin_epoch,
};
