//! The claims of a token: their types and limits, then their truth at a moment.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::error::Refusal;
use super::{LEEWAY, MAX_LIFETIME, Thumbprint, TokenError, VerifiedToken, strict_json};
use crate::domain::scope::Scopes;

/// The longest `jti`, `sub` and `client_id`, in characters; they are kept in the audit log.
const MAX_NAME: usize = 128;

/// The longest `officer_id`, in characters.
const MAX_OFFICER: usize = 32;

/// A payload that was read but not judged: before the signature is checked, only [`issuer`](Self::issuer) may be asked.
pub(super) struct Claims(Map<String, Value>);

impl Claims {
    /// Reads a decoded payload.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, Refusal> {
        strict_json::object(bytes)
            .map(Self)
            .map_err(|_| Refusal::invalid("payload is no strict JSON"))
    }

    /// `iss`, to know whose keys to try.
    pub(super) fn issuer(&self) -> Result<&str, Refusal> {
        match self.0.get("iss") {
            Some(Value::String(issuer)) => Ok(issuer),
            _ => Err(Refusal::invalid("iss is absent or no string")),
        }
    }

    /// Judges claims whose signature was checked. What is wrong for good comes before what time heals.
    pub(super) fn judge(
        mut self,
        issuer: &Arc<str>,
        audience: &str,
        now: Timestamp,
    ) -> Result<VerifiedToken, Refusal> {
        let certificate = self.0.get("cnf").map(Thumbprint::confirmed).transpose()?;
        if !self.is_for(audience)? {
            return Err(Refusal::invalid("aud names somebody else"));
        }
        let token = VerifiedToken {
            issuer: Arc::clone(issuer),
            client_id: self.name("client_id", "client_id is absent or malformed")?,
            token_id: self.name("jti", "jti is absent or malformed")?,
            subject: self.name("sub", "sub is absent or malformed")?,
            officer_id: self.officer()?,
            issued_at: self.time("iat", "iat is absent or no date")?,
            expires_at: self.time("exp", "exp is absent or no date")?,
            scopes: self.scopes()?,
            certificate,
        };
        let not_before = match self.0.contains_key("nbf") {
            true => Some(self.time("nbf", "nbf is no date")?),
            false => None,
        };
        judge_times(&token, not_before, now)?;
        Ok(token)
    }

    /// RFC 7519 section 4.1.3: one string, or a list of strings.
    fn is_for(&self, audience: &str) -> Result<bool, Refusal> {
        const MALFORMED: Refusal = Refusal::invalid("aud is absent or malformed");
        match self.0.get("aud") {
            Some(Value::String(one)) => Ok(one == audience),
            Some(Value::Array(many)) => many.iter().try_fold(false, |found, one| match one {
                Value::String(one) => Ok(found || one == audience),
                _ => Err(MALFORMED),
            }),
            _ => Err(MALFORMED),
        }
    }

    /// Printable ASCII (RFC 6749 appendix A.1), and no space at either end: what is kept in the
    /// log and compared with names in the policy has one spelling.
    fn name(&mut self, claim: &str, fault: &'static str) -> Result<Box<str>, Refusal> {
        match self.0.remove(claim) {
            Some(Value::String(name))
                if (1..=MAX_NAME).contains(&name.len())
                    && name.bytes().all(|b| b == b' ' || b.is_ascii_graphic())
                    && name.trim() == name =>
            {
                Ok(name.into_boxed_str())
            }
            _ => Err(Refusal::invalid(fault)),
        }
    }

    fn officer(&mut self) -> Result<Option<Box<str>>, Refusal> {
        match self.0.remove("officer_id") {
            None => Ok(None),
            Some(Value::String(officer))
                if (1..=MAX_OFFICER).contains(&officer.len())
                    && officer
                        .bytes()
                        .all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b)) =>
            {
                Ok(Some(officer.into_boxed_str()))
            }
            Some(_) => Err(Refusal::invalid("officer_id is malformed")),
        }
    }

    fn scopes(&mut self) -> Result<Scopes, Refusal> {
        match self.0.remove("scope") {
            None => Ok(Scopes::default()),
            Some(Value::String(scope)) if !scope.contains(char::is_control) => {
                Ok(Scopes::parse(&scope))
            }
            Some(_) => Err(Refusal::invalid("scope is malformed")),
        }
    }

    /// RFC 7519 section 2: seconds since the epoch, whole or not. Fractions are cut to the
    /// millisecond below. A date before the epoch or after year 9999 is no date.
    fn time(&self, claim: &str, fault: &'static str) -> Result<Timestamp, Refusal> {
        let milliseconds = match self.0.get(claim) {
            Some(Value::Number(number)) => match (number.as_u64(), number.as_f64()) {
                (Some(seconds), _) => i64::try_from(seconds)
                    .ok()
                    .and_then(|seconds| seconds.checked_mul(1000)),
                #[expect(
                    clippy::cast_possible_truncation,
                    reason = "the cast saturates, and the next step refuses what is out of range"
                )]
                (None, Some(seconds)) if seconds >= 0.0 => Some((seconds * 1000.0) as i64),
                (None, _) => None,
            },
            _ => None,
        };
        milliseconds
            .and_then(|at| Timestamp::from_millisecond(at).ok())
            .ok_or(Refusal::invalid(fault))
    }
}

/// `exp` is the first moment at which the token is over (RFC 7519 section 4.1.4); the leeway moves it.
fn judge_times(
    token: &VerifiedToken,
    not_before: Option<Timestamp>,
    now: Timestamp,
) -> Result<(), Refusal> {
    let life = token.expires_at.duration_since(token.issued_at);
    if life > MAX_LIFETIME || !life.is_positive() {
        return Err(Refusal::invalid("lifetime is over a day, or none"));
    }
    if has_expired(token.expires_at, now) {
        return Err(Refusal::new(TokenError::Expired, "exp has passed"));
    }
    let ahead = |at: Timestamp| at.duration_since(now) > LEEWAY;
    if ahead(token.issued_at) || not_before.is_some_and(ahead) {
        return Err(Refusal::new(
            TokenError::NotYetValid,
            "iat or nbf lies ahead",
        ));
    }
    Ok(())
}

/// Whether a token with this `exp` is over, leeway included.
pub(super) fn has_expired(expires_at: Timestamp, now: Timestamp) -> bool {
    now.duration_since(expires_at) >= LEEWAY
}
