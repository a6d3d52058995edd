//! The words of the field: pure types and functions; no I/O, no clock, no framework.

pub mod address;
pub mod auditing;
pub mod change;
pub mod citizen;
pub mod claim;
pub mod country;
pub mod date;
pub mod entry;
pub mod fault;
pub mod field;
pub mod form;
pub mod limits;
pub mod name;
pub mod number;
pub mod policy;
pub mod question;
pub mod record;
pub mod reference;
pub mod refusal;
pub mod revision;
pub mod scope;
pub mod sex;

#[cfg(test)]
mod cases;
