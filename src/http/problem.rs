//! Problem documents (RFC 9457): the one form in which anything but success is answered.
//!
//! This module alone knows which status a failure has. Texts are fixed and never repeat what was
//! submitted; a cause is for the log, not for the caller.

use actix_web::http::header::{self, HeaderMap};
use actix_web::{HttpResponse, HttpResponseBuilder};
use jiff::Timestamp;
use serde::Serialize;
use uuid::Uuid;

use super::admission::Shed;
use super::head::RequestId;
use crate::auth::TokenError;
use crate::domain::refusal::Refusal;
use crate::json::Fault;
use crate::service::{self, RefusedItem};

mod code;
mod texts;

pub use code::Code;
pub use texts::{InBoth, Language, Texts};

/// Seconds after which a caller may try again when something is down, overloaded or not done yet.
const RETRY_AFTER_SECONDS: u64 = 1;

/// A problem before it is written: what is wrong, and what only this request knows of it.
#[derive(Clone, Debug)]
pub struct Problem {
    code: Code,
    detail: Option<InBoth>,
    errors: Vec<ErrorItem>,
    audit_id: Option<Uuid>,
    server_time: Option<Timestamp>,
    allow: Option<&'static str>,
    turned_away: bool,
    shed: Option<Shed>,
}

/// One entry of `errors[]`.
#[derive(Clone, Debug, Serialize, PartialEq, Eq)]
pub struct ErrorItem {
    /// Where the fault is: a JSON pointer (RFC 6901).
    pub pointer: String,
    /// The field concerned, where the fault is a field the caller may not have.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<&'static str>,
    /// The fault's own code.
    pub code: &'static str,
    /// What to put right.
    pub reason: &'static str,
}

impl From<Fault> for ErrorItem {
    fn from(fault: Fault) -> Self {
        Self {
            pointer: fault.pointer,
            field: None,
            code: fault.code.as_str(),
            reason: fault.reason,
        }
    }
}

impl From<RefusedItem> for ErrorItem {
    fn from(item: RefusedItem) -> Self {
        Self {
            pointer: item.pointer,
            field: Some(item.field),
            code: item.lack.as_str(),
            reason: item.lack.reason(),
        }
    }
}

/// The document as it is sent.
#[derive(Debug, Serialize)]
pub struct Document {
    r#type: String,
    title: &'static str,
    status: u16,
    detail: &'static str,
    instance: String,
    code: &'static str,
    action: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<ErrorItem>,
    #[serde(skip_serializing_if = "Option::is_none")]
    audit_id: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    server_time: Option<Timestamp>,
}

impl Problem {
    /// A problem of that code.
    pub fn new(code: Code) -> Self {
        Self {
            code,
            detail: None,
            errors: Vec::new(),
            audit_id: None,
            server_time: None,
            allow: None,
            turned_away: false,
            shed: None,
        }
    }

    /// A body with these faults.
    pub fn invalid(faults: Vec<Fault>) -> Self {
        let errors = faults.into_iter().map(ErrorItem::from).collect();
        Self {
            errors,
            ..Self::new(Code::ValidationFailed)
        }
    }

    /// A header that cannot be taken.
    pub fn header(detail: InBoth) -> Self {
        Self {
            detail: Some(detail),
            ..Self::new(Code::HeaderInvalid)
        }
    }

    /// A method the resource does not have.
    pub fn method(allow: &'static str) -> Self {
        Self {
            allow: Some(allow),
            ..Self::new(Code::MethodNotAllowed)
        }
    }

    /// A request that was too much.
    pub fn shed(reason: Shed) -> Self {
        Self {
            shed: Some(reason),
            ..Self::new(Code::Overloaded)
        }
    }

    /// A token that does not do.
    pub fn token(error: TokenError, now: Timestamp) -> Self {
        let code = match error {
            TokenError::Missing => Code::TokenMissing,
            TokenError::Invalid => Code::TokenInvalid,
            TokenError::Expired => Code::TokenExpired,
            TokenError::NotYetValid => Code::TokenNotYetValid,
            TokenError::Overloaded => return Self::shed(Shed::Tokens),
        };
        Self::new(code).at(now).turning_away()
    }

    /// The same, telling the service's clock.
    #[must_use]
    pub fn at(self, now: Timestamp) -> Self {
        Self {
            server_time: Some(now),
            ..self
        }
    }

    /// The same, of a token or a client that is not let in at all, whatever was asked.
    #[must_use]
    pub fn turning_away(self) -> Self {
        Self {
            turned_away: true,
            ..self
        }
    }

    /// The same, naming its entry.
    #[must_use]
    pub fn recorded_as(self, audit_id: Uuid) -> Self {
        Self {
            audit_id: Some(audit_id),
            ..self
        }
    }

    /// What it is.
    pub const fn code(&self) -> Code {
        self.code
    }

    /// The document for one request.
    pub fn document(self, language: Language, request_id: RequestId) -> Document {
        let texts = self.code.texts(language);
        Document {
            r#type: format!("/problems/{}", self.code.as_str()),
            title: texts.title,
            status: self.code.status().as_u16(),
            detail: self
                .detail
                .map_or(texts.detail, |detail| detail.of(language)),
            instance: format!("urn:uuid:{}", request_id.as_str()),
            code: self.code.as_str(),
            action: texts.action,
            errors: self.errors,
            audit_id: self.audit_id,
            server_time: self.server_time,
        }
    }

    /// The answer to one request.
    pub fn respond(self, language: Language, request_id: RequestId) -> HttpResponse {
        let mut answer = self.head(language);
        answer.insert_header((header::CONTENT_TYPE, "application/problem+json"));
        let document = self.document(language, request_id);
        answer.body(serde_json::to_vec(&document).expect("a problem document serialises"))
    }

    /// The status and the headers of the answer, whatever its form.
    pub(super) fn head(&self, language: Language) -> HttpResponseBuilder {
        let mut answer = HttpResponse::build(self.code.status());
        answer.insert_header((header::CONTENT_LANGUAGE, language.tag()));
        answer.insert_header((header::CACHE_CONTROL, "no-store"));
        if let Some(allow) = self.allow {
            answer.insert_header((header::ALLOW, allow));
        }
        if self.code.passes() {
            answer.insert_header((header::RETRY_AFTER, RETRY_AFTER_SECONDS));
        }
        // What is still to come of the body is nobody's, and must not be taken for a request.
        if matches!(self.code, Code::RequestTimeout | Code::BodyTooLarge) {
            answer.force_close();
        }
        if let Some(challenge) = self.code.challenge() {
            answer.insert_header((header::WWW_AUTHENTICATE, challenge));
        }
        answer
    }

    /// Whether the token or the client was not let in, whatever was asked. A code alone does not tell:
    /// a scope may be missing for this one thing.
    pub(super) const fn is_turned_away(&self) -> bool {
        self.turned_away
    }

    /// What there was too much of, where that was the matter.
    pub(super) const fn shed_for(&self) -> Option<Shed> {
        self.shed
    }

    /// Its entry, where there is one.
    pub(super) const fn audit_id(&self) -> Option<Uuid> {
        self.audit_id
    }
}

impl From<service::Error> for Problem {
    fn from(error: service::Error) -> Self {
        let (code, audit_id) = (Code::of(&error), error.audit_id());
        let (errors, shed) = match error {
            service::Error::Refused { items, .. } => {
                (items.into_iter().map(ErrorItem::from).collect(), None)
            }
            service::Error::Invalid(faults) => {
                (faults.into_iter().map(ErrorItem::from).collect(), None)
            }
            service::Error::LogBusy => (Vec::new(), Some(Shed::AuditQueue)),
            service::Error::Late { .. } => (Vec::new(), Some(Shed::Deadline)),
            service::Error::NotFound { .. }
            | service::Error::Expired { .. }
            | service::Error::Conflict { .. }
            | service::Error::NotSealed { .. }
            | service::Error::PreconditionFailed { .. }
            | service::Error::RegisterUnavailable { .. }
            | service::Error::AuditUnavailable
            | service::Error::PolicyUnavailable { .. }
            | service::Error::Overloaded { .. }
            | service::Error::Internal { .. } => (Vec::new(), None),
        };
        Self {
            errors,
            audit_id,
            shed,
            ..Self::new(code)
        }
    }
}

/// The language of a problem: Vietnamese where the caller prefers it to English.
pub fn language(headers: &HeaderMap) -> Language {
    let Some(accepted) = headers
        .get(header::ACCEPT_LANGUAGE)
        .and_then(|value| value.to_str().ok())
    else {
        return Language::English;
    };
    let mut best = (Language::English, 0.0);
    for range in accepted.split(',').take(20) {
        let (tag, parameters) = range.split_once(';').unwrap_or((range, ""));
        let quality = parameters
            .trim()
            .strip_prefix("q=")
            .map_or(Ok(1.0), str::parse::<f32>);
        let tag = tag.trim().to_ascii_lowercase();
        let language = match tag.split('-').next() {
            Some("vi") => Language::Vietnamese,
            Some("en" | "*") => Language::English,
            Some(_) | None => continue,
        };
        if let Ok(quality) = quality
            && quality > best.1
        {
            best = (language, quality);
        }
    }
    best.0
}

/// The code a refusal is answered with.
pub const fn of_refusal(refusal: Refusal) -> Code {
    match refusal {
        Refusal::ClientUnknown => Code::ClientUnknown,
        Refusal::ClientSuspended => Code::ClientSuspended,
        Refusal::ClientAddressRefused => Code::ClientAddressRefused,
        Refusal::ScopeMissing => Code::ScopeMissing,
        Refusal::AgreementMissing => Code::AgreementMissing,
        Refusal::ProcedureNotPermitted => Code::ProcedureNotPermitted,
        Refusal::AgreementNotInForce => Code::AgreementNotInForce,
        Refusal::OperationNotPermitted => Code::OperationNotPermitted,
        Refusal::OfficerMismatch => Code::OfficerMismatch,
        Refusal::OfficerNotPermitted => Code::OfficerNotPermitted,
        Refusal::ClaimNotPermitted => Code::ClaimNotPermitted,
        Refusal::FieldNotPermitted => Code::FieldNotPermitted,
        Refusal::OwnGrant => Code::OwnGrant,
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{ACCEPT_LANGUAGE, HeaderValue};

    use super::super::head::{NO_REQUEST_ID, request_id};
    use super::*;

    fn preferred(accepted: &'static str) -> Language {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT_LANGUAGE, HeaderValue::from_static(accepted));
        language(&headers)
    }

    #[test]
    fn vietnamese_is_spoken_to_those_who_prefer_it() {
        assert_eq!(preferred("vi"), Language::Vietnamese);
        assert_eq!(
            preferred("fr;q=1.0, vi-VN;q=0.8, en;q=0.7"),
            Language::Vietnamese
        );
        assert_eq!(preferred("en, vi;q=0.9"), Language::English);
        assert_eq!(preferred("fr"), Language::English);
        assert_eq!(preferred("vi;q=x"), Language::English);
        assert_eq!(language(&HeaderMap::new()), Language::English);
    }

    #[test]
    fn what_is_said_of_a_header_is_in_the_language_of_the_rest() {
        for language in [Language::English, Language::Vietnamese] {
            let problem = Problem::header(NO_REQUEST_ID);
            let (id, _) = request_id(&HeaderMap::new());
            let document = problem.document(language, id);
            assert_eq!(document.detail, NO_REQUEST_ID.of(language));
        }
    }

    #[test]
    fn every_code_speaks_both_languages() {
        for code in Code::ALL {
            for language in [Language::English, Language::Vietnamese] {
                let texts = code.texts(language);
                for text in [texts.title, texts.detail, texts.action] {
                    assert!(!text.is_empty(), "{code:?} in {language:?}");
                }
            }
            let english = code.texts(Language::English);
            assert_ne!(
                english.title,
                code.texts(Language::Vietnamese).title,
                "{code:?}"
            );
        }
    }
}
