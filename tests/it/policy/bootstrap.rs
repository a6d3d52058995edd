//! The bootstrap client: once per database.

use dancu::domain::policy::{Item, Kind};
use dancu::domain::scope::Scopes;

use super::{ISSUER, Office, client_document, code};

async fn bootstrap(office: &Office, id: &str) -> usize {
    let mut steps = 0;
    while let Some(pending) = office
        .administration
        .begin_bootstrap(&code(id))
        .await
        .unwrap()
    {
        office.administration.commit(pending).await.unwrap();
        steps += 1;
    }
    steps
}

#[tokio::test]
async fn the_bootstrap_client_is_created_once_and_its_deletion_remembered() {
    let office = Office::open().await;
    assert_eq!(
        bootstrap(&office, "admin-cli").await,
        2,
        "its agency and itself"
    );
    let head = office.store.policy_head().await.unwrap();
    assert_eq!(bootstrap(&office, "admin-cli").await, 0);
    assert_eq!(
        office.store.policy_head().await.unwrap(),
        head,
        "a start changes nothing"
    );
    let snapshot = office.policy.load(office.clock.now()).unwrap();
    let every = Scopes::parse("admin register:write audit:read audit:reveal citizen:lookup");
    let caller = snapshot.caller(ISSUER, "admin-cli", &every, None).unwrap();
    assert_eq!(
        caller.scopes.names(),
        ["audit:read", "register:write", "admin"]
    );

    office.delete(Kind::Client, "admin-cli").await;
    assert_eq!(bootstrap(&office, "admin-cli").await, 0);
    assert!(office.get(Kind::Client, "admin-cli").await.is_none());
}

#[tokio::test]
async fn a_step_that_was_not_recorded_is_taken_again() {
    let office = Office::open().await;
    let admin = &office.administration;
    drop(
        admin
            .begin_bootstrap(&code("admin-cli"))
            .await
            .unwrap()
            .unwrap(),
    );
    assert_eq!(bootstrap(&office, "admin-cli").await, 2);
}

#[tokio::test]
async fn a_client_that_has_the_name_already_is_left_as_it_is() {
    let office = Office::furnished().await;
    let before = office.get(Kind::Client, "one").await.unwrap();
    assert_eq!(bootstrap(&office, "one").await, 1, "its agency alone");
    let after = office.get(Kind::Client, "one").await.unwrap();
    assert_eq!(after, before);
    let Item::Client(client) = after else {
        panic!("a client")
    };
    assert_eq!(
        client.agency_code.as_str(),
        client_document("one")["agency_code"]
    );
}
