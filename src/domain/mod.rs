//! The words of the field: pure types and functions; no I/O, no clock, no framework.

pub mod citizen;
pub mod date;
pub mod fault;
pub mod field;
pub mod name;
pub mod number;
pub mod policy;
pub mod refusal;
pub mod scope;
