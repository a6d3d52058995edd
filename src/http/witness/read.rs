//! What a witness shows: who it is, that it runs, and the newest checkpoint it cosigned.
//!
//! Reading waits while a checkpoint is written, so it is done on a thread that may.

use std::fmt::Write as _;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{self, Data, Path};

use super::{WitnessApp, failed, plain};

/// `GET /`: the verifier key, then a line for each origin: its size and its name.
pub(super) async fn about(app: Data<WitnessApp>) -> HttpResponse {
    let mut text = String::new();
    for key in app.witness.keys() {
        let _infallible = writeln!(text, "{key}");
    }
    let Ok(heads) = web::block(move || app.witness.heads()).await else {
        return failed();
    };
    for head in heads {
        let _infallible = writeln!(text, "{} {}", head.size, head.origin);
    }
    plain(StatusCode::OK, text)
}

/// `GET /health/live`: the process answers.
pub(super) async fn live() -> HttpResponse {
    plain(StatusCode::OK, "live\n".into())
}

/// `GET /{origin_hash}/checkpoint`: the newest note, with our cosignature. The hash is the SHA-256
/// of the origin in lowercase hexadecimal.
pub(super) async fn checkpoint(hash: Path<String>, app: Data<WitnessApp>) -> HttpResponse {
    match web::block(move || app.witness.latest(&hash)).await {
        Ok(Some(note)) => plain(StatusCode::OK, note),
        Ok(None) => plain(
            StatusCode::NOT_FOUND,
            "nothing was cosigned for that origin\n".into(),
        ),
        Err(_) => failed(),
    }
}
