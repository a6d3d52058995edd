//! Taking published entries in, a step at a time, and resting in between so that answers go first.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::SearchMetrics;
use crate::domain::entry::{Decoded, Operation};
use crate::store::Store;
use crate::store::search::{Behind, Digest, HourSpan, Position, Searched, Step, TallyKey};

/// Leaves of one step.
const STEP: u64 = 8192;

/// Between two looks at a log of which everything is taken in.
const LOOK: Duration = Duration::from_millis(500);

/// How long the rest after a step is at most while there is a backlog, in lengths of the step; and
/// how long where more arrives than can be taken in, so that nothing is gained by hurrying.
const REST: f64 = 1.0;
const REST_OVERRUN: f64 = 9.0;

/// How much faster than entries arrive they are taken in, so that a backlog shrinks.
const HURRY: f64 = 1.25;

/// After a failure.
const PAUSE: Duration = Duration::from_secs(2);

/// A failure is said when it is new, and then once in so many.
const SAY_AGAIN: u32 = 30;

const HOUR: i64 = 3600;

/// Makes published entries searchable for as long as it is polled, wherever no other process does.
/// The store is a [`follower`](crate::store::Database::follower).
#[expect(
    clippy::disallowed_methods,
    reason = "a rest is a rest: what is new shows in the table that is looked at"
)]
pub async fn follow(store: Store, metrics: SearchMetrics) {
    let mut failed = 0;
    let mut held = 0;
    let mut arrivals = Arrivals::default();
    let show = |behind: Behind| {
        metrics.backlog.set(behind.left.cast_signed());
        metrics.lag_seconds.set(behind.seconds);
    };
    loop {
        let begun = Instant::now();
        let step = store
            .follow_log(STEP, |entries| digest(entries, &metrics))
            .await;
        let rest = match step {
            Ok(Step::Newer { index, behind }) => {
                show(behind);
                if held % SAY_AGAIN == 0 {
                    tracing::error!(
                        index,
                        "an entry of the log is of a newer version: making it searchable is left to a process of that version"
                    );
                }
                held += 1;
                tokio::time::sleep(PAUSE).await;
                continue;
            }
            Ok(Step::Idle) => {
                show(Behind::default());
                LOOK
            }
            // Who holds it up may be a process that is gone: only the others can tell.
            Ok(Step::Another(behind)) => {
                show(behind);
                LOOK
            }
            Ok(Step::Moved {
                leaves,
                published,
                behind,
            }) => {
                metrics.entries.inc_by(leaves);
                show(behind);
                let arriving = arrivals.note(published, begun);
                if behind.left == 0 {
                    LOOK
                } else {
                    rest(leaves, begun.elapsed(), arriving)
                }
            }
            Err(error) => {
                metrics.failures.inc();
                if failed % SAY_AGAIN == 0 {
                    let error: &dyn std::error::Error = &error;
                    tracing::error!(error, "published entries are not made searchable");
                }
                failed += 1;
                tokio::time::sleep(PAUSE).await;
                continue;
            }
        };
        failed = 0;
        held = 0;
        tokio::time::sleep(rest).await;
    }
}

/// How long to rest after a step that took in so many entries in that time, while so many arrive a
/// second: as long as it keeps up with them, and answers first where it cannot.
fn rest(leaves: u64, taken: Duration, arriving: f64) -> Duration {
    let taken_s = taken.as_secs_f64();
    // A step and its rest, if it is to be faster than what arrives.
    let cycle_s = leaves as f64 / (arriving * HURRY);
    if cycle_s < taken_s {
        return taken.mul_f64(REST_OVERRUN);
    }
    Duration::from_secs_f64((cycle_s - taken_s).min(taken_s * REST))
}

/// How fast the log grows, as the follower sees it from step to step.
#[derive(Debug, Default)]
struct Arrivals {
    last: Option<(u64, Instant)>,
}

impl Arrivals {
    /// Entries a second since the last step; none before the second one.
    fn note(&mut self, published: u64, at: Instant) -> f64 {
        let (before, then) = self
            .last
            .replace((published, at))
            .unwrap_or((published, at));
        let seconds = at.duration_since(then).as_secs_f64();
        if seconds > 0.0 {
            published.saturating_sub(before) as f64 / seconds
        } else {
            0.0
        }
    }
}

/// What is searched of these entries.
fn digest(entries: Vec<(Position, Vec<u8>)>, metrics: &SearchMetrics) -> Digest {
    let mut digest = Digest::default();
    for (position, canonical) in entries {
        match Decoded::from_canonical(&canonical) {
            Ok(entry) => add(&mut digest, position, entry),
            // What is passed over here would never be found: nobody comes back to it.
            Err(error) if error.is_newer() => {
                digest.newer = Some(position);
                break;
            }
            Err(error) => {
                metrics.unreadable.inc();
                let error: &dyn std::error::Error = &error;
                tracing::error!(
                    error,
                    index = position.index(),
                    "a row of the log is no entry"
                );
            }
        }
    }
    digest
}

/// How many fields these paths are of: an address of which three parts were told is one.
fn fields(disclosed: &[String]) -> usize {
    let fields = disclosed.iter().map(|path| path.split('.').next());
    fields.collect::<BTreeSet<_>>().len()
}

fn add(digest: &mut Digest, position: Position, entry: Decoded) {
    if is_lanes_own(entry.operation) {
        return;
    }
    let at = entry.stamp.at;
    let hour = hour_of(at);
    let span = digest.hours.entry(hour).or_insert(HourSpan {
        first: position,
        last: position,
    });
    span.first = span.first.min(position);
    span.last = span.last.max(position);
    let disclosed = i16::try_from(fields(&entry.disclosed)).unwrap_or(i16::MAX);
    let papers = i16::try_from(entry.papers_replaced.len()).unwrap_or(i16::MAX);
    let key = TallyKey {
        hour,
        agency_code: entry.agency_code.clone().unwrap_or_default(),
        client_id: entry.client_id.clone().unwrap_or_default(),
        procedure_code: entry.procedure_code.clone().unwrap_or_default(),
        operation: entry.operation.as_str(),
        decision: entry.decision.as_str(),
    };
    let tally = digest.tallies.entry(key).or_default();
    tally.requests += 1;
    tally.disclosed += i64::from(disclosed);
    tally.papers += i64::from(papers);
    digest.rows.push(Searched {
        position,
        at,
        audit_id: *entry.stamp.audit_id.as_uuid(),
        agency_code: entry.agency_code,
        client_id: entry.client_id,
        procedure_code: entry.procedure_code,
        operation: entry.operation.as_str(),
        decision: entry.decision.as_str(),
        disclosed,
        papers,
        subject_tag: entry.protected.subject_tag,
        officer_tag: entry.protected.officer_tag,
        case_tag: entry.protected.case_tag,
    });
}

/// What a lane says of itself is for verifiers; a search would drown in heartbeats.
fn is_lanes_own(operation: Operation) -> bool {
    matches!(
        operation,
        Operation::LaneOpened
            | Operation::LaneHeartbeat
            | Operation::LaneClosed
            | Operation::LaneAbandoned
            | Operation::LaneUnrecordable
    )
}

/// The beginning of the hour a moment lies in. Vietnam's hours begin when UTC's do.
pub(in crate::audit) fn hour_of(at: Timestamp) -> Timestamp {
    let second = at.as_second();
    Timestamp::from_second(second - second.rem_euclid(HOUR)).expect("earlier than a timestamp")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use rstest::rstest;

    use super::{fields, rest};

    #[test]
    fn a_field_counts_once_however_much_of_it_was_told() {
        let told = [
            "full_name",
            "permanent_residence.as_recorded",
            "permanent_residence.current.commune_name",
            "children.full_name",
            "children.personal_id",
        ];
        assert_eq!(fields(&told.map(str::to_owned)), 3);
        assert_eq!(fields(&[]), 0);
    }

    /// Steps of 8,000 entries that take a second.
    #[rstest]
    // Nothing arrives, or little: half of the time it rests.
    #[case(0.0, 1000)]
    #[case(3_000.0, 1000)]
    // More: as much as it takes to be a quarter faster.
    #[case(4_000.0, 600)]
    #[case(6_000.0, 67)]
    // More than it can take in: answers first.
    #[case(7_000.0, 9000)]
    fn a_rest_is_as_long_as_what_arrives_allows(#[case] arriving: f64, #[case] ms: u64) {
        let rested = rest(8_000, Duration::from_secs(1), arriving);
        assert_eq!(rested.as_secs_f64().mul_add(1000.0, 0.5) as u64, ms);
    }
}
