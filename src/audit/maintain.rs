//! Keeping the partitions: made ahead of time, dropped when their retention is over.
//!
//! Runs in a role of its own that has no right on any entry: it calls functions of the schema's
//! owner, which refuse to drop what is younger than the least retention.

use std::time::Duration;

use jiff::ToSpan;
use jiff::civil::Date;

use crate::clock::Clock;
use crate::store::{self, Database, Detached, Role};

/// What was done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Maintained {
    /// Days whose partition was made.
    pub made: Vec<Date>,
    /// Days whose partition was dropped.
    pub dropped: Vec<Date>,
    /// Days whose partition should have gone, but somebody reads the log, for longer than was waited.
    pub busy: Vec<Date>,
    /// Days whose partition should have gone, but not all of their entries are sealed.
    pub unsealed: Vec<Date>,
}

impl Maintained {
    /// Whether no day is left whose retention is over.
    pub fn is_whole(&self) -> bool {
        self.busy.is_empty() && self.unsealed.is_empty()
    }
}

/// How a log that is being read is waited for. Each attempt keeps writers waiting for 100 ms at most, so there is
/// a pause in between.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// How often it is tried again, for all days together.
    pub tries: u32,
    /// The pause before that.
    pub pause: Duration,
}

impl Patience {
    /// It is tried once.
    pub const NONE: Self = Self {
        tries: 0,
        pause: Duration::ZERO,
    };

    /// About a minute: steps and pages are over by then, a verification or a dump is not.
    pub const NIGHTLY: Self = Self {
        tries: 20,
        pause: Duration::from_secs(3),
    };
}

/// Why the partitions could not be kept.
#[derive(Debug, thiserror::Error)]
pub enum MaintainError {
    /// The retention is shorter than the schema's least.
    #[error(
        "a retention of {asked} days is less than the {least} the schema keeps; its owner can change audit.retention"
    )]
    Retention {
        /// The days asked for.
        asked: u16,
        /// The days the schema keeps.
        least: i32,
    },
    /// A day outside the calendar.
    #[error("the partitions would lie outside the calendar")]
    Calendar(#[from] jiff::Error),
    /// The database.
    #[error("the partitions could not be kept")]
    Store(#[from] store::Error),
}

/// Makes the partitions of today and `ahead_days` more, and drops those of days more than
/// `retention_days` ago. None keeps everything.
pub async fn maintain(
    database: &Database,
    clock: &Clock,
    ahead_days: u16,
    retention_days: Option<u16>,
) -> Result<Maintained, MaintainError> {
    maintain_patiently(database, clock, ahead_days, retention_days, Patience::NONE).await
}

/// The same, trying again while somebody reads the log.
pub async fn maintain_patiently(
    database: &Database,
    clock: &Clock,
    ahead_days: u16,
    retention_days: Option<u16>,
    patience: Patience,
) -> Result<Maintained, MaintainError> {
    let store = database.store(Role::Maintain, 1);
    let today = clock.today();
    let mut done = Maintained::default();
    for ahead in 0..=i64::from(ahead_days) {
        let day = today.checked_add(ahead.days())?;
        if store.create_partition(day).await? {
            done.made.push(day);
        }
    }
    let Some(retention) = retention_days else {
        return Ok(done);
    };
    let least = store.minimum_days().await?;
    if i32::from(retention) < least {
        return Err(MaintainError::Retention {
            asked: retention,
            least,
        });
    }
    let mut tries = patience.tries;
    let oldest = today.checked_sub(i64::from(retention).days())?;
    for partition in store.partitions().await? {
        if partition.day >= oldest {
            continue;
        }
        // What is not attached was taken out by a run that ended before it could drop it.
        if partition.attached {
            let mut detached = store.detach_partition(partition.day).await?;
            while detached == Detached::Busy && tries > 0 {
                tries -= 1;
                #[expect(
                    clippy::disallowed_methods,
                    reason = "whoever reads the log tells nobody when they are done"
                )]
                tokio::time::sleep(patience.pause).await;
                detached = store.detach_partition(partition.day).await?;
            }
            match detached {
                Detached::Done => {}
                Detached::Busy => {
                    done.busy.push(partition.day);
                    continue;
                }
                Detached::Unsealed => {
                    done.unsealed.push(partition.day);
                    continue;
                }
            }
        }
        store.drop_partition(partition.day).await?;
        done.dropped.push(partition.day);
    }
    Ok(done)
}
