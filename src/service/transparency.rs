//! The transparency log, for whoever asks: no one is asked who they are and nothing is recorded, for
//! there is nothing in it but hashes and signatures.

use super::{Asking, Error, Log};
use crate::audit::{HeadState, LogState, Published, PublishedError};
use crate::domain::entry::{Decision, Entry, Operation};
use crate::tlog::TilePath;

/// Shows what was published of the log. Where an epoch may be named, none is the one that grows.
#[derive(Clone, Debug)]
pub struct TransparencyLog {
    published: Published,
}

impl TransparencyLog {
    /// Shows what `published` reads.
    pub fn new(published: Published) -> Self {
        Self { published }
    }

    /// The newest head: a signed note (C2SP tlog-checkpoint) with its cosignatures.
    pub async fn checkpoint(&self, epoch: Option<u32>) -> Result<String, Error> {
        found(self.published.checkpoint(epoch).await)
    }

    /// The keys that signed the newest head, newest first: verifier keys (C2SP signed-note), a line
    /// each.
    pub async fn keys(&self) -> Result<String, Error> {
        let keys = self.published.keys().await;
        let lines = keys.map(|keys| {
            keys.iter()
                .map(|key| format!("{key}\n"))
                .collect::<String>()
        });
        found(lines.map(|lines| (!lines.is_empty()).then_some(lines)))
    }

    /// How the log does, for an auditor: what anybody may see, and how far sealing is, which is
    /// recorded, for it says when entries were made.
    pub async fn state(&self, asking: &Asking<'_>, log: &Log) -> Result<LogState, Error> {
        let own = asking.entry(Operation::ConsoleLog, Decision::Done);
        let error = match self.published.state().await {
            Ok(state) => {
                log.record(&own).await?;
                return Ok(state);
            }
            Err(error) => error,
        };
        let passes = matches!(&error, PublishedError::Store(error) if error.is_unavailable());
        tell(&error, "the state of the transparency log was not read");
        let failed = Entry {
            decision: Decision::Failed,
            reason: Some(if passes { "overloaded" } else { "internal" }),
            ..own
        };
        let audit_id = Some(log.record(&failed).await?);
        Err(if passes {
            Error::Overloaded { audit_id }
        } else {
            Error::Internal { audit_id }
        })
    }

    /// The newest heads that were published, the newest first and each with its epoch, with their
    /// cosignatures: at most `limit`.
    pub async fn recent(&self, limit: u32) -> Result<Vec<(u32, HeadState)>, Error> {
        found(self.published.recent(limit).await.map(Some))
    }

    /// A tile's hashes, one after another (C2SP tlog-tiles). No hash beyond the newest head is
    /// shown.
    pub async fn tile(&self, epoch: Option<u32>, path: TilePath) -> Result<Vec<u8>, Error> {
        found(self.published.tile(epoch, path).await)
    }
}

fn found<T>(read: Result<Option<T>, PublishedError>) -> Result<T, Error> {
    match read {
        Ok(found) => found.ok_or(Error::NotFound { audit_id: None }),
        Err(PublishedError::Store(error)) if error.is_unavailable() => {
            tell(&error, "the transparency log was not read");
            Err(Error::AuditUnavailable)
        }
        Err(error) => {
            tell(&error, "the transparency log is damaged");
            Err(Error::Internal { audit_id: None })
        }
    }
}

fn tell(error: &(dyn std::error::Error + 'static), what: &'static str) {
    tracing::error!(error, "{what}");
}
