//! The canary: a synthetic citizen whom the service asks about itself, from the policy to the durable
//! entry, so that it is sure to answer. Not here: when it asks, and who is told.

use std::sync::Arc;

use super::answer::ResultWord;
use super::{Asking, Citizens, Error};
use crate::auth::VerifiedToken;
use crate::clock::{Clock, random_id, vietnam_day};
use crate::domain::policy::Code;
use crate::domain::question::{Context, Question};
use crate::domain::scope::Scopes;
use crate::policy::Policy;

/// What stands in the canary's entries where others have the token's `jti` and `sub`: it has none.
const CANARY: &str = "canary";

/// A question that the service asks itself.
#[derive(Debug)]
pub struct Canary {
    citizens: Citizens,
    policy: Arc<Policy>,
    clock: Clock,
    token: VerifiedToken,
    context: Context,
    question: Question,
}

impl Canary {
    /// A question of that registered client under that procedure.
    pub fn new(
        citizens: Citizens,
        policy: Arc<Policy>,
        clock: Clock,
        client_id: &Code,
        procedure_code: Code,
        question: Question,
    ) -> Self {
        let begun = clock.now();
        Self {
            citizens,
            policy,
            clock,
            // Nobody signed it, so nobody can send it: it only says in the entry who asks.
            token: VerifiedToken {
                issuer: CANARY.into(),
                client_id: client_id.as_str().into(),
                token_id: CANARY.into(),
                subject: CANARY.into(),
                officer_id: None,
                issued_at: begun,
                expires_at: begun,
                scopes: Scopes::parse("citizen:verify"),
                certificate: None,
            },
            context: Context {
                procedure_code,
                officer_id: None,
                case_id: None,
            },
            question,
        }
    }

    /// Asks once. Whatever comes of it was recorded as it would be for anybody, under a word of its own;
    /// but where the client may not ask at all, or nothing is known of the policy, nothing was asked.
    pub async fn look(&self) -> Result<ResultWord, Error> {
        let now = self.clock.now();
        let caller = {
            let snapshot = self
                .policy
                .load(now)
                .map_err(|_| Error::PolicyUnavailable { audit_id: None })?;
            let caller = snapshot.own_caller(&self.token.client_id, &self.token.scopes);
            caller.map_err(|refusal| Error::Refused {
                refusal,
                items: Vec::new(),
                audit_id: None,
            })?
        };
        let asking = Asking {
            token: &self.token,
            caller: &caller,
            request_id: uuid::Builder::from_random_bytes(random_id()).into_uuid(),
            address: None,
            now,
            today: vietnam_day(now),
        };
        let answer = self
            .citizens
            .look_at_canary(&asking, &self.context, &self.question)
            .await?;
        Ok(answer.result)
    }
}
