//! The one integration binary: the product as its callers and its operators see it, over a real
//! PostgreSQL.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod administration;
mod answers;
mod audit;
mod auditors;
mod canary;
mod citus;
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
mod overload;
mod own_question;
mod policy;
mod prefill;
mod privileges;
mod proofs;
mod protected_resource;
mod questions;
mod reconcile_command;
mod refusals;
mod register;
mod replica;
mod sandbox;
mod schema;
mod sealing;
mod searching;
mod signals;
mod support;
mod telemetry;
mod tls;
mod walls;
mod witness;
