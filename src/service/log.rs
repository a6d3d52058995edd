//! Recording: the entry first, then the answer.

use std::sync::Arc;

use uuid::Uuid;

use super::Error;
use crate::audit::{Draft, Lanes, RecordError};
use crate::clock::Clock;
use crate::domain::entry::Entry;
use crate::keys::Keys;

/// The audit log as use cases write to it.
///
/// **Architecture invariant:** what [`record`](Log::record) answers is durable, so whoever has the
/// id may let the answer leave.
#[derive(Clone, Debug)]
pub struct Log {
    lanes: Lanes,
    keys: Arc<Keys>,
    clock: Clock,
}

impl Log {
    /// A log that writes to these lanes with these keys.
    pub fn new(lanes: Lanes, keys: Arc<Keys>, clock: Clock) -> Self {
        Self { lanes, keys, clock }
    }

    /// Encodes an entry: from here on its personal parts are tags and a seal.
    pub fn draft(&self, entry: &Entry<'_>) -> Result<Draft, Error> {
        let keys = self.keys.at(self.clock.now()).map_err(|error| {
            tracing::error!(error = &error as &dyn std::error::Error, "no keys for this month");
            Error::AuditUnavailable
        })?;
        Ok(Draft::new(entry, &keys))
    }

    /// Makes an entry durable.
    pub async fn record(&self, entry: &Entry<'_>) -> Result<Uuid, Error> {
        self.commit(self.draft(entry)?).await
    }

    /// Makes a drafted entry durable.
    pub async fn commit(&self, draft: Draft) -> Result<Uuid, Error> {
        self.lanes.record(draft).await.map_err(refused)
    }

    /// Makes drafted entries durable together, each on its own terms.
    pub async fn commit_all(&self, drafts: Vec<Draft>) -> Vec<Result<Uuid, Error>> {
        let recorded = self.lanes.record_all(drafts).await;
        recorded.into_iter().map(|one| one.map_err(refused)).collect()
    }
}

fn refused(error: RecordError) -> Error {
    match error {
        RecordError::Overloaded => Error::Overloaded,
        RecordError::Unavailable => Error::AuditUnavailable,
    }
}
