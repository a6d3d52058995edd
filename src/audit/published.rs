//! The transparency log as it was published: heads, the tiles below them, and proofs against them.
//!
//! Nothing beyond the newest published head is ever shown: what the second place does not remember
//! yet might be sealed otherwise after all. Not here: making any of it, which is
//! [`seal`](super::seal).

use jiff::Timestamp;

use crate::domain::entry::Stamp;
use crate::store::sealing::{Cosigned, Place};
use crate::store::{self, Store};
use crate::tlog::{
    Hash, Note, NoteError, ProofError, TilePath, VerifierKey, hashes_to_bytes, inclusion_proof,
    tiles_for_inclusion, width_in,
};

/// What was published of the log.
#[derive(Clone, Debug)]
pub struct Published {
    store: Store,
}

/// That an entry is in the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inclusion {
    /// The leaf.
    pub index: u64,
    /// From the leaf up (RFC 6962 section 2.1.1).
    pub proof: Vec<Hash>,
    /// The newest head of the entry's epoch that was published, with its cosignatures.
    pub checkpoint: String,
}

/// How the log does, for whoever watches it.
#[derive(Clone, Debug, PartialEq)]
pub struct LogState {
    /// Its trees, oldest first; the last one grows.
    pub epochs: Vec<EpochState>,
    /// Whether there are entries that are in no tree yet.
    pub unsealed: bool,
    /// Seconds since everything there was had been sealed.
    pub behind_seconds: f64,
    /// Lanes that gave no sign of life for a minute and have no end.
    pub lanes_without_end: i64,
    /// How far it can be searched.
    pub searchable: Searchable,
}

/// How far the log can be searched.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Searchable {
    /// The index up to which, itself included, the newest epoch's entries can be found; none where
    /// that is none yet.
    pub complete_to_index: Option<u64>,
    /// When the newest entry that can be found was recorded; none before the first.
    pub newest_at: Option<Timestamp>,
    /// Seconds since entries were published that cannot be found yet; 0 where there are none.
    pub behind_seconds: f64,
}

/// One tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EpochState {
    /// Its number, from 1.
    pub epoch: u32,
    /// The first line of its checkpoints.
    pub origin: String,
    /// Its newest published head; none before the first.
    pub head: Option<HeadState>,
}

/// The newest published head of a tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeadState {
    /// How many leaves it has.
    pub size: u64,
    /// When it was signed.
    pub made_at: Timestamp,
    /// The signed note with its cosignatures.
    pub note: String,
}

/// Why nothing can be shown.
#[derive(Debug, thiserror::Error)]
pub enum PublishedError {
    /// The database.
    #[error("the transparency log's tables could not be read")]
    Store(#[from] store::Error),
    /// Tiles below a published head are missing.
    #[error("the tiles of a published tree are damaged")]
    Tiles(#[from] ProofError),
    /// A published head is no note.
    #[error("a published head is no signed note")]
    Note(#[from] NoteError),
}

impl Published {
    /// Over a store that speaks as [`Role::Audit`](crate::store::Role::Audit).
    pub fn new(store: Store) -> Self {
        Self { store }
    }

    /// The newest head of the epoch, or of the one that grows, with what witnesses answered so far.
    pub async fn checkpoint(&self, epoch: Option<u32>) -> Result<Option<String>, PublishedError> {
        let head = self.store.published_head(epoch).await?;
        Ok(head.map(whole))
    }

    /// The keys that signed the newest head, newest first; none where there is no head.
    pub async fn keys(&self) -> Result<Vec<VerifierKey>, PublishedError> {
        let Some(newest) = self.store.published_head(None).await? else {
            return Ok(Vec::new());
        };
        let known = self.store.note_keys().await?;
        let known: Vec<VerifierKey> = known.iter().filter_map(|key| key.parse().ok()).collect();
        // The newest key signs first, so the note has their order.
        let note = Note::parse(&newest.head.note)?;
        let key_of = |line: &crate::tlog::Signature| {
            let is_its = |key: &&VerifierKey| key.name() == line.name && key.id() == line.id;
            known.iter().find(is_its).cloned()
        };
        Ok(note.signatures().iter().filter_map(key_of).collect())
    }

    /// How the log does.
    pub async fn state(&self) -> Result<LogState, PublishedError> {
        let mut epochs = Vec::new();
        for epoch in self.store.epochs().await? {
            let head = self.store.published_head(Some(epoch.epoch)).await?;
            epochs.push(EpochState {
                epoch: epoch.epoch,
                origin: epoch.origin,
                head: head.map(HeadState::of),
            });
        }
        let progress = self.store.sealing_progress().await?;
        let reach = self.store.search_reach().await?;
        Ok(LogState {
            epochs,
            unsealed: !self.store.unsealed().await?.is_empty(),
            behind_seconds: progress.behind_seconds.max(0.0),
            lanes_without_end: progress.lanes_without_end,
            searchable: Searchable {
                complete_to_index: reach.end.index().checked_sub(1),
                newest_at: reach.newest_at,
                behind_seconds: reach.behind_seconds.max(0.0),
            },
        })
    }

    /// The newest published heads, whatever their epoch, the newest first: at most `limit`, each with
    /// its epoch.
    pub async fn recent(&self, limit: u32) -> Result<Vec<(u32, HeadState)>, PublishedError> {
        let heads = self.store.recent_heads(limit.into()).await?;
        Ok(heads
            .into_iter()
            .map(|head| (head.epoch, HeadState::of(head)))
            .collect())
    }

    /// The bytes of a tile; none where the newest head of the epoch has none so wide.
    pub async fn tile(
        &self,
        epoch: Option<u32>,
        path: TilePath,
    ) -> Result<Option<Vec<u8>>, PublishedError> {
        let newest = self.store.published_head(epoch).await?;
        let covers = |newest: &Cosigned| path.width <= width_in(path.tile, newest.head.size);
        let Some(newest) = newest.filter(covers) else {
            return Ok(None);
        };
        let tiles = self.store.tiles(newest.epoch, &[path.tile]).await?;
        let hashes = tiles
            .get(path.tile)
            .and_then(|hashes| hashes.get(..usize::from(path.width)))
            .ok_or(ProofError::Tile(path.tile))?;
        Ok(Some(hashes_to_bytes(hashes)))
    }

    /// Which leaf the entry is; none before a published head covers it.
    pub(super) async fn index(&self, stamp: &Stamp) -> Result<Option<u64>, PublishedError> {
        let covered = self.covered(stamp).await?;
        Ok(covered.map(|(place, _)| place.index))
    }

    /// That the entry is in the log; none before a published head covers it.
    pub(super) async fn inclusion(
        &self,
        stamp: &Stamp,
    ) -> Result<Option<Inclusion>, PublishedError> {
        let Some((place, newest)) = self.covered(stamp).await? else {
            return Ok(None);
        };
        let (index, size) = (place.index, newest.head.size);
        let wanted = tiles_for_inclusion(index, size);
        let tiles = self.store.tiles(place.epoch, &wanted).await?;
        Ok(Some(Inclusion {
            index,
            proof: inclusion_proof(index, size, &tiles)?,
            checkpoint: whole(newest),
        }))
    }

    /// The entry's place and the newest head above it.
    async fn covered(&self, stamp: &Stamp) -> Result<Option<(Place, Cosigned)>, PublishedError> {
        let Some(place) = self.store.place(stamp).await? else {
            return Ok(None);
        };
        let newest = self.store.published_head(Some(place.epoch)).await?;
        let newest = newest.filter(|newest| place.index < newest.head.size);
        Ok(newest.map(|newest| (place, newest)))
    }
}

impl HeadState {
    fn of(head: Cosigned) -> Self {
        Self {
            size: head.head.size,
            made_at: head.head.made_at,
            note: whole(head),
        }
    }
}

/// The note with the cosignatures below the log's own signatures.
fn whole(head: Cosigned) -> String {
    head.head.note + &head.cosignatures
}
