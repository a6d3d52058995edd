//! One entry by its id, what is sealed in and beside it, and where it is in the transparency log.

use super::published::{Inclusion, Published, PublishedError};
use crate::clock::vietnam_day;
use crate::domain::entry::{AuditId, DecodeError, Decoded};
use crate::keys::{self, Keys, Opened};
use crate::store::{self, Store};

/// The log as auditors read it.
#[derive(Clone, Debug)]
pub struct Log {
    /// Where single entries and their proofs are read.
    store: Store,
    /// Where pages are.
    pub(super) searches: Store,
    /// Where numbers are, which may take long and must not keep pages waiting.
    pub(super) counts: Store,
    published: Published,
}

/// An entry and the bytes it was read from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// What it says.
    pub entry: Decoded,
    /// The canonical bytes, whose hash is the leaf of the transparency log.
    pub canonical: Vec<u8>,
}

/// Why an entry could not be read.
#[derive(Debug, thiserror::Error)]
pub enum FindError {
    /// The database.
    #[error("the log could not be read")]
    Store(#[from] store::Error),
    /// The row holds no entry.
    #[error("a row of the log is no entry")]
    Decode(#[from] DecodeError),
    /// Its place in the transparency log.
    #[error("an entry's place in the transparency log could not be read")]
    Published(#[from] PublishedError),
}

impl Log {
    /// Over stores that speak as [`Role::Audit`](crate::store::Role::Audit): for single entries, for
    /// pages of them, and for numbers. Whoever fills one keeps nobody from the others.
    pub fn new(entries: Store, searches: Store, counts: Store) -> Self {
        let published = Published::new(entries.clone());
        Self {
            store: entries,
            searches,
            counts,
            published,
        }
    }

    /// The entry of that id, at once after it was recorded; none where there is none, or where its
    /// day has been dropped.
    pub async fn find(&self, id: AuditId) -> Result<Option<Recorded>, FindError> {
        let Some(canonical) = self.store.entry(id).await? else {
            return Ok(None);
        };
        let entry = Decoded::from_canonical(&canonical)?;
        Ok(Some(Recorded { entry, canonical }))
    }

    /// Which leaf of the transparency log the entry is; none before a published head covers it.
    pub async fn index(&self, entry: &Decoded) -> Result<Option<u64>, FindError> {
        Ok(self.published.index(&entry.stamp).await?)
    }

    /// That the entry is in the transparency log; none before a published head covers it.
    pub async fn inclusion(&self, entry: &Decoded) -> Result<Option<Inclusion>, FindError> {
        Ok(self.published.inclusion(&entry.stamp).await?)
    }

    /// Whether entries were written on the day of that id and have been dropped since, with the day.
    /// It is the same for every id of that day, whether an entry ever had it or not.
    pub async fn is_expired(&self, id: AuditId) -> Result<bool, FindError> {
        Ok(self.store.is_expired(vietnam_day(id.at())).await?)
    }

    /// What is sealed beside an entry (see [`State`](super::State)), still sealed.
    pub async fn attachment(&self, entry: &Decoded) -> Result<Option<Vec<u8>>, FindError> {
        Ok(self.store.attachment(&entry.stamp).await?)
    }
}

impl Recorded {
    /// Opens the sealed part. Whoever calls this owes an entry of their own that says so.
    pub async fn reveal(&self, keys: &Keys) -> Result<Opened, keys::Error> {
        keys.unseal(&self.entry.nonce, &self.entry.protected).await
    }
}
