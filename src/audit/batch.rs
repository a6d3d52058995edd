//! One batch until it is durable: what is done when the first attempt is not the last.

use std::ops::Range;
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::{Instant, timeout};

use super::Draft;
use super::lane::{Abandoned, Writer, pause, pauses};
use super::lanes::Up;
use super::opening::{BATCH_LIMIT, connect};
use crate::domain::entry::{Decision, Entry, Operation};
use crate::store::lane::{Batch, EntryRow, Failure, Mark};

/// How long the fate of a batch is pursued before the lane is abandoned.
const SETTLE_LIMIT: Duration = Duration::from_secs(60);
/// The same, when the process ends.
const CLOSING_LIMIT: Duration = Duration::from_secs(5);

/// How writing a part of a batch ended, when it did not succeed.
enum Refused {
    /// Nothing was written, for what a row of it holds.
    Data(Failure),
    /// It never will be.
    Abandoned,
}

impl Writer {
    /// Makes the rows durable, which carry the lane's next numbers, and the last of which is of the
    /// time `at`. Returns the
    /// numbers of those that could not be recorded: a fixed entry stands in their place.
    pub(super) async fn persist(
        &mut self,
        mut rows: Vec<EntryRow>,
        at: Timestamp,
        mark: Option<Mark>,
    ) -> Result<Vec<i64>, Abandoned> {
        let began = Instant::now();
        let mut unrecordable = Vec::new();
        let mut settling = false;
        // Ranges still to be written, the first on top: the lane grows in order, without holes.
        let mut parts: Vec<_> = std::iter::once(0..rows.len()).collect();
        while let Some(part) = parts.pop() {
            let written = self.write_part(&rows[part.clone()], mark, &mut settling);
            match written.await {
                Ok(()) => {}
                Err(Refused::Abandoned) => return Err(Abandoned),
                Err(Refused::Data(failure)) if part.len() == 1 => {
                    let row = &mut rows[part.start];
                    if unrecordable.contains(&row.seq) {
                        // The replacement is refused too: it is not for what it holds.
                        return Err(self.abandon(&failure));
                    }
                    let error: &dyn std::error::Error = &failure;
                    tracing::error!(error, seq = row.seq, "an entry cannot be recorded");
                    self.shared.metrics.unrecordable.inc();
                    unrecordable.push(row.seq);
                    let entry = Entry::new(Operation::LaneUnrecordable, Decision::Failed);
                    *row = self.lane.place(Draft::of_lane(&entry), row.seq, row.at);
                    parts.push(part);
                }
                Err(Refused::Data(_)) => {
                    let [first, second] = halves(part);
                    parts.extend([second, first]);
                }
            }
        }
        self.lane.next += i64::try_from(rows.len()).expect("a batch is bounded");
        self.lane.last_at = at;
        let metrics = &self.shared.metrics;
        metrics.recorded.inc_by(rows.len() as u64);
        metrics.batch_entries.observe(rows.len() as f64);
        metrics
            .commit_seconds
            .observe(began.elapsed().as_secs_f64());
        let depth = self.shared.queue.depth();
        metrics
            .queue_depth
            .set(i64::try_from(depth).unwrap_or(i64::MAX));
        Ok(unrecordable)
    }

    /// Writes a part of a batch; from the moment the fate of any part was unknown, block by block on
    /// another connection, until it is known.
    async fn write_part(
        &mut self,
        rows: &[EntryRow],
        mark: Option<Mark>,
        settling: &mut bool,
    ) -> Result<(), Refused> {
        let batch = Batch {
            lane: self.lane.lane,
            acknowledged: self.lane.next - 1,
            rows,
            mark,
        };
        let mut pauses = pauses();
        let began = Instant::now();
        loop {
            if self.lane.connection.is_none() {
                self.reconnect().await;
            }
            if let Some(connection) = &self.lane.connection {
                let written = if *settling {
                    timeout(BATCH_LIMIT, connection.settle(batch)).await
                } else {
                    timeout(BATCH_LIMIT, connection.append(batch)).await
                };
                match written.unwrap_or(Err(Failure::TimedOut)) {
                    Ok(()) => {
                        self.up.get_or_insert_with(|| Up::new(&self.shared));
                        return Ok(());
                    }
                    Err(failure @ Failure::Data(_)) => return Err(Refused::Data(failure)),
                    Err(failure @ (Failure::NoPartition(_) | Failure::Gone)) => {
                        let Abandoned = self.abandon(&failure);
                        return Err(Refused::Abandoned);
                    }
                    Err(
                        failure @ (Failure::Unknown(_)
                        | Failure::Warned
                        | Failure::TimedOut
                        | Failure::Miscounted { .. }),
                    ) => {
                        let error: &dyn std::error::Error = &failure;
                        let lane = self.lane.lane;
                        tracing::error!(error, lane, "the fate of a batch is to be settled");
                        self.shared.metrics.retries.inc();
                        self.lane.lost.push(connection.backend());
                        self.lane.connection = None;
                        self.up = None;
                        // The second attempt follows at once, the others after a pause.
                        if !std::mem::replace(settling, true) {
                            continue;
                        }
                    }
                }
            }
            let limit = if *self.closing.borrow() {
                CLOSING_LIMIT
            } else {
                SETTLE_LIMIT
            };
            if began.elapsed() > limit {
                let Abandoned = self.abandon(&Failure::TimedOut);
                return Err(Refused::Abandoned);
            }
            pause(&mut pauses, &mut self.closing).await;
        }
    }

    /// Tries once for a new connection; the old ones' server processes are ended first.
    async fn reconnect(&mut self) {
        match connect(&self.shared, &self.lane.lost).await {
            Ok(connection) => {
                self.lane.connection = Some(connection);
                self.lane.lost.clear();
            }
            Err(error) => {
                let error: &dyn std::error::Error = &error;
                tracing::warn!(error, "an audit lane cannot reconnect");
            }
        }
    }

    fn abandon(&mut self, failure: &Failure) -> Abandoned {
        let (lane, error): (_, &dyn std::error::Error) = (self.lane.lane, failure);
        tracing::error!(error, lane, "an audit lane is given up");
        self.up = None;
        Abandoned
    }
}

fn halves(part: Range<usize>) -> [Range<usize>; 2] {
    let middle = part.start + part.len() / 2;
    [part.start..middle, middle..part.end]
}
