//! The one integration binary: the product as its callers and its operators see it, over a real
//! PostgreSQL.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod administration;
mod answers;
mod audit;
mod auditors;
mod canary;
mod command_line;
mod configuration;
mod console;
mod description;
mod documents;
mod embedded;
mod ending;
mod fast_changes;
mod freshness;
mod holes_command;
mod keys_command;
mod limits;
mod malformed;
mod matrix;
mod operations;
mod policy;
mod prefill;
mod proofs;
mod questions;
mod reconcile_command;
mod refusals;
mod register;
mod schema;
mod sealing;
mod searching;
mod signals;
mod support;
mod walls;
mod witness;
