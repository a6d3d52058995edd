//! What an audit entry says, and the one canonical encoding it has for good.
//!
//! An [`Entry`] is what a request's worker knows when it has decided. It becomes bytes here:
//! personal identifiers only as tags and as a sealed blob, which [`keys`](crate::keys) makes, and
//! the place in its lane, which [`audit`](crate::audit) gives it. The format is described field by
//! field in `docs/audit-entry.md` and pinned by golden vectors; it is never re-encoded.

mod audit_id;
mod canonical;
mod decoded;
mod month;
mod operation;
mod sensitive;
#[cfg(test)]
mod tests;

use std::fmt;
use std::net::IpAddr;

use uuid::Uuid;

pub use audit_id::AuditId;
pub use canonical::{NONCE_LENGTH, Protected, Stamp, TAG_LENGTH, Tag, VERSION, encode, stamp};
pub use decoded::{DecodeError, Decoded};
pub use month::Month;
pub use operation::{AdminKind, Decision, Operation};
pub use sensitive::{Sensitive, SensitiveError};

/// A value that names a person or a case: held in memory only, and masked wherever it is printed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Private<'a>(&'a str);

impl<'a> Private<'a> {
    /// Masks `value`.
    pub const fn new(value: &'a str) -> Self {
        Self(value)
    }

    /// The value itself, for tagging and sealing.
    pub const fn reveal(self) -> &'a str {
        self.0
    }
}

impl fmt::Debug for Private<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// One decision, as its maker knows it: everything but the place the log gives it.
///
/// Borrowed throughout, because it lives only until it is encoded. Build one with
/// `Entry { client_id: Some("…"), ..Entry::new(operation, decision) }`.
#[derive(Clone, Debug)]
pub struct Entry<'a> {
    /// The request's id, as answered in `X-Request-Id`.
    pub request_id: Option<Uuid>,
    /// What was asked for.
    pub operation: Operation,
    /// Whether this is one item of a batch, which has an entry of its own.
    pub batch: bool,
    /// How it ended.
    pub decision: Decision,
    /// The problem code of a refusal or failure.
    pub reason: Option<&'a str>,
    /// The agency that asked.
    pub agency_code: Option<&'a str>,
    /// The system that asked.
    pub client_id: Option<&'a str>,
    /// The token's `jti`.
    pub token_id: Option<&'a str>,
    /// The token's `sub`, unless it names somebody: see [`private_sub`](Self::private_sub).
    pub token_sub: Option<&'a str>,
    /// The procedure it was asked for, unless nobody registered its code: see
    /// [`private_procedure`](Self::private_procedure).
    pub procedure_code: Option<&'a str>,
    /// Names of the claims, never their values.
    pub claims: &'a [&'a str],
    /// Dotted paths of the fields asked for.
    pub asked: &'a [&'a str],
    /// Dotted paths of the fields the answer disclosed.
    pub disclosed: &'a [&'a str],
    /// Dotted paths of the fields withheld.
    pub withheld: &'a [&'a str],
    /// Codes of the papers this answer made unnecessary.
    pub papers_replaced: &'a [&'a str],
    /// The client's address.
    pub address: Option<IpAddr>,
    /// The level at which the name matched (`exact`, `canonical`, `folded`).
    pub name_match: Option<&'a str>,
    /// The revision of the record the answer was made from.
    pub revision: Option<u64>,
    /// How many requests, rows or objects this one entry stands for.
    pub count: Option<u64>,
    /// How many of a command line's objects were left as they were.
    pub skipped: Option<u64>,
    /// SHA-256 of the file a command line took in. An administrative change's digest is put in its
    /// place when its before and after are sealed.
    pub digest: Option<[u8; 32]>,
    /// The operating system's user behind a command line.
    pub system_user: Option<&'a str>,
    /// Whether an auditor saw subjects, officers and cases in the clear.
    pub revealed: bool,
    /// A lane's process: host, process id and version.
    pub process: Option<&'a str>,
    /// The lane this one follows, reports as abandoned, or declares to have a hole.
    pub predecessor: Option<u64>,
    /// The last sequence number known durable: of this lane in a heartbeat and at its close, of
    /// the predecessor where one is named.
    pub acknowledged: Option<u64>,
    /// The person: their current number, else the one submitted. Tagged and sealed.
    pub subject: Option<Private<'a>>,
    /// The officer. Tagged and sealed.
    pub officer: Option<Private<'a>>,
    /// The case. Tagged and sealed.
    pub case: Option<Private<'a>>,
    /// What the operation was on: the id of the administered object, or what an auditor read. Sealed.
    pub target: Option<Private<'a>>,
    /// The reason an auditor gave, in their own words. Sealed.
    pub purpose: Option<Private<'a>>,
    /// The token's `sub` where it names somebody. Sealed, in place of
    /// [`token_sub`](Self::token_sub).
    pub private_sub: Option<Private<'a>>,
    /// A procedure's code that nobody registered: a caller's own text, which could be anything. Sealed,
    /// in place of [`procedure_code`](Self::procedure_code).
    pub private_procedure: Option<Private<'a>>,
}

impl Entry<'_> {
    /// An entry that says only what was done and how it ended.
    pub const fn new(operation: Operation, decision: Decision) -> Self {
        Self {
            request_id: None,
            operation,
            batch: false,
            decision,
            reason: None,
            agency_code: None,
            client_id: None,
            token_id: None,
            token_sub: None,
            procedure_code: None,
            claims: &[],
            asked: &[],
            disclosed: &[],
            withheld: &[],
            papers_replaced: &[],
            address: None,
            name_match: None,
            revision: None,
            count: None,
            skipped: None,
            digest: None,
            system_user: None,
            revealed: false,
            process: None,
            predecessor: None,
            acknowledged: None,
            subject: None,
            officer: None,
            case: None,
            target: None,
            purpose: None,
            private_sub: None,
            private_procedure: None,
        }
    }

    /// The part that is sealed, or none where there is nothing to seal.
    pub fn sensitive(&self) -> Option<Sensitive<'_>> {
        let sensitive = Sensitive {
            subject: self.subject,
            officer: self.officer,
            case: self.case,
            target: self.target,
            purpose: self.purpose,
            token_sub: self.private_sub,
            procedure_code: self.private_procedure,
        };
        (!sensitive.is_empty()).then_some(sensitive)
    }
}
