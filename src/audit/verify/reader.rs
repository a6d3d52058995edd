//! Reading the log in the order of the plan: leaf by leaf, with each lane's entries read ahead.
//!
//! Memory is bounded by numbers here, not by the log: rows that are read ahead, a block's tiles, a
//! page of the plan, and what waits for the checker.

use std::collections::{BTreeSet, HashMap, VecDeque};

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::{TimeZone, offset};
use tokio::sync::mpsc;

use super::checker::{Beginning, Found, Leaf, Work};
use super::report::{Kind, Place};
use super::tree::{Expected, tiles_of_block};
use super::{Progress, VerifyError};
use crate::store::sealing::PlannedRange;
use crate::store::verifying::{Snapshot, StoredEntry};

/// Rows of the plan that are read at once.
const PLAN_ROWS: i64 = 1024;
/// Leaves whose tiles and heads are read at once: a whole number of level-0 tiles.
const BLOCK: u64 = 8192;
/// Leaves that are handed on at once.
const BATCH: usize = 512;
/// Numbers of one lane that are read at once, and rows of all lanes that are held.
const AHEAD: usize = 4096;
const AHEAD_OF_ALL: usize = 32_768;
/// The least that is worth a statement.
const AHEAD_LEAST: usize = 64;

/// Rows of a lane that were read and not yet asked for.
#[derive(Debug, Default)]
struct Ahead {
    rows: VecDeque<StoredEntry>,
    /// The number they were read up to: what is not among them before it is not there.
    until: i64,
    /// The number that was found last.
    found: Option<i64>,
    /// When it was asked for last, in ranges of the plan.
    used: u64,
}

/// Reads for a checker.
pub(super) struct Reader<'a> {
    pub snapshot: &'a Snapshot,
    pub to: mpsc::Sender<Work>,
    /// Days that have a partition.
    pub days: &'a BTreeSet<Date>,
    /// Days before this one may have been dropped.
    pub keeps_from: Date,
    pub total: u64,
    ahead: HashMap<i64, Ahead>,
    ranges: u64,
    batch: Vec<Leaf>,
    done: u64,
    /// Days that were reported to be gone before their time.
    gone: BTreeSet<Date>,
}

/// The checker ended, which it does only when it panicked.
const ENDED: VerifyError = VerifyError::Ended;

impl<'a> Reader<'a> {
    pub(super) fn new(
        snapshot: &'a Snapshot,
        to: mpsc::Sender<Work>,
        days: &'a BTreeSet<Date>,
        keeps_from: Date,
        total: u64,
    ) -> Self {
        Self {
            snapshot,
            to,
            days,
            keeps_from,
            total,
            ahead: HashMap::new(),
            ranges: 0,
            batch: Vec::with_capacity(BATCH),
            done: 0,
            gone: BTreeSet::new(),
        }
    }

    /// Reads one tree of `planned` leaves; `outside` are the heads others remember of it, by size.
    pub(super) async fn epoch(
        &mut self,
        beginning: Beginning,
        planned: u64,
        outside: Vec<Expected>,
        tell: &mut dyn FnMut(Progress),
    ) -> Result<(), VerifyError> {
        let (epoch, signed) = (beginning.epoch, beginning.signed);
        let mut outside = VecDeque::from(outside);
        self.send(Work::Begin(beginning)).await?;
        let mut index = 0_u64;
        let mut block_end = 0_u64;
        loop {
            let rows = self
                .snapshot
                .planned(epoch, index.cast_signed(), PLAN_ROWS)
                .await?;
            let Some(last) = rows.last() else {
                break;
            };
            let last = last.first_index;
            for row in rows {
                if row.first_index < index {
                    let place = Place::leaf(epoch, row.first_index);
                    self.fault(Kind::PlanOverlap, place, String::new()).await?;
                    continue;
                }
                if row.first_index > index {
                    let detail = format!("leaves {index} to {}", row.first_index - 1);
                    self.fault(Kind::PlanGap, Place::leaf(epoch, index), detail)
                        .await?;
                }
                self.ranges += 1;
                let mut lane = self.ahead.remove(&row.lane).unwrap_or_default();
                lane.used = self.ranges;
                // Behind a gap that reaches beyond the signed leaves nothing has a place: what lies
                // there is told about as entries that are not planned.
                let lost = row.first_index > index && row.first_index > signed;
                let end = if lost {
                    signed.max(index)
                } else {
                    row.first_index.saturating_add(row.count.into())
                };
                while index < end {
                    if index == block_end {
                        self.flush(tell).await?;
                        let to = (index + BLOCK).min(planned.max(end));
                        block_end = index + BLOCK;
                        self.expect(epoch, index, to, signed, &mut outside).await?;
                    }
                    let until = end.min(block_end);
                    if index < row.first_index {
                        // What the plan skips has no entry, but may have a tile.
                        let until = until.min(row.first_index);
                        while index < until && self.batch.len() < BATCH {
                            self.batch.push(Leaf::unplanned());
                            index += 1;
                        }
                    } else {
                        index = self.range(epoch, &row, &mut lane, index, until).await?;
                    }
                    if self.batch.len() >= BATCH {
                        self.flush(tell).await?;
                    }
                }
                if lost {
                    self.flush(tell).await?;
                    return self.send(Work::End).await;
                }
                self.keep(row.lane, lane);
            }
            // Rows that overlap may lie before; the next page begins behind all that were read.
            index = index.max(last + 1);
        }
        self.flush(tell).await?;
        // Heads of more leaves than the plan has are told about elsewhere.
        self.send(Work::End).await
    }

    /// Some leaves of a range of the plan, from `index` up to `until`: what is read ahead, or at
    /// least one. Returns the index behind them.
    async fn range(
        &mut self,
        epoch: u32,
        row: &PlannedRange,
        lane: &mut Ahead,
        mut index: u64,
        until: u64,
    ) -> Result<u64, VerifyError> {
        let leaf = |seq, found| Leaf {
            lane: row.lane,
            seq,
            day: row.day,
            found,
        };
        let seq_of = |index: u64| row.first_seq + (index - row.first_index).cast_signed();
        if let Some(day) = row.day.filter(|day| !self.days.contains(day)) {
            let too_early = day >= self.keeps_from;
            if too_early && self.gone.insert(day) {
                let place = Place {
                    lane: Some(row.lane),
                    seq: Some(seq_of(index)),
                    ..Place::leaf(epoch, index)
                };
                self.fault(Kind::PartitionMissing, place, day.to_string())
                    .await?;
            }
            while index < until && self.batch.len() < BATCH {
                let found = if too_early {
                    Found::Gone
                } else {
                    Found::Dropped
                };
                self.batch.push(leaf(seq_of(index), found));
                index += 1;
            }
            return Ok(index);
        }
        if row.day.is_none() && index == row.first_index {
            let place = Place {
                lane: Some(row.lane),
                seq: Some(row.first_seq),
                ..Place::leaf(epoch, index)
            };
            self.fault(Kind::LaneUnregistered, place, String::new())
                .await?;
        }
        if lane.rows.is_empty() && seq_of(index) >= lane.until {
            self.fill(row, lane, seq_of(index)).await?;
        }
        while index < until && self.batch.len() < BATCH {
            let seq = seq_of(index);
            let Some(next) = lane.rows.front() else {
                if seq < lane.until {
                    self.batch.push(leaf(seq, Found::Missing));
                    index += 1;
                    continue;
                }
                break;
            };
            if next.seq > seq {
                self.batch.push(leaf(seq, Found::Missing));
                index += 1;
            } else if let Some(next) = lane.rows.pop_front() {
                if next.seq == seq {
                    lane.found = Some(seq);
                    self.batch.push(leaf(seq, Found::Row(next)));
                    index += 1;
                } else if lane.found == Some(next.seq) {
                    self.batch.push(leaf(next.seq, Found::Again(next)));
                }
                // Else the plan skips it: it is told about with the strays.
            }
        }
        Ok(index)
    }

    async fn fill(
        &self,
        row: &PlannedRange,
        lane: &mut Ahead,
        from_seq: i64,
    ) -> Result<(), VerifyError> {
        let share = AHEAD_OF_ALL / (self.ahead.len() + 1);
        let limit = share.clamp(AHEAD_LEAST, AHEAD);
        let (limit, snapshot) = (limit as i64, self.snapshot);
        let rows = snapshot.entries(row.lane, row.day, from_seq, limit);
        lane.rows = rows.await?.into();
        lane.until = from_seq.saturating_add(limit);
        Ok(())
    }

    /// Keeps what was read ahead, unless there is nothing to keep or too much of it.
    fn keep(&mut self, lane: i64, ahead: Ahead) {
        if ahead.rows.is_empty() {
            return;
        }
        self.ahead.insert(lane, ahead);
        let held: usize = self.ahead.values().map(|it| it.rows.len()).sum();
        if held > AHEAD_OF_ALL {
            let oldest = self.ahead.iter().min_by_key(|(_, it)| it.used);
            if let Some(lane) = oldest.map(|(&lane, _)| lane) {
                self.ahead.remove(&lane);
            }
        }
    }

    async fn expect(
        &mut self,
        epoch: u32,
        from: u64,
        to: u64,
        signed: u64,
        outside: &mut VecDeque<Expected>,
    ) -> Result<(), VerifyError> {
        let wanted = tiles_of_block(from, to, signed);
        let tiles = self.snapshot.tiles(epoch, &wanted).await?;
        let heads = self
            .snapshot
            .heads(epoch, from.cast_signed(), to.cast_signed())
            .await?;
        let mut of_these = Vec::new();
        while outside.front().is_some_and(|head| head.size <= to) {
            of_these.extend(outside.pop_front());
        }
        self.send(Work::Expect(tiles, heads, of_these)).await
    }

    async fn flush(&mut self, tell: &mut dyn FnMut(Progress)) -> Result<(), VerifyError> {
        if self.batch.is_empty() {
            return Ok(());
        }
        self.done += self.batch.len() as u64;
        let leaves = std::mem::replace(&mut self.batch, Vec::with_capacity(BATCH));
        self.to
            .send(Work::Leaves(leaves))
            .await
            .map_err(|_| ENDED)?;
        tell(Progress {
            done: self.done,
            total: self.total,
        });
        Ok(())
    }

    /// Hands on a fault, behind the leaves that were read before it.
    async fn fault(&mut self, kind: Kind, place: Place, detail: String) -> Result<(), VerifyError> {
        self.send(Work::Fault(kind, place, detail)).await
    }

    async fn send(&self, work: Work) -> Result<(), VerifyError> {
        self.to.send(work).await.map_err(|_| ENDED)
    }
}

impl Leaf {
    fn unplanned() -> Self {
        Self {
            lane: 0,
            seq: 0,
            day: None,
            found: Found::Unplanned,
        }
    }
}

/// From before the log began until after it will have ended, in what PostgreSQL takes.
const ANY_TIME: (Timestamp, Timestamp) = (
    Timestamp::UNIX_EPOCH,
    Timestamp::constant(253_000_000_000, 0),
);

/// A time at which nothing was recorded.
pub(super) const NEVER: Timestamp = ANY_TIME.0;

/// When a day in Vietnam begins, and when the next one does.
pub(super) fn bounds(day: Date) -> (Timestamp, Timestamp) {
    let zone = TimeZone::fixed(offset(7));
    let begin = |day: Date| day.to_zoned(zone.clone()).map(|it| it.timestamp());
    let from = begin(day).unwrap_or(ANY_TIME.0);
    let to = day.tomorrow().and_then(begin).unwrap_or(ANY_TIME.1);
    (from, to)
}
