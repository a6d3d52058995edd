//! TLS by rustls with aws-lc-rs: certificates, keys and authorities from files, what a listener and
//! a connection to the database are to check, and how all of it stays fresh without a restart. Not
//! here: who listens, and who connects.
//!
//! Absent on purpose: HTTP/2, early data (0-RTT), renegotiation, lists of revoked certificates, and
//! every cipher suite that is not rustls' own choice.

mod authorities;
mod client;
mod error;
mod listener;
mod metrics;
mod pair;

#[cfg(test)]
mod tests;

use std::sync::{Arc, LazyLock};

use rustls::crypto::{CryptoProvider, aws_lc_rs};

pub use client::{Client, ClientFiles, Verification};
pub use error::Error;
pub use listener::Listener;
pub use metrics::Metrics;

/// The cryptography of every connection: said each time, so that no default of the process counts.
static PROVIDER: LazyLock<Arc<CryptoProvider>> =
    LazyLock::new(|| Arc::new(aws_lc_rs::default_provider()));

/// A file of certificates is no longer than this, which a bundle of all public authorities is not.
const CERTIFICATES_LIMIT: u64 = 1024 * 1024;
/// The same of a private key.
const KEY_LIMIT: u64 = 64 * 1024;
