//! Following what is searchable, a step at a time, and resting in between so that answers go first.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::ocsf::EventFile;
use super::{Rules, SignalMetrics};
use crate::keys::{self, Keys};
use crate::store::search::Position;
use crate::store::{self, Store};

/// Entries of one step: what they seal is held in memory.
const STEP: i64 = 8192;

/// Between two looks at a log of which everything was looked at.
const LOOK: Duration = Duration::from_millis(500);

/// How long the rest after a step is, in lengths of the step: the share of a connection's time that is
/// left to answers while there is a backlog.
const REST: u32 = 1;

/// After a failure.
const PAUSE: Duration = Duration::from_secs(2);

/// A failure is said when it is new, and then once in so many.
const SAY_AGAIN: u32 = 30;

/// Events written at once.
const TOLD_AT_ONCE: i64 = 500;

/// Looks for signals.
#[derive(Debug)]
pub struct Evaluator {
    store: Store,
    pub(super) register: Store,
    pub(super) keys: Arc<Keys>,
    pub(super) rules: Rules,
    events: Option<EventFile>,
    pub(super) metrics: SignalMetrics,
}

/// Why a step was not made.
#[derive(Debug, thiserror::Error)]
pub(super) enum SignalError {
    /// The log, or what is searched of it, or the register.
    #[error("the database could not be read or written")]
    Store(#[from] store::Error),
    /// The months' keys.
    #[error("the months' keys could not be read")]
    Keys(#[from] keys::Error),
    /// The file of events.
    #[error("the file of events could not be written")]
    File(#[from] std::io::Error),
}

/// What a step came to.
enum Step {
    /// Another process is at it, or holds it up; how old the oldest entry is that was not looked at.
    Another { age_seconds: f64 },
    /// Entries were looked at; of how many, how old the oldest was, and whether more are left.
    Moved {
        entries: u64,
        age_seconds: f64,
        is_more: bool,
    },
}

impl Evaluator {
    /// `store` is a [`follower`](store::Database::follower), `register` reads the register as
    /// [`Role::Service`](store::Role::Service). Events are appended to `ocsf_file`.
    pub fn new(
        store: Store,
        register: Store,
        keys: Arc<Keys>,
        rules: Rules,
        ocsf_file: Option<PathBuf>,
        metrics: SignalMetrics,
    ) -> Self {
        Self {
            store,
            register,
            keys,
            rules,
            events: ocsf_file.map(EventFile::new),
            metrics,
        }
    }

    async fn step(&self) -> Result<Step, SignalError> {
        let Some(step) = self.store.begin_signals().await? else {
            let age_seconds = self.store.signals_age().await?.unwrap_or_default();
            return Ok(Step::Another { age_seconds });
        };
        let rows = step.rows(STEP).await?;
        let is_more = rows.len() as i64 == STEP;
        let reached = match rows.last() {
            Some(last) if is_more => behind(last.position),
            // Nothing else is in between: what is left out there was left out of what is searched.
            Some(_) | None => step.end.max(step.next),
        };
        if reached == step.next {
            step.give_up().await?;
            return Ok(Step::Moved {
                entries: 0,
                age_seconds: 0.0,
                is_more: false,
            });
        }
        let raised = self.signals(&step, &rows).await?;
        let (new, grown) = step.raise(&raised).await?;
        step.finish(reached).await?;
        for (kinds, counter) in [(new, &self.metrics.raised), (grown, &self.metrics.grown)] {
            for kind in kinds {
                counter.with_label_values(&[kind.as_str()]).inc();
            }
        }
        Ok(Step::Moved {
            entries: rows.len() as u64,
            age_seconds: rows.first().map_or(0.0, |row| row.age_seconds),
            is_more,
        })
    }

    /// Writes events that the file lacks: each at least once, for the file is flushed before it is
    /// remembered that they are in it.
    async fn tell(&self) -> Result<(), SignalError> {
        let Some(file) = &self.events else {
            return Ok(());
        };
        // Whose disk hangs must not keep others from looking for signals.
        file.check()?;
        let Some(step) = self.store.begin_signals().await? else {
            return Ok(());
        };
        let untold = step.untold(TOLD_AT_ONCE).await?;
        if untold.is_empty() {
            return Ok(step.give_up().await?);
        }
        file.append(&untold).await?;
        step.tell(&untold).await?;
        step.keep().await?;
        self.metrics.told.inc_by(untold.len() as u64);
        Ok(())
    }
}

/// The next place.
fn behind(position: Position) -> Position {
    Position::from_number(position.number() + 1).unwrap_or(Position::LAST)
}

/// Looks for signals for as long as it is polled, wherever no other process does.
#[expect(
    clippy::disallowed_methods,
    reason = "a rest is a rest: what is new shows in the table that is looked at"
)]
pub async fn evaluate(evaluator: Evaluator) {
    let metrics = evaluator.metrics.clone();
    let (mut failed, mut untold) = (0, 0);
    loop {
        let begun = Instant::now();
        let rest = match evaluator.step().await {
            Ok(Step::Another { age_seconds }) => {
                metrics.lag_seconds.set(age_seconds);
                LOOK
            }
            Ok(Step::Moved {
                entries,
                age_seconds,
                is_more,
            }) => {
                metrics.entries.inc_by(entries);
                metrics.lag_seconds.set(age_seconds);
                if is_more {
                    begun.elapsed() * REST
                } else {
                    LOOK
                }
            }
            Err(error) => {
                metrics.failures.inc();
                say(failed, &error, "signals are not looked for");
                failed += 1;
                tokio::time::sleep(PAUSE).await;
                continue;
            }
        };
        failed = 0;
        match evaluator.tell().await {
            Ok(()) => untold = 0,
            Err(error) => {
                metrics.tell_failures.inc();
                say(untold, &error, "signals are not told");
                untold += 1;
            }
        }
        tokio::time::sleep(rest).await;
    }
}

fn say(times: u32, error: &SignalError, what: &'static str) {
    if times.is_multiple_of(SAY_AGAIN) {
        let error: &dyn std::error::Error = error;
        tracing::error!(error, "{what}");
    }
}
