//! Version 1 of the interface, one file a resource.

pub mod admin;
pub mod auditors;
mod batch;
pub mod entries;
pub mod lookup;
pub mod me;
pub mod prefill;
pub mod register;
pub mod signals;
#[cfg(test)]
mod tests;
pub mod verify;
mod wire;
