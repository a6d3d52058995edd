//! Who may ask what: agencies, clients, procedures, agreements and officers as one immutable
//! snapshot, swapped as a whole.
//!
//! A verified token becomes a [`Caller`], a caller with a procedure a [`Grant`]; both are decided
//! anew for each request, so a suspension needs no purge. Every check here is a pure function of
//! the snapshot; reading it is [`store`](crate::store)'s, answering is
//! [`service`](crate::service)'s.

mod caller;
pub mod catalogue;
mod current;
pub mod documents;
mod grant;
mod me;
mod snapshot;
#[cfg(test)]
mod tests;

pub use caller::Caller;
pub use current::{Policy, Stale};
pub use grant::{Grant, Lifted};
pub use me::{AgreementOfMine, Me};
pub use snapshot::Snapshot;
