//! The verbs, one file a use case: authorise, read, judge, record, answer.

pub mod administration;
mod error;

pub use error::{Error, Lack, RefusedItem};
