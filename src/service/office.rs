//! Administration, recorded: whoever changes or reads who may ask leaves an entry.

use std::sync::Arc;

use uuid::Uuid;

use super::administration::{self, Administration, Author, Expected, Outcome, Page, Pending};
use super::{Asking, Error, Log};
use crate::audit::State;
use crate::domain::entry::{AdminKind, Decision, Entry, Operation, Private};
use crate::domain::policy::{Code, Item, Kind};

/// The verbs of [`Administration`] with the entries they owe.
#[derive(Clone, Debug)]
pub struct Office {
    administration: Arc<Administration>,
    log: Log,
}

/// A change that was made and recorded.
#[derive(Clone, Debug)]
pub struct Changed {
    /// What it did.
    pub outcome: Outcome,
    /// The object after it, where there is one.
    pub item: Option<Item>,
}

/// Whether a suspended client is let go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activation {
    /// Suspend it.
    Suspend,
    /// Let it ask again.
    Resume,
}

impl Office {
    /// Administers and records in `log`.
    pub fn new(administration: Arc<Administration>, log: Log) -> Self {
        Self {
            administration,
            log,
        }
    }

    /// One object.
    pub async fn get(&self, asking: &Asking<'_>, kind: Kind, id: &Code) -> Result<Item, Error> {
        let operation = Operation::get(admin_kind(kind));
        let entry = target(asking.entry(operation, Decision::Done), id);
        match self.administration.get(kind, id).await {
            Ok(item) => {
                self.log.record(&entry).await?;
                Ok(item)
            }
            Err(error) => Err(self.failed(entry, error).await),
        }
    }

    /// A page of objects.
    pub async fn list(
        &self,
        asking: &Asking<'_>,
        kind: Kind,
        after: Option<&Code>,
        limit: u32,
    ) -> Result<Page, Error> {
        let entry = asking.entry(Operation::list(admin_kind(kind)), Decision::Done);
        match self.administration.list(kind, after, limit).await {
            Ok(page) => {
                let count = Some(page.items.len() as u64);
                self.log.record(&Entry { count, ..entry }).await?;
                Ok(page)
            }
            Err(error) => Err(self.failed(entry, error).await),
        }
    }

    /// What an operation comes to on an identifier that nothing can have.
    pub async fn nothing(&self, asking: &Asking<'_>, operation: Operation) -> Error {
        let entry = asking.entry(operation, Decision::Done);
        self.failed(entry, administration::Error::NotFound).await
    }

    /// Puts an object at its address.
    pub async fn put(
        &self,
        asking: &Asking<'_>,
        id: &Code,
        item: Item,
        expected: &Expected,
    ) -> Result<Changed, Error> {
        let operation = Operation::put(admin_kind(item.kind()));
        let author = Author::Client(asking.caller);
        let pending = self
            .administration
            .begin_put(author, id, item, expected)
            .await;
        self.finish(asking, operation, id, pending).await
    }

    /// Deletes an object.
    pub async fn delete(
        &self,
        asking: &Asking<'_>,
        kind: Kind,
        id: &Code,
        expected: &Expected,
    ) -> Result<Changed, Error> {
        let operation = Operation::delete(admin_kind(kind));
        let author = Author::Client(asking.caller);
        let pending = self
            .administration
            .begin_delete(author, kind, id, expected)
            .await;
        self.finish(asking, operation, id, pending).await
    }

    /// Suspends a client or lets it ask again.
    pub async fn activate(
        &self,
        asking: &Asking<'_>,
        id: &Code,
        expected: &Expected,
        activation: Activation,
    ) -> Result<Changed, Error> {
        let author = Author::Client(asking.caller);
        let (operation, pending) = match activation {
            Activation::Suspend => (
                Operation::ClientSuspend,
                self.administration
                    .begin_suspend(author, id, expected)
                    .await,
            ),
            Activation::Resume => (
                Operation::ClientResume,
                self.administration.begin_resume(author, id, expected).await,
            ),
        };
        self.finish(asking, operation, id, pending).await
    }

    /// Records a change, then makes it seen.
    async fn finish(
        &self,
        asking: &Asking<'_>,
        operation: Operation,
        id: &Code,
        pending: Result<Pending, administration::Error>,
    ) -> Result<Changed, Error> {
        let entry = target(asking.entry(operation, Decision::Done), id);
        let pending = match pending {
            Ok(pending) => pending,
            Err(error) => return Err(self.failed(entry, error).await),
        };
        record(&self.log, &entry, &pending).await?;
        let changed = Changed {
            outcome: pending.outcome,
            item: pending.after.clone(),
        };
        match self.administration.commit(pending).await {
            Ok(()) => Ok(changed),
            Err(error) => Err(self.failed(entry, error).await),
        }
    }

    /// Records an attempt that came to nothing.
    async fn failed(&self, entry: Entry<'_>, error: administration::Error) -> Error {
        let decision = match &error {
            administration::Error::Refused(_) => Decision::Refused,
            // A fault of the document: the caller's to mend, and no entry is owed.
            administration::Error::Invalid(_) => return error.told(None),
            administration::Error::NotFound
            | administration::Error::Conflict(_)
            | administration::Error::PreconditionFailed => Decision::Failed,
            administration::Error::Store(cause) => {
                tracing::error!(
                    error = cause as &dyn std::error::Error,
                    "administration failed"
                );
                Decision::Failed
            }
        };
        match self
            .log
            .record(&Entry {
                decision,
                reason: Some(error.code()),
                ..entry
            })
            .await
        {
            Ok(audit_id) => error.told(Some(audit_id)),
            Err(unrecorded) => unrecorded,
        }
    }
}

/// Records what a pending change does, with the object before and after sealed beside the entry.
pub async fn record(log: &Log, entry: &Entry<'_>, pending: &Pending) -> Result<Uuid, Error> {
    let (before, after) = (pending.before_json(), pending.after_json());
    let state = State {
        before: before.as_deref(),
        after: after.as_deref(),
    };
    log.record_change(entry, state).await
}

fn target<'e>(entry: Entry<'e>, id: &'e Code) -> Entry<'e> {
    Entry {
        target: Some(Private::new(id.as_str())),
        ..entry
    }
}

const fn admin_kind(kind: Kind) -> AdminKind {
    match kind {
        Kind::Agency => AdminKind::Agency,
        Kind::Client => AdminKind::Client,
        Kind::Procedure => AdminKind::Procedure,
        Kind::Agreement => AdminKind::Agreement,
        Kind::Officer => AdminKind::Officer,
    }
}
