//! A client: one agency's system, as its tokens name it.

use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

use super::{Code, Label};
use crate::domain::fault::{FaultCode, Form, FromText, Reason};
use crate::domain::scope::{self, Scopes};

/// A system of an agency, known by the `client_id` of its tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Client {
    /// The `client_id`, unique over all issuers.
    pub client_id: Code,
    /// Who issues its tokens; `None` is the first configured issuer.
    pub issuer: Option<Label>,
    /// The agency that runs it.
    pub agency_code: Code,
    /// Its name.
    pub name: Label,
    /// A suspended client is `false` here, and refused.
    pub active: bool,
    /// The most its tokens may carry.
    pub scopes: ScopeList,
}

impl Serialize for Client {
    /// With the members that are reserved, as they are administered: null and empty.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_struct("Client", 8)?;
        out.serialize_field("client_id", &self.client_id)?;
        out.serialize_field("issuer", &self.issuer)?;
        out.serialize_field("agency_code", &self.agency_code)?;
        out.serialize_field("name", &self.name)?;
        out.serialize_field("active", &self.active)?;
        out.serialize_field("scopes", &self.scopes)?;
        out.serialize_field("certificate_sha256", &())?;
        out.serialize_field::<[(); 0]>("networks", &[])?;
        out.end()
    }
}

/// Scopes as they were registered, and what they allow together.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct ScopeList {
    names: Vec<Box<str>>,
    scopes: Scopes,
}

impl ScopeList {
    /// Most scopes of one client.
    pub const MAX: usize = 64;

    /// The names, as registered.
    pub fn names(&self) -> &[Box<str>] {
        &self.names
    }

    /// What they allow.
    pub const fn scopes(&self) -> &Scopes {
        &self.scopes
    }
}

impl FromIterator<ScopeName> for ScopeList {
    fn from_iter<I: IntoIterator<Item = ScopeName>>(names: I) -> Self {
        let names: Vec<_> = names.into_iter().map(|name| name.0).collect();
        let scopes = names
            .iter()
            .fold(Scopes::default(), |scopes, name| scopes.with(name));
        Self { names, scopes }
    }
}

/// The name of a scope the service knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScopeName(Box<str>);

impl FromText for ScopeName {
    const FORM: Form = Form::vocabulary(scope::known, "citizen:verify").named(
        "ScopeName",
        "A scope: of an operation, of one field (`field:<name>`) or of a set of fields \
         (`fields:<set>`).",
    );

    fn from_text(text: &str) -> Result<Self, Reason> {
        if scope::is_known(text) {
            Ok(Self(text.into()))
        } else {
            Err(Reason::new(FaultCode::Enum, "no such scope"))
        }
    }
}

impl Serialize for ScopeList {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.names.serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_is_written_with_its_reserved_members() {
        let client = Client {
            client_id: Code::from_text("onestop-hcm").unwrap(),
            issuer: None,
            agency_code: Code::from_text("H29").unwrap(),
            name: Label::from_text("Một cửa").unwrap(),
            active: true,
            scopes: ["citizen:verify", "fields:identity"]
                .into_iter()
                .map(|name| ScopeName::from_text(name).unwrap())
                .collect(),
        };
        assert_eq!(
            serde_json::to_value(&client).unwrap(),
            serde_json::json!({"client_id": "onestop-hcm", "issuer": null, "agency_code": "H29",
                "name": "Một cửa", "active": true, "scopes": ["citizen:verify", "fields:identity"],
                "certificate_sha256": null, "networks": []})
        );
    }

    #[test]
    fn only_known_scopes_are_registered() {
        assert!(ScopeName::from_text("field:sex").is_ok());
        assert_eq!(
            ScopeName::from_text("fields:all").unwrap_err().code,
            FaultCode::Enum
        );
    }
}
