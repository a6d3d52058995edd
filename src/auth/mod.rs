//! From a bearer token to a [`VerifiedToken`]: RFC 9068 access tokens of configured issuers.
//!
//! A token is measured, taken apart by a strict reader, its key looked up in the key set of the
//! issuer it names, its signature checked, and only then are its claims judged. What the token's
//! client may do is decided in [`policy`](crate::policy), afresh on every request.
//!
//! Absent on purpose: symmetric algorithms, encrypted tokens, introspection, keys named inside a
//! token, and proof of possession but by the connection's certificate (a token bound with another
//! `cnf` is refused, because nothing here could check the binding).
//!
//! | file | what is there |
//! |---|---|
//! | `strict_json`, `header`, `claims` | taking a token apart, refusing whatever is ambiguous |
//! | `key_set`, `fetch`, `issuer_keys` | an issuer's public keys, where they come from, how they stay fresh |
//! | `metrics` | how old they are |
//! | `verify` | [`Verifier`], the order of the checks |
//! | `binding` | tokens that are bound to a certificate |
//! | `cache`, `budget`, `desk` | [`TokenDesk`], what a worker thread holds: verified tokens and a bound on work |
//! | `development` | the issuer of `dancu token`, on loopback only |

mod binding;
mod budget;
mod cache;
mod claims;
mod desk;
pub mod development;
mod error;
mod fetch;
mod header;
mod issuer_keys;
mod key_set;
mod metrics;
mod strict_json;
mod token;
mod verify;

#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;

pub use binding::Thumbprint;
pub use desk::TokenDesk;
pub use error::{SetupError, TokenError};
pub use fetch::FetchError;
pub use key_set::NotAKeySet;
pub use token::{VerifiedToken, bearer};
pub use verify::Verifier;

/// How far an issuer's clock may be off, in either direction.
pub const LEEWAY: jiff::SignedDuration = jiff::SignedDuration::from_secs(10);

/// The longest life a token may have, from `iat` to `exp`.
pub const MAX_LIFETIME: jiff::SignedDuration = jiff::SignedDuration::from_hours(24);
