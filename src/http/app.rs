//! What every request may use: shared by all workers, composed in [`server`](crate::server).

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use actix_web::HttpRequest;
use actix_web::web::Data;

use super::admission::Admission;
use super::docs::Description;
use super::metrics::Metrics;
use super::protected_resource::ProtectedResource;
use super::sandbox::Sandbox;
use crate::auth::TokenDesk;
use crate::clock::Clock;
use crate::config::{ConsoleConfig, HttpLimits};
use crate::policy::Policy;
use crate::register::Nodes;
use crate::service::{Auditors, Citizens, Log, Office, RegisterFeed, Sessions, TransparencyLog};
use crate::telemetry::Traces;

/// The service behind the routes.
#[derive(Clone, Debug)]
pub struct App {
    /// Questions about a person.
    pub citizens: Citizens,
    /// The register's own feed.
    pub feed: RegisterFeed,
    /// Agencies, clients, procedures, agreements, officers.
    pub office: Office,
    /// What auditors read.
    pub auditors: Auditors,
    /// What anybody may see of the log.
    pub transparency: TransparencyLog,
    /// Who is signed in to the console.
    pub sessions: Sessions,
    /// How auditors sign in to the console.
    pub console: Arc<ConsoleConfig>,
    /// Seconds that one step of an auditor's question may take.
    pub search_timeout_s: u32,
    /// Where refusals are recorded that come before any use case.
    pub log: Log,
    /// Who may ask.
    pub policy: Arc<Policy>,
    /// The time.
    pub clock: Clock,
    /// What is counted.
    pub metrics: Metrics,
    /// What is traced, where anything is.
    pub traces: Option<Traces>,
    /// Limits on what is taken.
    pub limits: HttpLimits,
    /// How much is let in at once.
    pub admission: Admission,
    /// What is said of the API.
    pub description: Arc<Description>,
    /// What is said of the service to OAuth clients.
    pub protected_resource: Arc<ProtectedResource>,
    /// What can be tried, in a demonstration.
    pub sandbox: Option<Arc<Sandbox>>,
    /// Proxies whose `Forwarded` header is believed.
    pub trusted_proxies: Arc<[IpAddr]>,
    /// Whether requests may be sent here.
    pub readiness: Readiness,
}

/// Whether the process wants requests: not before it has begun, not once it is ending.
#[derive(Clone, Debug, Default)]
pub struct Readiness(Arc<AtomicU8>);

impl Readiness {
    const READY: u8 = 1;
    const ENDING: u8 = 2;

    /// Says that requests are wanted.
    pub fn begin(&self) {
        self.0.store(Self::READY, Ordering::Release);
    }

    /// Says that they are wanted no more: what comes all the same is answered, and its connection
    /// closed with the answer.
    pub fn end(&self) {
        self.0.store(Self::ENDING, Ordering::Release);
    }

    /// Whether requests are wanted.
    pub fn is_ready(&self) -> bool {
        self.0.load(Ordering::Acquire) == Self::READY
    }

    /// Whether every answer is the last of its connection.
    pub(super) fn is_ending(&self) -> bool {
        self.0.load(Ordering::Acquire) == Self::ENDING
    }
}

impl App {
    /// The service as one worker has it. Called on the worker's thread, where its log tells what is
    /// durable, and where the register is read, if it has nodes of its own and a number of readers.
    pub fn of_worker(&self, own: Option<(Nodes, usize)>) -> Self {
        let (log, telling) = self.log.of_thread();
        actix_web::rt::spawn(telling);
        let mut citizens = self.citizens.recording_in(log.clone());
        if let Some((nodes, readers)) = own {
            let reading;
            (citizens, reading) = citizens.reading_from(nodes, readers);
            actix_web::rt::spawn(reading);
        }
        Self {
            citizens,
            log,
            ..self.clone()
        }
    }

    /// The service, from a request to it.
    pub(super) fn of(request: &HttpRequest) -> Data<Self> {
        Data::clone(
            request
                .app_data()
                .expect("every application is built with its `App`"),
        )
    }
}

/// The worker's desk for tokens.
pub(super) fn desk(request: &HttpRequest) -> &TokenDesk {
    request
        .app_data::<std::rc::Rc<TokenDesk>>()
        .expect("every application is built with its worker's desk")
}
