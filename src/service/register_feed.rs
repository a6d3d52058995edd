//! The register's own feed: committed changes of the source become ours, each with its entry.

use super::{Asking, Error, Log};
use crate::domain::change::{Change, Ignored, Outcome};
use crate::domain::entry::{Decision, Entry, Operation, Private};
use crate::store::Store;

/// Takes changes of the register.
#[derive(Clone, Debug)]
pub struct RegisterFeed {
    store: Store,
    log: Log,
}

/// What became of a batch of changes.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Applied {
    /// How many are in force.
    pub applied: usize,
    /// Those that changed nothing, which is no error: a feed may be replayed.
    pub ignored: Vec<IgnoredChange>,
}

/// A change that changed nothing.
#[derive(Clone, Debug, serde::Serialize)]
pub struct IgnoredChange {
    /// Its place in the batch.
    pub index: usize,
    /// `older_revision`, `same_revision` or `unknown_citizen`.
    pub reason: &'static str,
}

impl RegisterFeed {
    /// Writes to `store` what is recorded in `log`.
    pub fn new(store: Store, log: Log) -> Self {
        Self { store, log }
    }

    /// Applies all of them or none. The entries are durable before the changes are: a change whose
    /// commit then fails leaves a second, `failed` entry, never a change without one.
    pub async fn apply(&self, asking: &Asking<'_>, changes: &[Change]) -> Result<Applied, Error> {
        let recorded = self
            .store
            .apply_recorded(changes, async |outcomes| {
                self.record(asking, changes, |at| Ok(outcomes[at])).await
            })
            .await;
        let outcomes = match recorded {
            Ok(outcomes) => outcomes?,
            Err(error) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "changes not applied"
                );
                let unavailable = error.is_unavailable();
                let reason = if unavailable {
                    "register_unavailable"
                } else {
                    "internal"
                };
                let audit_id = self.record(asking, changes, |_| Err(reason)).await?;
                let audit_id = audit_id.first().copied();
                return Err(if unavailable {
                    Error::RegisterUnavailable { audit_id }
                } else {
                    Error::Internal { audit_id }
                });
            }
        };
        let ignored: Vec<IgnoredChange> = outcomes
            .iter()
            .enumerate()
            .filter_map(|(index, outcome)| match outcome {
                Outcome::Applied => None,
                Outcome::Ignored(why) => Some(IgnoredChange {
                    index,
                    reason: why.as_str(),
                }),
            })
            .collect();
        Ok(Applied {
            applied: outcomes.len() - ignored.len(),
            ignored,
        })
    }

    /// One entry a change.
    async fn record(
        &self,
        asking: &Asking<'_>,
        changes: &[Change],
        outcome: impl Fn(usize) -> Result<Outcome, &'static str>,
    ) -> Result<Vec<uuid::Uuid>, Error> {
        let drafts = changes.iter().enumerate().map(|(at, change)| {
            let (decision, reason) = match outcome(at) {
                Ok(Outcome::Applied) => (Decision::Done, None),
                Ok(Outcome::Ignored(why)) => (Decision::Done, Some(Ignored::as_str(why))),
                Err(reason) => (Decision::Failed, Some(reason)),
            };
            let operation = match change {
                Change::Upsert(_) => Operation::RegisterUpsert,
                Change::Status { .. } => Operation::RegisterStatus,
            };
            let number = change.personal_id();
            self.log.draft(&Entry {
                batch: true,
                reason,
                revision: Some(change.revision()),
                subject: Some(Private::new(number.as_str())),
                ..asking.entry(operation, decision)
            })
        });
        self.log.commit_all(drafts.collect::<Result<_, _>>()?).await
    }
}
