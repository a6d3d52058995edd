//! What the service held in memory.

use serde::Serialize;

use crate::stage::Stage;

/// How many records must be cached for the rest not to count.
const MANY: f64 = 10_000.0;

/// Bytes of memory.
#[derive(Debug, Serialize)]
pub struct Memory {
    /// Of the service before it was asked anything.
    pub at_start: f64,
    /// Of the service at the end of a stage, at most.
    pub greatest: f64,
    /// Values in the cache when it held the most.
    pub cached: f64,
    /// What the cache counted for one of them.
    pub counted_each: f64,
    /// What the service held more than at its start, for one of them: other things, too. None where so
    /// few were cached that the others would be most of it.
    pub held_each: Option<f64>,
}

impl Memory {
    /// At the ends of those stages.
    pub fn new(at_start: f64, stages: &[Stage]) -> Self {
        let stages = || {
            stages
                .iter()
                .filter(|stage| stage.workload.peer().is_none())
        };
        let greatest = stages().map(|stage| stage.resident_bytes);
        let fullest = stages().max_by(|a, b| a.cached.total_cmp(&b.cached));
        let each = |of: fn(&Stage) -> f64, less: f64| {
            fullest.map_or(0.0, |stage| (of(stage) - less) / stage.cached)
        };
        let cached = fullest.map_or(0.0, |stage| stage.cached);
        Self {
            at_start,
            greatest: greatest.fold(0.0, f64::max),
            cached,
            counted_each: each(|stage| stage.cached_bytes, 0.0),
            held_each: (cached >= MANY).then(|| each(|stage| stage.resident_bytes, at_start)),
        }
    }
}
