//! The life of a lane: batch after batch, a heartbeat each second, a new lane each day.

use std::sync::Arc;
use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};
use jiff::{Timestamp, ToSpan};
use tokio::sync::watch;
use tokio::time::{Instant, MissedTickBehavior, interval_at};

use super::lanes::{Shared, Times, Up};
use super::messenger::Replies;
use super::opening::{
    Open, OpenError, Predecessor, SKEW_LIMIT_MS, look_around, look_at_plan, milliseconds, open,
};
use super::queue::Waiting;
use super::{Draft, RecordError};
use crate::clock::vietnam_day;
use crate::domain::entry::{Decision, Entry, Operation};
use crate::store::lane::{EntryRow, Mark};

/// How many entries are written in one transaction, unless one call brings more.
const BATCH_ENTRIES: usize = 1024;
/// How often a lane says that it lives.
const HEARTBEAT: Duration = Duration::from_secs(1);
/// After how many heartbeats it looks at what may have changed around it.
const LOOK_AROUND: u32 = 30;
/// The first and the longest pause before a lane is tried again.
const PAUSE_MIN: Duration = Duration::from_millis(50);
const PAUSE_MAX: Duration = Duration::from_secs(2);

/// The task that writes one lane after another.
pub(super) struct Writer {
    pub(super) shared: Arc<Shared>,
    pub(super) closing: watch::Receiver<bool>,
    pub(super) lane: Open,
    /// Held while the lane can write.
    pub(super) up: Option<Up>,
    /// Taken from the queue, but of the next lane's day.
    carried: Vec<Waiting>,
}

/// The lane's batch cannot be settled, or the lane is not ours any more.
#[derive(Debug)]
pub(super) struct Abandoned;

/// How a lane ended.
enum Ending {
    /// Its process ends.
    Process,
    /// Its day is over, or it was abandoned.
    Lane { abandoned: bool },
}

impl Writer {
    pub(super) fn new(shared: Arc<Shared>, closing: watch::Receiver<bool>, lane: Open) -> Self {
        let up = Some(Up::new(&shared));
        Self {
            shared,
            closing,
            lane,
            up,
            carried: Vec::new(),
        }
    }

    /// Writes until the process closes its lanes.
    pub(super) async fn run(mut self) {
        loop {
            match self.live().await {
                Ending::Process => return,
                Ending::Lane { abandoned } => {
                    let predecessor = Predecessor {
                        lane: self.lane.lane,
                        acknowledged: self.lane.next - 1,
                        abandoned,
                    };
                    if !self.reopen(predecessor).await {
                        return;
                    }
                }
            }
        }
    }

    /// One lane, from its first batch to its end.
    async fn live(&mut self) -> Ending {
        let mut heartbeat = interval_at(Instant::now() + HEARTBEAT, HEARTBEAT);
        heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut beats = 0;
        loop {
            let shared = Arc::clone(&self.shared);
            let (taken, beat) = if self.carried.is_empty() {
                tokio::select! {
                    biased;
                    _ = heartbeat.tick() => (shared.queue.try_take(BATCH_ENTRIES), true),
                    taken = shared.queue.take(BATCH_ENTRIES) => (taken, false),
                    () = told(&mut self.closing) => return self.close().await,
                }
            } else {
                (std::mem::take(&mut self.carried), false)
            };
            let beat = beat && self.shared.times == Times::Present;
            // Read once: between two looks the day may end.
            let at = self.now();
            if vietnam_day(at) != self.lane.day || self.is_ahead() {
                self.carried = taken;
                let closed = self.end().await;
                return Ending::Lane {
                    abandoned: closed.is_err(),
                };
            }
            if self.write(taken, at, beat).await.is_err() {
                return Ending::Lane { abandoned: true };
            }
            if beat {
                look_at_plan(&self.shared, &mut self.lane).await;
                beats += 1;
                if beats % LOOK_AROUND == 0
                    && let Err(error) = look_around(&self.shared, &mut self.lane).await
                {
                    return self.stop(&error).await;
                }
            }
        }
    }

    /// Writes everything that waits, then the lane's end.
    async fn close(&mut self) -> Ending {
        loop {
            let taken = self.shared.queue.try_take(BATCH_ENTRIES);
            if taken.is_empty() {
                break;
            }
            let at = self.now();
            if vietnam_day(at) != self.lane.day {
                // The day ended in this very moment: one more lane, then its end.
                self.carried = taken;
                let abandoned = self.end().await.is_err();
                return Ending::Lane { abandoned };
            }
            if self.write(taken, at, false).await.is_err() {
                return Ending::Process;
            }
        }
        if self.end().await.is_err() {
            tracing::error!(lane = self.lane.lane, "a lane ended without being closed");
        }
        Ending::Process
    }

    /// Stamps, writes, and tells whoever waited.
    async fn write(
        &mut self,
        taken: Vec<Waiting>,
        now: Timestamp,
        beat: bool,
    ) -> Result<(), Abandoned> {
        if taken.is_empty() && !beat {
            return Ok(());
        }
        let mut rows = Vec::with_capacity(taken.len() + 1);
        let mut waiters = Vec::with_capacity(taken.len());
        let mut at = now;
        if self.shared.times == Times::Past {
            // The clock may be ahead of what waits, which has times of its own.
            at = self.lane.last_at;
        }
        for waiting in taken {
            waiters.push((waiting.messenger, waiting.reply, waiting.drafts.len()));
            for draft in waiting.drafts {
                at = draft.at().map_or(at, |own| own.max(at));
                let seq = self.next_after(&rows);
                rows.push(self.lane.place(draft, seq, at));
            }
        }
        if beat {
            let entry = Entry {
                acknowledged: (self.lane.next - 1).try_into().ok(),
                ..Entry::new(Operation::LaneHeartbeat, Decision::Done)
            };
            let seq = self.next_after(&rows);
            rows.push(self.lane.place(Draft::of_lane(&entry), seq, at));
        }
        let mark = beat.then_some(Mark::Touch);
        let ids: Vec<_> = rows.iter().map(|row| (row.seq, row.audit_id)).collect();
        let unrecordable = self.persist(rows, at, mark).await;
        let mut ids = ids.into_iter();
        let mut replies = Replies::default();
        for (messenger, waiter, count) in waiters {
            let of_this = ids.by_ref().take(count);
            let reply = match &unrecordable {
                Ok(unrecordable) => of_this
                    .map(|(seq, id)| {
                        let recorded = !unrecordable.contains(&seq);
                        recorded.then_some(id).ok_or(RecordError::Unavailable)
                    })
                    .collect(),
                Err(Abandoned) => Err(RecordError::Unavailable),
            };
            replies.add(messenger, waiter, reply);
        }
        replies.send();
        unrecordable.map(|_| ())
    }

    /// Writes the lane's last entry, in its own day even if that is over.
    async fn end(&mut self) -> Result<(), Abandoned> {
        let last_moment = self
            .lane
            .day
            .tomorrow()
            .and_then(|day| day.to_zoned(jiff::tz::TimeZone::fixed(jiff::tz::offset(7))))
            .map_or(self.lane.last_at, |end| end.timestamp() - 1.millisecond());
        let at = self.now().min(last_moment);
        let entry = Entry {
            acknowledged: (self.lane.next - 1).try_into().ok(),
            ..Entry::new(Operation::LaneClosed, Decision::Done)
        };
        let seq = self.lane.next;
        let row = self.lane.place(Draft::of_lane(&entry), seq, at);
        self.persist(vec![row], at, Some(Mark::Close)).await?;
        let lane = self.lane.lane;
        match self.shared.times {
            Times::Present => tracing::info!(lane, "an audit lane is closed"),
            Times::Past => tracing::debug!(lane, "an audit lane of the past is closed"),
        }
        Ok(())
    }

    /// Opens the next lane, trying until it can or the process ends; false if it ends.
    async fn reopen(&mut self, predecessor: Predecessor) -> bool {
        if predecessor.abandoned {
            self.up = None;
        }
        let lost = std::mem::take(&mut self.lane.lost);
        self.lane.connection = None;
        let mut pauses = pauses();
        loop {
            match open(&self.shared, Some(predecessor), &lost).await {
                Ok(lane) => {
                    self.lane = lane;
                    self.up.get_or_insert_with(|| Up::new(&self.shared));
                    return true;
                }
                Err(error) => {
                    self.up = None;
                    let error: &dyn std::error::Error = &error;
                    tracing::error!(error, "no audit lane can be opened: answers are refused");
                }
            }
            if *self.closing.borrow() {
                return false;
            }
            pause(&mut pauses, &mut self.closing).await;
        }
    }

    /// Ends the lane for what was seen around it.
    async fn stop(&mut self, reason: &OpenError) -> Ending {
        {
            let error: &dyn std::error::Error = reason;
            tracing::error!(error, lane = self.lane.lane, "an audit lane has to stop");
        }
        self.up = None;
        let abandoned = match reason {
            OpenError::Setting(_)
            | OpenError::Standby
            | OpenError::ReadOnly
            | OpenError::Clock(_) => self.end().await.is_err(),
            // An entry of the lane's own may be there or not, under the number that would be next.
            OpenError::Store(_)
            | OpenError::Keys(_)
            | OpenError::NoPartition(_)
            | OpenError::Shown
            | OpenError::Write(_)
            | OpenError::TimedOut
            | OpenError::Thread(_) => true,
        };
        Ending::Lane { abandoned }
    }

    /// The time of the next entries: never before the last one's.
    fn now(&self) -> Timestamp {
        milliseconds(self.shared.clock.now()).max(self.lane.last_at)
    }

    /// Whether the lane's last entry is of a time that is yet to come: the clock was ahead, and is right again.
    /// Within a lane times only ascend, so all its entries would be of that time until it has come.
    fn is_ahead(&self) -> bool {
        let now = milliseconds(self.shared.clock.now());
        self.shared.times == Times::Present
            && self.lane.last_at.duration_since(now).as_millis() > i128::from(SKEW_LIMIT_MS)
    }

    fn next_after(&self, rows: &[EntryRow]) -> i64 {
        self.lane.next + i64::try_from(rows.len()).expect("a batch is bounded")
    }
}

/// The pauses between attempts: growing, and different in every process.
pub(super) fn pauses() -> impl Iterator<Item = Duration> {
    ExponentialBuilder::new()
        .with_min_delay(PAUSE_MIN)
        .with_max_delay(PAUSE_MAX)
        .without_max_times()
        .with_jitter()
        .build()
}

/// Waits before the next attempt, but not for long once the process ends.
pub(super) async fn pause(
    pauses: &mut impl Iterator<Item = Duration>,
    closing: &mut watch::Receiver<bool>,
) {
    let limit = pauses.next().unwrap_or(PAUSE_MAX);
    let limit = if *closing.borrow() { PAUSE_MIN } else { limit };
    #[expect(
        clippy::disallowed_methods,
        reason = "nothing announces that a server is back"
    )]
    let rest = tokio::time::sleep(limit);
    // Where nobody can say it any more, it is not waited for either, or the pause would be none.
    if *closing.borrow() || closing.has_changed().is_err() {
        rest.await;
    } else {
        tokio::select! {
            () = rest => {}
            () = told(closing) => {}
        }
    }
}

/// Resolves when the process closes its lanes, or has dropped them.
pub(super) async fn told(closing: &mut watch::Receiver<bool>) {
    // An error means that nobody can tell any more, which is as good as being told.
    let _dropped = closing.wait_for(|&closing| closing).await.is_err();
}
