//! Where the register is read: the primary, or a replica of it while that answers. Not here: whether a replica
//! has what it must ([`super::memory`]), and who asks ([`super::reader`]).

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use crate::domain::number::{OldIdNumber, PersonalId};
use crate::store::citizens::Read;
use crate::store::{Error, Store};

/// How long a replica is waited for before the primary is asked: a third of what a question waits.
const REPLICA_LIMIT: Duration = Duration::from_millis(250);

/// How long a replica that failed is not asked again, so that not every read waits for it in vain.
const REPLICA_PAUSE_MS: i64 = 1_000;

/// The nodes of the database that hold the register.
#[derive(Debug)]
pub struct Nodes {
    /// The one that is written to.
    primary: Store,
    /// The one that is read from, where it is another.
    replica: Option<Store>,
    /// Until when the replica is left alone.
    paused_until_ms: AtomicI64,
}

/// Why a replica was not read from.
#[derive(Debug, thiserror::Error)]
pub(super) enum ReplicaError {
    /// It was too slow.
    #[error("the replica does not answer")]
    Silent,
    /// It failed.
    #[error("the replica cannot be read")]
    Failed(#[from] Error),
}

impl Nodes {
    /// A primary, and a replica of it.
    pub fn new(primary: Store, replica: Option<Store>) -> Self {
        Self {
            primary,
            replica,
            paused_until_ms: AtomicI64::new(i64::MIN),
        }
    }

    /// Opens a connection before somebody waits for one. Whoever asks next is told if that fails.
    pub(super) async fn connect(&self) {
        if let Err(error) = self.primary.connect().await {
            let error: &dyn std::error::Error = &error;
            tracing::warn!(error, "the register cannot be read yet");
        }
    }

    /// Reads from the replica, if there is one that works and has come to that place of the feed.
    pub(super) async fn read_replica(
        &self,
        now_ms: i64,
        reached: i64,
        people: &[PersonalId],
        old: &[OldIdNumber],
    ) -> Result<Option<Read>, ReplicaError> {
        let Some(replica) = &self.replica else {
            return Ok(None);
        };
        if now_ms < self.paused_until_ms.load(Ordering::Relaxed) {
            return Ok(None);
        }
        let read = replica.read_register_at(reached, people, old);
        let read = match tokio::time::timeout(REPLICA_LIMIT, read).await {
            Ok(read) => read.map_err(ReplicaError::Failed),
            Err(_) => Err(ReplicaError::Silent),
        };
        if read.is_err() {
            let until = now_ms.saturating_add(REPLICA_PAUSE_MS);
            self.paused_until_ms.store(until, Ordering::Relaxed);
        }
        read
    }

    /// Reads from the primary.
    pub(super) async fn read_primary(
        &self,
        people: &[PersonalId],
        old: &[OldIdNumber],
    ) -> Result<Read, Error> {
        let primary = &self.primary;
        let read = async {
            let mut read = Read::default();
            if !old.is_empty() {
                read.old = primary.find_by_old_numbers(old).await?;
            }
            if !people.is_empty() {
                read.citizens = Some(primary.find_nearest_citizens(people).await?);
            }
            Ok(read)
        };
        primary.in_time("citizens/read", read).await
    }
}

impl From<Store> for Nodes {
    fn from(primary: Store) -> Self {
        Self::new(primary, None)
    }
}
