//! Opening a lane: what must hold before the first entry is promised to anyone.

use std::sync::Arc;
use std::time::Duration;

use jiff::civil::Date;
use jiff::{Timestamp, Unit};

use super::Draft;
use super::lanes::{Shared, Times};
use crate::clock::{Pool, vietnam_day};
use crate::domain::entry::{AuditId, Decision, Entry, Operation, Stamp};
use crate::keys;
use crate::store;
use crate::store::lane::{Backend, Batch, EntryRow, Failure, LaneConnection, Mark, Settings};

/// How long one attempt to connect may take, the server's greeting included.
const CONNECT_LIMIT: Duration = Duration::from_secs(3);
/// How long a batch may take before its fate counts as unknown.
pub(super) const BATCH_LIMIT: Duration = Duration::from_secs(5);
/// A difference between the clocks that is worth an alarm, in milliseconds.
const SKEW_ALARM_MS: i64 = 2_000;
/// A difference at which nothing is recorded, for no entry's time could be trusted.
pub(super) const SKEW_LIMIT_MS: i64 = 10_000;
/// A lane that gave no sign of life for so long is reported as abandoned.
const SILENT_SECONDS: f64 = 60.0;

/// Why a lane cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The database cannot be reached or refuses what opening needs.
    #[error("the audit lane cannot reach its database")]
    Store(#[from] store::Error),
    /// The month's keys cannot be had.
    #[error("the audit lane has no keys")]
    Keys(#[from] keys::Error),
    /// The server would acknowledge what a crash can lose.
    #[error("the database's setting {0} would lose acknowledged entries in a crash")]
    Setting(&'static str),
    /// No synchronous standby is configured, though one is demanded.
    #[error("the database has no synchronous standby, which the configuration demands")]
    Standby,
    /// The server is a standby itself.
    #[error("the database only reads")]
    ReadOnly,
    /// The clocks are too far apart.
    #[error("this machine's clock is {0} ms ahead of the database's")]
    Clock(i64),
    /// There is no partition for today.
    #[error("there is no audit partition for {0}: run `dancu maintain`")]
    NoPartition(Date),
    /// A lane of a day gone by, in a log that was shown already.
    #[error("a head of the log was published: nothing is written into its past any more")]
    Shown,
    /// The first entry could not be written.
    #[error("the lane's first entry could not be written")]
    Write(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The database did not answer in time.
    #[error("the database did not answer in time")]
    TimedOut,
    /// The system gives the lane no thread.
    #[error("the audit lane gets no thread")]
    Thread(#[source] std::io::Error),
}

/// The lane a writer wrote before.
#[derive(Clone, Copy, Debug)]
pub(super) struct Predecessor {
    pub lane: i64,
    pub acknowledged: i64,
    /// Whether it did not end with a `closed` entry.
    pub abandoned: bool,
}

/// An open lane.
pub(super) struct Open {
    /// None while the fate of a batch is unknown.
    pub connection: Option<LaneConnection>,
    /// Server processes of lost connections, which may still hold a batch.
    pub lost: Vec<Backend>,
    pub lane: i64,
    pub day: Date,
    /// The number of the next entry; all before it are durable.
    pub next: i64,
    /// The time of the last entry.
    pub last_at: Timestamp,
    /// The random part of the entries' ids.
    pub pool: Pool,
    /// Whether the plan says of it what cannot be.
    pub misplanned: bool,
}

/// Opens a lane; its `opened` entry is durable when this returns. `lost` are server processes of
/// the predecessor, which are ended first so that nothing of it appears later.
pub(super) async fn open(
    shared: &Shared,
    predecessor: Option<Predecessor>,
    lost: &[Backend],
) -> Result<Open, OpenError> {
    let connection = connect(shared, lost).await?;
    let now = shared.clock.now();
    let keys = Arc::clone(&shared.keys);
    let prepared = shared.home.spawn(async move { keys.prepare(now).await });
    if let Err(error) = prepared.await.map_err(|_| OpenError::TimedOut)? {
        // What is in memory goes on sealing, whatever keeps this process from reading the rest.
        if shared.keys.at(now).is_err() {
            return Err(error.into());
        }
        let error: &dyn std::error::Error = &error;
        tracing::error!(error, "the months' keys were not brought up to date");
    }
    let last_at = milliseconds(now);
    let day = vietnam_day(last_at);
    if !connection.has_partition(day).await? {
        return Err(OpenError::NoPartition(day));
    }
    if shared.times == Times::Past && connection.was_published().await? {
        return Err(OpenError::Shown);
    }
    let before = predecessor.map(|it| it.lane);
    let process = shared.config.process.as_str();
    let lane = connection.register(day, process, before).await?;
    let mut open = Open {
        connection: Some(connection),
        lost: Vec::new(),
        lane,
        day,
        next: 0,
        last_at,
        pool: Pool::default(),
        misplanned: false,
    };
    let opened = Entry {
        process: Some(process),
        predecessor: before.map(i64::cast_unsigned),
        acknowledged: predecessor.and_then(|it| it.acknowledged.try_into().ok()),
        digest: shared.config.follows,
        ..Entry::new(Operation::LaneOpened, Decision::Done)
    };
    first(shared, &mut open, &opened, None).await?;
    if let Some(before) = predecessor.filter(|it| it.abandoned) {
        report(shared, &mut open, before.lane, before.acknowledged).await?;
    }
    match shared.times {
        Times::Present => {
            look_around(shared, &mut open).await?;
            tracing::info!(lane, %day, "an audit lane is open");
        }
        Times::Past => tracing::debug!(lane, %day, "an audit lane of the past is open"),
    }
    Ok(open)
}

/// A connection on which a lane may write: old ones ended, settings and clock checked.
pub(super) async fn connect(
    shared: &Shared,
    lost: &[Backend],
) -> Result<LaneConnection, OpenError> {
    let attempt = async {
        let connection = LaneConnection::open(&shared.database).await?;
        let before = shared.clock.now();
        let settings = connection.settings().await?;
        let after = shared.clock.now();
        check(shared, &settings)?;
        let half = after.duration_since(before) / 2;
        check_clock(shared, before + half, settings.now)?;
        for &backend in lost {
            if !connection.terminate(backend).await? {
                return Err(OpenError::TimedOut);
            }
        }
        Ok(connection)
    };
    let limit = tokio::time::timeout(CONNECT_LIMIT, attempt).await;
    limit.unwrap_or(Err(OpenError::TimedOut))
}

/// Looks at what may have changed under an open lane: settings and clock, tomorrow's partition,
/// other lanes whose writers are gone. A question that fails is asked again the next time, for a
/// connection that is lost is found out by the next batch.
pub(super) async fn look_around(shared: &Shared, open: &mut Open) -> Result<(), OpenError> {
    let Some(connection) = &open.connection else {
        return Ok(());
    };
    let questions = async {
        let settings = connection.settings().await?;
        let ahead = connection
            .has_partition(open.day.tomorrow().unwrap_or(open.day))
            .await?;
        let silent = connection.find_silent(SILENT_SECONDS).await?;
        Ok::<_, store::Error>((settings, ahead, silent))
    };
    let Ok(Ok((settings, ahead, silent))) = tokio::time::timeout(BATCH_LIMIT, questions).await
    else {
        tracing::warn!(lane = open.lane, "an audit lane could not look around");
        return Ok(());
    };
    check(shared, &settings)?;
    check_clock(shared, shared.clock.now(), settings.now)?;
    shared.metrics.partition_ahead.set(ahead.into());
    if !ahead {
        tracing::error!("there is no audit partition for tomorrow: run `dancu maintain`");
    }
    // Each in a transaction with the mark on its row, so that of several successors one reports it.
    for (lane, acknowledged) in silent {
        if lane != open.lane {
            report(shared, open, lane, acknowledged).await?;
        }
    }
    Ok(())
}

/// Looks whether the plan says more of an open lane than it wrote, or that nothing more is to come: then
/// whoever says so wants its entries not to be sealed, and no answer leaves. Between two batches its
/// writer knows best, for whoever seals plans only what is there.
pub(super) async fn look_at_plan(shared: &Shared, open: &mut Open) {
    let Some(connection) = &open.connection else {
        return;
    };
    let planned = tokio::time::timeout(BATCH_LIMIT, connection.planned(open.lane)).await;
    let Ok(Ok(planned)) = planned else {
        tracing::warn!(lane = open.lane, "an audit lane could not look at its plan");
        return;
    };
    let misplanned = planned.is_some_and(|(next, finished)| finished || next > open.next);
    if misplanned == open.misplanned {
        return;
    }
    open.misplanned = misplanned;
    if misplanned {
        shared.gate.distrust();
        shared.metrics.misplanned.inc();
        tracing::error!(
            lane = open.lane,
            "the plan says of an open audit lane what it did not write: answers are refused"
        );
    } else {
        shared.gate.trust();
        shared.metrics.misplanned.dec();
        tracing::info!(lane = open.lane, "the plan of an audit lane is true again");
    }
}

async fn report(
    shared: &Shared,
    open: &mut Open,
    lane: i64,
    acknowledged: i64,
) -> Result<(), OpenError> {
    let entry = Entry {
        predecessor: Some(lane.cast_unsigned()),
        acknowledged: acknowledged.try_into().ok(),
        ..Entry::new(Operation::LaneAbandoned, Decision::Done)
    };
    if first(shared, open, &entry, Some(Mark::Abandon(lane))).await? {
        tracing::error!(lane, by = open.lane, "an audit lane was abandoned");
        shared.metrics.abandoned.inc();
    }
    Ok(())
}

/// Writes one of the lane's own entries; false if what it marks was marked by another.
async fn first(
    shared: &Shared,
    open: &mut Open,
    entry: &Entry<'_>,
    mark: Option<Mark>,
) -> Result<bool, OpenError> {
    let (seq, at) = (open.next, open.last_at);
    let rows = [open.place(Draft::of_lane(entry), seq, at)];
    let (lane, acknowledged) = (open.lane, open.next - 1);
    let batch = Batch {
        lane,
        acknowledged,
        rows: &rows,
        mark,
    };
    let connection = open.connection.as_ref().ok_or(OpenError::TimedOut)?;
    match tokio::time::timeout(BATCH_LIMIT, connection.append(batch)).await {
        Ok(Ok(())) => {
            open.next += 1;
            shared.metrics.recorded.inc();
            Ok(true)
        }
        Ok(Err(Failure::Gone)) => Ok(false),
        Ok(Err(failure)) => Err(OpenError::Write(Box::new(failure))),
        Err(_) => Err(OpenError::TimedOut),
    }
}

impl Open {
    /// Puts a draft at that number and time of this lane.
    pub(super) fn place(&mut self, draft: Draft, seq: i64, at: Timestamp) -> EntryRow {
        let random = self.pool.draw();
        draft.placed(&Stamp {
            lane: self.lane.cast_unsigned(),
            seq: seq.cast_unsigned(),
            at,
            audit_id: AuditId::new(at, &random),
        })
    }
}

/// The time to the millisecond, as entries hold it.
pub(super) fn milliseconds(at: Timestamp) -> Timestamp {
    let rounding = jiff::TimestampRound::new()
        .smallest(Unit::Millisecond)
        .mode(jiff::RoundMode::Floor);
    at.round(rounding).expect("a millisecond divides a day")
}

fn check(shared: &Shared, settings: &Settings) -> Result<(), OpenError> {
    if settings.read_only {
        return Err(OpenError::ReadOnly);
    }
    if settings.synchronous_commit != "on" {
        return Err(OpenError::Setting("synchronous_commit"));
    }
    if shared.config.require_standby && !settings.standby {
        return Err(OpenError::Standby);
    }
    if shared.config.unsafe_for_tests {
        return Ok(());
    }
    match (settings.fsync, settings.full_page_writes) {
        (false, _) => Err(OpenError::Setting("fsync")),
        (true, false) => Err(OpenError::Setting("full_page_writes")),
        (true, true) => Ok(()),
    }
}

fn check_clock(shared: &Shared, ours: Timestamp, theirs: Timestamp) -> Result<(), OpenError> {
    if shared.times == Times::Past {
        return Ok(());
    }
    let ahead = ours.as_millisecond() - theirs.as_millisecond();
    #[expect(
        clippy::cast_precision_loss,
        reason = "a difference of two clocks, not a time"
    )]
    shared.metrics.clock_skew.set(ahead as f64 / 1000.0);
    if shared.config.unsafe_for_tests {
        return Ok(());
    }
    if ahead.abs() > SKEW_ALARM_MS {
        tracing::error!(
            ahead_ms = ahead,
            "this machine's clock and the database's differ"
        );
    }
    if ahead.abs() > SKEW_LIMIT_MS {
        return Err(OpenError::Clock(ahead));
    }
    Ok(())
}
