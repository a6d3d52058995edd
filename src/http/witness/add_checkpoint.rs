//! `POST /add-checkpoint`: cosigns a checkpoint that continues the last.

use std::time::Duration;

use actix_web::http::{StatusCode, header};
use actix_web::web::{self, Data, Payload};
use actix_web::{HttpRequest, HttpResponse};

use super::{WitnessApp, failed, plain};
use crate::http::body;
use crate::witness::Refusal;

/// Bytes of a request.
const BODY_LIMIT: usize = 64 * 1024;
/// How long a request may take to come.
const BODY_DEADLINE: Duration = Duration::from_secs(10);
/// The type of a body that is a tree size (C2SP tlog-witness).
const SIZE_TYPE: &str = "text/x.tlog.size";

/// Answers 200 with the cosignature, or with the status the specification has for what is wrong.
pub(super) async fn handle(
    request: HttpRequest,
    mut payload: Payload,
    app: Data<WitnessApp>,
) -> HttpResponse {
    let body = match body::bytes(&request, &mut payload, BODY_LIMIT, BODY_DEADLINE).await {
        Ok(body) => body,
        Err(problem) => {
            let text = "the request is too long, too slow or broken off\n";
            return plain(problem.code().status(), text.into());
        }
    };
    let cosigned = web::block(move || app.witness.add_checkpoint(&body, app.clock.now())).await;
    match cosigned {
        Ok(Ok(line)) => plain(StatusCode::OK, line),
        Ok(Err(refusal)) => refused(&refusal),
        Err(_) => failed(),
    }
}

fn refused(refusal: &Refusal) -> HttpResponse {
    let status = match refusal {
        Refusal::Text
        | Refusal::Submission(_)
        | Refusal::Checkpoint(_)
        | Refusal::Length
        | Refusal::OldBeyondSize => StatusCode::BAD_REQUEST,
        Refusal::UnknownOrigin => StatusCode::NOT_FOUND,
        Refusal::Untrusted(_) | Refusal::NewEpoch | Refusal::ClosedEpoch => StatusCode::FORBIDDEN,
        Refusal::Elsewhere { size } => {
            let mut answer = plain(StatusCode::CONFLICT, format!("{size}\n"));
            answer.headers_mut().insert(
                header::CONTENT_TYPE,
                header::HeaderValue::from_static(SIZE_TYPE),
            );
            return answer;
        }
        Refusal::OtherRoot => StatusCode::CONFLICT,
        Refusal::Proof => StatusCode::UNPROCESSABLE_ENTITY,
        Refusal::NotKept(error) => {
            let error: &dyn std::error::Error = error;
            tracing::error!(
                error,
                "a checkpoint could not be kept, so it was not cosigned"
            );
            StatusCode::SERVICE_UNAVAILABLE
        }
    };
    plain(status, format!("{refusal}\n"))
}
