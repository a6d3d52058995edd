//! The rules of lanes: numbers without holes, times that never go back, a beginning, an end, and what
//! one lane says about another.

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;
use jiff::civil::Date;

use super::entry::Said;
use super::report::{Kind, Place, Report};
use crate::clock::vietnam_day;
use crate::domain::entry::Operation;

/// Gaps that are kept until all is read, and declarations that are, at most: a log has none.
const GAPS: usize = 10_000;

/// What is wrong with a leaf that comes too late for its lane.
pub(super) const LATE: &str = "what was sealed before it is younger than its lane may be";

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
    /// Whether it is of a demonstration's history, sealed before anybody was answered.
    pub made_up: bool,
    /// Whether its day was dropped when its retention was over.
    pub dropped: bool,
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
            made_up: false,
            dropped: false,
        }
    }
}

/// Numbers of a lane that are skipped. Whether they were declared is known when all is read.
#[derive(Debug)]
pub(super) struct Gap {
    pub lane: i64,
    pub first_seq: i64,
    pub last_seq: i64,
    /// What they are where nobody declared them, and how that is told.
    pub fault: (Kind, Place, String),
}

/// A hole that an entry declares.
#[derive(Clone, Copy, Debug)]
pub(super) struct Declared {
    pub last_seq: i64,
    /// The declaring entry.
    pub by: Place,
}

/// All lanes that were seen.
#[derive(Debug, Default)]
pub(super) struct Lanes {
    pub by: HashMap<i64, Lane>,
    pub gaps: Vec<Gap>,
    /// By lane and first number.
    pub declared: BTreeMap<(i64, i64), Declared>,
    /// What the database calls lost, and an entry declares: lane, first and last number.
    pub called_lost: Vec<(i64, i64, i64)>,
    /// Leaves that come later than their lane says, by lane. A lane that stood before a hole was sealed when
    /// that was declared, which is known when all is read.
    pub late: BTreeMap<(i64, Kind), Late>,
    /// Somebody was answered, by an entry that was read.
    answered: bool,
}

/// Leaves of a lane that come later than it says, from the first one on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Late {
    pub first: Place,
    pub count: u64,
}

impl Lanes {
    /// The next entry of a lane, as the plan names it or as it lies there.
    pub(super) fn step(&mut self, lane: i64, seq: i64, place: &Place, report: &mut Report) {
        let known = self.by.entry(lane).or_default();
        let next = known.next_seq;
        if known.end == End::Closed {
            report.fault(Kind::LaneOrder, *place, "the lane was closed before");
        }
        known.next_seq = seq.saturating_add(1);
        if next != seq {
            let detail = format!("number {next} was to come");
            let fault = (Kind::PlanLane, *place, detail);
            if seq > next {
                self.skip(lane, next, seq - 1, fault, report);
            } else {
                report.fault(fault.0, fault.1, fault.2);
            }
        }
    }

    /// Numbers of the lane are skipped, which is a fault unless they were declared.
    pub(super) fn skip(
        &mut self,
        lane: i64,
        first_seq: i64,
        last_seq: i64,
        fault: (Kind, Place, String),
        report: &mut Report,
    ) {
        if self.gaps.len() == GAPS {
            report.fault(fault.0, fault.1, fault.2);
            return;
        }
        self.gaps.push(Gap {
            lane,
            first_seq,
            last_seq,
            fault,
        });
    }

    /// That leaf of a lane comes later than the lane says.
    pub(super) fn late(&mut self, kind: Kind, place: &Place, report: &mut Report) {
        let lane = place.lane.unwrap_or_default();
        if self.late.len() == GAPS && !self.late.contains_key(&(lane, kind)) {
            report.fault(kind, *place, LATE);
            return;
        }
        let late = self.late.entry((lane, kind)).or_insert(Late {
            first: *place,
            count: 0,
        });
        late.count += 1;
    }

    /// The declarations of holes that follow each other from that number of a lane on, and the number
    /// behind the last of them.
    pub(super) fn behind_declared(
        &self,
        lane: i64,
        mut seq: i64,
    ) -> (Vec<super::report::Hole>, i64) {
        let mut holes = Vec::new();
        while let Some(declared) = self.declared.get(&(lane, seq)) {
            holes.push(super::report::Hole {
                lane,
                first_seq: seq,
                last_seq: declared.last_seq,
                declared_by: declared.by,
            });
            seq = declared.last_seq.saturating_add(1);
        }
        (holes, seq)
    }

    /// An entry says that numbers of a lane are lost.
    fn declare(&mut self, said: &Said, place: &Place) {
        let (Some(lane), Some(count)) = (said.predecessor, said.count) else {
            return;
        };
        let first = said.acknowledged.map_or(0, |last| last.saturating_add(1));
        let last = first.saturating_add(count).saturating_sub(1);
        if let (Ok(lane), Ok(first), Ok(last_seq)) = (
            i64::try_from(lane),
            i64::try_from(first),
            i64::try_from(last),
        ) && first <= last_seq
            && self.declared.len() < GAPS
        {
            let by = *place;
            self.declared
                .insert((lane, first), Declared { last_seq, by });
        }
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
        known.made_up |= said.made_up && !self.answered;
        self.answered |= said.answers && !known.made_up;
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
        if said.operation == Operation::CliDeclareHole {
            self.declare(said, place);
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
