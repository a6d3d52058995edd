//! The rules of lanes: numbers without holes, times that never go back, a beginning, an end, and what
//! one lane says about another.

use std::collections::HashMap;

use jiff::Timestamp;
use jiff::civil::Date;

use super::entry::Said;
use super::report::{Kind, Place, Report};
use crate::clock::vietnam_day;
use crate::domain::entry::Operation;

/// What is known of a lane: a few words each, for as many lanes as the log has.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lane {
    /// The number its next entry has.
    pub next_seq: i64,
    /// Rows that were read where they belong.
    pub rows: i64,
    /// When the last entry that was seen was recorded.
    pub last_at: Timestamp,
    pub end: End,
    /// Another lane reported that this one was given up.
    pub abandoned: bool,
    /// The highest number of this lane that another one says to be durable; -1 where none does.
    pub promised: i64,
    /// Whether it is registered.
    pub registered: bool,
}

/// How a lane ends, as far as it was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// Its last entry is not `lane.closed`.
    Open,
    /// It is.
    Closed,
    /// Its last entry cannot be read: it was dropped, or is of a newer version.
    Unseen,
}

impl Default for Lane {
    fn default() -> Self {
        Self {
            next_seq: 0,
            rows: 0,
            last_at: Timestamp::MIN,
            end: End::Open,
            abandoned: false,
            promised: -1,
            registered: false,
        }
    }
}

/// All lanes that were seen.
#[derive(Debug, Default)]
pub(super) struct Lanes {
    pub by: HashMap<i64, Lane>,
}

impl Lanes {
    /// The next entry of a lane, as the plan names it or as it lies there.
    pub(super) fn step(&mut self, lane: i64, seq: i64, place: &Place, report: &mut Report) {
        let known = self.by.entry(lane).or_default();
        if known.next_seq != seq {
            let detail = format!("number {} was to come", known.next_seq);
            report.fault(Kind::PlanLane, *place, detail);
        }
        if known.end == End::Closed {
            report.fault(Kind::LaneOrder, *place, "the lane was closed before");
        }
        known.next_seq = seq.saturating_add(1);
    }

    /// What the entry at that place says.
    pub(super) fn hear(
        &mut self,
        lane: i64,
        day: Option<Date>,
        said: &Said,
        place: &Place,
        report: &mut Report,
    ) {
        let known = self.by.entry(lane).or_default();
        let mut wrong = |what: &str| report.fault(Kind::LaneOrder, *place, what);
        if (said.operation == Operation::LaneOpened) != (said.seq == 0) {
            wrong("a lane begins with lane.opened, and has one");
        }
        if said.at < known.last_at {
            wrong("it is older than the entry before it");
        }
        if day.is_some_and(|day| vietnam_day(said.at) != day) {
            wrong("it is of another day than its lane");
        }
        known.last_at = known.last_at.max(said.at);
        known.end = End::Open;
        let closed = said.operation == Operation::LaneClosed;
        if closed {
            known.end = End::Closed;
        }
        if (closed || said.operation == Operation::LaneHeartbeat)
            && said.acknowledged.is_some_and(|it| it >= said.seq)
        {
            wrong("it acknowledges what was not there yet");
        }
        let abandoned = said.operation == Operation::LaneAbandoned;
        if (abandoned || said.operation == Operation::LaneOpened)
            && let Some(other) = said.predecessor
        {
            let other = self.by.entry(other.cast_signed()).or_default();
            let promised = said.acknowledged.map_or(-1, u64::cast_signed);
            other.promised = other.promised.max(promised);
            other.abandoned |= abandoned;
        }
    }

    /// An entry of the lane that cannot be read.
    pub(super) fn miss(&mut self, lane: i64) {
        self.by.entry(lane).or_default().end = End::Unseen;
    }

    /// A row of the lane was read where it belongs.
    pub(super) fn count(&mut self, lane: i64) {
        self.by.entry(lane).or_default().rows += 1;
    }
}
