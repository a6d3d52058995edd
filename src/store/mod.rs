//! The only module that speaks SQL.
//!
//! Statements live in `sql/queries/` and are named by their path, so a slow query in
//! `pg_stat_activity` leads straight to the file and to the one function that runs it.
//! Callers see [`domain`](crate::domain) types and [`Error`]; no row or pool type escapes.

mod address;
mod blocks;
pub mod citizens;
mod connect;
mod console_sessions;
mod endpoint;
mod entries;
mod error;
mod history;
pub mod imports;
pub(crate) mod lane;
mod metrics;
pub mod migrate;
mod month_keys;
mod open;
mod partitions;
mod policy;
pub mod reference;
pub mod register_feed;
pub(crate) mod sealing;
pub(crate) mod search;
pub(crate) mod signals;
mod statement;
pub(crate) mod verifying;

pub use address::AddressError;
pub use connect::{Database, Role, Store, Urls};
pub use endpoint::Url;
pub use entries::EntryCount;
pub use error::{Error, Refusal};
pub use metrics::PoolMetrics;
pub(crate) use month_keys::{KekId, MonthKeyChange, ONE_KEK, ONE_PAIR, WrappedKeys};
pub(crate) use partitions::{Detached, Partition};
pub use policy::PolicyChange;
pub(crate) use statement::{Statement, execute, query, query_opt, statement};
