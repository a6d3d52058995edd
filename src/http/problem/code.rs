//! The codes of problems, their statuses, and where each comes from.

use actix_web::http::StatusCode;

use super::of_refusal;
use crate::service;

macro_rules! codes {
    ($($variant:ident $name:literal $status:ident,)*) => {
        /// The code of a problem: stable, and the same in `type`, in metrics and in the log.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Code {
            $(#[doc = concat!("`", $name, "`")] $variant,)*
        }

        impl Code {
            /// All codes, in the order of the description.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The code as callers see it.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// The status it is answered with.
            pub const fn status(self) -> StatusCode {
                match self { $(Self::$variant => StatusCode::$status,)* }
            }
        }
    };
}

codes! {
    MalformedJson "malformed_json" BAD_REQUEST,
    ValidationFailed "validation_failed" BAD_REQUEST,
    HeaderInvalid "header_invalid" BAD_REQUEST,
    TokenMissing "token_missing" UNAUTHORIZED,
    TokenInvalid "token_invalid" UNAUTHORIZED,
    TokenExpired "token_expired" UNAUTHORIZED,
    TokenNotYetValid "token_not_yet_valid" UNAUTHORIZED,
    ClientUnknown "client_unknown" FORBIDDEN,
    ClientSuspended "client_suspended" FORBIDDEN,
    ClientAddressRefused "client_address_refused" FORBIDDEN,
    ScopeMissing "scope_missing" FORBIDDEN,
    AgreementMissing "agreement_missing" FORBIDDEN,
    AgreementNotInForce "agreement_not_in_force" FORBIDDEN,
    OperationNotPermitted "operation_not_permitted" FORBIDDEN,
    ProcedureNotPermitted "procedure_not_permitted" FORBIDDEN,
    OfficerNotPermitted "officer_not_permitted" FORBIDDEN,
    OfficerMismatch "officer_mismatch" FORBIDDEN,
    ClaimNotPermitted "claim_not_permitted" FORBIDDEN,
    FieldNotPermitted "field_not_permitted" FORBIDDEN,
    OwnGrant "own_grant" FORBIDDEN,
    NotFound "not_found" NOT_FOUND,
    MethodNotAllowed "method_not_allowed" METHOD_NOT_ALLOWED,
    NotAcceptable "not_acceptable" NOT_ACCEPTABLE,
    RequestTimeout "request_timeout" REQUEST_TIMEOUT,
    Conflict "conflict" CONFLICT,
    NotSealed "not_sealed" CONFLICT,
    EntryExpired "entry_expired" GONE,
    PreconditionFailed "precondition_failed" PRECONDITION_FAILED,
    BodyTooLarge "body_too_large" PAYLOAD_TOO_LARGE,
    UnsupportedMediaType "unsupported_media_type" UNSUPPORTED_MEDIA_TYPE,
    HeadersTooLarge "headers_too_large" REQUEST_HEADER_FIELDS_TOO_LARGE,
    Internal "internal" INTERNAL_SERVER_ERROR,
    RegisterUnavailable "register_unavailable" SERVICE_UNAVAILABLE,
    AuditUnavailable "audit_unavailable" SERVICE_UNAVAILABLE,
    PolicyUnavailable "policy_unavailable" SERVICE_UNAVAILABLE,
    Overloaded "overloaded" SERVICE_UNAVAILABLE,
}

impl Code {
    /// The code of that name.
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.as_str() == name)
    }

    /// The code of what a use case failed with.
    pub const fn of(error: &service::Error) -> Self {
        match error {
            service::Error::Refused { refusal, .. } => of_refusal(*refusal),
            service::Error::Invalid(_) => Self::ValidationFailed,
            service::Error::NotFound { .. } => Self::NotFound,
            service::Error::Expired { .. } => Self::EntryExpired,
            service::Error::Conflict { .. } => Self::Conflict,
            service::Error::NotSealed { .. } => Self::NotSealed,
            service::Error::PreconditionFailed { .. } => Self::PreconditionFailed,
            service::Error::RegisterUnavailable { .. } => Self::RegisterUnavailable,
            service::Error::AuditUnavailable => Self::AuditUnavailable,
            service::Error::PolicyUnavailable { .. } => Self::PolicyUnavailable,
            service::Error::Overloaded { .. }
            | service::Error::LogBusy
            | service::Error::Late { .. } => Self::Overloaded,
            service::Error::Internal { .. } => Self::Internal,
        }
    }

    /// Whether it passes by itself, so that the answer says when to try again.
    pub fn passes(self) -> bool {
        self == Self::NotSealed || self.status() == StatusCode::SERVICE_UNAVAILABLE
    }

    /// The challenge of a 401 (RFC 6750 section 3; none of its error codes where no token came) or
    /// of a scope that is missing.
    pub const fn challenge(self) -> Option<&'static str> {
        match self {
            Self::TokenMissing => Some("Bearer realm=\"dancu\""),
            Self::TokenInvalid => Some("Bearer realm=\"dancu\", error=\"invalid_token\""),
            Self::TokenExpired => Some(
                "Bearer realm=\"dancu\", error=\"invalid_token\", error_description=\"expired\"",
            ),
            Self::TokenNotYetValid => Some(
                "Bearer realm=\"dancu\", error=\"invalid_token\", \
                 error_description=\"not yet valid\"",
            ),
            Self::ScopeMissing => Some("Bearer realm=\"dancu\", error=\"insufficient_scope\""),
            Self::MalformedJson
            | Self::ValidationFailed
            | Self::HeaderInvalid
            | Self::ClientUnknown
            | Self::ClientSuspended
            | Self::ClientAddressRefused
            | Self::AgreementMissing
            | Self::AgreementNotInForce
            | Self::OperationNotPermitted
            | Self::ProcedureNotPermitted
            | Self::OfficerNotPermitted
            | Self::OfficerMismatch
            | Self::ClaimNotPermitted
            | Self::FieldNotPermitted
            | Self::OwnGrant
            | Self::NotFound
            | Self::MethodNotAllowed
            | Self::NotAcceptable
            | Self::RequestTimeout
            | Self::Conflict
            | Self::NotSealed
            | Self::EntryExpired
            | Self::PreconditionFailed
            | Self::BodyTooLarge
            | Self::UnsupportedMediaType
            | Self::HeadersTooLarge
            | Self::Internal
            | Self::RegisterUnavailable
            | Self::AuditUnavailable
            | Self::PolicyUnavailable
            | Self::Overloaded => None,
        }
    }
}
