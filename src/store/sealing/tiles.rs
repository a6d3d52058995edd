//! The table `audit.tile`.

use tokio_postgres::types::ToSql;

use super::super::{Error, Statement, Store, execute, query, statement};
use super::{Held, Lease, LeaseError, signed, unsigned};
use crate::tlog::{Hash, TileId, Tiles, hashes_from_bytes, hashes_to_bytes};

const PUT: Statement = statement!("tile/put");
const FIND_ALL: Statement = statement!("tile/find_all");

impl Lease {
    /// Those of the tiles that are there, as wide as they have grown.
    pub(crate) async fn tiles(&self, epoch: u32, wanted: &[TileId]) -> Result<Tiles, Error> {
        find(&self.client, epoch, wanted).await
    }
}

impl Held<'_> {
    /// Writes tiles. One that is wider already stays: whoever repeats an older round changes
    /// nothing.
    pub(crate) async fn put_tiles(
        &self,
        epoch: u32,
        tiles: &[(TileId, Vec<Hash>)],
    ) -> Result<(), LeaseError> {
        let levels: Vec<i16> = tiles.iter().map(|(id, _)| i16::from(id.level)).collect();
        let indexes: Vec<i64> = tiles.iter().map(|(id, _)| signed(id.index)).collect();
        let hashes: Vec<Vec<u8>> = tiles
            .iter()
            .map(|(_, hashes)| hashes_to_bytes(hashes))
            .collect();
        let params: [&(dyn ToSql + Sync); 4] = [&epoch.cast_signed(), &levels, &indexes, &hashes];
        let _grown = execute(&self.transaction, &PUT, &params).await?;
        Ok(())
    }
}

impl Store {
    /// Those of the tiles that are there, as wide as they have grown.
    pub(crate) async fn tiles(&self, epoch: u32, wanted: &[TileId]) -> Result<Tiles, Error> {
        let client = self.client(FIND_ALL.name).await?;
        find(&client, epoch, wanted).await
    }
}

async fn find(
    client: &deadpool_postgres::Object,
    epoch: u32,
    wanted: &[TileId],
) -> Result<Tiles, Error> {
    let levels: Vec<i16> = wanted.iter().map(|id| i16::from(id.level)).collect();
    let indexes: Vec<i64> = wanted.iter().map(|id| signed(id.index)).collect();
    let params: [&(dyn ToSql + Sync); 3] = [&epoch.cast_signed(), &levels, &indexes];
    let mut tiles = Tiles::default();
    for row in query(client, &FIND_ALL, &params).await? {
        let level = u8::try_from(row.get::<_, i16>("level")).map_err(|_| Error::Corrupt {
            statement: FIND_ALL.name,
            what: "a level beyond the tree's height",
        })?;
        let index = unsigned(row.get("index"));
        let hashes = hashes_from_bytes(row.get("hashes")).ok_or(Error::Corrupt {
            statement: FIND_ALL.name,
            what: "a tile does not hold whole hashes",
        })?;
        tiles.insert(TileId { level, index }, hashes);
    }
    Ok(tiles)
}
