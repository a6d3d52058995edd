//! Programs and schemas of other versions: which of them go together.

use std::sync::Arc;

use dancu::store::migrate;
use dancu::store::{Error, Role};

use super::{said, written};
use crate::support::app::TestApp;
use crate::support::{self, TestDatabase};

/// A configuration of the database as `dancu serve`, `seal` and `migrate` are given one.
fn given(app: &TestApp, database: &TestDatabase) -> dancu::config::Config {
    let mut config = app.config.clone();
    config.database.url = Some(database.url("dancu_service"));
    config.database.owner_url = Some(database.url("postgres"));
    config.database.seal_url = Some(database.url("dancu_seal"));
    config.audit.kek_file = Some(config.kek_file());
    config.audit.note_key_file = Some(config.note_key_file());
    config.audit.second_place = Some(config.second_place());
    config
}

#[actix_web::test]
async fn an_older_schema_is_refused_by_all_who_need_it_and_migrated() {
    let app = TestApp::start().await;
    let database = Arc::clone(&app.database);
    let file = written(&given(&app, &database), "older");
    app.stop().await;
    let client = database.client().await;
    let newest = migrate::needed();
    // As it is before the last migration, as far as the table of versions tells.
    let forget = "DELETE FROM refinery_schema_history WHERE version = $1";
    client.execute(forget, &[&newest]).await.unwrap();
    let refused = format!(
        "the schema is at version {}, this program needs {newest}",
        newest - 1
    );
    for command in ["serve", "seal"] {
        let said = said(&file, command, 1);
        assert!(said.contains(&refused), "{command}: {said}");
    }
}

#[actix_web::test]
async fn a_newer_schema_is_answered_from_and_never_migrated() {
    let app = TestApp::start().await;
    let database = Arc::clone(&app.database);
    let client = database.client().await;
    let newer =
        "INSERT INTO refinery_schema_history VALUES (9999, 'later', '2027-01-01T00:00:00Z', '1')";
    client.batch_execute(newer).await.unwrap();
    // As the replicas of the release before are restarted beside those of the next.
    let another = app.another().await;
    let answer = another.get("/v1/me", &another.admin()).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let file = written(&given(&app, &database), "newer");
    let said = said(&file, "migrate", 1);
    let refused = format!(
        "the schema is at version 9999, this program needs {}",
        migrate::needed()
    );
    assert!(said.contains(&refused), "{said}");
    another.stop().await;
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_migration_that_finds_a_lock_lets_others_pass_and_tries_again() {
    let test = support::database().await;
    let owner = test.client().await;
    let nothing = "DROP SCHEMA reference, register, policy, audit, console CASCADE;
        DELETE FROM refinery_schema_history";
    owner.batch_execute(nothing).await.unwrap();
    let holder = test.client().await;
    let lock = "BEGIN; LOCK TABLE refinery_schema_history IN SHARE MODE";
    holder.batch_execute(lock).await.unwrap();
    let database = test.database().clone();
    let migrating = tokio::spawn(async move { migrate::migrate(&database).await });
    let waits = "SELECT count(*) FROM pg_locks
        WHERE relation = 'refinery_schema_history'::regclass AND NOT granted";
    let waiting = async || owner.query_one(waits, &[]).await.unwrap().get::<_, i64>(0);
    let limit = std::time::Duration::from_secs(20);
    for expected in [1, 0, 1] {
        let what = format!("{expected} wait for the lock");
        support::within(&what, limit, async || waiting().await == expected).await;
    }
    assert!(!migrating.is_finished());
    holder.batch_execute("COMMIT").await.unwrap();
    let applied = migrating.await.unwrap().unwrap();
    assert_eq!(i32::try_from(applied), Ok(migrate::needed()));
    migrate::check(test.database()).await.unwrap();
    let again = migrate::migrate(test.database()).await;
    assert!(matches!(again, Ok(0)), "{again:?}");
}

#[tokio::test]
async fn whoever_finds_no_schema_says_what_is_needed() {
    let test = support::database().await;
    let owner = test.database().connect(Role::Owner).await.unwrap();
    let none = "DROP TABLE refinery_schema_history";
    owner.batch_execute(none).await.unwrap();
    let checked = migrate::check(test.database()).await;
    assert!(
        matches!(checked, Err(Error::Schema { found: 0, .. })),
        "{checked:?}"
    );
}
