//! What callers are told about a token that was not taken, and what only operators are.

use std::net::SocketAddr;

/// Why a request is not let in. Callers see [`code`](Self::code) and never the cause.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum TokenError {
    /// No bearer token at all: the challenge goes without `error` (RFC 6750 section 3.1).
    #[error("no bearer token")]
    Missing,
    /// Not a token this service takes, for whatever reason.
    #[error("the token is not valid")]
    Invalid,
    /// Good in everything, but over.
    #[error("the token has expired")]
    Expired,
    /// Good in everything, but `iat` or `nbf` lies ahead by more than the leeway.
    #[error("the token is not valid yet")]
    NotYetValid,
    /// Not looked at: this worker has used up its work on tokens it does not know, and refills
    /// within a second. Says nothing about the token.
    #[error("too many unknown tokens at once")]
    Overloaded,
}

impl TokenError {
    /// The code as callers see it; also the metric label.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Missing => "token_missing",
            Self::Invalid => "token_invalid",
            Self::Expired => "token_expired",
            Self::NotYetValid => "token_not_yet_valid",
            Self::Overloaded => "overloaded",
        }
    }
}

/// A refusal with its reason, which is a fixed text for operators: it never carries a part of the token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) error: TokenError,
    pub(super) reason: &'static str,
}

impl Refusal {
    pub(super) const fn invalid(reason: &'static str) -> Self {
        Self {
            error: TokenError::Invalid,
            reason,
        }
    }

    pub(super) const fn new(error: TokenError, reason: &'static str) -> Self {
        Self { error, reason }
    }

    /// Notes the reason where operators can find it, and keeps what callers may know.
    pub(super) fn note(self) -> TokenError {
        tracing::debug!(
            code = self.error.code(),
            reason = self.reason,
            "token refused"
        );
        self.error
    }
}

/// Why the issuers cannot be used as configured. Speaks to operators, at start-up.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// No issuer means that nobody could ever be let in.
    #[error("no issuer is configured: add [[auth.issuers]]")]
    NoIssuer,
    /// A member is empty or lists nothing.
    #[error("issuer {issuer:?}: {fault}")]
    Issuer {
        /// The issuer as configured.
        issuer: String,
        /// What is wrong with it.
        fault: &'static str,
    },
    /// The development issuer may only be believed where nobody else can connect.
    #[error("the development issuer is only for loopback, and the service listens on {listen}")]
    DevelopmentIssuer {
        /// Where the service was told to listen.
        listen: SocketAddr,
    },
    /// The client that fetches keys cannot be set up, for want of the system's certificates perhaps.
    #[error("keys cannot be fetched over https")]
    HttpClient(#[source] reqwest::Error),
    /// A key file must be there and readable when the service starts.
    #[error("issuer {issuer:?}: no keys from {place}")]
    Keys {
        /// The issuer as configured.
        issuer: String,
        /// Where its keys should be.
        place: String,
        /// Why there are none.
        #[source]
        source: super::fetch::FetchError,
    },
}
