//! Recording: the entry first, then the answer.

use std::sync::Arc;

use uuid::Uuid;

use super::Error;
use crate::audit::{Draft, Lanes, Messenger, RecordError, State};
use crate::domain::entry::Entry;
use crate::telemetry::traces;

/// The audit log as use cases write to it.
///
/// **Architecture invariant:** what [`record`](Log::record) answers is durable, so whoever has the
/// id may let the answer leave.
#[derive(Clone, Debug)]
pub struct Log {
    lanes: Arc<Lanes>,
    messenger: Option<Messenger>,
}

impl Log {
    /// A log that writes to these lanes.
    pub fn new(lanes: Arc<Lanes>) -> Self {
        Self {
            lanes,
            messenger: None,
        }
    }

    /// The same log for callers on one thread. What is durable is told to them together, by what must
    /// be polled on that thread for as long as they ask.
    pub fn of_thread(&self) -> (Self, impl Future<Output = ()> + use<>) {
        let messenger = Messenger::default();
        let log = Self {
            lanes: Arc::clone(&self.lanes),
            messenger: Some(messenger.clone()),
        };
        let lanes = Arc::clone(&self.lanes);
        (log, async move { lanes.run(&messenger).await })
    }

    /// Encodes an entry: from here on its personal parts are tags and a seal.
    pub fn draft(&self, entry: &Entry<'_>) -> Result<Draft, Error> {
        Ok(self.lanes.draft(entry)?)
    }

    /// Makes an entry durable.
    pub async fn record(&self, entry: &Entry<'_>) -> Result<Uuid, Error> {
        self.commit(self.draft(entry)?).await
    }

    /// Makes the entry of an administrative change durable, with what was before and after.
    pub async fn record_change(&self, entry: &Entry<'_>, state: State<'_>) -> Result<Uuid, Error> {
        let draft = self.lanes.draft_with_state(entry, state)?;
        self.commit(draft).await
    }

    /// Makes a drafted entry durable.
    pub async fn commit(&self, draft: Draft) -> Result<Uuid, Error> {
        let mut step = traces::child("audit.record");
        let recorded = self.lanes.record_by(draft, self.messenger.as_ref()).await;
        let recorded = recorded.inspect_err(|_| step.failed());
        Ok(*recorded?.as_uuid())
    }

    /// Makes drafted entries durable together; their ids are in order.
    pub async fn commit_all(&self, drafts: Vec<Draft>) -> Result<Vec<Uuid>, Error> {
        let mut step = traces::child("audit.record");
        step.count("dancu.entries", drafts.len());
        let messenger = self.messenger.as_ref();
        let recorded = self.lanes.record_all_by(drafts, messenger).await;
        let ids = recorded.inspect_err(|_| step.failed())?;
        Ok(ids.iter().map(|id| *id.as_uuid()).collect())
    }
}

impl From<RecordError> for Error {
    fn from(error: RecordError) -> Self {
        match error {
            RecordError::Overloaded => Self::LogBusy,
            RecordError::Unavailable => Self::AuditUnavailable,
        }
    }
}
