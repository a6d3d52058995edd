//! The record cache and the batched reads behind it; writes of the register's own feed.

pub mod document;
pub mod import;
