//! Another key-encryption key: all rows or none, and nobody is locked out who need not be.

use std::sync::Arc;

use dancu::audit::OpenError;
use dancu::clock::Clock;
use dancu::domain::entry::{Month, Operation};
use dancu::keys::{Error, Kek, Keys, begin_rewrap};
use dancu::service::Log;
use dancu::service::month_keys::Error as ChangeError;
use dancu::store::Role;

use super::month_keys::keeper;
use super::{Rig, kek, verification};

fn new_kek() -> Kek {
    Kek::from_bytes(&[2; 32])
}

fn new_keys(rig: &Rig) -> Keys {
    Keys::new(new_kek(), rig.test.database().store(Role::Service, 1))
}

async fn rewrap(rig: &Rig, log: &Log) -> Result<u32, ChangeError> {
    let keeper = keeper(rig.test.database());
    keeper.rewrap(log, &kek(), &new_kek(), "uid 0").await
}

/// The names of the keys that wrap rows, and of the one in force.
async fn in_use(rig: &Rig) -> (Vec<String>, String) {
    let rows = "SELECT DISTINCT encode(kek_id, 'hex') FROM audit.month_key";
    let rows = rig.client.query(rows, &[]).await.unwrap();
    let in_force = "SELECT encode(kek_id, 'hex') FROM audit.kek";
    let in_force = rig.client.query_one(in_force, &[]).await.unwrap();
    (rows.iter().map(|row| row.get(0)).collect(), in_force.get(0))
}

fn only(kek: &Kek) -> (Vec<String>, String) {
    (vec![kek.name()], kek.name())
}

/// Keys of a year, of which some months have several generations.
async fn year(rig: &Rig) {
    for month in 1..=12 {
        let day = format!("2026-{month:02}-10T00:00:00Z");
        rig.keys.prepare(day.parse().unwrap()).await.unwrap();
    }
    let lanes = Arc::new(rig.lanes().await);
    let kek = kek();
    for _ in 0..3 {
        let log = Log::new(Arc::clone(&lanes));
        let keeper = keeper(rig.test.database());
        let rotated = keeper.rotate(&log, &kek, rig.clock.now(), "uid 0");
        rotated.await.unwrap();
    }
    lanes.close().await;
}

#[tokio::test]
async fn after_a_rewrap_the_new_key_opens_everything_and_the_old_one_nothing() {
    let rig = Rig::new().await;
    year(&rig).await;
    let lanes = Arc::new(rig.lanes().await);
    let id = lanes.record(verification(&lanes, "H29")).await.unwrap();
    let pairs = rewrap(&rig, &Log::new(Arc::clone(&lanes))).await.unwrap();
    lanes.close().await;
    assert_eq!(in_use(&rig).await, only(&new_kek()));
    let rows = rig.client.query("SELECT FROM audit.month_key", &[]).await;
    assert_eq!(rows.unwrap().len(), pairs as usize);
    let found = rig.log().find(id).await.unwrap().unwrap();
    assert!(found.reveal(&new_keys(&rig)).await.is_ok());
    let old = super::keys(rig.test.database());
    assert!(matches!(found.reveal(&old).await, Err(Error::OtherKek(_))));
    let recorded = rig.of(Operation::CliKeysRewrap).await;
    assert_eq!(recorded.len(), 1);
    assert_eq!(recorded[0].count, Some(pairs.into()));
}

#[tokio::test]
async fn a_process_that_starts_with_the_old_key_is_refused() {
    let mut rig = Rig::new().await;
    let lanes = Arc::new(rig.lanes().await);
    rewrap(&rig, &Log::new(Arc::clone(&lanes))).await.unwrap();
    lanes.close().await;
    let database = rig.test.database().clone();
    let open = async |keys: Keys| {
        let (clock, config) = (rig.clock.clone(), rig.config.clone());
        let metrics = rig.metrics.clone();
        dancu::audit::Lanes::open(database.clone(), Arc::new(keys), clock, config, metrics).await
    };
    let refused = open(super::keys(&database)).await;
    assert!(matches!(refused, Err(OpenError::Keys(Error::OtherKek(_)))));
    open(new_keys(&rig)).await.unwrap().close().await;
    // The other way round: the key in force cannot be replaced by one who does not have it.
    rig.keys = Arc::new(new_keys(&rig));
    let lanes = Arc::new(rig.lanes().await);
    let again = rewrap(&rig, &Log::new(Arc::clone(&lanes))).await;
    assert!(matches!(again, Err(ChangeError::Keys(Error::OtherKek(_)))));
    let same = keeper(&database);
    let log = Log::new(Arc::clone(&lanes));
    let same = same.rewrap(&log, &new_kek(), &new_kek(), "uid 0").await;
    assert!(matches!(same, Err(ChangeError::Keys(Error::SameKek))));
    lanes.close().await;
    assert_eq!(in_use(&rig).await, only(&new_kek()));
}

#[tokio::test]
async fn a_process_with_the_old_key_answers_into_the_next_month_and_makes_no_row() {
    let clock = Clock::frozen("2026-11-30T00:00:00Z".parse().unwrap());
    let rig = Rig::at(clock.clone()).await;
    let lanes = Arc::new(rig.lanes().await);
    rewrap(&rig, &Log::new(Arc::clone(&lanes))).await.unwrap();
    lanes.record(verification(&lanes, "H29")).await.unwrap();

    // The month turns: the lane of the new day opens with what is in memory.
    clock.set("2026-12-01T00:00:00Z".parse().unwrap());
    let december = lanes.record(verification(&lanes, "H29")).await.unwrap();
    let prepared = rig.keys.prepare(clock.now()).await;
    assert!(matches!(prepared, Err(Error::OtherKek(_))));
    assert!(rig.keys.at(clock.now()).is_ok());
    let january = "SELECT FROM audit.month_key WHERE month = 202701";
    let rows = rig.client.query(january, &[]).await.unwrap();
    assert!(rows.is_empty());
    assert_eq!(in_use(&rig).await, only(&new_kek()));

    // Whoever was started with the new one is not in its way, nor the other way round.
    let new = new_keys(&rig);
    new.prepare(clock.now()).await.unwrap();
    lanes.record(verification(&lanes, "H29")).await.unwrap();
    let found = rig.log().find(december).await.unwrap().unwrap();
    assert!(found.reveal(&new).await.is_ok());
    lanes.close().await;
    assert_eq!(in_use(&rig).await, only(&new_kek()));
    assert_eq!(rig.of(Operation::LaneAbandoned).await, []);

    // Two months on it has nothing to seal with, and says so instead of making something up.
    clock.set("2027-01-01T00:00:00Z".parse().unwrap());
    assert!(rig.keys.at(clock.now()).is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_offer_made_with_the_old_key_during_a_rewrap_waits_for_it_and_is_refused() {
    let clock = Clock::frozen("2026-11-21T00:00:00Z".parse().unwrap());
    let rig = Rig::at(clock.clone()).await;
    rig.keys.prepare(clock.now()).await.unwrap();
    let owner = rig.test.database().store(Role::Owner, 1);
    let pending = begin_rewrap(&owner, &kek(), &new_kek()).await.unwrap();
    let later = "2026-12-01T00:00:00Z".parse().unwrap();
    let (offer, ()) = tokio::join!(rig.keys.prepare(later), async {
        rig.until(
            "SELECT FROM pg_stat_activity WHERE datname = current_database()
             AND usename = 'dancu_service' AND wait_event_type = 'Lock'",
        )
        .await;
        pending.commit().await.unwrap();
    });
    assert!(matches!(offer, Err(Error::OtherKek(_))), "{offer:?}");
    assert_eq!(in_use(&rig).await, only(&new_kek()));
    new_keys(&rig).prepare(later).await.unwrap();
    assert_eq!(in_use(&rig).await, only(&new_kek()));
    let rows = rig.client.query("SELECT FROM audit.month_key", &[]).await;
    assert_eq!(rows.unwrap().len(), 3);
}

#[tokio::test]
async fn a_rewrap_that_is_interrupted_anywhere_leaves_every_row_under_the_old_key() {
    let rig = Rig::new().await;
    year(&rig).await;
    let owner = rig.test.database().store(Role::Owner, 1);
    let all = async || -> Vec<String> {
        let rows = "SELECT md5(k::text) FROM audit.month_key k ORDER BY month, generation";
        let rows = rig.client.query(rows, &[]).await.unwrap();
        rows.iter().map(|row| row.get(0)).collect()
    };
    let before = all().await;

    // The process forgets about it.
    drop(begin_rewrap(&owner, &kek(), &new_kek()).await.unwrap());
    rig.until("SELECT WHERE NOT EXISTS (SELECT FROM pg_locks WHERE relation = 'audit.month_key'::regclass AND mode = 'ShareRowExclusiveLock')")
        .await;
    assert_eq!(all().await, before);

    // Its server process is killed when all rows are written.
    let pending = begin_rewrap(&owner, &kek(), &new_kek()).await.unwrap();
    rig.client
        .batch_execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
             WHERE datname = current_database() AND state = 'idle in transaction'",
        )
        .await
        .unwrap();
    assert!(pending.commit().await.is_err());
    assert_eq!(all().await, before);

    // A row in the middle cannot be written.
    rig.client
        .batch_execute(
            "CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql
                 AS $$ BEGIN RAISE EXCEPTION 'no'; END $$;
             CREATE TRIGGER fail BEFORE UPDATE ON audit.month_key FOR EACH ROW
                 WHEN (OLD.month = 202606) EXECUTE FUNCTION fail()",
        )
        .await
        .unwrap();
    assert!(begin_rewrap(&owner, &kek(), &new_kek()).await.is_err());
    rig.client
        .batch_execute("DROP TRIGGER fail ON audit.month_key")
        .await
        .unwrap();
    assert_eq!(all().await, before);

    // A row is passed over: the schema refuses the commit.
    rig.client
        .batch_execute(
            "CREATE FUNCTION pass() RETURNS trigger LANGUAGE plpgsql
                 AS $$ BEGIN NEW.kek_id = OLD.kek_id; RETURN NEW; END $$;
             CREATE TRIGGER pass BEFORE UPDATE ON audit.month_key FOR EACH ROW
                 WHEN (OLD.month = 202606) EXECUTE FUNCTION pass()",
        )
        .await
        .unwrap();
    let pending = begin_rewrap(&owner, &kek(), &new_kek()).await.unwrap();
    assert!(pending.commit().await.is_err());
    assert_eq!(all().await, before);
    assert_eq!(in_use(&rig).await, only(&kek()));
}

#[tokio::test]
async fn a_row_that_the_old_key_does_not_open_is_named_and_nothing_is_replaced() {
    let rig = Rig::new().await;
    year(&rig).await;
    rig.client
        .batch_execute("UPDATE audit.month_key SET wrapped = 'x' WHERE month = 202603")
        .await
        .unwrap();
    let owner = rig.test.database().store(Role::Owner, 1);
    let refused = begin_rewrap(&owner, &kek(), &new_kek()).await;
    let march = Month::from_number(202_603).unwrap();
    assert!(matches!(refused, Err(Error::Damaged(month)) if month == march));
    assert_eq!(in_use(&rig).await, only(&kek()));
}
