//! The only holder of secret keys: what tags and seals the personal parts of audit entries.
//!
//! One key-encryption key lives in a file. It wraps random pairs of keys for each month, which live
//! in the database, so that all replicas share them and destroying them destroys the month. A month
//! has one pair, and one more each time it is rotated: the last one tags and seals, all of them
//! open. No key leaves this room; `docs/adr/0007-month-keys.md` and
//! `docs/adr/0019-month-key-generations.md` say why it is built like this.

mod change;
mod file;
mod kek;
mod month;
mod note;
mod ring;
mod session;

use std::path::PathBuf;
use std::sync::Arc;

use arc_swap::ArcSwap;
use aws_lc_rs::hmac;
use jiff::Timestamp;

use crate::clock::vietnam_day;
use crate::domain::entry::{Month, Protected, SensitiveError};
use crate::store::{self, Store};

pub use change::{Pending, begin_destruction, begin_rewrap, begin_rotation, is_in_force};
pub use kek::Kek;
pub use month::{MonthKeys, Opened};
pub use note::NoteSigner;
pub use ring::KeyRing;
pub use session::SessionId;

/// The generation every month begins with.
const FIRST_GENERATION: u32 = 1;

/// Bytes of a record's version.
pub const VERSION_LENGTH: usize = 16;

/// Why a key cannot be had, or does not open what it should.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The key file is missing, and it is not ours to make it.
    #[error("there is no key file at {0}; make one with `openssl rand -base64 32`, mode 0600")]
    Missing(PathBuf),
    /// The key file can be read by others.
    #[error(
        "the key file {0} can be read by others: its mode must be 0600, or 0440 where another user owns it"
    )]
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
    /// The month's keys were wrapped with another key than the file's, or would be with another
    /// than the one in force: the file is old, or not of this database.
    #[error(
        "the keys of {0} are wrapped with another key-encryption key than that of the key file; \
         put the one in force in place and start again"
    )]
    OtherKek(Month),
    /// The key that is to replace the one in force is the one in force.
    #[error("the new key-encryption key is the one in force")]
    SameKek,
    /// The keys changed while they were being changed.
    #[error("the keys of {0} were changed by somebody else; nothing was done")]
    Raced(Month),
    /// The month's wrapped keys were altered.
    #[error("the wrapped keys of {0} are damaged")]
    Damaged(Month),
    /// The month's keys were destroyed, or never made.
    #[error("the keys of {0} were destroyed, or never made")]
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
    /// Every generation of last month's, this month's and the next month's. Older ones are read
    /// when they are needed and not kept, so that destroying a month leaves no copy in a running
    /// process.
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

    /// Makes sure that the keys of the month of `now` and of the next are made and loaded, with
    /// every generation there is by now, and forgets those of months before the last.
    ///
    /// Does what can be done even where it fails: with an old key file, or without the database,
    /// what is in memory goes on tagging and sealing ([`Keys::at`] says whether it can).
    pub async fn prepare(&self, now: Timestamp) -> Result<(), Error> {
        let month = Month::of(vietnam_day(now));
        let this = self.load(month).await;
        let next = self.load(month.next()).await;
        if self
            .loaded
            .load()
            .iter()
            .any(|it| it.month().next() < month)
        {
            self.loaded.rcu(|loaded| {
                let recent = loaded.iter().filter(|keys| keys.month().next() >= month);
                recent.cloned().collect::<Vec<_>>()
            });
        }
        this.and(next)
    }

    /// The keys that tag and seal at `now`, without waiting: the last generation that is loaded.
    pub fn at(&self, now: Timestamp) -> Result<Arc<MonthKeys>, Error> {
        let month = Month::of(vietnam_day(now));
        let newest = self.find(month).into_iter().next();
        newest.ok_or(Error::NotLoaded(month))
    }

    /// The keys of any month, the last generation first, read from the database unless they are in
    /// use now; never made.
    pub async fn of(&self, month: Month) -> Result<Vec<Arc<MonthKeys>>, Error> {
        let found = self.find(month);
        if !found.is_empty() {
            return Ok(found);
        }
        let (read, refused) = self.read(month).await?;
        match refused {
            Some(error) if read.is_empty() => Err(error),
            Some(_) | None => Ok(read),
        }
    }

    /// Opens the sealed part of an entry. Entries do not say which generation sealed them: the
    /// right one is told by its opening.
    pub async fn unseal(&self, nonce: &[u8; 16], protected: &Protected) -> Result<Opened, Error> {
        let (Some(month), Some(sealed)) = (protected.month, &protected.sealed) else {
            return Ok(Opened::default());
        };
        let open = |keys: &MonthKeys| keys.unseal(nonce, sealed);
        self.open(month, open).await
    }

    /// Opens the attachment sealed beside an entry of that month.
    pub async fn unseal_attachment(
        &self,
        month: Month,
        nonce: &[u8; 16],
        sealed: &[u8],
    ) -> Result<Vec<u8>, Error> {
        let open = |keys: &MonthKeys| keys.unseal_attachment(nonce, sealed);
        self.open(month, open).await
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

    /// The generations of that month that are loaded, the last one first.
    fn find(&self, month: Month) -> Vec<Arc<MonthKeys>> {
        let loaded = self.loaded.load();
        let mut found: Vec<_> = loaded
            .iter()
            .filter(|keys| keys.month() == month)
            .cloned()
            .collect();
        found.sort_unstable_by_key(|keys| std::cmp::Reverse(keys.generation()));
        found
    }

    /// Loads the generations of that month that are not loaded yet, and offers a first one where
    /// there is none.
    async fn load(&self, month: Month) -> Result<(), Error> {
        let mut wrapped = self.store.month_keys(month).await?;
        let mut outcome = Ok(());
        if wrapped.is_empty() {
            // Entries were sealed already under what somebody removed: no other pair may pass for it.
            if !self.find(month).is_empty() {
                return Err(Error::Destroyed(month));
            }
            // Every replica offers keys; the first row stays, and all read that one.
            let offer = self.kek.wrap_new(month, FIRST_GENERATION);
            let offered = self.store.offer_month_key(&offer).await;
            let _taken = offered.map_err(|error| change::refused(month, error))?;
            wrapped = self.store.month_keys(month).await?;
            if wrapped.is_empty() {
                outcome = Err(Error::Destroyed(month));
            }
        }
        for wrapped in wrapped {
            // Said again and again to whoever holds an old key, though it can go on for a while.
            if wrapped.kek_id != self.kek.id() {
                outcome = Err(Error::OtherKek(month));
                continue;
            }
            match self.kek.unwrap(&wrapped) {
                Ok(keys) => {
                    if !self.keep(Arc::new(keys)) {
                        outcome = Err(Error::Destroyed(month));
                    }
                }
                Err(error) => outcome = Err(error),
            }
        }
        outcome
    }

    /// Keeps a pair that the database has. Where it holds another than was in memory, that one is lost: nothing
    /// more may be sealed under it, and until the pair is read again nothing is sealed at all.
    fn keep(&self, keys: Arc<MonthKeys>) -> bool {
        let is_same = |it: &Arc<MonthKeys>| {
            it.month() == keys.month() && it.generation() == keys.generation()
        };
        let mut was_other = false;
        self.loaded.rcu(|loaded| {
            let known = loaded.iter().find(|it| is_same(it));
            was_other = known.is_some_and(|it| !it.is_pair(&keys));
            let mut kept = Vec::clone(loaded);
            if was_other {
                kept.retain(|it| !is_same(it));
            } else if known.is_none() {
                kept.push(Arc::clone(&keys));
            }
            kept
        });
        !was_other
    }

    /// Tries the generations of a month, first those in memory, then those of the database, where
    /// another process may have made one since.
    async fn open<T>(
        &self,
        month: Month,
        open: impl Fn(&MonthKeys) -> Result<T, Error>,
    ) -> Result<T, Error> {
        if let Some(opened) = first_that_opens(&self.find(month), &open)? {
            return Ok(opened);
        }
        let (read, refused) = self.read(month).await?;
        match first_that_opens(&read, &open)? {
            Some(opened) => Ok(opened),
            None => Err(refused.unwrap_or(Error::Seal)),
        }
    }

    /// Every generation of that month in the database, the last one first, and why others were not
    /// unwrapped.
    async fn read(&self, month: Month) -> Result<(Vec<Arc<MonthKeys>>, Option<Error>), Error> {
        let wrapped = self.store.month_keys(month).await?;
        if wrapped.is_empty() {
            return Err(Error::Destroyed(month));
        }
        let (mut read, mut refused) = (Vec::new(), None);
        for wrapped in wrapped.iter().rev() {
            match self.kek.unwrap(wrapped) {
                Ok(keys) => read.push(Arc::new(keys)),
                Err(error) => refused = Some(error),
            }
        }
        Ok((read, refused))
    }
}

/// What the first of these keys that fits opens; none where none fits.
fn first_that_opens<T>(
    keys: &[Arc<MonthKeys>],
    open: impl Fn(&MonthKeys) -> Result<T, Error>,
) -> Result<Option<T>, Error> {
    for keys in keys {
        match open(keys) {
            Err(Error::Seal) => {}
            result => return result.map(Some),
        }
    }
    Ok(None)
}

/// The first half of a full HMAC-SHA256.
fn half(full: &hmac::Tag) -> [u8; 16] {
    full.as_ref()
        .first_chunk()
        .copied()
        .expect("an HMAC-SHA256 has 32 bytes")
}
