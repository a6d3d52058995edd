//! The only user of actix: routes, calls, problem documents and pages.
//!
//! Every request runs inside an [`envelope`], which gives it its id, turns what it failed with into
//! a problem document, counts it and writes its line in the log. Handlers are short: they open a
//! [`Call`](call::Call), read a body, call one verb of [`service`](crate::service) and write the
//! answer.

mod access;
mod address;
mod admission;
mod app;
mod body;
mod call;
mod console;
mod docs;
mod envelope;
mod head;
mod log;
mod metrics;
pub mod openapi;
pub mod ops;
mod owed;
mod pages;
pub mod problem;
mod problem_pages;
mod protected_resource;
mod routes;
mod sandbox;
mod v1;
mod witness;

pub use admission::{Admission, Connections};
pub use app::{App, Readiness};
pub use body::limits;
pub use docs::Description;
pub use metrics::Metrics;
pub use protected_resource::ProtectedResource;
pub use routes::{ROUTES, Route, configure};
pub use sandbox::{Sandbox, Section, Text, Trial};
pub use witness::{WitnessApp, configure as configure_witness};
