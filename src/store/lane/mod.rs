//! A lane's own connection: how entries are copied in, and how the fate of a batch is settled.
//!
//! Outside the pools, because every notice on it must be heard: PostgreSQL reports a commit that is
//! not durable by a WARNING and nothing else. What to do about a failure is decided in
//! [`audit`](crate::audit).

mod connection;
mod failure;
mod row;
mod write;

pub(crate) use connection::{Backend, LaneConnection, Settings};
pub(crate) use failure::Failure;
pub(crate) use row::EntryRow;
pub(crate) use write::{Batch, Mark};
