//! The configuration, as plain data: one struct a concern, unknown keys refused, secrets masked.

pub mod auth;
