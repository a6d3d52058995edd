//! The statements that operators are told to run, run against the schema.

use super::passages;
use crate::support;

/// Documents whose statements need nothing that is not in a migrated database.
const DOCUMENTS: [&str; 4] = ["capacity.md", "checklist.md", "keys.md", "upgrade.md"];

#[tokio::test]
async fn every_statement_in_these_documents_can_be_run() {
    let database = support::database().await;
    let client = database.client().await;
    for document in DOCUMENTS {
        let found = passages(document, "sql");
        assert!(!found.is_empty(), "{document} has none");
        for sql in found {
            // What they change is a role's or a key's, and is undone.
            let sql = sql.replace("BEGIN;", "").replace("COMMIT;", "");
            let done = client
                .batch_execute(&format!("BEGIN; {sql}; ROLLBACK"))
                .await;
            assert!(done.is_ok(), "{document}: {sql}\n{done:?}");
        }
    }
}
