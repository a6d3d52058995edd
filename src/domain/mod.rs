//! The words of the field: pure types and functions; no I/O, no clock, no framework.

#[cfg(test)]
mod cases;
pub mod citizen;
pub mod date;
pub mod fault;
pub mod field;
pub mod name;
pub mod number;
pub mod scope;
pub mod sex;
