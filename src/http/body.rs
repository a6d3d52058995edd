//! Reading a body: within its limit and its time, and as JSON with all its faults.

use std::pin::pin;
use std::time::Duration;

use actix_web::HttpRequest;
use actix_web::http::header;
use actix_web::web::Payload;
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;

use super::problem::{Code, Problem};
use crate::config::HttpLimits;
use crate::domain::limits::Limits;
use crate::json::{self, Document, Read};
use crate::service::within;

/// The bytes of a body of at most `limit`, all of which must have come before `deadline`.
pub async fn bytes(
    request: &HttpRequest,
    payload: &mut Payload,
    limit: usize,
    deadline: Duration,
) -> Result<Bytes, Problem> {
    let too_large = || Problem::new(Code::BodyTooLarge);
    let announced = request
        .headers()
        .get(header::CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|length| length > limit as u64) {
        return Err(too_large());
    }
    let reading = async {
        let mut body = BytesMut::new();
        while let Some(chunk) = payload.next().await {
            // A broken transfer: whatever came is not what was meant.
            let chunk = chunk.map_err(|_| Problem::new(Code::MalformedJson))?;
            if body.len() + chunk.len() > limit {
                return Err(too_large());
            }
            if body.is_empty() && announced == Some(chunk.len() as u64) {
                // The usual case: all of it in one piece, which need not be copied.
                return Ok(chunk);
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body.freeze())
    };
    within(deadline, pin!(reading))
        .await
        .unwrap_or_else(|_| Err(Problem::new(Code::RequestTimeout)))
}

/// How long the body of a request that is refused unread may take to come.
const SOON: Duration = Duration::from_millis(100);

/// Throws away the body of a request that is refused unread, of at most `limit` bytes, so that its
/// connection can go on. Where more comes, or later, the connection ends with the answer.
pub async fn discard(payload: &mut Payload, limit: usize) {
    let reading = async {
        let mut length = 0;
        while let Some(Ok(chunk)) = payload.next().await
            && length <= limit
        {
            length += chunk.len();
        }
    };
    let _whole = tokio::time::timeout(SOON, reading).await.is_ok();
}

/// Of what is configured, the limits on what a body says.
pub const fn limits(configured: &HttpLimits) -> Limits {
    Limits {
        fields: configured.fields,
        batch_items: configured.batch_items,
        name_characters: configured.name_characters,
    }
}

/// A body read as far as it goes, with its faults.
pub fn document<T: Read>(body: &[u8], configured: &HttpLimits) -> Result<Document<T>, Problem> {
    json::read_within(body, limits(configured)).map_err(|_| Problem::new(Code::MalformedJson))
}

/// A body that may have no fault.
pub fn strict<T: Read>(body: &[u8], configured: &HttpLimits) -> Result<T, Problem> {
    json::read_strict_within(body, limits(configured))
        .map_err(|_| Problem::new(Code::MalformedJson))?
        .map_err(Problem::invalid)
}
