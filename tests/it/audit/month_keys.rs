//! Generations of a month's keys, and their destruction.

use std::sync::Arc;

use dancu::audit::{Lanes, maintain};
use dancu::clock::Clock;
use dancu::domain::entry::{AuditId, Decision, Decoded, Entry, Month, Operation, Private};
use dancu::keys::{Error, Keys};
use dancu::service::Log;
use dancu::service::month_keys::{Error as ChangeError, MonthKeys};
use dancu::store::{Database, EntryCount, Role};
use proptest::prelude::*;
use serde_json::json;

use super::{Rig, kek, keys, verification};
use crate::support::app::{TestApp, an, question};
use crate::support::{self, block_on};

fn month(number: u32) -> Month {
    Month::from_number(number).unwrap()
}

pub(super) fn keeper(database: &Database) -> MonthKeys {
    MonthKeys::new(database.store(Role::Owner, 1))
}

/// A keeper and a log of its own, as a command line has.
struct Desk {
    keeper: MonthKeys,
    log: Log,
    lanes: Arc<Lanes>,
}

impl Desk {
    async fn open(rig: &Rig) -> Self {
        let lanes = Arc::new(rig.lanes().await);
        Self {
            keeper: keeper(rig.test.database()),
            log: Log::new(Arc::clone(&lanes)),
            lanes,
        }
    }

    async fn rotate(&self, clock: &Clock) -> u32 {
        let kek = kek();
        let rotated = self.keeper.rotate(&self.log, &kek, clock.now(), "uid 0");
        rotated.await.unwrap()
    }
}

/// The person behind an entry, as these keys reveal them.
async fn revealed(rig: &Rig, keys: &Keys, id: AuditId) -> Result<String, Error> {
    let found = rig.log().find(id).await.unwrap().unwrap();
    let opened = found.reveal(keys).await?;
    let subject = opened.values().subject.unwrap();
    Ok(subject.reveal().to_owned())
}

#[tokio::test]
async fn after_a_rotation_entries_are_sealed_with_the_new_pair_and_all_of_them_open() {
    let rig = Rig::new().await;
    let desk = Desk::open(&rig).await;
    let before = desk.lanes.record(verification(&desk.lanes, "H29"));
    let before = before.await.unwrap();
    assert_eq!(desk.rotate(&rig.clock).await, 2);
    rig.keys.prepare(rig.clock.now()).await.unwrap();
    assert_eq!(rig.keys.at(rig.clock.now()).unwrap().generation(), 2);
    let after = desk.lanes.record(verification(&desk.lanes, "H29"));
    let after = after.await.unwrap();
    desk.lanes.close().await;
    for keys in [&*rig.keys, &keys(rig.test.database())] {
        for id in [before, after] {
            assert_eq!(revealed(&rig, keys, id).await.unwrap(), "001095000001");
        }
    }
    let tags: Vec<_> = rig.of(Operation::Verify).await;
    assert_ne!(tags[0].protected.subject_tag, tags[1].protected.subject_tag);
    let recorded = rig.of(Operation::CliKeysRotateMonth).await;
    assert_eq!(recorded.len(), 1);
    assert_eq!(recorded[0].system_user.as_deref(), Some("uid 0"));
    let opened = keys(rig.test.database());
    let opened = opened.unseal(&recorded[0].nonce, &recorded[0].protected);
    let opened = opened.await.unwrap();
    let target = opened.values().target.unwrap().reveal().to_owned();
    let this = Month::of(rig.clock.today());
    assert_eq!(target, format!("{this}/2"));
}

#[tokio::test]
async fn a_process_that_has_not_seen_a_rotation_opens_what_it_sealed() {
    let rig = Rig::new().await;
    let unaware = keys(rig.test.database());
    unaware.prepare(rig.clock.now()).await.unwrap();
    let desk = Desk::open(&rig).await;
    desk.rotate(&rig.clock).await;
    rig.keys.prepare(rig.clock.now()).await.unwrap();
    let id = desk.lanes.record(verification(&desk.lanes, "H29"));
    let id = id.await.unwrap();
    assert_eq!(unaware.at(rig.clock.now()).unwrap().generation(), 1);
    assert!(revealed(&rig, &unaware, id).await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn of_rotations_at_one_time_each_makes_a_generation_of_its_own() {
    let rig = Rig::new().await;
    let (one, other) = (Desk::open(&rig).await, Desk::open(&rig).await);
    let (first, second) = tokio::join!(one.rotate(&rig.clock), other.rotate(&rig.clock));
    let mut made = [first, second];
    made.sort_unstable();
    assert_eq!(made, [2, 3]);
    let loaded = keys(rig.test.database());
    let loaded = loaded.of(Month::of(rig.clock.today())).await.unwrap();
    let generations: Vec<_> = loaded.iter().map(|it| it.generation()).collect();
    assert_eq!(generations, [3, 2, 1]);
}

#[actix_web::test]
async fn two_processes_follow_a_rotation_without_a_restart() {
    let app = TestApp::start().await;
    let scopes = ["citizen:verify"];
    app.enrol("onestop", &scopes, json!({"officer": "none"}))
        .await;
    app.register(&[an()]).await;
    let other = app.another().await;
    let pseudonym = async |process: &TestApp| {
        let token = app.token("onestop", "citizen:verify");
        let answer = process.post("/v1/verify", &token, &question()).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        let entry = app.entry_of(&answer).await;
        entry["subject"].as_str().unwrap().to_owned()
    };
    let before = pseudonym(&app).await;
    assert_eq!(pseudonym(&other).await, before);

    let database = app.database.database();
    let own_kek = || dancu::keys::Kek::load(&app.config.kek_file(), false).unwrap();
    let config = dancu::audit::Config {
        unsafe_for_tests: true,
        ..dancu::audit::Config::default()
    };
    let own = Keys::new(own_kek(), database.store(Role::Service, 1));
    let metrics = dancu::audit::Metrics::default();
    let lanes = Lanes::open(
        database.clone(),
        Arc::new(own),
        app.clock.clone(),
        config,
        metrics,
    );
    let lanes = Arc::new(lanes.await.unwrap());
    let log = Log::new(Arc::clone(&lanes));
    let (keeper, kek) = (keeper(database), own_kek());
    let rotated = keeper.rotate(&log, &kek, app.clock.now(), "uid 0");
    assert_eq!(rotated.await.unwrap(), 2);
    lanes.close().await;

    let client = app.database.client().await;
    let mut after = [before.clone(), before.clone()];
    for _ in 0..240 {
        after = [pseudonym(&app).await, pseudonym(&other).await];
        if !after.contains(&before) {
            break;
        }
        client.batch_execute("SELECT pg_sleep(0.25)").await.unwrap();
    }
    assert!(!after.contains(&before), "a minute is over");
    assert_eq!(after[0], after[1]);
    other.stop().await;
    app.stop().await;
}

#[tokio::test]
async fn months_whose_keys_are_in_use_are_not_destroyed() {
    let clock = Clock::frozen("2026-11-21T00:00:00Z".parse().unwrap());
    let rig = Rig::at(clock.clone()).await;
    let desk = Desk::open(&rig).await;
    for young in [202_610, 202_611, 202_612, 203_001] {
        // One that is over does not help the other.
        let months = [month(202_601), month(young)];
        let refused = desk
            .keeper
            .destroy(&desk.log, &months, clock.now(), "uid 0")
            .await;
        assert!(matches!(refused, Err(ChangeError::Young(it)) if it == month(young)));
    }
    assert!(MonthKeys::check_over(&[month(202_609)], clock.now()).is_ok());
    desk.lanes.close().await;
    assert_eq!(rig.of(Operation::CliKeysDestroyMonths).await, []);
}

#[tokio::test]
async fn a_destroyed_month_reveals_nobody_and_leaves_every_entry_as_it_was() {
    let clock = Clock::frozen("2026-08-15T00:00:00Z".parse().unwrap());
    let rig = Rig::at(clock.clone()).await;
    let desk = Desk::open(&rig).await;
    let first = desk.lanes.record(verification(&desk.lanes, "H29"));
    let mut ids = vec![first.await.unwrap()];
    desk.rotate(&clock).await;
    rig.keys.prepare(clock.now()).await.unwrap();
    let second = desk.lanes.record(verification(&desk.lanes, "H29"));
    ids.push(second.await.unwrap());
    desk.lanes.close().await;

    clock.set("2026-11-21T00:00:00Z".parse().unwrap());
    maintain(rig.test.database(), &clock, 1, None)
        .await
        .unwrap();
    let desk = Desk::open(&rig).await;
    let months = [month(202_608)];
    let old = "SELECT entry FROM audit.entry WHERE at < '2026-09-01' ORDER BY lane_id, seq";
    let leaves = async || -> Vec<Vec<u8>> {
        let rows = rig.client.query(old, &[]).await.unwrap();
        rows.iter().map(|row| row.get(0)).collect()
    };
    let before = leaves().await;

    let reach = desk.keeper.reach(&months).await.unwrap();
    let count = EntryCount {
        entries: before.len() as u64,
        tagged: 2,
        attachments: 0,
    };
    assert_eq!((reach[0].generations, reach[0].days), (2, 2));
    assert_eq!(reach[0].count, count);
    for &id in &ids {
        assert!(revealed(&rig, &rig.keys, id).await.is_ok(), "it was a look");
    }

    let destroyed = desk
        .keeper
        .destroy(&desk.log, &months, clock.now(), "uid 0")
        .await
        .unwrap();
    assert_eq!(destroyed, [(months[0], 2)]);
    desk.lanes.close().await;
    for keys in [&*rig.keys, &keys(rig.test.database())] {
        for &id in &ids {
            let refused = revealed(&rig, keys, id).await;
            assert!(matches!(refused, Err(Error::Destroyed(it)) if it == months[0]));
        }
    }
    assert_eq!(leaves().await, before);
    assert!(before.iter().all(|it| Decoded::from_canonical(it).is_ok()));
    let reach = keeper(rig.test.database()).reach(&months).await.unwrap();
    assert_eq!((reach[0].generations, reach[0].count), (0, count));
    let recorded = rig.of(Operation::CliKeysDestroyMonths).await;
    assert_eq!(recorded.len(), 1);
    assert_eq!(
        (recorded[0].decision, recorded[0].count),
        (Decision::Done, Some(2))
    );
}

#[tokio::test]
async fn a_destruction_that_cannot_be_recorded_does_not_happen() {
    let clock = Clock::frozen("2026-08-15T00:00:00Z".parse().unwrap());
    let rig = Rig::at(clock.clone()).await;
    let desk = Desk::open(&rig).await;
    desk.lanes.close().await;
    clock.set("2026-11-21T00:00:00Z".parse().unwrap());
    let months = [month(202_608)];
    let refused = desk
        .keeper
        .destroy(&desk.log, &months, clock.now(), "uid 0")
        .await;
    assert!(
        matches!(refused, Err(ChangeError::Record(_))),
        "{refused:?}"
    );
    assert!(keys(rig.test.database()).of(months[0]).await.is_ok());
}

#[tokio::test]
async fn keys_that_somebody_removed_under_a_running_process_are_not_made_anew() {
    let rig = Rig::new().await;
    rig.keys.prepare(rig.clock.now()).await.unwrap();
    let this = Month::of(rig.clock.today());
    rig.client
        .batch_execute("DELETE FROM audit.month_key")
        .await
        .unwrap();
    let prepared = rig.keys.prepare(rig.clock.now()).await;
    assert!(matches!(prepared, Err(Error::Destroyed(it)) if it == this));
    assert!(rig.keys.at(rig.clock.now()).is_ok());
    let rows = rig.client.query("SELECT FROM audit.month_key", &[]).await;
    assert!(rows.unwrap().is_empty());
}

#[tokio::test]
async fn a_pair_that_another_took_the_place_of_seals_nothing_more() {
    let rig = Rig::new().await;
    let now = rig.clock.now();
    rig.keys.prepare(now).await.unwrap();
    rig.client
        .batch_execute("DELETE FROM audit.month_key")
        .await
        .unwrap();
    let other = keys(rig.test.database());
    other.prepare(now).await.unwrap();
    let tag = |keys: &Keys| {
        let of_now = keys.at(now)?;
        Ok::<_, Error>(of_now.subject_tag(Private::new("001095000001")))
    };
    assert_ne!(tag(&rig.keys).unwrap(), tag(&other).unwrap());

    let this = Month::of(rig.clock.today());
    let prepared = rig.keys.prepare(now).await;
    assert!(matches!(prepared, Err(Error::Destroyed(it)) if it == this));
    assert!(tag(&rig.keys).is_err(), "nobody could open it");
    rig.keys.prepare(now).await.unwrap();
    assert_eq!(tag(&rig.keys).unwrap(), tag(&other).unwrap());
}

#[tokio::test]
async fn the_version_before_makes_and_reads_the_keys_it_needs() {
    const OFFER: &str = "INSERT INTO audit.month_key (month, kek_id, wrapped) VALUES ($1, $2, $3)
                         ON CONFLICT DO NOTHING";
    const FIND: &str = "SELECT kek_id, wrapped FROM audit.month_key WHERE month = $1";
    let rig = Rig::new().await;
    rig.keys.prepare(rig.clock.now()).await.unwrap();
    let service = rig.test.database().connect(Role::Service).await.unwrap();
    let in_force = service.query_one("SELECT kek_id FROM audit.kek", &[]);
    let in_force: Vec<u8> = in_force.await.unwrap().get(0);
    let offer = async |month: i32, kek: &[u8], wrapped: &[u8]| {
        service.execute(OFFER, &[&month, &kek, &wrapped]).await
    };
    assert_eq!(offer(209_901, &in_force, b"first").await.unwrap(), 1);
    assert_eq!(offer(209_901, &in_force, b"second").await.unwrap(), 0);
    let row = service.query_opt(FIND, &[&209_901]).await.unwrap().unwrap();
    assert_eq!(row.get::<_, &[u8]>("wrapped"), b"first");
    let refused = offer(209_902, b"another.", b"first").await.unwrap_err();
    let constraint = refused.as_db_error().and_then(|it| it.constraint());
    assert_eq!(constraint, Some("month_key_kek"));
}

#[tokio::test]
async fn the_migration_takes_over_the_keys_and_the_key_there_are() {
    const BEFORE: [&str; 2] = [
        include_str!("../../../sql/roles.sql"),
        include_str!("../../../sql/migrations/V0004__audit.sql"),
    ];
    const MIGRATION: &str = include_str!("../../../sql/migrations/V0006__key_generations.sql");
    let test = support::database().await;
    let client = test.client().await;
    client
        .batch_execute("DROP SCHEMA audit CASCADE")
        .await
        .unwrap();
    for sql in BEFORE {
        client.batch_execute(sql).await.unwrap();
    }
    // A key that was exchanged by hand, as could be done then, leaves a month nobody can open.
    let rows = "INSERT INTO audit.month_key (month, kek_id, wrapped) VALUES
                (202510, 'earlier.', 'a'), (202511, 'in force', 'b'), (202512, 'in force', 'c')";
    client.batch_execute(rows).await.unwrap();
    client.batch_execute(MIGRATION).await.unwrap();
    let query = "SELECT string_agg(month || '/' || generation, ' ' ORDER BY month),
                        (SELECT convert_from(kek_id, 'UTF8') FROM audit.kek) FROM audit.month_key";
    let row = client.query_one(query, &[]).await.unwrap();
    assert_eq!(
        (row.get::<_, &str>(0), row.get::<_, &str>(1)),
        ("202510/1 202511/1 202512/1", "in force")
    );
}

/// What is done to a month's keys, or with them.
#[derive(Clone, Debug)]
enum Step {
    Seal(String),
    Rotate,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let seal = "[0-9]{9,12}".prop_map(Step::Seal);
    prop::collection::vec(prop_oneof![3 => seal, 1 => Just(Step::Rotate)], 1..12)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 6, ..ProptestConfig::default() })]

    #[test]
    fn whatever_was_sealed_opens_after_any_rotations_and_not_after_the_destruction(steps in steps()) {
        block_on(async {
            let clock = Clock::frozen("2026-08-15T00:00:00Z".parse().unwrap());
            let rig = Rig::at(clock.clone()).await;
            let desk = Desk::open(&rig).await;
            let mut sealed = Vec::new();
            for step in &steps {
                match step {
                    Step::Seal(number) => {
                        let nonce = [u8::try_from(sealed.len()).unwrap(); 16];
                        let entry = Entry {
                            subject: Some(Private::new(number)),
                            ..Entry::new(Operation::Verify, Decision::Match)
                        };
                        let keys = rig.keys.at(clock.now()).unwrap();
                        sealed.push((number.clone(), nonce, keys.protect(&entry, &nonce)));
                    }
                    Step::Rotate => {
                        desk.rotate(&clock).await;
                        rig.keys.prepare(clock.now()).await.unwrap();
                    }
                }
            }
            desk.lanes.close().await;
            let other = keys(rig.test.database());
            for (number, nonce, protected) in &sealed {
                for keys in [&*rig.keys, &other] {
                    let opened = keys.unseal(nonce, protected).await.unwrap();
                    assert_eq!(opened.values().subject.unwrap().reveal(), number);
                }
            }
            clock.set("2026-11-21T00:00:00Z".parse().unwrap());
            maintain(rig.test.database(), &clock, 1, None).await.unwrap();
            let desk = Desk::open(&rig).await;
            let months = [month(202_608)];
            desk.keeper.destroy(&desk.log, &months, clock.now(), "uid 0").await.unwrap();
            desk.lanes.close().await;
            for (_, nonce, protected) in &sealed {
                for keys in [&*rig.keys, &other] {
                    let refused = keys.unseal(nonce, protected).await;
                    assert!(matches!(refused, Err(Error::Destroyed(_))));
                }
            }
        });
    }
}
