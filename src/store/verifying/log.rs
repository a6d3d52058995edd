//! The tree's side: epochs, the plan, tiles, signed heads.

use jiff::Timestamp;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use super::super::sealing::{DeclaredHole, Epoch, PlannedRange};
use super::super::{Error, Statement, statement};
use super::Snapshot;
use crate::tlog::{TileId, Tiles, hashes_from_bytes};

const EPOCHS: Statement = statement!("epoch/all");
const STANDING: Statement = statement!("sealer/standing");
const TOTALS: Statement = statement!("sealed/totals");
const PLANNED: Statement = statement!("sealed/from_index");
const TILES: Statement = statement!("tile/find_all");
const TILE_COUNTS: Statement = statement!("tile/count_by_level");
const LARGEST: Statement = statement!("checkpoint/largest");
const BETWEEN: Statement = statement!("checkpoint/between");
const HOLES: Statement = statement!("declared_hole/all");
const ORPHANS: Statement = statement!("cosignature/orphans");
const KEYS: Statement = statement!("note_key/all");
const WAS_SHOWN: Statement = statement!("checkpoint/was_shown");
const SECOND_PLACE: Statement = statement!("sealer/second_place");

/// What the sealer says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Standing {
    /// The epoch that grows.
    pub epoch: i32,
    /// How many leaves of it are planned.
    pub planned: i64,
}

/// How many leaves of an epoch the plan names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct EpochTotal {
    /// The epoch.
    pub epoch: i32,
    /// Leaves.
    pub planned: i64,
}

/// The signed heads of an epoch, summed up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SignedTotal {
    /// The epoch.
    pub epoch: i32,
    /// The size of the newest.
    pub size: i64,
    /// How many there are.
    pub count: i64,
}

/// A row of `audit.checkpoint` with its witnesses' lines; nothing in it is to be believed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SignedHead {
    /// The column `size`.
    pub size: i64,
    /// The column `root`.
    pub root: Vec<u8>,
    /// The signed note.
    pub note: String,
    /// Cosignatures, a line each.
    pub cosignatures: Option<String>,
}

impl Snapshot {
    /// The epochs there are, oldest first.
    pub(crate) async fn epochs(&self) -> Result<Vec<Epoch>, Error> {
        let epoch = |row: Row| {
            Ok(Epoch {
                epoch: row.get::<_, i32>("epoch").cast_unsigned(),
                origin: row.get("origin"),
                follows: row.get("follows"),
            })
        };
        self.read(&EPOCHS, &[], epoch).await
    }

    /// Where the sealer says it is.
    pub(crate) async fn standing(&self) -> Result<Option<Standing>, Error> {
        let standing = |row: Row| {
            Ok(Standing {
                epoch: row.get("epoch"),
                planned: row.get("planned"),
            })
        };
        let rows = self.read(&STANDING, &[], standing).await?;
        Ok(rows.first().copied())
    }

    /// How many leaves each epoch's plan names.
    pub(crate) async fn planned_totals(&self) -> Result<Vec<EpochTotal>, Error> {
        let total = |row: Row| {
            Ok(EpochTotal {
                epoch: row.get("epoch"),
                planned: row.get("planned"),
            })
        };
        self.read(&TOTALS, &[], total).await
    }

    /// Rows of the plan from that index on, at most `limit`.
    pub(crate) async fn planned(
        &self,
        epoch: u32,
        index: i64,
        limit: i64,
    ) -> Result<Vec<PlannedRange>, Error> {
        let range = |row: Row| {
            Ok(PlannedRange {
                first_index: row.get::<_, i64>("first_index").cast_unsigned(),
                lane: row.get("lane_id"),
                first_seq: row.get("first_seq"),
                count: row.get::<_, i32>("count").cast_unsigned(),
                day: row.get("day"),
            })
        };
        let params: [&(dyn ToSql + Sync); 3] = [&epoch.cast_signed(), &index, &limit];
        self.read(&PLANNED, &params, range).await
    }

    /// Those of the tiles that are there, as wide as they have grown.
    pub(crate) async fn tiles(&self, epoch: u32, wanted: &[TileId]) -> Result<Tiles, Error> {
        let levels: Vec<i16> = wanted.iter().map(|id| i16::from(id.level)).collect();
        let indexes: Vec<i64> = wanted.iter().map(|id| id.index.cast_signed()).collect();
        let params: [&(dyn ToSql + Sync); 3] = [&epoch.cast_signed(), &levels, &indexes];
        let tile = |row: Row| {
            let level = row.get::<_, i16>("level");
            let index = row.get::<_, i64>("index").cast_unsigned();
            // A part of a hash at its end is as good as a tile that is too narrow.
            let bytes: &[u8] = row.get("hashes");
            let whole = &bytes[..bytes.len() - bytes.len() % crate::tlog::HASH_LENGTH];
            let level = u8::try_from(level).unwrap_or(u8::MAX);
            let hashes = hashes_from_bytes(whole).unwrap_or_default();
            Ok((TileId { level, index }, hashes))
        };
        Ok(self
            .read(&TILES, &params, tile)
            .await?
            .into_iter()
            .collect())
    }

    /// How many tiles of an epoch there are of each level.
    pub(crate) async fn tile_counts(&self, epoch: u32) -> Result<Vec<(i16, i64)>, Error> {
        let count = |row: Row| Ok((row.get("level"), row.get("count")));
        self.read(&TILE_COUNTS, &[&epoch.cast_signed()], count)
            .await
    }

    /// The signed heads of each epoch, summed up.
    pub(crate) async fn signed_totals(&self) -> Result<Vec<SignedTotal>, Error> {
        let total = |row: Row| {
            Ok(SignedTotal {
                epoch: row.get("epoch"),
                size: row.get("size"),
                count: row.get("count"),
            })
        };
        self.read(&LARGEST, &[], total).await
    }

    /// Signed heads of more than `after` and at most `to` leaves, by their sizes.
    pub(crate) async fn heads(
        &self,
        epoch: u32,
        after: i64,
        to: i64,
    ) -> Result<Vec<SignedHead>, Error> {
        let head = |row: Row| {
            Ok(SignedHead {
                size: row.get("size"),
                root: row.get("root"),
                note: row.get("note"),
                cosignatures: row.get("cosignatures"),
            })
        };
        let params: [&(dyn ToSql + Sync); 3] = [&epoch.cast_signed(), &after, &to];
        self.read(&BETWEEN, &params, head).await
    }

    /// Epoch and size of the first cosignature of a head that is not there.
    pub(crate) async fn orphaned_cosignature(&self) -> Result<Option<(i32, i64)>, Error> {
        let orphan = |row: Row| Ok((row.get("epoch"), row.get("size")));
        let rows = self.read(&ORPHANS, &[], orphan).await?;
        Ok(rows.first().copied())
    }

    /// The holes that the database says were declared.
    pub(crate) async fn declared_holes(&self) -> Result<Vec<DeclaredHole>, Error> {
        self.read(&HOLES, &[], |row| Ok(DeclaredHole::of(&row)))
            .await
    }

    /// Every key that the database says the log ever signed with.
    pub(crate) async fn note_keys(&self) -> Result<Vec<String>, Error> {
        self.read(&KEYS, &[], |row| Ok(row.get("vkey"))).await
    }

    /// Whether a head was published, or signed before that time: the second place has it then.
    pub(crate) async fn was_shown(&self, before: Timestamp) -> Result<bool, Error> {
        let found = |row: Row| Ok(row.get("found"));
        let rows = self.read(&WAS_SHOWN, &[&before], found).await?;
        Ok(rows.contains(&true))
    }

    /// Which second place the database says the log has.
    pub(crate) async fn second_place(&self) -> Result<Option<String>, Error> {
        let id = |row: Row| Ok(row.get("second_place"));
        let rows = self.read(&SECOND_PLACE, &[], id).await?;
        Ok(rows.into_iter().next().flatten())
    }
}
