//! What matters most of what roles may not do, tried. What the service, the auditors' and the maintaining
//! role may not do with the log is in `audit::roles`.

use dancu::audit::maintain;
use dancu::clock::Clock;
use dancu::store::{Role, migrate};
use tokio_postgres::error::SqlState;

use crate::support::{self, TestDatabase};

const ALL: [Role; 6] = [
    Role::Service,
    Role::Feed,
    Role::Audit,
    Role::Maintain,
    Role::Seal,
    Role::Search,
];

/// All roles but that one.
fn others(one: Role) -> impl Iterator<Item = Role> {
    ALL.into_iter().filter(move |role| *role != one)
}

/// A database with today's partitions.
async fn database() -> TestDatabase {
    let database = support::database().await;
    migrate::migrate(database.database()).await.unwrap();
    maintain(database.database(), &Clock::default(), 1, None)
        .await
        .unwrap();
    database
}

/// Tries each statement as that role; all must be refused for want of privilege.
async fn refused(database: &TestDatabase, role: Role, statements: &[&str]) {
    let client = database.database().connect(role).await.unwrap();
    let day = Clock::default().today();
    let named = day.strftime("%Y%m%d").to_string();
    for statement in statements {
        let statement = statement
            .replace("today", &named)
            .replace("$day", &day.to_string());
        let code = match client.batch_execute(&statement).await {
            Ok(()) => panic!("{role:?} may: {statement}"),
            Err(error) => error.code().cloned(),
        };
        let expected = Some(SqlState::INSUFFICIENT_PRIVILEGE);
        assert_eq!(code, expected, "{role:?}: {statement}");
    }
}

#[tokio::test]
async fn who_answers_callers_only_reads_the_register() {
    let database = database().await;
    let statements = [
        "INSERT INTO register.citizen (personal_id, revision, full_name, birth_date)
         VALUES ('001095000001', 1, 'A', '1990')",
        "UPDATE register.citizen SET protected = false",
        "DELETE FROM register.citizen",
        "TRUNCATE register.citizen",
        "SELECT FROM register.citizen FOR UPDATE",
        "SELECT FROM register.citizen_revision",
        "SELECT FROM register.import",
        "INSERT INTO register.old_number (old_number, personal_id) VALUES ('012345678', '001095000001')",
        "DELETE FROM register.old_number",
        "INSERT INTO register.protected_number (number, personal_id) VALUES ('012345678', '001095000001')",
        "DELETE FROM register.protected_number",
        "UPDATE register.feed SET head = 0",
        "SELECT FROM register.feed FOR UPDATE",
        "INSERT INTO register.change (position, kind) VALUES (1, 'everything')",
        "DELETE FROM register.change",
        "SELECT register.prune('0')",
        "CREATE TEMPORARY TABLE mine ()",
    ];
    refused(&database, Role::Service, &statements).await;
}

#[tokio::test]
async fn who_answers_callers_renames_nothing_and_reads_no_tree() {
    let database = database().await;
    let statements = [
        "UPDATE policy.client SET client_id = 'another'",
        "UPDATE policy.agency SET code = 'H99'",
        "UPDATE policy.agreement SET id = 'another'",
        "UPDATE policy.feed SET singleton = true",
        "DELETE FROM policy.bootstrap",
        "DELETE FROM policy.confidential_procedure",
        "UPDATE policy.confidential_procedure SET code = 'another'",
        "INSERT INTO policy.confidential_procedure (code, since) VALUES ('p', now())",
        "INSERT INTO audit.lane (day, process, opened_at) VALUES ('$day', '', now())",
        "SELECT made_at FROM audit.month_key",
        "SELECT FROM audit.tile",
        "SELECT FROM audit.epoch",
        "SELECT FROM audit.search_entry",
        "SELECT FROM audit.signal",
        "INSERT INTO audit.checkpoint (epoch, size, root, note) VALUES (1, 1, '', '')",
        "UPDATE audit.sealer SET sealed_through = now()",
    ];
    refused(&database, Role::Service, &statements).await;
}

#[tokio::test]
async fn who_writes_the_register_sees_neither_permissions_nor_the_log() {
    let database = database().await;
    let statements = [
        "SELECT FROM policy.client",
        "SELECT FROM console.session",
        "SELECT FROM audit.entry",
        "SELECT FROM audit.block",
        "INSERT INTO audit.block (at, lane_id, first_seq, count, entries) VALUES (now(), 1, 0, 0, '{}')",
        "SELECT FROM audit.month_key",
        "SELECT FROM register.citizen_revision",
        "DELETE FROM register.citizen",
        "DELETE FROM register.citizen_revision",
        "UPDATE register.citizen_revision SET document = '{}'",
        "SELECT FROM register.change",
        "DELETE FROM register.change",
        "INSERT INTO register.change (position, kind, changed_at) VALUES (1, 'everything', now())",
        "DELETE FROM register.import",
    ];
    refused(&database, Role::Feed, &statements).await;
}

#[tokio::test]
async fn nobody_else_sees_people_nor_the_keys_of_the_log() {
    let database = database().await;
    let people = [
        "SELECT FROM register.citizen",
        "SELECT FROM register.citizen_revision",
        "SELECT FROM register.old_number",
        "SELECT FROM register.protected_number",
        "SELECT FROM register.change",
        "SELECT FROM register.import",
        "SELECT FROM policy.officer",
        "SELECT FROM policy.agreement",
        "SELECT FROM console.session",
        "SELECT FROM audit.month_key",
        "SELECT FROM audit.kek",
    ];
    for role in [Role::Audit, Role::Maintain, Role::Seal, Role::Search] {
        refused(&database, role, &people).await;
    }
}

#[tokio::test]
async fn nobody_changes_or_removes_an_entry_and_only_who_keeps_partitions_drops_them() {
    let database = database().await;
    for role in ALL {
        let statements = [
            "UPDATE audit.block SET entries = '{}'",
            "UPDATE audit.block_today SET entries = '{}'",
            "DELETE FROM audit.block",
            "DELETE FROM audit.block_today",
            "TRUNCATE audit.block",
            "TRUNCATE audit.block_today",
            "DROP TABLE audit.block_today",
            "ALTER TABLE audit.block DETACH PARTITION audit.block_today",
            "UPDATE audit.attachment SET sealed = ''",
            "DELETE FROM audit.attachment",
            "DELETE FROM audit.sealed",
            "DELETE FROM audit.tile",
            "DELETE FROM audit.checkpoint",
            "TRUNCATE audit.checkpoint",
            "UPDATE audit.checkpoint SET note = ''",
            "DELETE FROM audit.lane",
            "DELETE FROM audit.month_key",
            "UPDATE audit.retention SET minimum_days = 0",
            "CREATE TABLE public.mine ()",
            "CREATE TABLE audit.mine ()",
            "CREATE SCHEMA mine",
            "UPDATE public.refinery_schema_history SET version = 0",
        ];
        refused(&database, role, &statements).await;
    }
    for role in others(Role::Maintain) {
        let statements = [
            "SELECT audit.create_partition('2030-01-01')",
            "SELECT audit.detach_partition('2020-01-01')",
            "SELECT audit.drop_detached('2020-01-01')",
            "SELECT register.prune('0')",
        ];
        refused(&database, role, &statements).await;
    }
}

#[tokio::test]
async fn only_who_stages_records_makes_temporary_tables() {
    let database = database().await;
    for role in others(Role::Feed) {
        refused(&database, role, &["CREATE TEMPORARY TABLE mine ()"]).await;
    }
}

#[tokio::test]
async fn nobody_says_when_something_was_made() {
    let database = database().await;
    let sealing = [
        "INSERT INTO audit.checkpoint (epoch, size, root, note, published_at) VALUES (1, 1, '', '', now())",
        "INSERT INTO audit.checkpoint (epoch, size, root, note, made_at) VALUES (1, 1, '', '', now())",
        "UPDATE audit.checkpoint SET made_at = now()",
        "INSERT INTO audit.epoch (epoch, origin, minimum_index) VALUES (1, '', 7)",
        "UPDATE audit.epoch SET minimum_index = 7",
        "INSERT INTO audit.note_key (vkey, added_at) VALUES ('', now())",
        "INSERT INTO audit.declared_hole (lane_id, first_seq, last_seq, audit_id, declared_at)
         VALUES (1, 1, 1, gen_random_uuid(), now())",
        "INSERT INTO audit.block (at, lane_id, first_seq, count, entries) VALUES (now(), 1, 0, 0, '{}')",
        "SELECT FROM audit.attachment",
    ];
    refused(&database, Role::Seal, &sealing).await;
    let searching = [
        "UPDATE audit.signal SET raised_at = now()",
        "INSERT INTO audit.signal (kind, raised_at) VALUES ('off_hours', now())",
        "DELETE FROM audit.signal",
        "UPDATE audit.tally SET client_id = ''",
        "UPDATE audit.search_entry SET subject_tag = NULL",
        "DELETE FROM audit.search_entry",
        "SELECT FROM audit.attachment",
    ];
    refused(&database, Role::Search, &searching).await;
}
