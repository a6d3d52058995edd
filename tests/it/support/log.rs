//! What the log says, as the tests look it up.

use dancu::domain::entry::{Decision, Decoded, Operation};
use serde_json::Value;

use super::app::{Answer, TestApp};

impl TestApp {
    /// Every entry but those of the lanes, of the start and of looking entries up, oldest first.
    pub async fn entries(&self) -> Vec<Decoded> {
        let client = self.database.client().await;
        let query = "SELECT entry FROM audit.entry WHERE operation !~ '^(lane|cli)'
            AND operation <> 'audit.entry' ORDER BY lane_id, seq";
        let rows = client.query(query, &[]).await.unwrap();
        let decoded = |row: &tokio_postgres::Row| Decoded::from_canonical(row.get(0)).unwrap();
        rows.iter().map(decoded).collect()
    }

    /// The entries of that operation, oldest first.
    pub async fn entries_of(&self, operation: Operation) -> Vec<Decoded> {
        let mut entries = self.entries().await;
        entries.retain(|entry| entry.operation == operation);
        entries
    }

    /// How many refusals were recorded.
    pub async fn refusals(&self) -> usize {
        let refused = |entry: &&Decoded| entry.decision == Decision::Refused;
        self.entries().await.iter().filter(refused).count()
    }

    /// The entry an answer names, as an auditor reads it.
    pub async fn entry_of(&self, answer: &Answer) -> Value {
        let id = answer.json()["audit_id"].as_str().map(str::to_owned);
        let id = id.unwrap_or_else(|| panic!("no entry is named: {}", answer.text));
        self.entry(&id).await
    }

    /// An entry by its id, as an auditor reads it.
    pub async fn entry(&self, audit_id: &str) -> Value {
        let path = format!("/v1/audit/entries/{audit_id}");
        let answer = self.get(&path, &self.admin()).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.json()
    }
}
