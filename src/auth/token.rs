//! The verified token, and where in a request it stands.

use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;

use super::{Thumbprint, TokenError, claims};
use crate::domain::scope::Scopes;

/// What an issuer vouched for: signature, times, issuer and audience were all checked.
///
/// Only [`Verifier`](super::Verifier) makes one outside tests. It says who asks and nothing about what
/// they may do. `Debug` masks the officer: the number of an officer is a citizen's number.
#[derive(Clone, PartialEq, Eq)]
pub struct VerifiedToken {
    /// `iss`, as configured.
    pub issuer: Arc<str>,
    /// `client_id`, 1 to 128 printable ASCII characters.
    pub client_id: Box<str>,
    /// `jti`, 1 to 128 printable ASCII characters.
    pub token_id: Box<str>,
    /// `sub`, 1 to 128 printable ASCII characters.
    pub subject: Box<str>,
    /// `officer_id`, 1 to 32 of `0-9 A-Z a-z . _ -`, when the token speaks for an officer.
    pub officer_id: Option<Box<str>>,
    /// `iat`, to the millisecond.
    pub issued_at: Timestamp,
    /// `exp`, to the millisecond.
    pub expires_at: Timestamp,
    /// What of `scope` is known: names between spaces, none when absent.
    pub scopes: Scopes,
    /// The certificate it may be used with and no other, where it is bound to one.
    pub certificate: Option<Thumbprint>,
}

impl VerifiedToken {
    /// Whether it is over by now, leeway included: it was not when it was verified.
    pub fn has_expired(&self, now: Timestamp) -> bool {
        claims::has_expired(self.expires_at, now)
    }
}

impl fmt::Debug for VerifiedToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifiedToken")
            .field("issuer", &self.issuer)
            .field("client_id", &self.client_id)
            .field("token_id", &self.token_id)
            .field("subject", &"[masked]")
            .field("officer_id", &self.officer_id.as_ref().map(|_| "[masked]"))
            .field("issued_at", &self.issued_at)
            .field("expires_at", &self.expires_at)
            .field("scopes", &self.scopes)
            .field("certificate", &self.certificate)
            .finish()
    }
}

/// The token in an `Authorization` header (RFC 6750 section 2.1, RFC 9110 section 11.4).
///
/// No header, another scheme or nothing after the scheme is [`TokenError::Missing`]; a value that
/// is no ASCII text is [`TokenError::Invalid`].
pub fn bearer(header: Option<&[u8]>) -> Result<&str, TokenError> {
    let value = header.ok_or(TokenError::Missing)?;
    let value = std::str::from_utf8(value)
        .ok()
        .filter(|value| value.is_ascii())
        .ok_or(TokenError::Invalid)?;
    let (scheme, token) = value.trim().split_once(' ').unwrap_or((value.trim(), ""));
    if !scheme.eq_ignore_ascii_case("bearer") || token.trim().is_empty() {
        return Err(TokenError::Missing);
    }
    Ok(token.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scheme_is_read_in_any_case_and_nothing_else_counts_as_a_token() {
        for good in ["Bearer a.b.c", "bearer a.b.c", "BEARER   a.b.c "] {
            assert_eq!(bearer(Some(good.as_bytes())), Ok("a.b.c"), "{good}");
        }
        for missing in [
            "",
            "Bearer",
            "Bearer ",
            "Basic YTpi",
            "Bearera.b.c",
            "DPoP a.b.c",
        ] {
            assert_eq!(
                bearer(Some(missing.as_bytes())),
                Err(TokenError::Missing),
                "{missing}"
            );
        }
        assert_eq!(bearer(None), Err(TokenError::Missing));
        assert_eq!(bearer(Some(b"Bearer \xff")), Err(TokenError::Invalid));
        assert_eq!(
            bearer(Some("Bearer á".as_bytes())),
            Err(TokenError::Invalid)
        );
    }

    #[test]
    fn debug_shows_neither_the_officer_nor_the_subject() {
        let token = VerifiedToken {
            issuer: "https://issuer.example".into(),
            client_id: "onestop".into(),
            token_id: "t-1".into(),
            subject: "079085001111".into(),
            officer_id: Some("079085001234".into()),
            issued_at: Timestamp::UNIX_EPOCH,
            expires_at: Timestamp::UNIX_EPOCH,
            scopes: Scopes::parse("citizen:verify"),
            certificate: None,
        };

        let shown = format!("{token:?}");

        assert!(!shown.contains("079085"), "{shown}");
        assert!(shown.contains("onestop"));
    }
}
