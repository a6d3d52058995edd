//! What the tests share: a database for each of them.

mod cluster;
mod database;

pub use database::{TestDatabase, database};
