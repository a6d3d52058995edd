//! The auditors' console: pages for people, in Vietnamese and English, over the same use cases as the
//! interface for programs. Not here: anything about the log that the interface would not answer to the
//! same token.
//!
//! Pages work without scripts. Whoever reads one leaves an entry, as with the interface, before the
//! page leaves. `docs/adr/0024-console.md` says how auditors sign in.

mod asked;
mod chart;
pub mod entry;
pub mod files;
mod form;
mod format;
mod language;
mod layout;
pub mod log;
mod names;
pub mod numbers;
mod origin;
mod problems;
mod proof;
pub mod search;
mod session;
pub mod sign;
pub mod signals;
mod vocabulary;
mod words;

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse};

use super::call::Call;
use super::envelope::Envelope;
use super::problem::Problem;
use crate::domain::entry::Operation;
use crate::domain::scope::OperationScope;

pub use problems::problem;

/// Where the console is.
const HOME: &str = "/console";

/// Either lets an auditor in.
const SCOPES: [OperationScope; 2] = [OperationScope::AuditRead, OperationScope::AuditReadAgency];

/// Whether whoever asked expects a page of the console, also where there is none.
pub fn is_its(request: &HttpRequest) -> bool {
    request.path().strip_prefix(HOME).is_some_and(is_end)
}

/// Whether a path that begins with [`HOME`] is the console's, and not only begins alike.
fn is_end(rest: &str) -> bool {
    rest.is_empty() || rest.starts_with(['/', '?'])
}

/// A call of whoever is signed in. A session that does not do any more is ended.
async fn open(
    request: HttpRequest,
    envelope: Envelope,
    operation: Operation,
) -> Result<Call, Problem> {
    session::open(request, envelope, operation).await
}

/// Another page of the console is to be read.
fn see_other(address: &str) -> HttpResponse {
    let mut answer = HttpResponse::SeeOther();
    answer
        .insert_header((header::LOCATION, address))
        .insert_header((header::CACHE_CONTROL, "no-store"));
    answer.finish()
}
