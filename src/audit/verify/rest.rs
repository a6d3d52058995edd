//! What does not come with the tree: the plan's length, entries that are not planned yet, lanes' ends,
//! rows that lie where they should not, and what is sealed beside entries.

use std::collections::BTreeSet;

use aws_lc_rs::digest::{SHA256, digest};
use jiff::SignedDuration;
use jiff::civil::Date;

use super::VerifyError;
use super::checker::Checker;
use super::lanes::{Declared, End, LATE, Lane};
use super::reader::bounds;
use super::report::{Kind, Place, Report};
use crate::clock::vietnam_day;
use crate::domain::entry::AuditId;
use crate::store::sealing::Epoch;
use crate::store::verifying::{EntryCount, RegisteredLane, Snapshot, StoredAttachment};
use crate::tlog::{TileId, width_in};

/// Lanes that are read at once.
const LANES: i64 = 1024;
/// Entries of a lane that are told one by one, where they should not be.
const STRAYS: i64 = 100;
/// Attachments that are read at once: each is a few kilobytes.
const ATTACHMENTS: i64 = 256;
/// How long after its day a lane may be registered, for whoever opens one at midnight.
const MIDNIGHT: SignedDuration = SignedDuration::from_mins(1);
/// Levels a tree can have.
const LEVELS: u8 = 8;

/// The plan's length, how far it is signed, and that there are no more tiles than the tree has.
pub(super) async fn plan(
    snapshot: &Snapshot,
    epochs: &[Epoch],
    sizes: &[(u64, u64)],
    report: &mut Report,
) -> Result<(), VerifyError> {
    let standing = snapshot.standing().await?;
    let mut last = None;
    for (epoch, &(planned, signed)) in epochs.iter().zip(sizes) {
        let number = epoch.epoch;
        last = Some((number, planned));
        if signed > planned {
            let detail = format!("{signed} leaves are signed, {planned} planned");
            report.fault(Kind::PlanLength, Place::leaf(number, planned), detail);
        }
        for (level, count) in snapshot.tile_counts(number).await? {
            let level = u8::try_from(level).unwrap_or(u8::MAX);
            let most = if level < LEVELS {
                (signed >> (8 * u32::from(level))).div_ceil(256)
            } else {
                0
            };
            if count.cast_unsigned() > most {
                let beyond = TileId { level, index: most };
                debug_assert_eq!(width_in(beyond, signed), 0);
                let detail = format!("{count} tiles of level {level}, where the tree has {most}");
                report.fault(Kind::TileUnexpected, Place::leaf(number, signed), detail);
            }
        }
    }
    let said = standing.map(|it| (it.epoch.cast_unsigned(), it.planned.cast_unsigned()));
    // Before the first round there is no epoch, and the sealer says that it is at the beginning.
    if said != Some(last.unwrap_or((1, 0))) {
        let (epoch, planned) = last.unwrap_or((1, 0));
        let detail = match said {
            Some((epoch, planned)) => format!("it says {planned} leaves of epoch {epoch}"),
            None => "the row is gone".to_owned(),
        };
        report.fault(Kind::PlanLength, Place::leaf(epoch, planned), detail);
    }
    if let Some((epoch, size)) = snapshot.orphaned_cosignature().await? {
        let place = Place::leaf(
            epoch.cast_unsigned(),
            size.cast_unsigned().saturating_sub(1),
        );
        report.fault(Kind::Cosignature, place, "its checkpoint is not there");
    }
    Ok(())
}

/// Reads what the plan does not name yet of every registered lane, and looks at their ends.
pub(super) async fn lanes(
    snapshot: &Snapshot,
    days: &BTreeSet<Date>,
    keeps_from: Date,
    checker: &mut Checker,
) -> Result<(), VerifyError> {
    let is_dropped = |day: Date| day < keeps_from && !days.contains(&day);
    let mut after = i64::MIN;
    loop {
        let page = snapshot.lanes(after, LANES).await?;
        let Some(last) = page.last() else {
            break;
        };
        after = last.lane;
        for lane in &page {
            let known = checker.lanes.by.entry(lane.lane).or_default();
            known.registered = true;
            let late = (lane.lane, Kind::EntryMissing);
            known.dropped = is_dropped(lane.day) && !checker.lanes.late.contains_key(&late);
            if days.contains(&lane.day) {
                tail(snapshot, lane, checker).await?;
            }
        }
    }
    // Only now, for any lane may report any other, and what another one lost.
    holes(snapshot, is_dropped, checker).await?;
    late(checker);
    let mut after = i64::MIN;
    loop {
        let page = snapshot.lanes(after, LANES).await?;
        let Some(last) = page.last() else {
            break;
        };
        after = last.lane;
        for lane in &page {
            end(lane, days.contains(&lane.day), checker);
        }
    }
    let Checker { lanes, report, .. } = checker;
    for &(lane, first, last) in &lanes.called_lost {
        let mut found = report.noted.holes.iter();
        if !found.any(|it| it.lane == lane && it.first_seq == first) {
            let detail = format!("numbers {first} to {last} are not missing");
            let place = Place::lane(lane, Some(first));
            report.fault(Kind::HoleDeclaration, place, detail);
        }
    }
    Ok(())
}

async fn tail(
    snapshot: &Snapshot,
    lane: &RegisteredLane,
    checker: &mut Checker,
) -> Result<(), VerifyError> {
    loop {
        let known = checker
            .lanes
            .by
            .get(&lane.lane)
            .copied()
            .unwrap_or_default();
        if known.end == End::Closed {
            // What lies behind its end is found by counting.
            return Ok(());
        }
        let next = snapshot.next_entries(lane.lane, lane.day, known.next_seq);
        let (rows, ended) = next.await?;
        for row in &rows {
            let next = checker.lanes.by.get(&lane.lane).map_or(0, |it| it.next_seq);
            if row.seq > next {
                let place = Place::lane(lane.lane, Some(next));
                let last = row.seq - 1;
                let fault = (
                    Kind::EntryMissing,
                    place,
                    format!("numbers {next} to {last}"),
                );
                let Checker { lanes, report, .. } = checker;
                lanes.skip(lane.lane, next, last, fault, report);
                lanes.by.entry(lane.lane).or_default().next_seq = row.seq;
            }
            checker.unplanned(lane.lane, lane.day, row);
        }
        if ended {
            return Ok(());
        }
    }
}

/// What lanes skip: each number that has no entry must be declared by one, and what the database calls
/// lost must be, too. Nothing that is planned is excused here.
async fn holes(
    snapshot: &Snapshot,
    is_dropped: impl Fn(Date) -> bool,
    checker: &mut Checker,
) -> Result<(), VerifyError> {
    for row in snapshot.declared_holes().await? {
        let place = Place::lane(row.lane, Some(row.first_seq));
        let lanes = &mut checker.lanes;
        let declared = lanes.declared.get(&(row.lane, row.first_seq));
        if declared.is_some_and(|it| it.last_seq == row.last_seq) {
            lanes
                .called_lost
                .push((row.lane, row.first_seq, row.last_seq));
            continue;
        }
        // Once the lane and the declaring entry were dropped, the row is what is left.
        let audit_id = AuditId::from_uuid(row.audit_id);
        let day = audit_id.map(|id| vietnam_day(id.at()));
        let lane = lanes.by.get(&row.lane);
        if lane.is_some_and(|lane| lane.dropped) && day.is_some_and(&is_dropped) {
            let by = Place {
                audit_id: Some(row.audit_id),
                ..Place::default()
            };
            let last_seq = row.last_seq;
            let key = (row.lane, row.first_seq);
            lanes.declared.insert(key, Declared { last_seq, by });
            continue;
        }
        let detail = format!("numbers {} to {}", row.first_seq, row.last_seq);
        checker.report.fault(Kind::HoleDeclaration, place, detail);
    }
    for gap in &checker.lanes.gaps {
        let (holes, behind) = checker.lanes.behind_declared(gap.lane, gap.first_seq);
        if behind.checked_sub(1) == Some(gap.last_seq) {
            checker.report.noted.holes.extend(holes);
        } else {
            let (kind, place, detail) = gap.fault.clone();
            checker.report.fault(kind, place, detail);
        }
    }
    Ok(())
}

/// Leaves that come later than their lanes say. Behind a hole that an entry declares they may: the lane was
/// sealed up to the hole, and on when that was declared.
fn late(checker: &mut Checker) {
    let Checker { lanes, report, .. } = checker;
    for (&(lane, kind), late) in &lanes.late {
        let seq = late.first.seq.unwrap_or_default();
        let mut holes = report.noted.holes.iter();
        if holes.any(|hole| hole.lane == lane && hole.last_seq < seq) {
            if kind == Kind::EntryMissing {
                report.noted.dropped_entries += late.count;
            }
            continue;
        }
        let detail = format!("{LATE}: {} leaves of the lane", late.count);
        report.fault(kind, late.first, detail);
    }
}

/// How a lane ended, when all is read.
fn end(lane: &RegisteredLane, has_partition: bool, checker: &mut Checker) {
    checker.report.checked.lanes += 1;
    let (_, day_over) = bounds(lane.day);
    if lane.opened_at.duration_since(day_over) > MIDNIGHT {
        checker.report.noted.past_lanes += 1;
    }
    let known = checker
        .lanes
        .by
        .get(&lane.lane)
        .copied()
        .unwrap_or_default();
    let place = Place {
        at: (known.rows > 0).then_some(known.last_at),
        ..Place::lane(lane.lane, Some(known.next_seq))
    };
    let acknowledged = lane.acknowledged.max(known.promised);
    let dropped = !has_partition && known.next_seq == 0;
    let (holes, next) = match known.end {
        End::Closed => (Vec::new(), known.next_seq),
        End::Open | End::Unseen => checker.lanes.behind_declared(lane.lane, known.next_seq),
    };
    if acknowledged >= next && !dropped {
        let detail = format!("up to number {acknowledged}");
        checker.report.fault(Kind::LaneAcknowledged, place, detail);
        return;
    }
    let end_was_lost = !holes.is_empty() && lane.closed && next > acknowledged.saturating_add(1);
    checker.report.noted.holes.extend(holes);
    if known.end != End::Open || dropped || end_was_lost {
        return;
    }
    if known.abandoned {
        checker.report.noted.abandoned_lanes += 1;
    } else if lane.closed {
        let detail = "its row says that it was closed";
        checker.report.fault(Kind::MissingEnd, place, detail);
    } else if known.next_seq == 0 {
        checker.report.noted.empty_lanes += 1;
    } else if checker.is_overdue(known.last_at) {
        checker.report.fault(Kind::MissingEnd, place, "");
    } else {
        checker.report.noted.living_lanes += 1;
    }
}

/// Counts the rows of every lane, and finds those that were not met where they belong.
pub(super) async fn strays(snapshot: &Snapshot, checker: &mut Checker) -> Result<(), VerifyError> {
    let mut counts = snapshot.entry_counts().await?;
    counts.sort_unstable_by_key(|it| it.lane);
    let mut surplus = Vec::new();
    for EntryCount {
        lane,
        count,
        miscounted,
    } in counts
    {
        if miscounted {
            self::miscounted(snapshot, lane, checker).await?;
        }
        let known = checker.lanes.by.get(&lane).copied().unwrap_or_default();
        // An unregistered lane whose entries are planned was told about with them.
        if count != known.rows || (!known.registered && known.rows == 0) {
            surplus.push((lane, count, known));
        }
    }
    for (lane, count, known) in surplus {
        let found = of_lane(snapshot, lane, &known, checker).await?;
        // Two rows of one number were told about where they were met.
        if found == 0 && known.registered && count > known.rows {
            let duplicates = checker.report.counts.get(&Kind::EntryDuplicate);
            if duplicates.is_none() {
                let detail = format!("{} rows too many", count - known.rows);
                checker
                    .report
                    .fault(Kind::Stray, Place::lane(lane, None), detail);
            }
        }
    }
    Ok(())
}

/// No lane writes such a block, whatever lies in it.
async fn miscounted(
    snapshot: &Snapshot,
    lane: i64,
    checker: &mut Checker,
) -> Result<(), VerifyError> {
    for block in snapshot.miscounted(lane, STRAYS).await? {
        let place = Place {
            at: Some(block.at),
            ..Place::lane(lane, Some(block.first_seq))
        };
        let detail = format!("its block says that it holds {} entries", block.count);
        checker.report.fault(Kind::Stray, place, detail);
    }
    Ok(())
}

/// Compares what is sealed beside administrative changes with the digests in their entries: without
/// any key, for it is the sealed bytes that are digested.
pub(super) async fn attachments(
    snapshot: &Snapshot,
    days: &BTreeSet<Date>,
    checker: &mut Checker,
) -> Result<(), VerifyError> {
    let mut after = (i64::MIN, i64::MIN);
    loop {
        let page = snapshot.attachments(after, ATTACHMENTS).await?;
        let Some(last) = page.last() else {
            break;
        };
        after = (last.lane, last.seq);
        for row in &page {
            attachment(row, days, checker);
        }
    }
    for (_, (_, place)) in std::mem::take(&mut checker.attachments) {
        checker.report.fault(Kind::AttachmentMissing, place, "");
    }
    Ok(())
}

fn attachment(row: &StoredAttachment, days: &BTreeSet<Date>, checker: &mut Checker) {
    match checker.attachments.remove(&(row.lane, row.seq)) {
        Some((expected, _)) if digest(&SHA256, &row.sealed).as_ref() == expected => {
            checker.report.checked.attachments += 1;
        }
        Some((_, place)) => checker.report.fault(Kind::AttachmentAltered, place, ""),
        // A day that is being dropped goes before its attachments do, and whether an entry of a newer
        // version has one is not known.
        None if days.contains(&vietnam_day(row.at)) && checker.report.noted.newer_entries == 0 => {
            let place = Place {
                at: Some(row.at),
                ..Place::lane(row.lane, Some(row.seq))
            };
            checker.report.fault(Kind::AttachmentStray, place, "");
        }
        None => {}
    }
}

async fn of_lane(
    snapshot: &Snapshot,
    lane: i64,
    known: &Lane,
    checker: &mut Checker,
) -> Result<usize, VerifyError> {
    let day = match known.registered {
        true => snapshot
            .lanes(lane.saturating_sub(1), 1)
            .await?
            .first()
            .map(|it| it.day),
        false => None,
    };
    let (end, from, to) = match day {
        Some(day) => {
            let (from, to) = bounds(day);
            (known.next_seq, from, to)
        }
        // Nothing of it lies where it should.
        None => (0, super::reader::NEVER, super::reader::NEVER),
    };
    let gaps = checker.lanes.gaps.iter().filter(|gap| gap.lane == lane);
    let mut gaps: Vec<_> = gaps.map(|gap| (gap.first_seq, gap.last_seq)).collect();
    gaps.truncate(STRAYS as usize);
    let strays = snapshot
        .strays(lane, end, (from, to), &gaps, STRAYS)
        .await?;
    for stray in &strays {
        let place = Place {
            audit_id: stray.audit_id,
            at: Some(stray.at),
            ..Place::lane(lane, Some(stray.seq))
        };
        let what = match day {
            None => "the lane is not registered",
            Some(_) if stray.elsewhere => "it lies in another day than its lane",
            Some(_) if stray.seq < 0 => "its number is negative",
            Some(_) if stray.seq < end => "its number is skipped by its lane",
            Some(_) => "it lies behind the lane's end",
        };
        checker.report.fault(Kind::Stray, place, what);
    }
    Ok(strays.len())
}
