//! Whether answers may leave: not while the oldest entry that is not sealed is older than the grace.
//!
//! Until an entry is sealed, an administrator of the database can remove it without a trace. So
//! sealing that stands still is a failure of the log, though a slow one. How long an entry has waited is
//! measured twice: by what this process saw itself, which nothing in the database can make younger,
//! and by the entry's own time, which outlives a restart.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use tokio::time::{Instant, MissedTickBehavior, interval};

use super::SealMetrics;
use super::lanes::Lanes;
use crate::store::Store;
use crate::store::sealing::{Progress, Unsealed};

/// How often it is looked.
const LOOK: Duration = Duration::from_secs(5);
/// However short the grace is.
const SHORTEST: Duration = Duration::from_millis(100);
/// How long an entry must have been seen before its own time counts: whoever seals may have been
/// started a moment after us, and has to catch up.
const CATCH_UP: Duration = Duration::from_secs(60);

/// Open, unless sealing is behind for longer than the grace, or the plan is not true.
#[derive(Debug, Default)]
pub struct Gate {
    behind: AtomicBool,
    misplanned: AtomicUsize,
}

impl Gate {
    /// Whether answers may leave.
    pub fn is_open(&self) -> bool {
        !self.behind.load(Ordering::Relaxed) && self.misplanned.load(Ordering::Relaxed) == 0
    }

    fn set(&self, open: bool) {
        if self.behind.swap(!open, Ordering::Relaxed) == open {
            if open {
                tracing::info!("entries are sealed again: answers leave");
            } else {
                tracing::error!("entries are not sealed: answers are refused");
            }
        }
    }

    /// The plan says of one more lane of ours what cannot be.
    pub(super) fn distrust(&self) {
        self.misplanned.fetch_add(1, Ordering::Relaxed);
    }

    /// It does not any more.
    pub(super) fn trust(&self) {
        self.misplanned.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Watches how far sealing is, for as long as it is polled, for the metrics and for the lanes' gate. A
/// database that cannot be asked for a while changes nothing here: the lanes find that out for
/// themselves.
pub async fn watch(lanes: Option<Arc<Lanes>>, store: Store, grace: Duration, metrics: SealMetrics) {
    let mut ticks = interval(LOOK.min(grace / 2).max(SHORTEST));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut sightings = Sightings::new(grace, Instant::now());
    loop {
        ticks.tick().await;
        match look(&store).await {
            Ok((progress, unsealed)) => {
                let oldest = sightings.take(&unsealed, Instant::now());
                tell(&metrics, &progress, oldest);
            }
            Err(error) => {
                let error: &dyn std::error::Error = &error;
                tracing::warn!(error, "how far sealing is could not be read");
            }
        }
        if let Some(lanes) = &lanes {
            lanes.gate().set(sightings.are_in_time(Instant::now()));
        }
    }
}

async fn look(store: &Store) -> Result<(Progress, Vec<Unsealed>), crate::store::Error> {
    let read = async { Ok((store.sealing_progress().await?, store.unsealed().await?)) };
    store.in_time("sealing/look", read).await
}

fn tell(metrics: &SealMetrics, progress: &Progress, oldest: Duration) {
    metrics.lag_seconds.set(progress.behind_seconds.max(0.0));
    metrics.oldest_unsealed_seconds.set(oldest.as_secs_f64());
    if let Some(age) = progress.checkpoint_age_seconds {
        metrics.checkpoint_age_seconds.set(age);
    }
    metrics.lanes_without_end.set(progress.lanes_without_end);
}

/// That a lane had entries up to that number, and when this process saw it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Sighting {
    last_seq: i64,
    at: Instant,
}

/// What was seen of lanes with entries that are not sealed, for as long as these are not.
#[derive(Debug)]
struct Sightings {
    grace: Duration,
    catch_up: Duration,
    lanes: HashMap<i64, VecDeque<Sighting>>,
    /// When it was looked last with success, or this began.
    looked: Instant,
    in_time: bool,
}

impl Sightings {
    fn new(grace: Duration, now: Instant) -> Self {
        Self {
            grace,
            catch_up: CATCH_UP.min(grace),
            lanes: HashMap::new(),
            looked: now,
            in_time: true,
        }
    }

    /// Takes a look, and returns how old the oldest entry is that is not sealed: zero where every
    /// entry is.
    fn take(&mut self, unsealed: &[Unsealed], now: Instant) -> Duration {
        if now.duration_since(self.looked) > self.catch_up {
            // After an outage nobody could seal either: as after a start.
            self.lanes.clear();
        }
        self.looked = now;
        self.in_time = true;
        let mut before = std::mem::take(&mut self.lanes);
        let mut oldest = Duration::ZERO;
        for lane in unsealed {
            let mut seen = before.remove(&lane.lane).unwrap_or_default();
            while seen.front().is_some_and(|it| it.last_seq < lane.first_seq) {
                seen.pop_front();
            }
            if seen.back().is_none_or(|it| it.last_seq < lane.last_seq) {
                let last_seq = lane.last_seq;
                seen.push_back(Sighting { last_seq, at: now });
            }
            // Whatever was there when the first of these was seen has waited since then.
            let waited = seen.front().map_or(Duration::ZERO, |it| now - it.at);
            let told = lane.age_seconds.unwrap_or_default();
            let told = Duration::try_from_secs_f64(told).unwrap_or_default();
            if waited > self.grace || (told > self.grace && waited > self.catch_up) {
                self.in_time = false;
            }
            oldest = oldest.max(waited).max(told);
            self.lanes.insert(lane.lane, seen);
        }
        oldest
    }

    /// Whether no entry has waited for longer than the grace, as far as was seen within it.
    fn are_in_time(&self, now: Instant) -> bool {
        self.in_time && now.duration_since(self.looked) <= self.grace
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GRACE: Duration = Duration::from_secs(4 * 3600);

    fn unsealed(first_seq: i64, last_seq: i64, age_seconds: f64) -> Unsealed {
        Unsealed {
            lane: 1,
            first_seq,
            last_seq,
            age_seconds: Some(age_seconds),
        }
    }

    /// Looks every five seconds for so long at what `lanes` shows after so many seconds.
    fn watched(seconds: u64, lanes: impl Fn(u64) -> Vec<Unsealed>) -> (Sightings, Instant) {
        let mut now = Instant::now();
        let mut sightings = Sightings::new(GRACE, now);
        for after in (0..=seconds).step_by(5) {
            sightings.take(&lanes(after), now);
            now += LOOK;
        }
        (sightings, now - LOOK)
    }

    #[test]
    fn an_entry_that_pretends_to_be_young_waits_no_longer_than_the_grace() {
        let stands = |_| vec![unsealed(5, 9, -1e9)];
        let (sightings, now) = watched(GRACE.as_secs(), stands);
        assert!(sightings.are_in_time(now));
        let (sightings, now) = watched(GRACE.as_secs() + 5, stands);
        assert!(!sightings.are_in_time(now));
    }

    #[test]
    fn a_lane_whose_sealing_moves_is_in_time_and_one_that_moves_too_far_behind_is_not() {
        // A hundred entries a second, sealed after an hour, and after five.
        let lagging = |lag: i64| {
            move |after: u64| {
                let last = after.cast_signed() * 100;
                vec![unsealed((last - lag * 100).max(0), last, 0.0)]
            }
        };
        let (sightings, now) = watched(6 * 3600, lagging(3600));
        assert!(sightings.are_in_time(now));
        let (sightings, now) = watched(6 * 3600, lagging(5 * 3600));
        assert!(!sightings.are_in_time(now));
    }

    #[test]
    fn a_restart_gives_whoever_seals_a_minute_and_no_grace_of_its_own() {
        let old = |_| vec![unsealed(5, 9, 5.0 * 3600.0)];
        let (sightings, now) = watched(CATCH_UP.as_secs(), old);
        assert!(sightings.are_in_time(now));
        let (sightings, now) = watched(CATCH_UP.as_secs() + 5, old);
        assert!(!sightings.are_in_time(now));
        let caught_up = |after| if after < 30 { old(after) } else { Vec::new() };
        let (sightings, now) = watched(300, caught_up);
        assert!(sightings.are_in_time(now));
    }

    #[test]
    fn an_outage_is_like_a_start_and_one_that_is_longer_than_the_grace_shuts() {
        let (mut sightings, seen) = watched(60, |_| vec![unsealed(5, 9, 60.0)]);
        let back = seen + 2 * GRACE;
        assert!(!sightings.are_in_time(back));
        let old = [unsealed(5, 9, 8.0 * 3600.0)];
        sightings.take(&old, back);
        assert!(sightings.are_in_time(back));
        for after in [30, 61] {
            sightings.take(&old, back + Duration::from_secs(after));
        }
        assert!(!sightings.are_in_time(back + Duration::from_secs(61)));
    }

    #[test]
    fn a_row_with_a_far_number_waits_like_any_other_entry() {
        // Its lane is written and sealed all the while.
        let far = |after: u64| vec![unsealed(after.cast_signed(), 1 << 40, 0.0)];
        let (sightings, now) = watched(GRACE.as_secs() + 5, far);
        assert!(!sightings.are_in_time(now));
    }

    #[test]
    fn the_gate_is_shut_for_as_long_as_either_reason_lasts() {
        let gate = Gate::default();
        gate.set(false);
        gate.distrust();
        gate.set(true);
        assert!(!gate.is_open());
        gate.trust();
        assert!(gate.is_open());
    }
}
