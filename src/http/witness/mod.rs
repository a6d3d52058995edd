//! A witness's routes: `add-checkpoint` (C2SP tlog-witness), and what it cosigned for whoever asks.
//!
//! They are a program of their own, not part of the service, so they share neither its envelope nor
//! its problem documents: witnesses answer in plain text.

mod add_checkpoint;
mod read;

use actix_web::HttpResponse;
use actix_web::http::{StatusCode, header};
use actix_web::web::{self, Data, ServiceConfig};

use crate::clock::Clock;
use crate::witness::Witness;

/// What the routes need.
#[derive(Debug)]
pub struct WitnessApp {
    /// The witness.
    pub witness: Witness,
    /// The time its cosignatures say.
    pub clock: Clock,
}

/// Adds the routes. A path that is none of theirs is answered 404, another method 405.
pub fn configure(config: &mut ServiceConfig, app: Data<WitnessApp>) {
    config
        .app_data(app)
        .route("/", web::get().to(read::about))
        .route("/health/live", web::get().to(read::live))
        .route("/{origin_hash}/checkpoint", web::get().to(read::checkpoint))
        .service(web::resource("/add-checkpoint").route(web::post().to(add_checkpoint::handle)));
}

fn plain(status: StatusCode, text: String) -> HttpResponse {
    HttpResponse::build(status)
        .insert_header((header::CONTENT_TYPE, "text/plain; charset=utf-8"))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .body(text)
}

/// A fault of ours, whose place is in the log.
fn failed() -> HttpResponse {
    let text = "the witness failed\n".into();
    plain(StatusCode::INTERNAL_SERVER_ERROR, text)
}
