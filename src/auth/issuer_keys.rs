//! The current key set of one issuer, and how it stays fresh.
//!
//! The last good set serves while its source is silent, but never for more than [`MAX_AGE`]: after
//! that the issuer may have withdrawn keys for all that is known here, and nobody is let in.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use arc_swap::ArcSwap;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::{Mutex, Semaphore};

use super::fetch::{FetchError, Source};
use super::key_set::{KeySet, VerificationKey};
use crate::clock::{self, Clock};

/// How long the last good set serves without having been confirmed.
pub(super) const MAX_AGE: SignedDuration = SignedDuration::from_hours(24);

/// An address is asked at most once in this time, whatever the reason: tokens with unknown keys,
/// whoever sends them, and the refresh in the background.
const ADDRESS_EVERY: Duration = Duration::from_secs(30);

/// How often a file is read again. A key set is small, and comparing its content misses no change.
const FILE_EVERY: Duration = Duration::from_secs(2);

/// The first pause after a failed fetch; it doubles until it reaches the configured interval.
const FIRST_PAUSE: Duration = ADDRESS_EVERY;

/// How often it is said that the source cannot be read, for as long as it cannot.
const SAY_EVERY: SignedDuration = SignedDuration::from_hours(1);

/// How many requests may wait for one fetch. The rest is refused at once.
const SEATS: usize = 64;

/// Before the first good load.
const NEVER: i64 = i64::MIN;

/// One issuer's keys.
#[derive(Debug)]
pub(super) struct IssuerKeys {
    issuer: Arc<str>,
    source: Source,
    set: ArcSwap<KeySet>,
    /// When the set was last confirmed by its source, in milliseconds since the epoch.
    confirmed_at: AtomicI64,
    outage: Outage,
    /// Held while fetching, so that there is one fetch at a time; inside is when the last one began,
    /// that of the start apart: a key that is unknown then may be newer than it.
    turn: Arc<Mutex<Option<Timestamp>>>,
    seats: Semaphore,
}

impl IssuerKeys {
    /// No keys yet.
    pub(super) fn new(issuer: Arc<str>, source: Source) -> Self {
        Self {
            issuer,
            source,
            set: ArcSwap::default(),
            confirmed_at: AtomicI64::new(NEVER),
            outage: Outage::default(),
            turn: Arc::default(),
            seats: Semaphore::new(SEATS),
        }
    }

    /// Whether the keys are a file of this machine.
    pub(super) const fn is_file(&self) -> bool {
        self.source.is_file()
    }

    /// The set, unless it is too old to be believed or was never read.
    pub(super) fn current(&self, now: Timestamp) -> Option<arc_swap::Guard<Arc<KeySet>>> {
        let confirmed_at = self.confirmed_at()?;
        (now.duration_since(confirmed_at) <= MAX_AGE).then(|| self.set.load())
    }

    /// The issuer, as its tokens and the metrics name it.
    pub(super) fn issuer(&self) -> &str {
        &self.issuer
    }

    /// When the set was last confirmed by its source; never, where it was not read since the start.
    pub(super) fn confirmed_at(&self) -> Option<Timestamp> {
        let confirmed_at = self.confirmed_at.load(Ordering::Acquire);
        (confirmed_at != NEVER)
            .then(|| Timestamp::from_millisecond(confirmed_at).ok())
            .flatten()
    }

    /// Whether a key that once verified a token would still do so.
    pub(super) fn vouch_for(&self, key: &Arc<VerificationKey>, now: Timestamp) -> bool {
        self.current(now).is_some_and(|set| set.holds(key))
    }

    /// Reads the source once. On failure the set stays as it was.
    pub(super) async fn load(&self, now: Timestamp) -> Result<(), FetchError> {
        let loaded = match self.source.read().await {
            Ok(bytes) => KeySet::parse(&bytes, &self.set.load()).map_err(FetchError::NotAKeySet),
            Err(error) => Err(error),
        };
        match loaded {
            Ok((set, left_out)) => {
                self.take(set, &left_out, now);
                Ok(())
            }
            Err(error) => {
                // Not at each attempt.
                if self.outage.is_to_be_said(now) {
                    self.say(&error, now);
                }
                Err(error)
            }
        }
    }

    fn say(&self, error: &FetchError, now: Timestamp) {
        let (issuer, error) = (&*self.issuer, error as &dyn std::error::Error);
        if self.current(now).is_some() {
            tracing::warn!(
                issuer,
                error,
                "keys cannot be refreshed: the last good set serves for at most 24 hours"
            );
        } else {
            tracing::warn!(
                issuer,
                error,
                "keys cannot be read: no token of this issuer is believed"
            );
        }
    }

    fn take(&self, set: KeySet, left_out: &[&'static str], now: Timestamp) {
        let recovered = self.outage.end();
        let first = self.confirmed_at.load(Ordering::Acquire) == NEVER;
        if first || recovered || *self.set.load().as_ref() != set {
            tracing::info!(issuer = &*self.issuer, keys = set.len(), "keys loaded");
            for reason in left_out {
                tracing::warn!(issuer = &*self.issuer, reason, "a key was left out");
            }
        }
        self.set.store(Arc::new(set));
        self.confirmed_at
            .store(now.as_millisecond(), Ordering::Release);
    }

    /// Called when a token names a key that is not in the set: `true` when it is there now.
    ///
    /// Whoever comes during a fetch waits for it; the fetch itself goes on when its caller gives up,
    /// because the next one is 30 seconds away.
    pub(super) async fn learn(self: &Arc<Self>, key_name: &str, now: Timestamp) -> bool {
        let Ok(_seat) = self.seats.try_acquire() else {
            return false;
        };
        let mut turn = Arc::clone(&self.turn).lock_owned().await;
        if self.knows(key_name, now) {
            return true;
        }
        if is_too_soon(*turn, now) {
            return false;
        }
        *turn = Some(now);
        let keys = Arc::clone(self);
        let fetch = tokio::spawn(async move {
            let loaded = keys.load(now).await;
            drop(turn);
            loaded
        });
        // The reason of a failure was noted by the load itself.
        matches!(fetch.await, Ok(Ok(()))) && self.knows(key_name, now)
    }

    fn knows(&self, key_name: &str, now: Timestamp) -> bool {
        self.current(now).is_some_and(|set| set.knows(key_name))
    }

    /// Reads the source again and again, until dropped.
    pub(super) async fn keep_fresh(&self, clock: &Clock, interval: Duration) {
        let mut failures = u32::from(self.outage.is_on());
        loop {
            let mut dice = [0; 2];
            clock::random(&mut dice);
            let pause = pause(self.is_file(), failures, interval, u16::from_le_bytes(dice));
            #[expect(
                clippy::disallowed_methods,
                reason = "neither a file nor an issuer tells when keys change"
            )]
            tokio::time::sleep(pause).await;
            failures = if self.refresh(clock.now()).await {
                0
            } else {
                failures.saturating_add(1)
            };
        }
    }

    /// Reads the source in the background's turn; whether the set is as its source has it. An address
    /// that an unknown key has just had asked is not asked again: it has told what there is.
    async fn refresh(&self, now: Timestamp) -> bool {
        let mut turn = self.turn.lock().await;
        if !self.is_file() {
            if is_too_soon(*turn, now) {
                return !self.outage.is_on();
            }
            *turn = Some(now);
        }
        self.load(now).await.is_ok()
    }
}

/// Whether the source cannot be read, and when that was said last, in milliseconds since the epoch.
#[derive(Debug)]
struct Outage(AtomicI64);

impl Default for Outage {
    fn default() -> Self {
        Self(AtomicI64::new(NEVER))
    }
}

impl Outage {
    fn is_on(&self) -> bool {
        self.0.load(Ordering::Relaxed) != NEVER
    }

    /// Notes a failure. It is said when it is the first, and then every hour: who looks at a log looks at its end.
    fn is_to_be_said(&self, now: Timestamp) -> bool {
        let said = self.0.load(Ordering::Relaxed);
        let is_due = said == NEVER
            || Timestamp::from_millisecond(said)
                .is_ok_and(|said| now.duration_since(said) >= SAY_EVERY);
        if is_due {
            self.0.store(now.as_millisecond(), Ordering::Relaxed);
        }
        is_due
    }

    /// Notes that it can be read; whether it could not before.
    fn end(&self) -> bool {
        self.0.swap(NEVER, Ordering::Relaxed) != NEVER
    }
}

/// Whether the last fetch was less than [`ADDRESS_EVERY`] ago.
fn is_too_soon(last: Option<Timestamp>, now: Timestamp) -> bool {
    let every = SignedDuration::try_from(ADDRESS_EVERY).expect("half a minute");
    last.is_some_and(|last| now.duration_since(last) < every)
}

/// How long to wait before the next read: replicas and issuers are kept from falling into step by a
/// tenth up or down, drawn by `dice`. An address is never asked too soon for that.
fn pause(is_file: bool, failures: u32, interval: Duration, dice: u16) -> Duration {
    let pause = match failures {
        _ if is_file => FILE_EVERY,
        0 => interval,
        n => FIRST_PAUSE
            .saturating_mul(1 << (n - 1).min(10))
            .min(interval),
    };
    let least = if is_file {
        Duration::ZERO
    } else {
        ADDRESS_EVERY
    };
    pause
        .mul_f64(0.9 + 0.2 * f64::from(dice) / f64::from(u16::MAX))
        .max(least)
}

#[cfg(test)]
mod tests {
    use wiremock::matchers::any;
    use wiremock::{Mock, MockServer, ResponseTemplate};

    use super::super::testing::{EC, ISSUER, NOW, jwks};
    use super::*;
    use crate::config::auth::JwksSource;

    #[test]
    fn pauses_double_after_failures_up_to_the_interval_and_are_never_in_step() {
        let interval = Duration::from_secs(300);
        let middle = u16::MAX / 2;
        let seconds = |failures| {
            pause(false, failures, interval, middle)
                .as_secs_f64()
                .round()
        };

        assert_eq!(
            [0, 1, 2, 3, 4, 5, 40].map(seconds),
            [300.0, 30.0, 60.0, 120.0, 240.0, 300.0, 300.0]
        );
        assert_eq!(pause(false, 0, interval, 0), Duration::from_secs(270));
        assert_eq!(
            pause(false, 0, interval, u16::MAX),
            Duration::from_secs(330)
        );
        assert_eq!(pause(true, 7, interval, middle).as_secs_f64().round(), 2.0);
    }

    #[test]
    fn an_outage_is_said_at_its_beginning_and_every_hour() {
        let outage = Outage::default();
        let after = |minutes| NOW + SignedDuration::from_mins(minutes);
        assert!(!outage.is_on());
        let said = [0, 1, 59, 60, 61, 119, 120].map(|at| outage.is_to_be_said(after(at)));
        assert_eq!(said, [true, false, false, true, false, false, true]);
        assert!(outage.is_on() && outage.end());
        assert!(!outage.is_on() && !outage.end());
        assert!(outage.is_to_be_said(after(121)), "it is another one");
    }

    #[test]
    fn no_pause_before_an_address_is_asked_is_shorter_than_half_a_minute() {
        for (failures, interval) in [(0, 30), (0, 31), (1, 300), (1, 30), (9, 30)] {
            let shortest = pause(false, failures, Duration::from_secs(interval), 0);
            assert_eq!(shortest, ADDRESS_EVERY, "{failures} {interval}");
        }
    }

    /// The keys at an address that counts how often it is asked.
    async fn at_an_address() -> (MockServer, Arc<IssuerKeys>) {
        let server = MockServer::start().await;
        let set = ResponseTemplate::new(200).set_body_string(jwks(&[EC.jwk()]));
        Mock::given(any()).respond_with(set).mount(&server).await;
        let place = JwksSource::parse(&format!("{}/jwks", server.uri())).unwrap();
        let source = Source::open(&place).unwrap();
        (server, Arc::new(IssuerKeys::new(ISSUER.into(), source)))
    }

    async fn asked(server: &MockServer) -> usize {
        server.received_requests().await.unwrap().len()
    }

    #[tokio::test]
    async fn the_background_and_unknown_keys_ask_an_address_once_in_half_a_minute_together() {
        let (server, keys) = at_an_address().await;
        let after = |seconds| NOW + SignedDuration::from_secs(seconds);

        assert!(keys.refresh(NOW).await);
        assert!(!keys.learn("stranger", after(29)).await);
        assert_eq!(asked(&server).await, 1, "the background was there before");
        assert!(!keys.learn("stranger", after(30)).await);
        assert_eq!(asked(&server).await, 2);

        assert!(keys.refresh(after(59)).await, "the set is as good as new");
        assert_eq!(asked(&server).await, 2, "an unknown key was there before");
        assert!(keys.refresh(after(60)).await);
        assert_eq!(asked(&server).await, 3);
    }

    #[tokio::test]
    async fn a_refresh_that_is_left_out_tells_how_the_last_fetch_ended() {
        let (server, keys) = at_an_address().await;
        server.reset().await;
        assert!(!keys.learn("stranger", NOW).await);
        assert!(!keys.refresh(NOW).await, "so the next pause is a short one");
        assert_eq!(asked(&server).await, 1);
    }
}
