//! What each role tries and may not.

use dancu::store::Role;
use tokio_postgres::error::SqlState;

use super::{Rig, verification};

/// Tries each statement as that role; all must be refused for want of privilege.
async fn refused(rig: &Rig, role: Role, statements: &[String]) {
    let client = rig.test.database().connect(role).await.unwrap();
    for statement in statements {
        let code = match client.batch_execute(statement).await {
            Ok(()) => panic!("{role:?} may: {statement}"),
            Err(error) => error.code().cloned(),
        };
        assert_eq!(
            code,
            Some(SqlState::INSUFFICIENT_PRIVILEGE),
            "{role:?}: {statement}"
        );
    }
}

/// Statements on every table of the log and on today's partition, by name.
fn each(rig: &Rig, tables: &[&str], of: &[&str]) -> Vec<String> {
    let day = rig.clock.today().strftime("%Y%m%d").to_string();
    let named = |table: &&str| table.replace("today", &day);
    let tables: Vec<_> = tables.iter().map(named).collect();
    let pairs = tables
        .iter()
        .flat_map(|table| of.iter().map(move |it| (table, it)));
    pairs.map(|(table, it)| it.replace('?', table)).collect()
}

async fn rig() -> Rig {
    let rig = Rig::new().await;
    let lanes = rig.lanes().await;
    lanes.record(verification(&lanes, "H29")).await.unwrap();
    lanes.close().await;
    rig
}

const LOG: &[&str] = &["audit.block", "audit.block_today", "audit.attachment"];

#[tokio::test]
async fn the_service_may_neither_read_nor_change_nor_remove_what_it_recorded() {
    let rig = rig().await;
    let change = [
        "SELECT FROM ?",
        "UPDATE ? SET at = now()",
        "DELETE FROM ?",
        "TRUNCATE ?",
        "DROP TABLE ?",
    ];
    refused(&rig, Role::Service, &each(&rig, LOG, &change)).await;
    refused(
        &rig,
        Role::Service,
        &each(
            &rig,
            &["audit.block_today"],
            &["INSERT INTO ? DEFAULT VALUES"],
        ),
    )
    .await;
    let keys = [
        "UPDATE ? SET kek_id = kek_id",
        "UPDATE ? SET wrapped = ''",
        "DELETE FROM ?",
        "TRUNCATE ?",
        "INSERT INTO ? (month, generation, kek_id, wrapped) VALUES (203001, 2, '', '')",
    ];
    let keys = each(&rig, &["audit.month_key"], &keys);
    refused(&rig, Role::Service, &keys).await;
    let kek = [
        "UPDATE ? SET kek_id = kek_id",
        "DELETE FROM ?",
        "TRUNCATE ?",
    ];
    refused(&rig, Role::Service, &each(&rig, &["audit.kek"], &kek)).await;
    let lanes = [
        "UPDATE ? SET lane_id = DEFAULT",
        "UPDATE ? SET process = ''",
        "DELETE FROM ?",
        "TRUNCATE ?",
    ];
    refused(&rig, Role::Service, &each(&rig, &["audit.lane"], &lanes)).await;
    let others = [
        "SELECT audit.create_partition('2030-01-01')",
        "SELECT audit.detach_partition('2020-01-01')",
        "SELECT audit.drop_detached('2020-01-01')",
        "UPDATE audit.retention SET minimum_days = 1",
        "CREATE TABLE audit.mine ()",
        "ALTER TABLE audit.block DISABLE TRIGGER ALL",
        "SELECT FROM audit.declared_hole",
        "SELECT FROM audit.entry",
        "INSERT INTO audit.declared_hole (lane_id, first_seq, last_seq, audit_id)
         VALUES (1, 1, 1, gen_random_uuid())",
    ]
    .map(str::to_owned);
    refused(&rig, Role::Service, &others).await;
}

#[tokio::test]
async fn auditors_may_read_the_log_and_nothing_else() {
    let rig = rig().await;
    let change = [
        "INSERT INTO ? SELECT * FROM ?",
        "UPDATE ? SET at = now()",
        "DELETE FROM ?",
        "TRUNCATE ?",
    ];
    refused(&rig, Role::Audit, &each(&rig, LOG, &change)).await;
    refused(
        &rig,
        Role::Audit,
        &each(
            &rig,
            &["audit.month_key", "audit.kek"],
            &["SELECT FROM ?", "DELETE FROM ?"],
        ),
    )
    .await;
    let client = rig.test.database().connect(Role::Audit).await.unwrap();
    let rows = client
        .query("SELECT entry FROM audit.entry", &[])
        .await
        .unwrap();
    assert!(!rows.is_empty());
}

#[tokio::test]
async fn who_keeps_the_partitions_may_not_touch_an_entry_nor_drop_a_young_day() {
    let rig = rig().await;
    let all = [
        "SELECT FROM ?",
        "INSERT INTO ? DEFAULT VALUES",
        "UPDATE ? SET at = now()",
        "DELETE FROM ?",
        "TRUNCATE ?",
        "DROP TABLE ?",
    ];
    refused(&rig, Role::Maintain, &each(&rig, LOG, &all)).await;
    let day = rig.clock.today();
    let others = [
        format!("SELECT audit.detach_partition('{day}')"),
        format!("SELECT audit.drop_detached('{day}')"),
        format!(
            "ALTER TABLE audit.block DETACH PARTITION audit.block_{}",
            day.strftime("%Y%m%d")
        ),
        "UPDATE audit.retention SET minimum_days = 1".to_owned(),
        "SELECT FROM audit.month_key".to_owned(),
        "SELECT FROM audit.kek".to_owned(),
    ];
    refused(&rig, Role::Maintain, &others).await;
}
