//! dancu answers other agencies' questions about a person from Vietnam's national population
//! database, and logs every answer durably before it leaves.
//!
//! Start reading at [`server`], the one place where everything meets.

pub mod audit;
pub mod auth;
pub mod cli;
pub mod clock;
pub mod config;
pub mod domain;
pub mod embedded;
pub mod feed;
pub mod files;
pub mod http;
pub mod json;
pub mod keys;
pub mod policy;
pub mod register;
pub mod server;
pub mod service;
pub mod store;
pub mod synth;
pub mod telemetry;
pub mod tlog;
pub mod tls;
pub mod witness;
