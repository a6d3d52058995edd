//! The tables `audit.checkpoint`, `audit.cosignature` and `audit.note_key`.

use jiff::Timestamp;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use super::super::{Error, Statement, Store, execute, query, query_opt, statement};
use super::{Held, Lease, LeaseError, signed, unsigned};
use crate::tlog::Hash;

const INSERT: Statement = statement!("checkpoint/insert");
const PUBLISH: Statement = statement!("checkpoint/publish");
const FIND: Statement = statement!("checkpoint/find");
const NEWEST: Statement = statement!("checkpoint/newest");
const WAS_PUBLISHED: Statement = statement!("checkpoint/was_published");
const NEWEST_PUBLISHED: Statement = statement!("checkpoint/newest_published");
const PUBLISHED: Statement = statement!("checkpoint/published");
const RECENT: Statement = statement!("checkpoint/recent");
const INSERT_COSIGNATURE: Statement = statement!("cosignature/insert");
const INSERT_KEY: Statement = statement!("note_key/insert");
const ALL_KEYS: Statement = statement!("note_key/all");

/// A signed head.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    /// How many leaves it has.
    pub size: u64,
    /// Its root.
    pub root: Hash,
    /// The signed note.
    pub note: String,
    /// When it was signed.
    pub made_at: Timestamp,
    /// Whether it was shown to everybody.
    pub published: bool,
}

/// A head as it is published, with what witnesses answered so far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cosigned {
    /// The tree.
    pub epoch: u32,
    /// The head.
    pub head: Head,
    /// The witnesses' signature lines.
    pub cosignatures: String,
}

impl Lease {
    /// The newest head of an epoch, published or not.
    pub(crate) async fn newest_head(&self, epoch: u32) -> Result<Option<Head>, Error> {
        let row = query_opt(&self.client, &NEWEST, &[&epoch.cast_signed()]).await?;
        row.as_ref().map(|row| head(row, &NEWEST)).transpose()
    }

    /// Whether a head was ever published, and so remembered in the second place before.
    pub(crate) async fn was_published(&self) -> Result<bool, Error> {
        let row = query_opt(&self.client, &WAS_PUBLISHED, &[]).await?;
        Ok(row.is_some_and(|row| row.get("found")))
    }

    /// The size of the newest published head of an epoch; 0 before the first.
    pub(crate) async fn published_size(&self, epoch: u32) -> Result<u64, Error> {
        let row = query_opt(&self.client, &NEWEST_PUBLISHED, &[&epoch.cast_signed()]).await?;
        let size = row.and_then(|row| row.get::<_, Option<i64>>("size"));
        Ok(size.map_or(0, unsigned))
    }

    /// The head of that size.
    pub(crate) async fn head(&self, epoch: u32, size: u64) -> Result<Option<Head>, Error> {
        let params: [&(dyn ToSql + Sync); 2] = [&epoch.cast_signed(), &signed(size)];
        let row = query_opt(&self.client, &FIND, &params).await?;
        row.as_ref().map(|row| head(row, &FIND)).transpose()
    }

    /// Remembers a key that signs from now on.
    pub(crate) async fn remember_key(&self, vkey: &str) -> Result<(), Error> {
        let _at_most_one = execute(&self.client, &INSERT_KEY, &[&vkey]).await?;
        Ok(())
    }
}

impl Held<'_> {
    /// Shows a head to everybody.
    pub(super) async fn publish(&self, epoch: u32, size: u64) -> Result<(), LeaseError> {
        let params: [&(dyn ToSql + Sync); 2] = [&epoch.cast_signed(), &signed(size)];
        // None where it was published before the process was killed.
        let _at_most_one = execute(&self.transaction, &PUBLISH, &params).await?;
        Ok(())
    }

    /// Writes a signed head, unless there is one of that size.
    pub(crate) async fn put_head(
        &self,
        epoch: u32,
        size: u64,
        root: &Hash,
        note: &str,
    ) -> Result<(), LeaseError> {
        let root = root.as_bytes().as_slice();
        let params: [&(dyn ToSql + Sync); 4] = [&epoch.cast_signed(), &signed(size), &root, &note];
        let _at_most_one = execute(&self.transaction, &INSERT, &params).await?;
        Ok(())
    }
}

impl Store {
    /// The newest published head of the epoch, or of the one that grows.
    pub(crate) async fn published_head(
        &self,
        epoch: Option<u32>,
    ) -> Result<Option<Cosigned>, Error> {
        let client = self.client(PUBLISHED.name).await?;
        let row = query_opt(&client, &PUBLISHED, &[&epoch.map(u32::cast_signed)]).await?;
        row.map(|row| cosigned(&row, &PUBLISHED)).transpose()
    }

    /// The newest published heads of all epochs, the newest first, at most `limit`.
    pub(crate) async fn recent_heads(&self, limit: i64) -> Result<Vec<Cosigned>, Error> {
        let client = self.client(RECENT.name).await?;
        let rows = query(&client, &RECENT, &[&limit]).await?;
        rows.iter().map(|row| cosigned(row, &RECENT)).collect()
    }

    /// Keeps what a witness answered.
    pub(crate) async fn put_cosignature(
        &self,
        epoch: u32,
        size: u64,
        name: &str,
        key_id: u32,
        line: &str,
    ) -> Result<(), Error> {
        let client = self.client(INSERT_COSIGNATURE.name).await?;
        let params: [&(dyn ToSql + Sync); 5] = [
            &epoch.cast_signed(),
            &signed(size),
            &name,
            &i64::from(key_id),
            &line,
        ];
        let _at_most_one = execute(&client, &INSERT_COSIGNATURE, &params).await?;
        Ok(())
    }

    /// Every key this log ever signed with, newest first.
    pub(crate) async fn note_keys(&self) -> Result<Vec<String>, Error> {
        let client = self.client(ALL_KEYS.name).await?;
        let rows = query(&client, &ALL_KEYS, &[]).await?;
        Ok(rows.iter().map(|row| row.get("vkey")).collect())
    }
}

fn cosigned(row: &Row, statement: &Statement) -> Result<Cosigned, Error> {
    Ok(Cosigned {
        epoch: row.get::<_, i32>("epoch").cast_unsigned(),
        head: head(row, statement)?,
        cosignatures: row.get("cosignatures"),
    })
}

fn head(row: &Row, statement: &Statement) -> Result<Head, Error> {
    let root: &[u8] = row.get("root");
    let root = root.try_into().map_err(|_| Error::Corrupt {
        statement: statement.name,
        what: "a root has not 32 bytes",
    })?;
    Ok(Head {
        size: unsigned(row.get("size")),
        root: Hash::from_bytes(root),
        note: row.get("note"),
        made_at: row.get("made_at"),
        published: row.get("published"),
    })
}
