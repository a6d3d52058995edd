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
