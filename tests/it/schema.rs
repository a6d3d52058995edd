//! The schema and the statements against it.

use std::fs;
use std::path::{Path, PathBuf};

use dancu::store::Role;

use crate::support;

#[tokio::test]
async fn every_statement_fits_the_migrated_schema() {
    let database = support::database().await;
    let client = database.client().await;
    // The one table that is made by whoever uses it.
    let staging = include_str!("../../sql/queries/citizens/create_staging.sql");
    client.batch_execute(staging).await.unwrap();
    let mut refused = Vec::new();
    for path in statements(&Path::new(env!("CARGO_MANIFEST_DIR")).join("sql/queries")) {
        let sql = fs::read_to_string(&path).unwrap();
        if let Err(error) = client.prepare(&sql).await {
            let reason = error.as_db_error().map(ToString::to_string);
            refused.push(format!(
                "{}: {}",
                path.display(),
                reason.unwrap_or_default()
            ));
        }
    }
    assert!(refused.is_empty(), "{}", refused.join("\n"));
}

#[tokio::test]
async fn every_column_says_what_it_holds() {
    const SILENT: &str = "
        SELECT format('%s.%s', c.oid::regclass, a.attname)
        FROM pg_class c
        JOIN pg_attribute a ON a.attrelid = c.oid
        WHERE c.relnamespace IN (
                SELECT oid FROM pg_namespace
                WHERE nspname IN ('reference', 'register', 'policy', 'audit', 'console'))
          AND c.relkind IN ('r', 'p') AND NOT c.relispartition
          AND a.attnum > 0 AND NOT a.attisdropped
          AND coalesce(col_description(c.oid, a.attnum), '') = ''
        ORDER BY 1";
    let database = support::database().await;
    let client = database.client().await;
    let silent: Vec<String> = client
        .query(SILENT, &[])
        .await
        .unwrap()
        .iter()
        .map(|row| row.get(0))
        .collect();
    assert_eq!(silent, Vec::<String>::new());
}

/// Entries that were written a row each, before they lay in blocks: two lanes with a hole, several of one
/// time, more than a block holds, and a day that was taken out of the log.
const ROW_BY_ROW: &str = r"
    SELECT audit.create_partition('2026-01-05'), audit.create_partition('2026-01-06');
    INSERT INTO audit.entry (audit_id, at, lane_id, seq, client_id, operation, decision, subject_tag, entry)
    SELECT id, at, lane, seq, 'onestop', 'verify', 'match', tag,
           '\xa50350'::bytea || tag || '\x0866'::bytea || 'verify' || '\x0a65'::bytea || 'match'
               || '\x0d67'::bytea || 'onestop' || '\x182450'::bytea || uuid_send(id)
    FROM generate_series(1, 2) AS lane, generate_series(0, 2999) AS seq,
         LATERAL (SELECT md5(lane || ' ' || seq)::uuid AS id, decode(md5(seq::text), 'hex') AS tag,
                         '2026-01-05 23:59:59.9995+07'::timestamptz + seq / 1500 * INTERVAL '1 ms' AS at) AS _
    WHERE seq <> 7;
    CREATE TABLE kept AS
    SELECT audit_id, at, lane_id, seq, agency_code, client_id, procedure_code, operation, decision,
           subject_tag, officer_tag, case_tag, entry
    FROM audit.entry;
    ALTER TABLE audit.entry DETACH PARTITION audit.entry_20260106";

#[tokio::test]
async fn entries_that_were_rows_are_the_same_in_blocks() {
    let database = support::database().await;
    let client = database.client().await;
    let number = async |sql: &str| client.query_one(sql, &[]).await.unwrap().get::<_, i64>(0);
    let empty = "DROP SCHEMA reference, register, policy, audit, console CASCADE";
    client.batch_execute(empty).await.unwrap();
    let mut files = statements(&Path::new(env!("CARGO_MANIFEST_DIR")).join("sql/migrations"));
    files.sort_unstable();
    for file in files {
        if file.ends_with("V0015__blocks.sql") {
            client.batch_execute(ROW_BY_ROW).await.unwrap();
        }
        let sql = fs::read_to_string(&file).unwrap();
        client.batch_execute(&sql).await.unwrap();
    }
    let blocks = "SELECT count(*) FROM audit.block";
    assert_eq!(
        number(blocks).await,
        2 * 3,
        "two around the hole, one of the rest of its time"
    );
    let attach = "ALTER TABLE audit.block ATTACH PARTITION audit.block_20260106
        FOR VALUES FROM ('2026-01-06 00:00:00+07') TO ('2026-01-07 00:00:00+07')";
    client.batch_execute(attach).await.unwrap();
    assert_eq!(number(blocks).await, 2 * (3 + 2));
    for (one, other) in [("kept", "audit.entry"), ("audit.entry", "kept")] {
        let missing = format!("SELECT count(*) FROM (TABLE {one} EXCEPT TABLE {other}) AS e");
        assert_eq!(number(&missing).await, 0, "in {one} and not in {other}");
    }
    assert_eq!(number("SELECT count(*) FROM audit.entry").await, 2 * 2999);
}

/// What an auditor's own SQL sees of rows that are no entries.
#[tokio::test]
async fn what_is_no_entry_has_no_members_and_breaks_no_query() {
    let database = support::database().await;
    let client = database.client().await;
    for bytes in [
        "",
        "00",
        "a1",
        "b8",
        "a10b",
        "a1187f",
        "a10dff",
        "a10d7bffffffffffffffff",
        "a1119bffffffffffffffff",
    ] {
        let sql = format!(
            "SELECT audit.member(decode('{bytes}', 'hex'), 13), audit.id_of(decode('{bytes}', 'hex'))"
        );
        let row = client.query_one(&sql, &[]).await.unwrap();
        assert_eq!(row.get::<_, Option<Vec<u8>>>(0), None, "{bytes}");
        assert_eq!(row.get::<_, Option<uuid::Uuid>>(1), None, "{bytes}");
    }
}

#[tokio::test]
async fn two_databases_of_one_run_do_not_see_each_other() {
    let (one, other) = tokio::join!(support::database(), support::database());
    let owner = one.database().connect(Role::Owner).await.unwrap();
    owner.batch_execute("CREATE TABLE mine ()").await.unwrap();
    let found = other.client().await.query("SELECT FROM mine", &[]).await;
    assert!(found.is_err());
}

/// All files below `sql/queries`; a directory that is not there has none.
fn statements(below: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(below) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for entry in entries {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(statements(&path));
        } else if path.extension().is_some_and(|suffix| suffix == "sql") {
            found.push(path);
        }
    }
    found
}
