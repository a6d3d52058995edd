//! The plan: which entries are which leaves, and where an entry lies in it.

use jiff::Timestamp;
use jiff::civil::Date;
use tokio_postgres::types::ToSql;

use super::super::blocks::{OF_LANE, Span};
use super::super::{Error, Statement, Store, execute, query, query_opt, statement};
use super::{Held, Lease, LeaseError, signed, unsigned};
use crate::domain::entry::Stamp;
use crate::tlog::{Hash, leaf_hash};

const UNFINISHED: Statement = statement!("lane_sealed/unfinished");
const PUT_LANE: Statement = statement!("lane_sealed/put");
const INSERT: Statement = statement!("sealed/insert");
const FROM_INDEX: Statement = statement!("sealed/from_index");
const OF_ENTRY: Statement = statement!("sealed/of_entry");
const NOW: Statement = statement!("sealer/now");

/// A lane of which there may be more to plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Unfinished {
    /// The lane.
    pub lane: i64,
    /// The day its entries lie in.
    pub day: Date,
    /// The number of its next entry to be planned.
    pub next_seq: i64,
    /// The last number its writer knew to be durable.
    pub acknowledged: i64,
    /// The number of its first entry that is not planned, where there is one.
    pub first_seq: Option<i64>,
    /// The number of its last entry, where there is one to be planned.
    pub last_seq: Option<i64>,
    /// The number of its `closed` entry, once it has ended.
    pub closing_seq: Option<i64>,
    /// Whether it was abandoned so long ago that nothing of it can come any more.
    pub given_up: bool,
}

/// Entries of one lane that follow each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Range {
    /// The lane.
    pub lane: i64,
    /// The first entry's number.
    pub first_seq: i64,
    /// How many.
    pub count: u32,
    /// Whether the lane ends with them.
    pub finished: bool,
}

/// A row of the plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PlannedRange {
    /// Index of the first leaf.
    pub first_index: u64,
    /// The lane.
    pub lane: i64,
    /// The first entry's number.
    pub first_seq: i64,
    /// How many.
    pub count: u32,
    /// The day they lie in; none where the lane is not registered any more.
    pub day: Option<Date>,
}

/// Where an entry lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// The tree.
    pub epoch: u32,
    /// The leaf.
    pub index: u64,
}

impl Lease {
    /// Lanes of which there may be more to plan, and the server's time when they were read.
    pub(crate) async fn unfinished(&self) -> Result<(Timestamp, Vec<Unfinished>), Error> {
        // The time is read first: whatever is committed by then is seen.
        let row = query_opt(&self.client, &NOW, &[]).await?;
        let now = row.ok_or(Error::Corrupt {
            statement: NOW.name,
            what: "there is no time",
        })?;
        let rows = query(&self.client, &UNFINISHED, &[]).await?;
        let lane = |row: &tokio_postgres::Row| Unfinished {
            lane: row.get("lane_id"),
            day: row.get("day"),
            next_seq: row.get("next_seq"),
            acknowledged: row.get("acknowledged"),
            first_seq: row.get("first_seq"),
            last_seq: row.get("last_seq"),
            closing_seq: row.get("closing_seq"),
            given_up: row.get("given_up"),
        };
        Ok((now.get("now"), rows.iter().map(lane).collect()))
    }

    /// Commits a plan: these ranges, in order, are the leaves of `epoch` from `from` on. Returns how
    /// many leaves are planned then.
    pub(crate) async fn plan(
        &mut self,
        epoch: u32,
        from: u64,
        ranges: &[Range],
    ) -> Result<u64, LeaseError> {
        let to = from + ranges.iter().map(|it| u64::from(it.count)).sum::<u64>();
        let held = self.begin_plan(epoch, from, to).await?;
        held.insert_plan(epoch, from, ranges).await?;
        held.commit().await?;
        Ok(to)
    }

    /// Rows of the plan from that index on, at most `limit`.
    pub(crate) async fn planned_from(
        &self,
        epoch: u32,
        index: u64,
        limit: i64,
    ) -> Result<Vec<PlannedRange>, Error> {
        let params: [&(dyn ToSql + Sync); 3] = [&epoch.cast_signed(), &signed(index), &limit];
        let rows = query(&self.client, &FROM_INDEX, &params).await?;
        let range = |row: &tokio_postgres::Row| PlannedRange {
            first_index: unsigned(row.get("first_index")),
            lane: row.get("lane_id"),
            first_seq: row.get("first_seq"),
            count: row.get::<_, i32>("count").cast_unsigned(),
            day: row.get("day"),
        };
        Ok(rows.iter().map(range).collect())
    }

    /// The leaf hashes of entries `first_seq..first_seq + count` of a lane, up to the first that is
    /// not there.
    pub(crate) async fn leaf_hashes(
        &self,
        lane: i64,
        day: Date,
        first_seq: i64,
        count: u32,
    ) -> Result<Vec<Hash>, Error> {
        let span = Span::new(lane, Some(day), first_seq, count.into());
        let rows = query(&self.client, &OF_LANE, &span.params()).await?;
        let mut hashes = Vec::with_capacity(count as usize);
        let mut next = span.from_seq;
        for row in &rows {
            for placed in span.entries(row)? {
                // A number that is there twice ends it as one that is not there: nobody can say which
                // of the two was acknowledged.
                if placed.seq != next {
                    hashes.truncate(usize::try_from(placed.seq - first_seq).unwrap_or(0));
                    return Ok(hashes);
                }
                hashes.push(leaf_hash(placed.entry));
                next += 1;
            }
        }
        Ok(hashes)
    }
}

impl Held<'_> {
    /// Writes rows of the plan and how far each lane is by them.
    pub(super) async fn insert_plan(
        &self,
        epoch: u32,
        from: u64,
        ranges: &[Range],
    ) -> Result<(), LeaseError> {
        let mut index = from;
        let mut indexes = Vec::with_capacity(ranges.len());
        for range in ranges {
            indexes.push(signed(index));
            index += u64::from(range.count);
        }
        let lanes: Vec<i64> = ranges.iter().map(|it| it.lane).collect();
        let seqs: Vec<i64> = ranges.iter().map(|it| it.first_seq).collect();
        let counts: Vec<i32> = ranges.iter().map(|it| it.count.cast_signed()).collect();
        let params: [&(dyn ToSql + Sync); 5] =
            [&epoch.cast_signed(), &indexes, &lanes, &seqs, &counts];
        let inserted = execute(&self.transaction, &INSERT, &params).await?;
        expect_all(&INSERT, inserted, ranges.len())?;
        let next: Vec<i64> = ranges
            .iter()
            .map(|it| it.first_seq + i64::from(it.count))
            .collect();
        let finished: Vec<bool> = ranges.iter().map(|it| it.finished).collect();
        let put = execute(&self.transaction, &PUT_LANE, &[&lanes, &next, &finished]).await?;
        expect_all(&PUT_LANE, put, ranges.len())
    }

    /// Says of lanes, with nothing new to plan, which number is next, and whether nothing more will
    /// come.
    pub(crate) async fn put_lanes(&self, lanes: &[(i64, i64, bool)]) -> Result<(), LeaseError> {
        let ids: Vec<i64> = lanes.iter().map(|it| it.0).collect();
        let next: Vec<i64> = lanes.iter().map(|it| it.1).collect();
        let finished: Vec<bool> = lanes.iter().map(|it| it.2).collect();
        let put = execute(&self.transaction, &PUT_LANE, &[&ids, &next, &finished]).await?;
        expect_all(&PUT_LANE, put, lanes.len())
    }
}

impl Store {
    /// Where an entry lies in the log; none while it is not planned.
    pub(crate) async fn place(&self, stamp: &Stamp) -> Result<Option<Place>, Error> {
        let client = self.client(OF_ENTRY.name).await?;
        let (lane, seq) = (stamp.lane.cast_signed(), stamp.seq.cast_signed());
        let Some(row) = query_opt(&client, &OF_ENTRY, &[&lane, &seq]).await? else {
            return Ok(None);
        };
        let offset = seq - row.get::<_, i64>("first_seq");
        let planned = offset < i64::from(row.get::<_, i32>("count"));
        Ok(planned.then(|| Place {
            epoch: row.get::<_, i32>("epoch").cast_unsigned(),
            index: unsigned(row.get::<_, i64>("first_index") + offset),
        }))
    }
}

fn expect_all(statement: &Statement, changed: u64, given: usize) -> Result<(), LeaseError> {
    if changed == given as u64 {
        return Ok(());
    }
    Err(LeaseError::Store(Error::Corrupt {
        statement: statement.name,
        what: "not every row was written",
    }))
}
