//! The policy of a province: two hundred clients, each with agreements for the first procedures of the
//! catalogue.

use dancu::domain::fault::FromText;
use dancu::domain::policy::{
    AgreedOperation, Agreement, ClaimFields, Client, Code, FieldName, Label, NameMatch,
    OfficerRule, Procedure, Rows, ScopeName,
};
use dancu::domain::scope::Scopes;
use dancu::policy::{Snapshot, catalogue};
use jiff::civil::Date;

/// Whose tokens the clients have.
pub const ISSUER: &str = "https://issuer.example";
/// What they ask for.
pub const PROCEDURE: &str = "1.004194";

const CLIENTS: u32 = 200;
const PROCEDURES: usize = 5;
const SCOPES: &str = "citizen:verify citizen:lookup fields:identity fields:residence";

/// All of it.
pub fn snapshot() -> Snapshot {
    let procedures: Vec<_> = catalogue::shipped().into_iter().take(PROCEDURES).collect();
    let names: Vec<_> = (0..CLIENTS)
        .map(|one| format!("onestop-{one:03}"))
        .collect();
    let agreements = names.iter().flat_map(|name| {
        let agreed = |procedure| agreement(name, procedure);
        procedures.iter().map(agreed)
    });
    let rows = Rows {
        clients: names.iter().map(|name| client(name)).collect(),
        agreements: agreements.collect(),
        procedures: procedures.clone(),
        ..Rows::default()
    };
    Snapshot::new(rows, ISSUER)
}

/// The clients.
pub fn client_ids() -> Vec<String> {
    (0..CLIENTS)
        .map(|one| format!("onestop-{one:03}"))
        .collect()
}

/// What a token of such a client carries.
pub fn scopes() -> Scopes {
    Scopes::parse(SCOPES)
}

fn client(name: &str) -> Client {
    let scope = |name| ScopeName::from_text(name).expect("it is a scope");
    Client {
        client_id: code(name),
        issuer: None,
        agency_code: code("H29"),
        name: Label::from_text("Một cửa").expect("it is a name"),
        active: true,
        scopes: SCOPES.split(' ').map(scope).collect(),
    }
}

fn agreement(client: &str, procedure: &Procedure) -> Agreement {
    let operations = [AgreedOperation::Verify, AgreedOperation::Lookup];
    let readable = |name| FieldName::from_text(name).expect("it is a set");
    Agreement {
        id: code(&format!("{client}.{}", procedure.code.as_str())),
        client_id: code(client),
        procedure_code: procedure.code.clone(),
        operations: operations.into_iter().collect(),
        read_fields: ["identity", "residence"]
            .map(readable)
            .into_iter()
            .collect(),
        claim_fields: ClaimFields::default(),
        valid_from: Date::constant(2026, 1, 1),
        valid_to: None,
        name_match: NameMatch::Canonical,
        officer: OfficerRule::Recorded,
    }
}

fn code(text: &str) -> Code {
    Code::from_text(text).expect("it is a code")
}
