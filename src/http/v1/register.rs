//! `POST /v1/register/changes`: the register's own feed.

use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse};

use crate::domain::entry;
use crate::domain::scope::OperationScope;
use crate::http::call::Call;
use crate::http::envelope::Envelope;
use crate::http::problem::Problem;
use crate::http::routes::json;
use crate::register::document::RegisterChanges;

/// Takes a batch of changes.
pub async fn changes(
    request: HttpRequest,
    mut payload: Payload,
    envelope: Envelope,
) -> Result<HttpResponse, Problem> {
    const SCOPES: [OperationScope; 1] = [OperationScope::RegisterWrite];
    let mut call = Call::open(
        request,
        envelope,
        entry::Operation::RegisterChanges,
        &SCOPES,
    )
    .await?;
    let RegisterChanges(changes) = call.body(&mut payload).await?;
    let applied = call.app.feed.apply(&call.asking(), &changes).await?;
    Ok(json(
        serde_json::to_vec(&applied).expect("counts serialise"),
    ))
}
