//! What is let in while much is asked: connections and requests under way are counted, and beyond their
//! limits refused at once. Not here: how much may wait for the audit log, which bounds itself.
//!
//! A refusal costs little: no token is verified for it, no body parsed, and its connection stays open,
//! for clients that connect again all at once would be the next load. `docs/adr/0030-admission.md` says
//! why places are counted, and not times.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use actix_web::HttpRequest;
use actix_web::dev::Extensions;
use prometheus::IntGauge;

use super::metrics::Metrics;
use crate::config::HttpLimits;

/// How many may be signing in to the console: auditors do so once or twice a day.
const ENTRANCE: usize = 16;

/// Whose places a request takes, so that none of them keeps out another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// A question about a person.
    Question,
    /// Auditors, administrators and the register's feed.
    Office,
    /// Whoever signs in to the console, of whom nothing is known while the form is read.
    Entrance,
    /// Onlookers of the transparency log.
    Onlooker,
    /// Answered from memory whatever else is going on: health, descriptions, problems.
    Free,
}

impl Class {
    /// That of a path.
    pub const fn of(path: &str) -> Self {
        if begins(path, "/v1/audit/") || begins(path, "/v1/admin/") || begins(path, "/v1/register/")
        {
            Self::Office
        } else if begins(path, "/v1/") {
            Self::Question
        } else if begins(path, "/console/files/") {
            Self::Free
        } else if begins(path, "/console/sign-in") {
            Self::Entrance
        } else if begins(path, "/console") {
            Self::Office
        } else if begins(path, "/log/") {
            Self::Onlooker
        } else {
            Self::Free
        }
    }
}

const fn begins(path: &str, beginning: &str) -> bool {
    let (path, beginning) = (path.as_bytes(), beginning.as_bytes());
    let mut at = 0;
    while at < beginning.len() {
        if at >= path.len() || path[at] != beginning[at] {
            return false;
        }
        at += 1;
    }
    true
}

/// Why a request was refused for being too much.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shed {
    /// Its connection is one too many.
    Connections,
    /// Too many questions are under way.
    InFlight,
    /// Too much of auditors, administrators and the register's feed.
    InFlightOffice,
    /// Too much of who signs in.
    InFlightSignIn,
    /// Too much of onlookers.
    InFlightLog,
    /// Too many entries wait for the audit log, or one has waited too long.
    AuditQueue,
    /// Too many tokens that are not known.
    Tokens,
    /// It was not decided in time.
    Deadline,
}

impl Shed {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Connections,
        Self::InFlight,
        Self::InFlightOffice,
        Self::InFlightSignIn,
        Self::InFlightLog,
        Self::AuditQueue,
        Self::Tokens,
        Self::Deadline,
    ];

    /// Its word in the metric.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Connections => "connections",
            Self::InFlight => "in_flight",
            Self::InFlightOffice => "in_flight_office",
            Self::InFlightSignIn => "in_flight_sign_in",
            Self::InFlightLog => "in_flight_log",
            Self::AuditQueue => "audit_queue",
            Self::Tokens => "tokens",
            Self::Deadline => "deadline",
        }
    }
}

/// Places for requests, the same for all workers of a process.
#[derive(Clone, Debug)]
pub struct Admission {
    questions: Places,
    office: Places,
    entrance: Places,
    onlookers: Places,
    under_way: IntGauge,
}

#[derive(Clone, Debug)]
struct Places {
    limit: usize,
    taken: Arc<AtomicUsize>,
    beyond: Shed,
}

impl Places {
    fn new(limit: usize, beyond: Shed) -> Self {
        Self {
            limit,
            taken: Arc::default(),
            beyond,
        }
    }

    /// Takes one, if one is left.
    fn take(&self) -> Result<&AtomicUsize, Shed> {
        if self.taken.fetch_add(1, Ordering::Relaxed) < self.limit {
            return Ok(&self.taken);
        }
        self.taken.fetch_sub(1, Ordering::Relaxed);
        Err(self.beyond)
    }
}

impl Admission {
    /// As many places as the limits say.
    pub fn new(limits: &HttpLimits, metrics: &Metrics) -> Self {
        Self {
            questions: Places::new(limits.in_flight, Shed::InFlight),
            office: Places::new(limits.in_flight_office, Shed::InFlightOffice),
            entrance: Places::new(ENTRANCE, Shed::InFlightSignIn),
            onlookers: Places::new(limits.in_flight_log, Shed::InFlightLog),
            under_way: metrics.in_flight.clone(),
        }
    }

    /// A place for a request of that class, for as long as it is held; or why there is none.
    pub(super) fn enter(&self, class: Class) -> Result<Place<'_>, Shed> {
        let taken = match class {
            Class::Question => Some(self.questions.take()?),
            Class::Office => Some(self.office.take()?),
            Class::Entrance => Some(self.entrance.take()?),
            Class::Onlooker => Some(self.onlookers.take()?),
            Class::Free => None,
        };
        self.under_way.inc();
        Ok(Place {
            taken,
            under_way: &self.under_way,
        })
    }
}

/// A place that is taken.
#[derive(Debug)]
pub(super) struct Place<'a> {
    taken: Option<&'a AtomicUsize>,
    under_way: &'a IntGauge,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.under_way.dec();
        if let Some(taken) = self.taken {
            taken.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

/// The connections of a process.
#[derive(Clone, Debug)]
pub struct Connections {
    limit: usize,
    open: Arc<AtomicUsize>,
    gauge: IntGauge,
}

impl Connections {
    /// At most so many.
    pub fn new(limits: &HttpLimits, metrics: &Metrics) -> Self {
        Self {
            limit: limits.connections,
            open: Arc::default(),
            gauge: metrics.connections.clone(),
        }
    }

    /// Counts one, from when it opens until what was put beside it is dropped with it.
    pub fn opened(&self, beside: &mut Extensions) {
        let is_beyond = self.open.fetch_add(1, Ordering::Relaxed) >= self.limit;
        self.gauge.inc();
        beside.insert(Opened {
            is_beyond,
            connections: self.clone(),
        });
    }
}

/// A connection that is open.
#[derive(Debug)]
struct Opened {
    is_beyond: bool,
    connections: Connections,
}

impl Drop for Opened {
    fn drop(&mut self) {
        self.connections.gauge.dec();
        self.connections.open.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Whether the connection of a request is one too many: it may ask once, and is closed.
pub(super) fn is_beyond(request: &HttpRequest) -> bool {
    request
        .conn_data::<Opened>()
        .is_some_and(|connection| connection.is_beyond)
}

#[cfg(test)]
mod tests {
    use prometheus::Registry;

    use super::*;

    fn admission() -> Admission {
        let limits = HttpLimits {
            in_flight: 2,
            in_flight_office: 1,
            ..HttpLimits::default()
        };
        let metrics = Metrics::register(&Registry::new()).unwrap();
        Admission::new(&limits, &metrics)
    }

    #[test]
    fn a_place_is_free_again_when_it_is_left() {
        let admission = admission();
        let first = admission.enter(Class::Question).unwrap();
        let second = admission.enter(Class::Question).unwrap();
        for _ in 0..3 {
            let third = admission.enter(Class::Question).map(|_| ());
            assert_eq!(third, Err(Shed::InFlight));
        }
        assert_eq!(admission.under_way.get(), 2);
        drop(first);
        let third = admission.enter(Class::Question).unwrap();
        assert!(admission.enter(Class::Question).is_err());
        drop((second, third));
        assert_eq!(admission.under_way.get(), 0);
    }

    #[test]
    fn no_class_takes_the_places_of_another() {
        let admission = admission();
        let _one = admission.enter(Class::Office).unwrap();
        let other = admission.enter(Class::Office).map(|_| ());
        assert_eq!(other, Err(Shed::InFlightOffice));
        for class in [
            Class::Question,
            Class::Entrance,
            Class::Onlooker,
            Class::Free,
        ] {
            assert!(admission.enter(class).is_ok(), "{class:?}");
        }
        let _free: Vec<_> = (0..1000).map(|_| admission.enter(Class::Free)).collect();
        assert!(admission.enter(Class::Question).is_ok());
    }

    #[test]
    fn every_route_has_the_places_of_whoever_asks() {
        for (path, class) in [
            ("/v1/verify", Class::Question),
            ("/v1/verify/batch", Class::Question),
            ("/v1/lookup", Class::Question),
            ("/v1/prefill", Class::Question),
            ("/v1/me", Class::Question),
            ("/v1/register/changes", Class::Office),
            ("/v1/audit/export", Class::Office),
            ("/v1/admin/clients/{id}", Class::Office),
            ("/console", Class::Office),
            ("/console/search", Class::Office),
            ("/console/sign-in", Class::Entrance),
            ("/console/sign-out", Class::Office),
            ("/console/files/{file}", Class::Free),
            ("/log/checkpoint", Class::Onlooker),
            ("/log/tile/{tile_path}", Class::Onlooker),
            ("/health/ready", Class::Free),
            ("/openapi.json", Class::Free),
            ("/problems/{code}", Class::Free),
            ("", Class::Free),
        ] {
            assert_eq!(Class::of(path), class, "{path}");
        }
    }
}
