//! An entry on its way into a block, and what is sealed beside it.

use jiff::Timestamp;

use crate::domain::entry::AuditId;

/// How many entries lie in one block at most, which whoever reads a range relies on.
const BLOCK_ENTRIES: usize = 1024;

/// One entry.
#[derive(Clone, Debug)]
pub(crate) struct EntryRow {
    pub audit_id: AuditId,
    pub at: Timestamp,
    pub seq: i64,
    pub entry: Vec<u8>,
    pub attachment: Option<Vec<u8>>,
}

/// The blocks that rows in their order lie in: each of one time.
pub(super) fn blocks(rows: &[EntryRow]) -> impl Iterator<Item = Block<'_>> {
    rows.chunk_by(|one, next| one.at == next.at)
        .flat_map(|of_one_time| of_one_time.chunks(BLOCK_ENTRIES))
        .filter_map(|rows| {
            let first = rows.first()?;
            Some(Block {
                at: first.at,
                first_seq: first.seq,
                count: i32::try_from(rows.len()).ok()?,
                entries: rows.iter().map(|row| &*row.entry).collect(),
            })
        })
}

/// One row of `audit.block`, but for the lane.
#[derive(Debug)]
pub(super) struct Block<'a> {
    pub at: Timestamp,
    pub first_seq: i64,
    pub count: i32,
    pub entries: Vec<&'a [u8]>,
}
