//! What the tests share: a database for each of them, and a place on disk that is cleaned up.

pub mod app;
mod cluster;
mod database;
mod log;
pub mod raw;
mod run;

pub use database::{TestDatabase, database, superuser};
pub use run::scratch;
