//! The register in a real PostgreSQL: what is written is read back, kept, announced and imported.

mod import;
mod population;
mod readers;
mod records;
mod writers;

use dancu::domain::change::{Change, Upsert};
use dancu::domain::citizen::{Citizen, Status, StatusKind};
use dancu::domain::fault::FromText;
use dancu::domain::limits::Limits;
use dancu::domain::number::PersonalId;
use dancu::register::document::read_line;
use dancu::store::{Role, Store};
use serde_json::{Map, Value, json};

use crate::support::{TestDatabase, database};

/// A citizen with every member there is, each with another value.
const EVERYTHING: &str = include_str!("../../data/citizen.json");

/// The store of whoever writes the register.
fn feed(database: &TestDatabase) -> Store {
    database.database().store(Role::Feed, 4)
}

/// The store as the service has it.
fn store(database: &TestDatabase) -> Store {
    database.database().store(Role::Service, 4)
}

fn everything() -> Map<String, Value> {
    serde_json::from_str(EVERYTHING).unwrap()
}

/// A citizen whose members are these besides the three that everyone has.
fn upsert(number: &str, revision: u64, members: Value) -> Change {
    let mut document =
        json!({"personal_id": number, "full_name": "Nguyễn Văn An", "birth_date": "1995"});
    for (name, value) in members.as_object().unwrap() {
        document[name] = value.clone();
    }
    document["revision"] = revision.into();
    read_line(document.to_string().as_bytes(), Limits::default())
        .unwrap()
        .unwrap()
}

fn status(number: &str, revision: u64, kind: StatusKind) -> Change {
    let status = Status {
        kind,
        ..Status::ACTIVE
    };
    Change::Status {
        personal_id: id(number),
        revision,
        status,
    }
}

fn id(number: &str) -> PersonalId {
    PersonalId::from_text(number).unwrap()
}

fn citizen(change: &Change) -> &Citizen {
    match change {
        Change::Upsert(upsert) => &upsert.citizen,
        Change::Status { .. } => panic!("a status has no citizen"),
    }
}

/// The one record of that number, and its revision.
async fn find(store: &Store, number: &str) -> Option<(Citizen, u64)> {
    let mut found = store.find_citizens(&[id(number)]).await.unwrap();
    assert!(found.len() <= 1);
    found.pop().map(|(citizen, meta)| (citizen, meta.revision))
}

/// The record a change makes, with what it says of protection and status.
fn made_by(change: &Change) -> Citizen {
    let Change::Upsert(upsert) = change else {
        panic!("a status makes no record")
    };
    let Upsert {
        citizen,
        protected,
        status,
        ..
    } = &**upsert;
    Citizen {
        protected: protected.unwrap_or(false),
        status: status.unwrap_or(Status::ACTIVE),
        ..citizen.clone()
    }
}
