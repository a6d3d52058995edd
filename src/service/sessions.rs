//! Signing in to the auditors' console and out of it: where an access token lies in between.
//!
//! What the token's client may see is decided afresh for every page; nothing of it is kept here.

use jiff::Timestamp;
use zeroize::Zeroizing;

use super::{Asking, Error, Log};
use crate::domain::entry::{Decision, Operation};
use crate::keys::SessionId;
use crate::store::{self, Store};

/// Sessions of the console, which all replicas share.
#[derive(Clone, Debug)]
pub struct Sessions {
    store: Store,
    log: Log,
}

impl Sessions {
    /// Keeps sessions in `store`, and records in `log` who signed in.
    pub fn new(store: Store, log: Log) -> Self {
        Self { store, log }
    }

    /// Signs in whoever asks, with the token they asked with, for as long as it lives.
    pub async fn begin(&self, asking: &Asking<'_>, token: &str) -> Result<SessionId, Error> {
        let entry = asking.entry(Operation::ConsoleSignIn, Decision::Done);
        self.log.record(&entry).await?;
        self.sweep(asking.now)
            .await
            .map_err(|error| failed(&error))?;
        let id = SessionId::fresh();
        let (digest, sealed) = (id.digest(), id.seal(token));
        let expires_at = asking.token.expires_at;
        let kept = self.store.put_console_session(&digest, &sealed, expires_at);
        kept.await.map_err(|error| failed(&error))?;
        Ok(id)
    }

    /// The token of a session; none where it ended.
    pub async fn token(
        &self,
        id: &SessionId,
        now: Timestamp,
    ) -> Result<Option<Zeroizing<String>>, Error> {
        let found = self.store.console_session(&id.digest(), now).await;
        let sealed = found.map_err(|error| failed(&error))?;
        Ok(sealed.and_then(|sealed| id.open(&sealed)))
    }

    /// Ends a session, if there is one.
    pub async fn end(&self, id: &SessionId) -> Result<(), Error> {
        let ended = self.store.delete_console_session(&id.digest()).await;
        let _was_there = ended.map_err(|error| failed(&error))?;
        Ok(())
    }

    /// Removes the sessions that have expired.
    pub async fn sweep(&self, now: Timestamp) -> Result<u64, store::Error> {
        self.store.delete_expired_console_sessions(now).await
    }
}

/// Without the database nobody is signed in, and without it there is no log to read either.
fn failed(error: &store::Error) -> Error {
    let unavailable = error.is_unavailable();
    let error: &dyn std::error::Error = error;
    tracing::error!(error, "a session of the console was not read or kept");
    if unavailable {
        Error::AuditUnavailable
    } else {
        Error::Internal { audit_id: None }
    }
}
