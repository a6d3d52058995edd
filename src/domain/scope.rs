//! The scopes of a token or a client: operations and fields. Unknown scopes are ignored.

use super::field::{Field, FieldGroup, FieldMask};

/// A scope that allows an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum OperationScope {
    /// `citizen:verify`
    Verify,
    /// `citizen:lookup`, also for prefill.
    Lookup,
    /// `citizen:verify.explain`
    VerifyExplain,
    /// `citizen:lookup.id_only`
    LookupIdOnly,
    /// `citizen:protected`
    Protected,
    /// `audit:read`
    AuditRead,
    /// `audit:read.agency`
    AuditReadAgency,
    /// `audit:reveal`
    AuditReveal,
    /// `register:write`
    RegisterWrite,
    /// `admin`
    Admin,
}

impl OperationScope {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Verify,
        Self::Lookup,
        Self::VerifyExplain,
        Self::LookupIdOnly,
        Self::Protected,
        Self::AuditRead,
        Self::AuditReadAgency,
        Self::AuditReveal,
        Self::RegisterWrite,
        Self::Admin,
    ];

    /// The scope as it stands in a token.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Verify => "citizen:verify",
            Self::Lookup => "citizen:lookup",
            Self::VerifyExplain => "citizen:verify.explain",
            Self::LookupIdOnly => "citizen:lookup.id_only",
            Self::Protected => "citizen:protected",
            Self::AuditRead => "audit:read",
            Self::AuditReadAgency => "audit:read.agency",
            Self::AuditReveal => "audit:reveal",
            Self::RegisterWrite => "register:write",
            Self::Admin => "admin",
        }
    }
}

/// What a list of scopes allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Scopes {
    operations: u16,
    fields: FieldMask,
}

impl Scopes {
    /// Reads scopes separated by spaces (RFC 6749 section 3.3); unknown ones are ignored.
    pub fn parse(list: &str) -> Self {
        list.split(' ').fold(Self::default(), Self::with)
    }

    /// These scopes and that one.
    #[must_use]
    pub fn with(mut self, scope: &str) -> Self {
        if let Some(mask) = field_scope(scope) {
            self.fields |= mask;
        } else if let Some(operation) = OperationScope::ALL
            .iter()
            .find(|operation| operation.name() == scope)
        {
            self.operations |= 1 << *operation as u16;
        }
        self
    }

    /// Whether the operation is allowed.
    pub const fn allows(&self, operation: OperationScope) -> bool {
        self.operations >> operation as u16 & 1 == 1
    }

    /// The leaves that may be read.
    pub const fn fields(&self) -> &FieldMask {
        &self.fields
    }

    /// The scopes by name, operations first: a set where all of it is allowed, else its fields.
    pub fn names(&self) -> Vec<String> {
        let operations = OperationScope::ALL
            .into_iter()
            .filter(|operation| self.allows(*operation));
        let mut names: Vec<String> = operations
            .map(|operation| operation.name().into())
            .collect();
        let mut rest = self.fields;
        for set in FieldGroup::ALL
            .into_iter()
            .filter(|set| self.fields.contains_all(&set.mask()))
        {
            names.push(format!("fields:{}", set.name()));
            rest = rest.without(&set.mask());
        }
        let single = Field::ALL
            .iter()
            .filter(|field| rest.intersects(&field.mask()));
        names.extend(single.map(|field| format!("field:{}", field.name())));
        names
    }

    /// What both allow.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        Self {
            operations: self.operations & other.operations,
            fields: self.fields & other.fields,
        }
    }
}

/// Every scope the service knows: operations, sets, fields.
pub fn known() -> Vec<String> {
    let operations = OperationScope::ALL
        .iter()
        .map(|operation| operation.name().to_owned());
    let sets = FieldGroup::ALL
        .iter()
        .map(|set| format!("fields:{}", set.name()));
    let fields = Field::ALL
        .iter()
        .map(|field| format!("field:{}", field.name()));
    operations.chain(sets).chain(fields).collect()
}

/// Whether this is a scope the service knows: what an administrator may register for a client.
pub fn is_known(scope: &str) -> bool {
    field_scope(scope).is_some()
        || OperationScope::ALL
            .iter()
            .any(|operation| operation.name() == scope)
}

fn field_scope(scope: &str) -> Option<FieldMask> {
    if let Some(field) = scope.strip_prefix("field:") {
        return Field::by_name(field).map(Field::mask);
    }
    let set = scope.strip_prefix("fields:")?;
    FieldGroup::by_name(set).map(FieldGroup::mask)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_scope_means_the_field_and_a_set_scope_the_set() {
        assert_eq!(
            *Scopes::parse("field:residence").fields(),
            Field::Residence.mask()
        );
        assert_eq!(
            *Scopes::parse("fields:residence").fields(),
            FieldGroup::Residence.mask()
        );
    }

    #[test]
    fn unknown_scopes_are_ignored() {
        let scopes =
            Scopes::parse("openid citizen:verify field:nothing  fields:all CITIZEN:LOOKUP");
        assert!(scopes.allows(OperationScope::Verify));
        assert!(!scopes.allows(OperationScope::Lookup));
        assert!(scopes.fields().is_empty());
    }

    #[test]
    fn named_scopes_allow_the_same_again() {
        let scopes =
            Scopes::parse("admin fields:card fields:derived field:residence field:religion");
        let names = scopes.names();
        assert_eq!(
            names,
            [
                "admin",
                "fields:card",
                "fields:derived",
                "field:religion",
                "field:residence"
            ]
        );
        assert_eq!(Scopes::parse(&names.join(" ")), scopes);
    }

    #[test]
    fn what_two_lists_allow_is_their_intersection() {
        let token = Scopes::parse("citizen:verify citizen:lookup fields:identity");
        let client = Scopes::parse("citizen:lookup field:sex fields:card");
        let both = token.and(&client);
        assert!(both.allows(OperationScope::Lookup) && !both.allows(OperationScope::Verify));
        assert_eq!(*both.fields(), Field::Sex.mask());
    }
}
