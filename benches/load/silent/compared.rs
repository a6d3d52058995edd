//! Two heaps of times: how far apart their middles are, and how often one of this is longer than one
//! of that.

use serde::Serialize;

use crate::statistics::percentile;

/// How far apart the middles may be, as a share.
const APART: f64 = 0.02;
/// How far the area may be from a half.
const OFF: f64 = 0.02;

/// Times of people who exist beside times of numbers nobody has.
#[derive(Clone, Debug, Serialize)]
pub struct Compared {
    /// What was wrong of those who exist.
    pub reason: &'static str,
    /// Whether they were answered from memory.
    pub cached: bool,
    /// Pairs.
    pub pairs: usize,
    /// Microseconds, in the middle, of numbers nobody has.
    pub unknown_us: f64,
    /// Of people who exist.
    pub known_us: f64,
    /// By which share the second is longer.
    pub apart: f64,
    /// How often one of the second is longer than one of the first (Mann and Whitney's U as a share
    /// of all pairs): a half where nothing is to be told.
    pub auc: f64,
    /// Whether both are within their bounds.
    pub passed: bool,
}

impl Compared {
    /// Compares nanoseconds.
    pub fn new(
        reason: &'static str,
        cached: bool,
        mut unknown: Vec<u64>,
        mut known: Vec<u64>,
    ) -> Self {
        unknown.sort_unstable();
        known.sort_unstable();
        let middle = |sorted: &[u64]| percentile(sorted, 0.5) as f64 / 1000.0;
        let (unknown_us, known_us) = (middle(&unknown), middle(&known));
        let apart = known_us / unknown_us - 1.0;
        let auc = auc(&unknown, &known);
        Self {
            reason,
            cached,
            pairs: known.len(),
            unknown_us,
            known_us,
            apart,
            auc,
            passed: apart.abs() < APART && (auc - 0.5).abs() <= OFF,
        }
    }
}

/// How often one of `those` is greater than one of `these`, both sorted; equal ones count half.
fn auc(these: &[u64], those: &[u64]) -> f64 {
    let wins: f64 = those
        .iter()
        .map(|that| {
            let below = these.partition_point(|this| this < that);
            let not_above = these.partition_point(|this| this <= that);
            f64::midpoint(below as f64, not_above as f64)
        })
        .sum();
    wins / (these.len() as f64 * those.len() as f64)
}
