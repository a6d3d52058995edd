//! The order in which a token is checked.
//!
//! Cheap checks come first, the signature before any claim is believed, and what is wrong for good
//! before what time heals: `token_expired` therefore always means a token that was once good.

use std::net::SocketAddr;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures_util::future::join_all;
use jiff::Timestamp;
use prometheus::Registry;

use super::claims::Claims;
use super::error::Refusal;
use super::fetch::Source;
use super::header::Header;
use super::issuer_keys::IssuerKeys;
use super::key_set::VerificationKey;
use super::metrics::Confirmed;
use super::{SetupError, TokenError, VerifiedToken, development};
use crate::clock::Clock;
use crate::config::auth::{Algorithm, AuthConfig, IssuerConfig};

/// Judges tokens by the keys of the configured issuers. Clones share the keys.
#[derive(Clone, Debug)]
pub struct Verifier(Arc<Issuers>);

#[derive(Debug)]
struct Issuers {
    issuers: Vec<Issuer>,
    refresh_every: std::time::Duration,
    /// Bytes of the longest token that is looked at.
    token_bytes: usize,
}

#[derive(Debug)]
struct Issuer {
    name: Arc<str>,
    audience: String,
    algorithms: Vec<Algorithm>,
    /// Where the keys are, for operators.
    place: String,
    keys: Arc<IssuerKeys>,
}

/// A verified token with what its verification rested on, so that a cache can tell when that is gone.
#[derive(Clone, Debug)]
pub(super) struct Verified {
    pub(super) token: Arc<VerifiedToken>,
    issuer: usize,
    key: Arc<VerificationKey>,
}

/// Why a token was not taken.
#[derive(Debug)]
pub(super) enum Rejection {
    /// Nothing will change that.
    Refused(Refusal),
    /// Its key is not in the issuer's set, which may be older than the key.
    UnknownKey(UnknownKey),
}

/// A key that was looked for and not found.
#[derive(Debug)]
pub(super) struct UnknownKey {
    issuer: usize,
    name: String,
    pub(super) reason: &'static str,
}

impl Rejection {
    /// Notes the reason for operators, and keeps what callers may know.
    pub(super) fn note(self) -> TokenError {
        match self {
            Self::Refused(refusal) => refusal.note(),
            Self::UnknownKey(unknown) => Refusal::invalid(unknown.reason).note(),
        }
    }
}

impl From<Refusal> for Rejection {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl Verifier {
    /// Checks the configuration; no keys are read yet. The development issuer is refused unless
    /// `listen` is on loopback.
    pub fn new(config: &AuthConfig, listen: SocketAddr) -> Result<Self, SetupError> {
        if config.issuers.is_empty() {
            return Err(SetupError::NoIssuer);
        }
        let mut issuers: Vec<Issuer> = Vec::new();
        for issuer in &config.issuers {
            if development::is_issuer(issuer) && !development::permitted(listen) {
                return Err(SetupError::DevelopmentIssuer { listen });
            }
            let fault = if issuers.iter().any(|known| *known.name == *issuer.issuer) {
                Some("configured twice")
            } else if issuer.issuer.is_empty() || issuer.audience.is_empty() {
                Some("issuer and audience have at least one character")
            } else if issuer.algorithms.is_empty() {
                Some("at least one algorithm is needed")
            } else {
                None
            };
            if let Some(fault) = fault {
                return Err(SetupError::Issuer {
                    issuer: issuer.issuer.clone(),
                    fault,
                });
            }
            issuers.push(Issuer::new(issuer)?);
        }
        Ok(Self(Arc::new(Issuers {
            issuers,
            refresh_every: config.jwks_refresh_s.duration(),
            token_bytes: config.token_bytes,
        })))
    }

    /// Reads all keys once, at start-up. A file must be there; an issuer that does not answer is
    /// noted and asked again, and nobody with its tokens is let in until it does.
    pub async fn load(&self, now: Timestamp) -> Result<(), SetupError> {
        let loads = self.0.issuers.iter().map(|issuer| async move {
            match issuer.keys.load(now).await {
                Err(source) if issuer.keys.is_file() => Err(SetupError::Keys {
                    issuer: issuer.name.to_string(),
                    place: issuer.place.clone(),
                    source,
                }),
                // The load noted the failure already.
                Ok(()) | Err(_) => Ok(()),
            }
        });
        join_all(loads).await.into_iter().collect()
    }

    /// Shows operators how old the keys of each issuer are.
    pub fn register_metrics(&self, registry: &Registry) -> Result<(), prometheus::Error> {
        let keys = self.0.issuers.iter().map(|issuer| Arc::clone(&issuer.keys));
        Confirmed::register(registry, keys.collect())
    }

    /// Keeps the keys of all issuers fresh. Never ends: spawn it, and abort it at shutdown.
    pub async fn keep_fresh(self, clock: Clock) {
        let loops = self
            .0
            .issuers
            .iter()
            .map(|issuer| issuer.keys.keep_fresh(&clock, self.0.refresh_every));
        join_all(loops).await;
    }

    /// Verifies one token without a cache. Waits only when the token names a key that is not in its
    /// issuer's set, and then for at most one fetch. Requests go through [`TokenDesk`](super::TokenDesk).
    pub async fn verify(
        &self,
        token: &str,
        now: Timestamp,
    ) -> Result<Arc<VerifiedToken>, TokenError> {
        let checked = match self.check(token, now) {
            Err(Rejection::UnknownKey(unknown)) if self.learn(&unknown, now).await => {
                self.check(token, now)
            }
            checked => checked,
        };
        checked
            .map(|verified| verified.token)
            .map_err(Rejection::note)
    }

    /// Refuses a token that is too long to be looked at.
    pub(super) fn measure(&self, token: &str) -> Result<(), Refusal> {
        if token.len() > self.0.token_bytes {
            return Err(Refusal::invalid("over the limit on a token's length"));
        }
        Ok(())
    }

    /// Verifies one token with the keys at hand.
    pub(super) fn check(&self, token: &str, now: Timestamp) -> Result<Verified, Rejection> {
        self.measure(token)?;
        let mut parts = token.split('.');
        let (Some(header_part), Some(payload_part), Some(signature), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(Refusal::invalid("not three parts").into());
        };
        let header = Header::parse(&decode(header_part)?)?;
        let claims = Claims::parse(&decode(payload_part)?)?;
        let (index, issuer) = self.issuer(claims.issuer()?)?;
        if !issuer.algorithms.contains(&header.algorithm) {
            return Err(Refusal::invalid("algorithm is not the issuer's").into());
        }
        let unknown = |reason| {
            Rejection::UnknownKey(UnknownKey {
                issuer: index,
                name: header.key_name.clone(),
                reason,
            })
        };
        let set = issuer
            .keys
            .current(now)
            .ok_or_else(|| unknown("the issuer's keys are missing or too old"))?;
        if !set.knows(&header.key_name) {
            return Err(unknown("kid is not in the issuer's set"));
        }
        let key = set
            .find(&header.key_name, header.algorithm)
            .ok_or(Refusal::invalid("key does not fit the algorithm"))?;
        let message = &token[..header_part.len() + 1 + payload_part.len()];
        if !key.verifies(header.algorithm, message, signature) {
            return Err(Refusal::invalid("signature does not verify").into());
        }
        let token = claims.judge(&issuer.name, &issuer.audience, now)?;
        Ok(Verified {
            token: Arc::new(token),
            issuer: index,
            key: Arc::clone(key),
        })
    }

    /// Looks for a key in the issuer's set anew, within the limits of [`IssuerKeys::learn`].
    pub(super) async fn learn(&self, unknown: &UnknownKey, now: Timestamp) -> bool {
        self.0.issuers[unknown.issuer]
            .keys
            .learn(&unknown.name, now)
            .await
    }

    /// Whether a token verified earlier still rests on a key of its issuer.
    pub(super) fn vouch_for(&self, verified: &Verified, now: Timestamp) -> bool {
        self.0.issuers[verified.issuer]
            .keys
            .vouch_for(&verified.key, now)
    }

    fn issuer(&self, name: &str) -> Result<(usize, &Issuer), Refusal> {
        self.0
            .issuers
            .iter()
            .enumerate()
            .find(|(_, issuer)| *issuer.name == *name)
            .ok_or(Refusal::invalid("iss is nobody configured"))
    }
}

impl Issuer {
    fn new(config: &IssuerConfig) -> Result<Self, SetupError> {
        let name: Arc<str> = config.issuer.as_str().into();
        let source = Source::open(&config.jwks).map_err(SetupError::HttpClient)?;
        Ok(Self {
            keys: Arc::new(IssuerKeys::new(Arc::clone(&name), source)),
            name,
            audience: config.audience.clone(),
            algorithms: config.algorithms.clone(),
            place: config.jwks.to_string(),
        })
    }
}

/// Base64url as RFC 7515 has it: no padding, no white space, no stray bits at the end.
fn decode(part: &str) -> Result<Vec<u8>, Refusal> {
    URL_SAFE_NO_PAD
        .decode(part)
        .map_err(|_| Refusal::invalid("a part is no base64url"))
}
