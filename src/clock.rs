//! The only place that reads the time and the operating system's randomness.
//!
//! Both are parameters everywhere else, so that tests freeze the one and replay the other.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::{Timestamp, civil::Date, tz::TimeZone};

mod pool;

pub use pool::{Pool, random_id};

/// The time of day, handed to whatever needs it.
#[derive(Clone, Debug, Default)]
pub struct Clock(Source);

#[derive(Clone, Default)]
enum Source {
    #[default]
    System,
    /// Milliseconds since the epoch, moved by hand.
    Frozen(Arc<AtomicI64>),
    /// Whatever that says.
    Told(Arc<dyn Fn() -> Timestamp + Send + Sync>),
}

impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::System => "System",
            Self::Frozen(_) => "Frozen",
            Self::Told(_) => "Told",
        })
    }
}

impl Clock {
    /// A clock that stands still until [`Clock::set`] moves it.
    pub fn frozen(at: Timestamp) -> Self {
        Self(Source::Frozen(Arc::new(AtomicI64::new(
            at.as_millisecond(),
        ))))
    }

    /// A clock that shows what it is told by that.
    pub fn told_by(tell: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Self(Source::Told(Arc::new(tell)))
    }

    /// Moves a frozen clock, for all who hold it. No other clock does move.
    pub fn set(&self, to: Timestamp) {
        if let Source::Frozen(at) = &self.0 {
            at.store(to.as_millisecond(), Ordering::SeqCst);
        }
    }

    /// The time now, to the millisecond where the clock is frozen.
    pub fn now(&self) -> Timestamp {
        match &self.0 {
            #[expect(
                clippy::disallowed_methods,
                reason = "the one place that reads the clock"
            )]
            Source::System => Timestamp::now(),
            Source::Frozen(at) => Timestamp::from_millisecond(at.load(Ordering::SeqCst))
                .expect("a frozen clock was set from a timestamp"),
            Source::Told(tell) => tell(),
        }
    }

    /// Today in Vietnam, where the law's days begin and end.
    pub fn today(&self) -> Date {
        vietnam_day(self.now())
    }
}

/// The day in Vietnam at that moment (UTC+7 since 1975, no daylight saving).
pub fn vietnam_day(at: Timestamp) -> Date {
    const VIETNAM: TimeZone = TimeZone::fixed(jiff::tz::offset(7));
    VIETNAM.to_datetime(at).date()
}

/// Fills `bytes` with randomness fit for keys and nonces.
pub fn random(bytes: &mut [u8]) {
    aws_lc_rs::rand::fill(bytes).expect("the operating system's randomness does not fail");
}
