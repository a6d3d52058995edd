//! Who may ask what, as it is administered over PostgreSQL.

mod agreements;
mod bootstrap;
mod changes;
mod command_line;
mod lists;
mod snapshot;

use std::sync::Arc;
use std::time::Duration;

use dancu::clock::Clock;
use dancu::domain::fault::FromText;
use dancu::domain::policy::{Code, Item, Kind};
use dancu::policy::{Policy, documents};
use dancu::service::administration::{Administration, Author, Error, Expected, Pending};
use dancu::store::{Role, Store};
use serde_json::{Value, json};

use crate::support::{self, TestDatabase};

const ISSUER: &str = "https://issuer.example";

/// An administration over a database of its own.
struct Office {
    administration: Administration,
    policy: Arc<Policy>,
    clock: Clock,
    store: Store,
    database: TestDatabase,
}

impl Office {
    async fn open() -> Self {
        let database = support::database().await;
        let store = database.database().store(Role::Service, 4);
        let clock = Clock::frozen("2026-11-21T03:00:00Z".parse().unwrap());
        let policy = Arc::new(Policy::new(ISSUER, Duration::from_secs(2)));
        let administration = Administration::new(store.clone(), Arc::clone(&policy), clock.clone());
        Self {
            administration,
            policy,
            clock,
            store,
            database,
        }
    }

    /// One with agency `H29`, clients `one` and `two`, and procedures `p` and `q`.
    async fn furnished() -> Self {
        let office = Self::open().await;
        office
            .put(Kind::Agency, json!({"code": "H29", "name": "UBND"}))
            .await;
        for client in ["one", "two"] {
            office.put(Kind::Client, client_document(client)).await;
        }
        for procedure in ["p", "q"] {
            office
                .put(
                    Kind::Procedure,
                    json!({"code": procedure, "name": "Đăng ký"}),
                )
                .await;
        }
        office
    }

    async fn try_put(&self, kind: Kind, document: Value) -> Result<Pending, Error> {
        let item = item(kind, document);
        let id = item.id().clone();
        let author = Author::CommandLine;
        self.administration
            .begin_put(author, &id, item, &Expected::ANYTHING)
            .await
    }

    async fn put(&self, kind: Kind, document: Value) {
        let pending = self.try_put(kind, document).await.unwrap();
        self.administration.commit(pending).await.unwrap();
    }

    async fn try_delete(&self, kind: Kind, id: &str) -> Result<Pending, Error> {
        let author = Author::CommandLine;
        self.administration
            .begin_delete(author, kind, &code(id), &Expected::ANYTHING)
            .await
    }

    async fn delete(&self, kind: Kind, id: &str) {
        let pending = self.try_delete(kind, id).await.unwrap();
        self.administration.commit(pending).await.unwrap();
    }

    async fn get(&self, kind: Kind, id: &str) -> Option<Item> {
        match self.administration.get(kind, &code(id)).await {
            Ok(item) => Some(item),
            Err(Error::NotFound) => None,
            Err(error) => panic!("{error}"),
        }
    }
}

fn code(text: &str) -> Code {
    Code::from_text(text).unwrap()
}

fn item(kind: Kind, document: Value) -> Item {
    documents::read_item(kind, document.to_string().as_bytes())
        .unwrap()
        .unwrap()
}

fn client_document(id: &str) -> Value {
    json!({"client_id": id, "agency_code": "H29", "name": "Một cửa", "active": true,
        "scopes": ["citizen:verify", "admin"]})
}

fn agreement_document(id: &str, from: &str, to: Option<&str>) -> Value {
    json!({"id": id, "client_id": "one", "procedure_code": "p", "operations": ["verify"],
        "valid_from": from, "valid_to": to})
}

fn code_of<T>(result: Result<T, Error>) -> &'static str {
    result.err().map_or("done", |error| error.code())
}
