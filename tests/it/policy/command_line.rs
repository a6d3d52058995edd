//! Catalogues from the command line, and the one entry a load leaves.

use std::sync::Arc;

use dancu::audit::{Config, Lanes, Metrics, maintain};
use dancu::cli::procedures;
use dancu::domain::entry::{Decoded, Operation};
use dancu::keys::{Kek, Keys};
use dancu::policy::catalogue;
use dancu::service::Log;
use dancu::store::Role;

use super::Office;

async fn lanes(office: &Office) -> Arc<Lanes> {
    let database = office.database.database();
    maintain(database, &office.clock, 1, None).await.unwrap();
    let keys = Keys::new(Kek::from_bytes(&[7; 32]), database.store(Role::Service, 1));
    let config = Config {
        unsafe_for_tests: true,
        ..Config::default()
    };
    let (keys, clock) = (Arc::new(keys), office.clock.clone());
    let lanes = Lanes::open(database.clone(), keys, clock, config, Metrics::default()).await;
    Arc::new(lanes.unwrap())
}

async fn recorded(office: &Office) -> Vec<Decoded> {
    let client = office.database.client().await;
    let rows = client
        .query("SELECT entry FROM audit.entry ORDER BY lane_id, seq", &[])
        .await;
    let entries = rows.unwrap();
    let entries = entries
        .iter()
        .map(|row| Decoded::from_canonical(row.get("entry")).unwrap());
    entries
        .filter(|entry| entry.operation == Operation::CliReference)
        .collect()
}

#[tokio::test]
async fn a_load_leaves_one_entry_and_the_catalogue() {
    let office = Office::open().await;
    let log = Log::new(lanes(&office).await);
    let admin = &office.administration;
    let all = catalogue::shipped().len() as u64;
    let loaded = procedures::load(admin, &log, None, "operator")
        .await
        .unwrap();
    assert_eq!((loaded.changed, loaded.unchanged), (all, 0));
    let again = procedures::load(admin, &log, None, "operator")
        .await
        .unwrap();
    assert_eq!((again.changed, again.unchanged), (0, all));

    let entries = recorded(&office).await;
    assert_eq!(entries.len(), 2);
    assert_eq!((entries[0].count, entries[0].skipped), (Some(all), Some(0)));
    assert_eq!((entries[1].count, entries[1].skipped), (Some(0), Some(all)));
    assert_eq!(entries[0].system_user.as_deref(), Some("operator"));
    assert_eq!(entries[0].digest, entries[1].digest);
    let client = office.database.client().await;
    let remembered = "SELECT code FROM policy.confidential_procedure";
    let remembered = client.query(remembered, &[]).await.unwrap();
    let remembered: Vec<&str> = remembered.iter().map(|row| row.get(0)).collect();
    assert_eq!(remembered, ["dancu.xac-minh-hinh-su"]);
    let exported = procedures::export(admin).await.unwrap();
    assert_eq!(
        catalogue::read(exported.as_bytes()).unwrap().len() as u64,
        all
    );
}

#[tokio::test]
async fn what_cannot_be_recorded_is_not_loaded() {
    let office = Office::open().await;
    let lanes = lanes(&office).await;
    lanes.close().await;
    let refused =
        procedures::load(&office.administration, &Log::new(lanes), None, "operator").await;
    assert!(matches!(refused, Err(procedures::Error::Record(_))));
    assert!(office.administration.procedures().await.unwrap().is_empty());
    assert_eq!(office.store.policy_head().await.unwrap(), 0);
}
