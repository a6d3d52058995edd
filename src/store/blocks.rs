//! The table `audit.block`, as it is read: entries of one lane that lie together. How they are written is
//! in [`lane`](super::lane).

use jiff::Timestamp;
use jiff::civil::Date;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use super::{Error, Statement, statement};

/// Reads the blocks of a [`Span`].
pub(super) const OF_LANE: Statement = statement!("block/of_lane");

/// No lane comes so far, and what is added to it stays a number.
const FARTHEST: i64 = 1 << 62;

/// Entries of a lane, from one number up to another.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Span {
    /// The lane.
    pub lane: i64,
    /// From this number on, which is none before the first.
    pub from_seq: i64,
    /// Up to this one, which is not meant any more.
    pub to_seq: i64,
    /// Only where they were recorded on that day in Vietnam.
    pub day: Option<Date>,
    /// From so many blocks at most.
    pub blocks: Option<i64>,
}

/// An entry where it lies.
#[derive(Clone, Copy, Debug)]
pub(super) struct Placed<'r> {
    /// Its number in the lane.
    pub seq: i64,
    /// When its block says it was recorded.
    pub at: Timestamp,
    /// Its canonical bytes.
    pub entry: &'r [u8],
}

impl Span {
    /// So many entries of a lane from that number on.
    pub(super) fn new(lane: i64, day: Option<Date>, from_seq: i64, count: i64) -> Self {
        let from_seq = from_seq.max(0);
        Self {
            lane,
            from_seq,
            to_seq: from_seq.saturating_add(count).min(FARTHEST),
            day,
            blocks: None,
        }
    }

    /// The parameters of [`OF_LANE`].
    pub(super) fn params(&self) -> [&(dyn ToSql + Sync); 5] {
        [
            &self.lane,
            &self.from_seq,
            &self.to_seq,
            &self.day,
            &self.blocks,
        ]
    }

    /// The entries of the span in one of its rows.
    pub(super) fn entries<'r>(&self, row: &'r Row) -> Result<Vec<Placed<'r>>, Error> {
        // In the order of the statement: millions are read by it.
        let read = || Ok((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?));
        let head: Result<(i64, i32, Timestamp), _> = read();
        let (first_seq, count, at) =
            head.map_err(|source| Error::from_postgres(OF_LANE.name, source))?;
        // Whoever may write can put there what no lane does: an array of arrays, or without some entry. Those
        // entries are missing then.
        let entries: Vec<Option<&[u8]>> = row.try_get(3).unwrap_or_default();
        let count = usize::try_from(count).unwrap_or(0);
        let placed = (first_seq..).zip(entries.into_iter().take(count));
        Ok(placed
            .filter(|(seq, _)| (self.from_seq..self.to_seq).contains(seq))
            .filter_map(|(seq, entry)| {
                Some(Placed {
                    seq,
                    at,
                    entry: entry?,
                })
            })
            .collect())
    }
}
