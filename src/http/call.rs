//! One call of an operation: head, token, client and scope checked in that order, before the body
//! is read.

use std::net::IpAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use actix_web::HttpRequest;
use actix_web::web::{Data, Payload};
use bytes::Bytes;
use jiff::Timestamp;
use jiff::civil::Date;

use super::admission::{Class, Shed};
use super::app::{self, App};
use super::envelope::Envelope;
use super::owed::Owed;
use super::problem::{Code, Problem};
use super::{access, address, body, head};
use crate::auth::{self, TokenError, VerifiedToken};
use crate::clock::vietnam_day;
use crate::domain::entry::Operation;
use crate::domain::policy;
use crate::domain::refusal::Refusal;
use crate::domain::scope::OperationScope;
use crate::json::{Document, Read};
use crate::policy::{Caller, Lifted};
use crate::service::{Asking, TurnedAway, within};

/// How long a body may take to come until whoever sends it is looked at again: far less than the second in
/// which a suspension is in force.
const AT_ONCE: Duration = Duration::from_millis(100);

/// An authenticated call whose client and scope are in order.
#[derive(Debug)]
pub struct Call {
    /// The service.
    pub app: Data<App>,
    request: HttpRequest,
    envelope: Envelope,
    operation: Operation,
    scopes: &'static [OperationScope],
    token: Arc<VerifiedToken>,
    caller: Caller,
    address: Option<IpAddr>,
    now: Timestamp,
    today: Date,
}

impl Call {
    /// Opens a call of `operation`, which needs one of `scopes` (none needs a client only).
    pub async fn open(
        request: HttpRequest,
        envelope: Envelope,
        operation: Operation,
        scopes: &'static [OperationScope],
    ) -> Result<Self, Problem> {
        let app = App::of(&request);
        let headers = request.headers();
        head::check_accept(headers)?;
        if envelope.route.takes_body() {
            head::check_content_type(headers)?;
        }
        let now = app.clock.now();
        let token = {
            let presented = head::authorization(headers)
                .and_then(auth::bearer)
                .map_err(|error| Problem::token(error, now))?;
            // Its issuer's keys may have to be fetched. Nothing is owed yet to whoever gives up.
            let verified = app::desk(&request).verify(presented, now);
            let verified = within(app.limits.handler_deadline(), pin!(verified)).await;
            let verified = verified.map_err(|_| Problem::shed(Shed::Deadline))?;
            verified.map_err(|error| Problem::token(error, now))?
        };
        Self::admit(request, envelope, operation, scopes, token, now).await
    }

    /// Opens a call of whoever has this token, however it came here.
    pub async fn admit(
        request: HttpRequest,
        envelope: Envelope,
        operation: Operation,
        scopes: &'static [OperationScope],
        token: Arc<VerifiedToken>,
        now: Timestamp,
    ) -> Result<Self, Problem> {
        token
            .check_binding(request.conn_data())
            .map_err(|error| Problem::token(error, now))?;
        let app = App::of(&request);
        let address = address::of(&request, &app.trusted_proxies);
        let snapshot = app
            .policy
            .load(now)
            .map_err(|_| Problem::new(Code::PolicyUnavailable))?;
        let known = snapshot.caller(
            &token.issuer,
            &token.client_id,
            &token.scopes,
            token.officer_id.as_deref(),
        );
        let allowed = known.and_then(|caller| {
            let allowed = scopes.is_empty() || scopes.iter().any(|one| caller.scopes.allows(*one));
            if allowed {
                Ok(caller)
            } else {
                Err(Refusal::ScopeMissing)
            }
        });
        let caller = match allowed {
            Ok(caller) => {
                access::asked_by(&request, &caller.client);
                caller
            }
            Err(refusal) => {
                let agency = snapshot.agency_of(&token.issuer, &token.client_id);
                if let Some(client) = snapshot.client(&token.client_id)
                    && agency.is_some()
                {
                    access::asked_by(&request, client);
                }
                drop(snapshot);
                let turned_away = TurnedAway {
                    token: &token,
                    agency_code: agency.as_ref(),
                    request_id: envelope.request_id.id,
                    address,
                };
                let error = Box::pin(turned_away.refuse(&app.log, operation, refusal)).await;
                return Err(Problem::from(error).turning_away());
            }
        };
        if envelope.route.class != Class::Question {
            let owed = Owed {
                operation,
                token: Arc::clone(&token),
                caller: caller.clone(),
                request_id: envelope.request_id.id,
                address,
                now,
            };
            owed.keep(&request);
        }
        let today = vietnam_day(now);
        Ok(Self {
            app,
            request,
            envelope,
            operation,
            scopes,
            token,
            caller,
            address,
            now,
            today,
        })
    }

    /// Who asks, for a use case.
    pub fn asking(&self) -> Asking<'_> {
        Asking {
            token: &self.token,
            caller: &self.caller,
            request_id: self.envelope.request_id.id,
            address: self.address,
            now: self.now,
            today: self.today,
        }
    }

    /// What a body of this call may leave out. Where the policy is not certain, nothing: the use case
    /// will say so.
    pub fn lifted(&self, operation: policy::Operation, procedure: &policy::Code) -> Lifted {
        self.app.policy.load(self.now).map_or_else(
            |_| Lifted::default(),
            |snapshot| snapshot.lifted(&self.caller, operation, procedure.as_str(), self.today),
        )
    }

    /// The token behind the call.
    pub fn token(&self) -> &VerifiedToken {
        &self.token
    }

    /// The client behind the call.
    pub fn caller(&self) -> &Caller {
        &self.caller
    }

    /// The time of the call.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// The request.
    pub fn request(&self) -> &HttpRequest {
        &self.request
    }

    /// The envelope's id and language, for problems inside an answer.
    pub fn envelope(&self) -> Envelope {
        self.envelope
    }

    /// The body's bytes. From then on the call is of the time at which they were there.
    pub async fn bytes(&mut self, payload: &mut Payload) -> Result<Bytes, Problem> {
        let limits = &self.app.limits;
        let limit = if self.envelope.route.bulky {
            limits.bulk_body_bytes
        } else {
            limits.body_bytes
        };
        let bytes = body::bytes(&self.request, payload, limit, limits.body_deadline()).await?;
        self.look_again().await?;
        Ok(bytes)
    }

    /// Whoever was let in by the head may be suspended, or the token's time be over, by the time at which a
    /// body is there that did not come at once.
    async fn look_again(&mut self) -> Result<(), Problem> {
        let now = self.app.clock.now();
        if now.duration_since(self.now).unsigned_abs() < AT_ONCE {
            return Ok(());
        }
        if self.token.has_expired(now) {
            return Err(Problem::token(TokenError::Expired, now));
        }
        let (request, token) = (self.request.clone(), Arc::clone(&self.token));
        let admitted = Self::admit(
            request,
            self.envelope,
            self.operation,
            self.scopes,
            token,
            now,
        );
        *self = admitted.await?;
        Ok(())
    }

    /// The body as a document with its faults.
    pub async fn document<T: Read>(
        &mut self,
        payload: &mut Payload,
    ) -> Result<Document<T>, Problem> {
        body::document(&self.bytes(payload).await?, &self.app.limits)
    }

    /// The body, which may have no fault.
    pub async fn body<T: Read>(&mut self, payload: &mut Payload) -> Result<T, Problem> {
        body::strict(&self.bytes(payload).await?, &self.app.limits)
    }
}
