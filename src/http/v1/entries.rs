//! `GET /v1/audit/entries/{audit_id}` and `…/proof`: one entry of the log, and that it is in it.

use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse};
use uuid::Uuid;

use crate::domain::entry::{AuditId, Operation};
use crate::domain::scope::OperationScope;
use crate::http::call::Call;
use crate::http::envelope::Envelope;
use crate::http::problem::Problem;
use crate::http::routes::json;
use crate::service::auditors::Showing;

/// Shows an entry to an auditor.
pub async fn get(
    request: HttpRequest,
    _: Payload,
    envelope: Envelope,
) -> Result<HttpResponse, Problem> {
    let (call, id) = open(request, envelope, Operation::AuditEntry).await?;
    let (asking, showing) = (call.asking(), Showing::default());
    let entry = call.app.auditors.entry(&asking, id, &showing).await?;
    Ok(json(
        serde_json::to_vec(&entry).expect("an entry serialises"),
    ))
}

/// Proves to an auditor that an entry is in the transparency log.
pub async fn proof(
    request: HttpRequest,
    _: Payload,
    envelope: Envelope,
) -> Result<HttpResponse, Problem> {
    let (call, id) = open(request, envelope, Operation::AuditProof).await?;
    let proof = call.app.auditors.proof(&call.asking(), id).await?;
    Ok(json(
        serde_json::to_vec(&proof).expect("a proof serialises"),
    ))
}

/// A call about the entry in the path.
async fn open(
    request: HttpRequest,
    envelope: Envelope,
    operation: Operation,
) -> Result<(Call, Option<AuditId>), Problem> {
    let id = request
        .match_info()
        .get("audit_id")
        .and_then(|id| Uuid::try_parse(id).ok())
        .and_then(AuditId::from_uuid);
    const SCOPES: [OperationScope; 2] =
        [OperationScope::AuditRead, OperationScope::AuditReadAgency];
    let call = Call::open(request, envelope, operation, &SCOPES).await?;
    Ok((call, id))
}
