//! Following the months' keys while the lanes are open: generations that other processes make, and
//! the next month's.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, MissedTickBehavior, interval_at};

use super::lane::told;
use super::lanes::Shared;

/// Between two looks. A rotation is in force everywhere within a minute; two small reads are cheap.
const INTERVAL: Duration = Duration::from_secs(5);
/// How long one look may take.
const LIMIT: Duration = Duration::from_secs(5);
/// After how many looks that failed the log says so again: an hour's.
const REMIND: u32 = 720;

/// Keeps the keys up to date until the process closes its lanes.
pub(super) async fn follow_keys(shared: Arc<Shared>, mut closing: watch::Receiver<bool>) {
    let mut looks = interval_at(Instant::now() + INTERVAL, INTERVAL);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut failed = 0_u32;
    loop {
        tokio::select! {
            _ = looks.tick() => {}
            () = told(&mut closing) => return,
        }
        let look = shared.keys.prepare(shared.clock.now());
        match tokio::time::timeout(LIMIT, look).await {
            Ok(Ok(())) => failed = 0,
            Ok(Err(error)) => {
                if failed.is_multiple_of(REMIND) {
                    let error: &dyn std::error::Error = &error;
                    tracing::error!(error, "the months' keys were not brought up to date");
                }
                failed = failed.wrapping_add(1);
            }
            Err(_) => tracing::warn!("the months' keys were not read in time"),
        }
    }
}
