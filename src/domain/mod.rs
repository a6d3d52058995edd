//! The words of the field: pure types and functions; no I/O, no clock, no framework.

pub mod address;
pub mod country;
pub mod date;
pub mod fault;
pub mod name;
pub mod number;
pub mod reference;
