//! The words of the field: pure types and functions; no I/O, no clock, no framework.

pub mod date;
pub mod entry;
pub mod fault;
pub mod name;
pub mod number;
