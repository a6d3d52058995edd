//! Tokens that are bound to their client's certificate (RFC 8705 section 3): which one, and whether
//! it is the connection's.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use super::error::Refusal;
use super::{TokenError, VerifiedToken};

/// The SHA-256 digest of a certificate in DER form (`x5t#S256`, RFC 8705 section 3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Thumbprint([u8; 32]);

impl Thumbprint {
    /// That of a certificate.
    pub fn of(der: &[u8]) -> Self {
        let digest = digest(&SHA256, der);
        Self(digest.as_ref().try_into().expect("SHA-256 has 32 bytes"))
    }

    /// The one a `cnf` claim names, which may name nothing else: a second confirmation could not be
    /// checked here.
    pub(super) fn confirmed(cnf: &Value) -> Result<Self, Refusal> {
        const UNCHECKED: Refusal = Refusal::invalid("cnf cannot be checked here");
        let members = cnf.as_object().filter(|members| members.len() == 1);
        let name = members.and_then(|members| members.get("x5t#S256")?.as_str());
        let bytes = URL_SAFE_NO_PAD.decode(name.ok_or(UNCHECKED)?);
        let bytes = bytes.map_err(|_| UNCHECKED)?;
        bytes.try_into().map(Self).map_err(|_| UNCHECKED)
    }
}

impl VerifiedToken {
    /// Refuses a bound token from whoever showed another certificate, or none. To be asked for every
    /// request: the token is the same on every connection.
    pub fn check_binding(&self, shown: Option<&Thumbprint>) -> Result<(), TokenError> {
        match &self.certificate {
            None => Ok(()),
            Some(bound) if shown == Some(bound) => Ok(()),
            Some(_) => Err(Refusal::invalid("cnf names another certificate").note()),
        }
    }
}
