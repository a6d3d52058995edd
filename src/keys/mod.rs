//! The only holder of secret keys: what tags and seals the personal parts of audit entries.
//!
//! One key-encryption key lives in a file. It wraps a random pair of keys for each month, which
//! lives in the database, so that all replicas share it and destroying it destroys the month. No
//! key leaves this room; `docs/adr/0007-month-keys.md` says why it is built like this.

mod file;
mod kek;
mod month;
mod note;

use std::path::PathBuf;
use std::sync::Arc;

use arc_swap::ArcSwap;
use aws_lc_rs::hmac;
use jiff::Timestamp;

use crate::clock::vietnam_day;
use crate::domain::entry::{Month, Protected, SensitiveError};
use crate::store::{self, Store};

pub use kek::Kek;
pub use month::{MonthKeys, Opened};
pub use note::NoteSigner;

/// Bytes of a record's version.
pub const VERSION_LENGTH: usize = 16;

/// Why a key cannot be had, or does not open what it should.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The key file is missing, and it is not ours to make it.
    #[error("there is no key file at {0}; make one with `openssl rand -base64 32`, mode 0600")]
    Missing(PathBuf),
    /// The key file can be read by others than its owner.
    #[error("the key file {0} can be read by others than its owner; its mode must be 0600")]
    Exposed(PathBuf),
    /// The key file does not hold 32 bytes of base64.
    #[error("the key file {0} does not hold 32 bytes of base64")]
    Format(PathBuf),
    /// The file of keys that sign notes is missing, and it is not ours to make it.
    #[error("there is no key file at {0}; `dancu keys make-note` makes one")]
    MissingNote(PathBuf),
    /// The file holds no keys that sign notes, or another kind.
    #[error("the key file {0} does not hold keys that sign notes")]
    NoteFormat(PathBuf),
    /// The key file cannot be read or made.
    #[error("the key file {path} cannot be read or made")]
    File {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        #[source]
        source: std::io::Error,
    },
    /// The month's keys were wrapped with another key than the file's.
    #[error("the keys of {0} were wrapped with another key-encryption key")]
    OtherKek(Month),
    /// The month's wrapped keys were altered.
    #[error("the wrapped keys of {0} are damaged")]
    Damaged(Month),
    /// The month's keys were destroyed, or never made.
    #[error("there are no keys of {0}")]
    Destroyed(Month),
    /// The month's keys are not in memory yet.
    #[error("the keys of {0} are not loaded")]
    NotLoaded(Month),
    /// The sealed bytes are not what the month's key sealed for this entry.
    #[error("the seal does not open")]
    Seal,
    /// The seal opened, on something else than an entry's sealed part.
    #[error("the seal does not hold an entry's sealed part")]
    Content(#[from] SensitiveError),
    /// The database.
    #[error("the month's keys could not be read")]
    Store(#[from] store::Error),
}

/// The keys of this process.
pub struct Keys {
    kek: Kek,
    version: hmac::Key,
    store: Store,
    /// Last month's, this month's and the next month's. Older ones are read when they are needed
    /// and not kept, so that destroying a month leaves no copy in a running process.
    loaded: ArcSwap<Vec<Arc<MonthKeys>>>,
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keys").finish_non_exhaustive()
    }
}

impl Keys {
    /// The keys wrapped by `kek` in the database of `store`, of which none is loaded yet.
    pub fn new(kek: Kek, store: Store) -> Self {
        Self {
            version: kek.version_key(),
            kek,
            store,
            loaded: ArcSwap::default(),
        }
    }

    /// Makes sure that the keys of the month of `now` and of the next are made and loaded.
    pub async fn prepare(&self, now: Timestamp) -> Result<(), Error> {
        let month = Month::of(vietnam_day(now));
        for month in [month, month.next()] {
            if self.find(month).is_none() {
                // Every replica offers keys; the first row stays, and all read that one.
                let offered = self.kek.wrap_new(month);
                let _taken = self.store.offer_month_key(month, &offered).await?;
                let keys = Arc::new(self.read(month).await?);
                self.loaded
                    .rcu(|loaded| [loaded.as_slice(), &[Arc::clone(&keys)]].concat());
            }
        }
        self.loaded.rcu(|loaded| {
            let recent = loaded.iter().filter(|keys| keys.month().next() >= month);
            recent.cloned().collect::<Vec<_>>()
        });
        Ok(())
    }

    /// The keys that tag and seal at `now`, without waiting.
    pub fn at(&self, now: Timestamp) -> Result<Arc<MonthKeys>, Error> {
        let month = Month::of(vietnam_day(now));
        self.find(month).ok_or(Error::NotLoaded(month))
    }

    /// The keys of any month, read from the database unless they are in use now; never made.
    pub async fn of(&self, month: Month) -> Result<Arc<MonthKeys>, Error> {
        match self.find(month) {
            Some(keys) => Ok(keys),
            None => self.read(month).await.map(Arc::new),
        }
    }

    /// Opens the sealed part of an entry.
    pub async fn unseal(&self, nonce: &[u8; 16], protected: &Protected) -> Result<Opened, Error> {
        let (Some(month), Some(sealed)) = (protected.month, &protected.sealed) else {
            return Ok(Opened::default());
        };
        self.of(month).await?.unseal(nonce, sealed)
    }

    /// Opens the attachment sealed beside an entry of that month.
    pub async fn unseal_attachment(
        &self,
        month: Month,
        nonce: &[u8; 16],
        sealed: &[u8],
    ) -> Result<Vec<u8>, Error> {
        self.of(month).await?.unseal_attachment(nonce, sealed)
    }

    /// A record's opaque version: a keyed digest of `parts`, each with its length, so that no two
    /// lists of parts run together.
    pub fn version_mac(&self, parts: &[&[u8]]) -> [u8; VERSION_LENGTH] {
        let mut mac = hmac::Context::with_key(&self.version);
        for part in parts {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part);
        }
        half(&mac.sign())
    }

    fn find(&self, month: Month) -> Option<Arc<MonthKeys>> {
        let loaded = self.loaded.load();
        loaded.iter().find(|keys| keys.month() == month).cloned()
    }

    async fn read(&self, month: Month) -> Result<MonthKeys, Error> {
        let wrapped = self.store.month_key(month).await?;
        self.kek
            .unwrap(month, &wrapped.ok_or(Error::Destroyed(month))?)
    }
}

/// The first half of a full HMAC-SHA256.
fn half(full: &hmac::Tag) -> [u8; 16] {
    full.as_ref()
        .first_chunk()
        .copied()
        .expect("an HMAC-SHA256 has 32 bytes")
}
