//! `/v1/admin/…`: agencies, clients, procedures, agreements, officers.

use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderName};
use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse};

use crate::domain::entry::{AdminKind, Operation};
use crate::domain::fault::{FaultCode, FromText};
use crate::domain::policy::{Code, Item, Kind};
use crate::domain::scope::OperationScope;
use crate::http::call::Call;
use crate::http::envelope::Envelope;
use crate::http::problem::{self, InBoth, Problem};
use crate::http::routes::json;
use crate::json::Fault;
use crate::policy::documents::read_item;
use crate::service::administration::{DEFAULT_PAGE, Expected, MAX_PAGE, Outcome};
use crate::service::{Activation, Changed};

/// One module a kind, so that each route has handlers of its own.
macro_rules! kinds {
    ($($module:ident $kind:ident,)*) => {
        $(
            #[doc = concat!("The handlers of ", stringify!($module), ".")]
            pub mod $module {
                use super::{Envelope, HttpRequest, HttpResponse, Payload, Problem};
                use crate::domain::policy::Kind;

                /// Reads one.
                pub async fn get(
                    request: HttpRequest,
                    _: Payload,
                    envelope: Envelope,
                ) -> Result<HttpResponse, Problem> {
                    super::get(request, envelope, Kind::$kind).await
                }

                /// Lists.
                pub async fn list(
                    request: HttpRequest,
                    _: Payload,
                    envelope: Envelope,
                ) -> Result<HttpResponse, Problem> {
                    super::list(request, envelope, Kind::$kind).await
                }

                /// Writes one.
                pub async fn put(
                    request: HttpRequest,
                    payload: Payload,
                    envelope: Envelope,
                ) -> Result<HttpResponse, Problem> {
                    super::put(request, payload, envelope, Kind::$kind).await
                }

                /// Deletes one.
                pub async fn delete(
                    request: HttpRequest,
                    _: Payload,
                    envelope: Envelope,
                ) -> Result<HttpResponse, Problem> {
                    super::delete(request, envelope, Kind::$kind).await
                }
            }
        )*
    };
}

kinds! {
    agencies Agency,
    clients Client,
    procedures Procedure,
    agreements Agreement,
    officers Officer,
}

/// Suspends a client.
pub async fn suspend(
    request: HttpRequest,
    _: Payload,
    envelope: Envelope,
) -> Result<HttpResponse, Problem> {
    activate(
        request,
        envelope,
        Operation::ClientSuspend,
        Activation::Suspend,
    )
    .await
}

/// Lets a suspended client ask again.
pub async fn resume(
    request: HttpRequest,
    _: Payload,
    envelope: Envelope,
) -> Result<HttpResponse, Problem> {
    activate(
        request,
        envelope,
        Operation::ClientResume,
        Activation::Resume,
    )
    .await
}

async fn get(
    request: HttpRequest,
    envelope: Envelope,
    kind: Kind,
) -> Result<HttpResponse, Problem> {
    let operation = Operation::get(admin_kind(kind));
    let call = open(request, envelope, operation).await?;
    let id = id(&call, operation).await?;
    let item = call.app.office.get(&call.asking(), kind, &id).await?;
    Ok(shown(StatusCode::OK, &item))
}

async fn list(
    request: HttpRequest,
    envelope: Envelope,
    kind: Kind,
) -> Result<HttpResponse, Problem> {
    let call = open(request, envelope, Operation::list(admin_kind(kind))).await?;
    let (after, limit) = page(call.request().query_string())?;
    let page = call
        .app
        .office
        .list(&call.asking(), kind, after.as_ref(), limit)
        .await?;
    Ok(json(serde_json::to_vec(&page).expect("a page serialises")))
}

async fn put(
    request: HttpRequest,
    mut payload: Payload,
    envelope: Envelope,
    kind: Kind,
) -> Result<HttpResponse, Problem> {
    let expected = expected(&request)?;
    let operation = Operation::put(admin_kind(kind));
    let mut call = open(request, envelope, operation).await?;
    let body = call.bytes(&mut payload).await?;
    let item = read_item(kind, &body)
        .map_err(|_| Problem::new(problem::Code::MalformedJson))?
        .map_err(Problem::invalid)?;
    let id = id(&call, operation).await?;
    let changed = call
        .app
        .office
        .put(&call.asking(), &id, item, &expected)
        .await?;
    Ok(told(&changed))
}

async fn delete(
    request: HttpRequest,
    envelope: Envelope,
    kind: Kind,
) -> Result<HttpResponse, Problem> {
    let expected = expected(&request)?;
    let operation = Operation::delete(admin_kind(kind));
    let call = open(request, envelope, operation).await?;
    let id = id(&call, operation).await?;
    let changed = call
        .app
        .office
        .delete(&call.asking(), kind, &id, &expected)
        .await?;
    Ok(told(&changed))
}

async fn activate(
    request: HttpRequest,
    envelope: Envelope,
    operation: Operation,
    activation: Activation,
) -> Result<HttpResponse, Problem> {
    let expected = expected(&request)?;
    let call = open(request, envelope, operation).await?;
    let id = id(&call, operation).await?;
    let changed = call
        .app
        .office
        .activate(&call.asking(), &id, &expected, activation)
        .await?;
    Ok(told(&changed))
}

async fn open(
    request: HttpRequest,
    envelope: Envelope,
    operation: Operation,
) -> Result<Call, Problem> {
    Call::open(request, envelope, operation, &[OperationScope::Admin]).await
}

/// The identifier in the path; what cannot be one is the identifier of nothing, and recorded so.
async fn id(call: &Call, operation: Operation) -> Result<Code, Problem> {
    let text = call.request().match_info().get("id").unwrap_or_default();
    match Code::from_text(text) {
        Ok(id) => Ok(id),
        Err(_) => Err(call
            .app
            .office
            .nothing(&call.asking(), operation)
            .await
            .into()),
    }
}

fn expected(request: &HttpRequest) -> Result<Expected, Problem> {
    let one = |name: HeaderName| {
        let mut values = request.headers().get_all(name).map(|value| value.to_str());
        match (values.next(), values.next()) {
            (None, _) => Ok(None),
            (Some(Ok(value)), None) => Ok(Some(value)),
            (Some(_), _) => Err(()),
        }
    };
    let read = || {
        let (matching, not_matching) = (one(header::IF_MATCH)?, one(header::IF_NONE_MATCH)?);
        Expected::parse(matching, not_matching).ok_or(())
    };
    read().map_err(|()| {
        Problem::header(InBoth {
            english: "`If-Match` or `If-None-Match` is no list of entity tags.",
            vietnamese: "`If-Match` hoặc `If-None-Match` không phải danh sách thẻ thực thể (entity tag).",
        })
    })
}

/// `cursor` and `limit` of a list, each once at the most, and nothing else.
fn page(query: &str) -> Result<(Option<Code>, u32), Problem> {
    let (mut after, mut limit) = (None, None);
    let mut faults = Vec::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let fault = match name {
            "cursor" if after.is_none() => {
                after = Code::from_text(value).ok();
                after
                    .is_none()
                    .then_some(("/cursor", FaultCode::Format, "not a cursor"))
            }
            "limit" if limit.is_none() => {
                // `parse` alone would take a sign.
                let digits = value.bytes().all(|byte| byte.is_ascii_digit());
                limit = digits
                    .then(|| value.parse().ok())
                    .flatten()
                    .filter(|limit| (1..=MAX_PAGE).contains(limit));
                limit
                    .is_none()
                    .then_some(("/limit", FaultCode::Range, "from 1 to 500"))
            }
            "cursor" | "limit" => Some(("", FaultCode::DuplicateMember, "stands there twice")),
            _ => Some((
                "",
                FaultCode::UnknownMember,
                "only `cursor` and `limit` are known",
            )),
        };
        faults.extend(fault.map(|(pointer, code, reason)| Fault {
            pointer: pointer.to_owned(),
            code,
            reason,
        }));
    }
    if faults.is_empty() {
        Ok((after, limit.unwrap_or(DEFAULT_PAGE)))
    } else {
        Err(Problem::invalid(faults))
    }
}

fn told(changed: &Changed) -> HttpResponse {
    match (&changed.item, changed.outcome) {
        (Some(item), Outcome::Created) => shown(StatusCode::CREATED, item),
        (Some(item), Outcome::Replaced | Outcome::Unchanged | Outcome::Deleted) => {
            shown(StatusCode::OK, item)
        }
        (None, _) => HttpResponse::NoContent().finish(),
    }
}

fn shown(status: StatusCode, item: &Item) -> HttpResponse {
    HttpResponse::build(status)
        .insert_header((header::CONTENT_TYPE, "application/json"))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((header::ETAG, item.etag()))
        .body(item.to_json())
}

const fn admin_kind(kind: Kind) -> AdminKind {
    match kind {
        Kind::Agency => AdminKind::Agency,
        Kind::Client => AdminKind::Client,
        Kind::Procedure => AdminKind::Procedure,
        Kind::Agreement => AdminKind::Agreement,
        Kind::Officer => AdminKind::Officer,
    }
}
