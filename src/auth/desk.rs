//! The desk at which a worker thread looks at tokens: its cache, its budget, the shared keys.

use std::cell::RefCell;
use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;

use super::budget::Budget;
use super::cache::{Limits, TokenCache};
use super::claims::has_expired;
use super::error::Refusal;
use super::verify::{Rejection, Verified};
use super::{TokenError, VerifiedToken, Verifier};

/// What one worker keeps: at a kilobyte a token about as many as there are officers at work in a province.
const LIMITS: Limits = Limits {
    entries: 8192,
    bytes: 16 * 1024 * 1024,
};

/// Verifies the tokens of one worker thread. Each worker makes its own, so nothing in it is locked;
/// what is shared are the keys behind the [`Verifier`].
pub struct TokenDesk {
    verifier: Verifier,
    known: RefCell<TokenCache<Verified>>,
    budget: RefCell<Budget>,
}

impl TokenDesk {
    /// A desk with an empty cache.
    pub fn new(verifier: Verifier) -> Self {
        Self {
            verifier,
            known: RefCell::new(TokenCache::new(LIMITS)),
            budget: RefCell::new(Budget::full()),
        }
    }

    /// Verifies a token. Ready at once unless the token names a key that its issuer's set does not
    /// hold; then it waits for one fetch at most, of which there is one in 30 seconds.
    pub async fn verify(
        &self,
        token: &str,
        now: Timestamp,
    ) -> Result<Arc<VerifiedToken>, TokenError> {
        let looked = match self.look(token, now) {
            Err(Rejection::UnknownKey(unknown)) if self.verifier.learn(&unknown, now).await => {
                self.look(token, now)
            }
            looked => looked,
        };
        looked.map_err(Rejection::note)
    }

    /// One look, which never waits. A hit counts only while the token lives and its key is still its issuer's.
    fn look(&self, token: &str, now: Timestamp) -> Result<Arc<VerifiedToken>, Rejection> {
        self.verifier.measure(token)?;
        let mut known = self.known.borrow_mut();
        if let Some(verified) = known.get(token) {
            if has_expired(verified.token.expires_at, now) {
                known.remove(token);
                return Err(Refusal::new(TokenError::Expired, "exp has passed").into());
            }
            if self.verifier.vouch_for(verified, now) {
                return Ok(Arc::clone(&verified.token));
            }
            known.remove(token);
        }
        let mut budget = self.budget.borrow_mut();
        if !budget.take(now) {
            return Err(Refusal::new(TokenError::Overloaded, "too many unknown tokens").into());
        }
        let verified = self.verifier.check(token, now)?;
        budget.give_back();
        let answer = Arc::clone(&verified.token);
        known.put(token, verified);
        Ok(answer)
    }
}

impl fmt::Debug for TokenDesk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenDesk").finish_non_exhaustive()
    }
}
