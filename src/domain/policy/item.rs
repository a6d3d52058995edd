//! Any one thing that is administered, and its digest.

use serde::Serialize;

use super::{Agency, Agreement, Client, Code, Officer, Procedure};
use crate::domain::entry::AdminKind;

/// What can be administered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Agencies.
    Agency,
    /// Clients.
    Client,
    /// Officers.
    Officer,
    /// Procedures.
    Procedure,
    /// Agreements.
    Agreement,
}

impl Kind {
    /// All kinds, those that others refer to first.
    pub const ALL: [Self; 5] = [
        Self::Agency,
        Self::Client,
        Self::Officer,
        Self::Procedure,
        Self::Agreement,
    ];

    /// One of them, in logs and audit entries.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Agency => "agency",
            Self::Client => "client",
            Self::Officer => "officer",
            Self::Procedure => "procedure",
            Self::Agreement => "agreement",
        }
    }

    /// All of them, in addresses.
    pub const fn collection(self) -> &'static str {
        match self {
            Self::Agency => "agencies",
            Self::Client => "clients",
            Self::Officer => "officers",
            Self::Procedure => "procedures",
            Self::Agreement => "agreements",
        }
    }

    /// The member that identifies one.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Agency | Self::Procedure => "code",
            Self::Client => "client_id",
            Self::Officer | Self::Agreement => "id",
        }
    }
}

impl From<Kind> for AdminKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Agency => Self::Agency,
            Kind::Client => Self::Client,
            Kind::Officer => Self::Officer,
            Kind::Procedure => Self::Procedure,
            Kind::Agreement => Self::Agreement,
        }
    }
}

/// One administered thing. Its JSON is the thing's own, as PUT takes it and GET gives it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Item {
    /// An agency.
    Agency(Agency),
    /// A client.
    Client(Client),
    /// An officer.
    Officer(Officer),
    /// A procedure.
    Procedure(Procedure),
    /// An agreement.
    Agreement(Agreement),
}

impl Item {
    /// What it is.
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Agency(_) => Kind::Agency,
            Self::Client(_) => Kind::Client,
            Self::Officer(_) => Kind::Officer,
            Self::Procedure(_) => Kind::Procedure,
            Self::Agreement(_) => Kind::Agreement,
        }
    }

    /// Its identifier.
    pub const fn id(&self) -> &Code {
        match self {
            Self::Agency(agency) => &agency.code,
            Self::Client(client) => &client.client_id,
            Self::Officer(officer) => &officer.id,
            Self::Procedure(procedure) => &procedure.code,
            Self::Agreement(agreement) => &agreement.id,
        }
    }

    /// Whether it is the client of that id, or an agreement of that client.
    pub fn belongs_to(&self, client_id: &Code) -> bool {
        match self {
            Self::Client(client) => client.client_id == *client_id,
            Self::Agreement(agreement) => agreement.client_id == *client_id,
            Self::Agency(_) | Self::Officer(_) | Self::Procedure(_) => false,
        }
    }

    /// Its JSON: the same text for the same thing, so a digest of it identifies a version.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("plain data with text keys always serialises")
    }

    /// SHA-256 of its JSON.
    pub fn digest(&self) -> [u8; 32] {
        digest(self.to_json().as_bytes())
    }

    /// Its strong entity tag (RFC 9110 section 8.8.3), quotes included.
    pub fn etag(&self) -> String {
        format!("\"{}\"", hex::encode(&self.digest()[..16]))
    }
}

fn digest(bytes: &[u8]) -> [u8; 32] {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, bytes);
    digest.as_ref().try_into().expect("SHA-256 is 32 bytes")
}

/// Each kind of thing is an item.
macro_rules! items {
    ($($kind:ident)*) => {
        $(impl From<$kind> for Item {
            fn from(one: $kind) -> Self {
                Self::$kind(one)
            }
        })*
    };
}

items!(Agency Client Officer Procedure Agreement);
