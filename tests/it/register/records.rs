//! One record: its fields, its revisions, what it is found by.

use std::error::Error as _;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use dancu::clock::Clock;
use dancu::domain::change::{Ignored, Outcome};
use dancu::domain::citizen::StatusKind;
use dancu::domain::fault::FromText;
use dancu::domain::number::{OldIdNumber, PersonalId};
use dancu::domain::reference::Reference;
use dancu::register::{Metrics, Register};
use dancu::store::Error;
use dancu::store::citizens::Rows;
use dancu::store::register_feed::{Changes, FeedChange};
use futures_util::poll;
use prometheus::Registry;
use serde_json::{Value, json};

use super::{citizen, database, everything, feed, find, id, made_by, status, store, upsert};
use crate::support::{soon, within};

const AN: &str = "001095000001";
const BINH: &str = "001095000002";

async fn numbers_of(mut rows: Rows) -> Vec<PersonalId> {
    let mut numbers = Vec::new();
    while let Some(nearest) = rows.next().await.unwrap() {
        numbers.push(nearest.citizen.personal_id);
    }
    numbers
}

#[tokio::test]
async fn every_field_comes_back_as_it_was_written() {
    let database = database().await;
    let feed = feed(&database);
    let store = store(&database);
    let whole = everything();
    // Everything at once, everything but one member each, and each member alone.
    let mut changes = vec![upsert(AN, 1, Value::Object(whole.clone()))];
    for (at, name) in whole
        .keys()
        .enumerate()
        .filter(|(_, name)| *name != "personal_id")
    {
        let mut without = whole.clone();
        let mut alone = serde_json::Map::new();
        if !["full_name", "birth_date"].contains(&name.as_str()) {
            alone.insert(name.clone(), without.remove(name).unwrap());
        }
        without.remove("personal_id");
        changes.push(upsert(
            &format!("0020950{at:05}"),
            1,
            Value::Object(without),
        ));
        changes.push(upsert(&format!("0030950{at:05}"), 1, Value::Object(alone)));
    }
    let outcomes = feed.apply_changes(&changes).await.unwrap();
    assert!(outcomes.iter().all(|outcome| *outcome == Outcome::Applied));
    for change in &changes {
        let number = change.personal_id();
        let (found, revision) = find(&store, number.as_str()).await.unwrap();
        // Debug is masked, so a difference is told by the number of the case.
        assert!(found == made_by(change), "{}", number.as_str());
        assert_eq!(revision, 1);
    }
}

#[tokio::test]
async fn many_are_found_at_once_and_the_unknown_give_nothing() {
    let database = database().await;
    let feed = feed(&database);
    let store = store(&database);
    feed.apply_changes(&[upsert(AN, 1, json!({})), upsert(BINH, 1, json!({}))])
        .await
        .unwrap();
    let numbers = [id(BINH), id("999999999999"), id(AN)];
    assert_eq!(store.find_citizens(&numbers).await.unwrap().len(), 2);
    assert_eq!(store.find_citizens(&[]).await.unwrap(), []);
    assert_eq!(find(&store, "999999999999").await, None);
    // As much is read for a number nobody has: what belongs to the next smaller one.
    let greatest = id(AN).max(id(BINH));
    let read = store.find_nearest_citizens(&[id("999999999999")]).await;
    assert_eq!(numbers_of(read.unwrap()).await, [greatest]);
}

#[tokio::test]
async fn an_upsert_clears_what_it_does_not_name_but_protection_and_status() {
    let database = database().await;
    let feed = feed(&database);
    let store = store(&database);
    let first = upsert(AN, 1, Value::Object(everything()));
    let second = upsert(AN, 2, json!({"sex": "female"}));
    feed.apply_changes(std::slice::from_ref(&first))
        .await
        .unwrap();
    feed.apply_changes(std::slice::from_ref(&second))
        .await
        .unwrap();
    let (found, revision) = find(&store, AN).await.unwrap();
    let mut expected = citizen(&second).clone();
    expected.protected = true;
    expected.status = made_by(&first).status;
    assert_eq!((found == expected, revision), (true, 2));
}

#[tokio::test]
async fn protection_and_status_are_lifted_where_a_change_says_so() {
    let database = database().await;
    let feed = feed(&database);
    let store = store(&database);
    let lifted = upsert(
        AN,
        2,
        json!({"protected": false, "status": {"kind": "active"}}),
    );
    feed.apply_changes(&[upsert(AN, 1, Value::Object(everything()))])
        .await
        .unwrap();
    feed.apply_changes(std::slice::from_ref(&lifted))
        .await
        .unwrap();
    assert!(find(&store, AN).await.unwrap().0 == made_by(&lifted));
}

#[tokio::test]
async fn every_earlier_value_is_kept_as_a_whole() {
    let database = database().await;
    let feed = feed(&database);
    let store = store(&database);
    let changes = [
        upsert(AN, 1, Value::Object(everything())),
        upsert(AN, 3, json!({"sex": "female"})),
        status(AN, 4, StatusKind::Missing),
        upsert(AN, 9, json!({"sex": "male"})),
    ];
    // In one batch and in several alike: a state that lived for an instant was one too.
    feed.apply_changes(&changes[..2]).await.unwrap();
    feed.apply_changes(&changes[2..]).await.unwrap();
    let kept = database
        .client()
        .await
        .query(
            "SELECT revision, document->>'sex', document->>'status_kind',
                    document->'children'->1->>'full_name', recorded_at <= superseded_at
             FROM register.citizen_revision WHERE personal_id = $1 ORDER BY revision",
            &[&AN],
        )
        .await
        .unwrap();
    type Kept<'a> = (i64, Option<&'a str>, &'a str, Option<&'a str>, bool);
    let kept: Vec<Kept<'_>> = kept
        .iter()
        .map(|r| (r.get(0), r.get(1), r.get(2), r.get(3), r.get(4)))
        .collect();
    assert_eq!(
        kept,
        [
            (
                1,
                Some("male"),
                "number_cancelled",
                Some("Nguyễn Văn Út"),
                true
            ),
            (3, Some("female"), "number_cancelled", None, true),
            (4, Some("female"), "missing", None, true),
        ]
    );
    let (found, revision) = find(&store, AN).await.unwrap();
    assert_eq!((found.status.kind, revision), (StatusKind::Missing, 9));
}

#[tokio::test]
async fn what_is_old_or_known_or_about_nobody_is_ignored() {
    let database = database().await;
    let feed = feed(&database);
    let store = store(&database);
    let changes = [
        upsert(AN, 5, json!({"sex": "male"})),
        upsert(AN, 5, json!({"sex": "female"})),
        upsert(AN, 4, json!({"sex": "female"})),
        status(AN, 5, StatusKind::Deceased),
        status(BINH, 1, StatusKind::Deceased),
        upsert(BINH, 1, json!({})),
        status(BINH, 2, StatusKind::Deceased),
    ];
    let expected = [
        Outcome::Applied,
        Outcome::Ignored(Ignored::SameRevision),
        Outcome::Ignored(Ignored::OlderRevision),
        Outcome::Ignored(Ignored::SameRevision),
        Outcome::Ignored(Ignored::UnknownCitizen),
        Outcome::Applied,
        Outcome::Applied,
    ];
    assert_eq!(feed.apply_changes(&changes).await.unwrap(), expected);
    assert!(find(&store, AN).await.unwrap().0 == made_by(&changes[0]));
    assert_eq!(
        find(&store, BINH).await.unwrap().0.status.kind,
        StatusKind::Deceased
    );
}

#[tokio::test]
async fn a_replay_changes_nothing_and_takes_no_position() {
    let database = database().await;
    let feed = feed(&database);
    let store = store(&database);
    let changes = [upsert(AN, 1, json!({})), status(AN, 2, StatusKind::Missing)];
    feed.apply_changes(&changes).await.unwrap();
    let head = store.register_feed_state().await.unwrap().head;
    let replayed = feed.apply_changes(&changes).await.unwrap();
    assert_eq!(
        replayed,
        [
            Outcome::Ignored(Ignored::OlderRevision),
            Outcome::Ignored(Ignored::SameRevision)
        ]
    );
    assert_eq!(store.register_feed_state().await.unwrap().head, head);
}

#[tokio::test]
async fn a_person_is_found_by_the_old_numbers_of_now() {
    let database = database().await;
    let feed = feed(&database);
    let store = store(&database);
    let old = |number| OldIdNumber::from_text(number).unwrap();
    let found = async || {
        let mut found = store
            .find_by_old_numbers(&[old("000000001"), old("000000002")])
            .await
            .unwrap();
        found.sort_unstable();
        found
    };
    feed.apply_changes(&[
        upsert(AN, 1, json!({"old_id_numbers": ["000000001", "000000002"]})),
        upsert(BINH, 1, json!({"old_id_numbers": ["000000001"]})),
    ])
    .await
    .unwrap();
    assert_eq!(
        found().await,
        [
            (old("000000001"), id(AN)),
            (old("000000001"), id(BINH)),
            (old("000000002"), id(AN))
        ]
    );
    feed.apply_changes(&[upsert(
        AN,
        2,
        json!({"old_id_numbers": ["000000002", "000000003"]}),
    )])
    .await
    .unwrap();
    assert_eq!(
        found().await,
        [(old("000000001"), id(BINH)), (old("000000002"), id(AN))]
    );
    let last = store.register_changes_since(2, 10).await.unwrap();
    // Who asked by the number that is gone must hear of it too.
    assert_eq!(
        last,
        [FeedChange {
            position: 3,
            what: Changes::Citizen {
                personal_id: id(AN),
                old_numbers: vec![old("000000001"), old("000000002"), old("000000003")],
                protected_changed: false,
            },
        }]
    );
}

#[tokio::test]
async fn a_record_says_which_of_the_people_it_names_are_protected() {
    let database = database().await;
    let feed = feed(&database);
    let store = store(&database);
    let names = json!({
        "father": {"personal_id": "001065000003"}, "mother": {"old_id_number": "012345604"},
        "children": [{"personal_id": "001320000006"}], "household_members": [{"personal_id": BINH}],
    });
    feed.apply_changes(&[upsert(AN, 1, names)]).await.unwrap();
    let protected = async || {
        let (citizen, meta) = store.find_citizens(&[id(AN)]).await.unwrap().remove(0);
        citizen
            .relatives()
            .map(|person| meta.protects(person))
            .collect::<Vec<_>>()
    };
    assert_eq!(protected().await, [false; 4]);
    let mother = |revision, members| upsert("001165000004", revision, members);
    feed.apply_changes(&[
        mother(
            1,
            json!({"protected": true, "old_id_numbers": ["012345604"]}),
        ),
        upsert(BINH, 1, json!({"protected": true})),
    ])
    .await
    .unwrap();
    assert_eq!(protected().await, [false, true, false, true]);
    // Protection goes on where a change does not speak of it, and follows the numbers.
    feed.apply_changes(&[mother(2, json!({}))]).await.unwrap();
    assert_eq!(protected().await, [false, false, false, true]);
    feed.apply_changes(&[upsert(BINH, 2, json!({"protected": false}))])
        .await
        .unwrap();
    assert_eq!(protected().await, [false; 4]);
    let changed: Vec<bool> = store
        .register_changes_since(0, 10)
        .await
        .unwrap()
        .iter()
        .map(|change| match &change.what {
            Changes::Citizen {
                protected_changed, ..
            } => *protected_changed,
            Changes::Everything => panic!("each is announced"),
        })
        .collect();
    assert_eq!(changed, [false, true, true, true, true]);
}

#[tokio::test]
async fn a_batch_that_fails_leaves_nothing_behind() {
    let database = database().await;
    let feed = feed(&database);
    let store = store(&database);
    let mut bad = upsert(
        BINH,
        1,
        json!({"ethnicity": {"code": "01", "scheme": "2008"}}),
    );
    if let dancu::domain::change::Change::Upsert(upsert) = &mut bad {
        upsert.citizen.ethnicity.as_mut().unwrap().scheme = None;
    }
    let failed = feed.apply_changes(&[upsert(AN, 1, json!({})), bad]).await;
    let failed = failed.unwrap_err();
    assert!(matches!(failed, Error::Constraint { .. }), "{failed:?}");
    // The server's own words hold the whole row, which is somebody's record.
    let told = format!("{failed:?} {failed} {}", failed.source().unwrap());
    assert!(!told.contains(BINH) && !told.contains("Nguyễn"), "{told}");
    assert_eq!(find(&store, AN).await, None);
    assert_eq!(store.register_feed_state().await.unwrap().head, 0);
}

#[tokio::test]
async fn who_asked_is_told_as_their_row_comes_whatever_becomes_of_the_rest() {
    let database = database().await;
    feed(&database)
        .apply_changes(&[upsert(AN, 1, json!({})), upsert(BINH, 1, json!({}))])
        .await
        .unwrap();
    let client = database.client().await;
    let damage = format!(
        r#"UPDATE register.citizen SET children = '[{{"full_name": 1}}]' WHERE personal_id = '{AN}'"#
    );
    client.batch_execute(&damage).await.unwrap();
    let register = Register::new(
        store(&database),
        Arc::new(Reference::shipped()),
        Clock::default(),
        1 << 20,
        1,
        Metrics::register(&Registry::new()).unwrap(),
    );
    // While one read waits for the table, three more questions come, which are read together after it.
    let lock = "BEGIN; LOCK TABLE register.citizen IN ACCESS EXCLUSIVE MODE";
    client.batch_execute(lock).await.unwrap();
    let mut first = pin!(register.find(id("999999999998")));
    assert!(poll!(first.as_mut()).is_pending());
    let waiting = "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted
         AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))";
    soon("the read waits", async || {
        client.query_one(waiting, &[]).await.unwrap().get(0)
    })
    .await;
    let [mut nobody, mut binh, mut an] =
        ["999999999999", BINH, AN].map(|number| Box::pin(register.find(id(number))));
    for question in [&mut nobody, &mut binh, &mut an] {
        assert!(poll!(question.as_mut()).is_pending());
    }
    client.batch_execute("COMMIT").await.unwrap();
    let (nobody, binh, an) = tokio::join!(nobody, binh, an);
    assert!(nobody.unwrap().records.is_empty());
    assert_eq!(binh.unwrap().records.len(), 1);
    assert!(an.is_err(), "its record cannot be read");
}

#[tokio::test]
async fn reading_a_record_never_goes_through_all_protected_people() {
    const FIND: &str = include_str!("../../../sql/queries/citizens/find.sql");
    let database = database().await;
    let client = database.client().await;
    let prepare = format!(
        "INSERT INTO register.protected_number (number, personal_id)
             SELECT lpad(n::text, 12, '0'), lpad(n::text, 12, '0') FROM generate_series(1, 1000) AS n;
         ANALYZE register.protected_number;
         SET plan_cache_mode = force_generic_plan;
         PREPARE find AS {FIND}"
    );
    client.batch_execute(&prepare).await.unwrap();
    let plan = "EXPLAIN EXECUTE find (ARRAY['001095000001'])";
    let rows = client.query(plan, &[]).await.unwrap();
    let plan: Vec<&str> = rows.iter().map(|row| row.get(0)).collect();
    let plan = plan.join("\n");
    assert!(plan.contains("protected_number_pkey"), "{plan}");
    assert!(!plan.contains("Seq Scan"), "{plan}");
}

#[tokio::test]
async fn a_connection_of_which_rows_are_still_to_come_is_not_lent_again() {
    let database = database().await;
    let feed = feed(&database);
    feed.apply_changes(&[upsert(AN, 1, json!({}))])
        .await
        .unwrap();
    let store = store(&database);
    let client = database.client().await;
    let open = async || {
        let sessions = "SELECT count(*) FROM pg_stat_activity
                        WHERE datname = current_database() AND query LIKE '/* citizens/find %'";
        let row = client.query_one(sessions, &[]).await.unwrap();
        row.get::<_, i64>(0)
    };
    let mut whole = store.find_nearest_citizens(&[id(AN)]).await.unwrap();
    while whole.next().await.unwrap().is_some() {}
    drop(whole);
    assert_eq!(open().await, 1, "it is kept");
    let mut rows = store
        .find_nearest_citizens(&[id(AN), id(AN)])
        .await
        .unwrap();
    assert!(rows.next().await.unwrap().is_some());
    drop(rows);
    within("it is closed", Duration::from_secs(20), async || {
        open().await == 0
    })
    .await;
    assert_eq!(store.find_citizens(&[id(AN)]).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_node_that_has_not_come_to_a_place_of_the_feed_is_not_read_from() {
    let database = database().await;
    let feed = feed(&database);
    let store = store(&database);
    let old = json!({"old_id_numbers": ["012345678"]});
    feed.apply_changes(&[upsert(AN, 1, old)]).await.unwrap();
    let (people, old) = ([id(AN)], [OldIdNumber::from_text("012345678").unwrap()]);
    let read = store.read_register_at(1, &people, &old).await.unwrap();
    let read = read.unwrap();
    assert_eq!(numbers_of(read.citizens.unwrap()).await, [id(AN)]);
    assert_eq!(read.old, [(old[0], id(AN))]);
    let behind = store.read_register_at(2, &people, &old).await.unwrap();
    assert!(behind.is_none());
}

#[tokio::test]
async fn nobody_may_change_what_was_and_old_changes_are_pruned() {
    let database = database().await;
    let feed = feed(&database);
    feed.apply_changes(&[upsert(AN, 1, json!({})), upsert(AN, 2, json!({}))])
        .await
        .unwrap();
    feed.apply_changes(&[upsert(AN, 3, json!({}))])
        .await
        .unwrap();
    let client = database.client().await;
    for statement in [
        "DELETE FROM register.citizen_revision",
        "UPDATE register.citizen_revision SET revision = 7",
        "TRUNCATE register.citizen_revision",
        "DELETE FROM register.citizen",
        "DELETE FROM register.change",
    ] {
        for role in ["dancu_service", "dancu_feed", "dancu_maintain"] {
            let as_role = format!("SET ROLE {role}");
            client.batch_execute(&as_role).await.unwrap();
            let refused = client.batch_execute(statement).await.unwrap_err();
            assert_eq!(
                refused.code().unwrap().code(),
                "42501",
                "{role}: {statement}"
            );
        }
    }
    client
        .batch_execute("SET ROLE dancu_maintain")
        .await
        .unwrap();
    let prune = |keep: &'static str| {
        let client = &client;
        async move {
            let sql = format!("SELECT register.prune('{keep}')");
            client.query_one(&sql, &[]).await.unwrap().get::<_, i64>(0)
        }
    };
    assert_eq!(prune("1 hour").await, 0);
    assert_eq!(prune("0").await, 2);
}
