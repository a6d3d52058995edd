//! The tables of the transparency log: the sealer's lease, the plan, tiles, heads.
//!
//! What is written here is written by the holder of the lease and by nobody else: every transaction
//! first touches the lease's row under its fence, so whoever lost it changes nothing. Not here: what
//! to plan and when, which is [`audit`](crate::audit)'s.

mod epochs;
mod heads;
mod holes;
mod lease;
mod plan;
mod state;
mod tiles;

pub(crate) use epochs::Epoch;
pub(crate) use heads::Cosigned;
pub(crate) use holes::{DeclaredHole, Declaring, Lost};
pub(crate) use lease::{Held, Lease, LeaseError, Standing};
pub(crate) use plan::{Place, PlannedRange, Range, Unfinished};
pub(crate) use state::{Progress, Unsealed};

/// A number that the schema keeps from being negative.
fn unsigned(number: i64) -> u64 {
    number.cast_unsigned()
}

/// A number far below 2^63: a size, an index, a sequence number.
fn signed(number: u64) -> i64 {
    i64::try_from(number).expect("no log has 2^63 leaves")
}
