//! Why a caller may not ask what they ask: one variant for each code, and nothing of HTTP.

/// A refusal by the policy. Each is independent of what the register holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Refusal {
    /// No client of that issuer has this id.
    #[error("the client is not registered with this issuer")]
    ClientUnknown,
    /// The client is registered and not active.
    #[error("the client is suspended")]
    ClientSuspended,
    /// Reserved: the client may not call from this address.
    #[error("the client may not call from this address")]
    ClientAddressRefused,
    /// The token, or the client's registration, lacks the scope.
    #[error("the token or the client lacks the scope")]
    ScopeMissing,
    /// The client has no agreement at all.
    #[error("the client has no agreement")]
    AgreementMissing,
    /// The client has agreements, and none for this procedure, be it known or not.
    #[error("no agreement covers this procedure")]
    ProcedureNotPermitted,
    /// None of the agreements for this procedure is in force today.
    #[error("no agreement for this procedure is in force today")]
    AgreementNotInForce,
    /// The agreement does not list the operation.
    #[error("the agreement does not cover this operation")]
    OperationNotPermitted,
    /// The request names another officer than the token.
    #[error("the officer of the request is not the officer of the token")]
    OfficerMismatch,
    /// The agreement wants an officer, and there is none, or none that will do.
    #[error("the agreement requires an officer, and this one will not do")]
    OfficerNotPermitted,
    /// A claim the agreement does not list.
    #[error("the agreement does not cover a claim")]
    ClaimNotPermitted,
    /// A field beyond scope or agreement.
    #[error("scope or agreement do not cover a field")]
    FieldNotPermitted,
    /// A client that would change itself or its own agreements.
    #[error("no client may change itself or its own agreements")]
    OwnGrant,
}

impl Refusal {
    /// Every refusal, in the order of the checks.
    pub const ALL: [Self; 13] = [
        Self::ClientUnknown,
        Self::ClientSuspended,
        Self::ClientAddressRefused,
        Self::ScopeMissing,
        Self::AgreementMissing,
        Self::ProcedureNotPermitted,
        Self::AgreementNotInForce,
        Self::OperationNotPermitted,
        Self::OfficerMismatch,
        Self::OfficerNotPermitted,
        Self::ClaimNotPermitted,
        Self::FieldNotPermitted,
        Self::OwnGrant,
    ];

    /// The code callers, metrics and audit entries see.
    pub const fn code(self) -> &'static str {
        match self {
            Self::ClientUnknown => "client_unknown",
            Self::ClientSuspended => "client_suspended",
            Self::ClientAddressRefused => "client_address_refused",
            Self::ScopeMissing => "scope_missing",
            Self::AgreementMissing => "agreement_missing",
            Self::ProcedureNotPermitted => "procedure_not_permitted",
            Self::AgreementNotInForce => "agreement_not_in_force",
            Self::OperationNotPermitted => "operation_not_permitted",
            Self::OfficerMismatch => "officer_mismatch",
            Self::OfficerNotPermitted => "officer_not_permitted",
            Self::ClaimNotPermitted => "claim_not_permitted",
            Self::FieldNotPermitted => "field_not_permitted",
            Self::OwnGrant => "own_grant",
        }
    }
}
