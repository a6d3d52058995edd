//! What the peers need in the database: made by its owner, and taken away again.

use std::path::Path;

use tokio::runtime::{Builder, Runtime};
use tokio_postgres::Client;

use crate::{Failure, machine, say};

const SCHEMA: &str = include_str!("../../peers/schema.sql");
const DROP: &str = include_str!("../../peers/drop.sql");
/// Whether a run that was cut off left it. Role and schema are made together or not at all.
const LEFT: &str = "SELECT FROM pg_roles WHERE rolname = 'dancu_peer'";
const ROWS: &str = "SELECT count(*) FROM peers.audit";

/// In place, as long as this lives.
pub struct Database {
    runtime: Runtime,
    client: Client,
}

impl Database {
    /// Puts it in place.
    pub fn prepare(socket: &Path) -> Result<Self, Failure> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let client = runtime.block_on(async {
            let client = machine::connect(socket).await?;
            if client.query_opt(LEFT, &[]).await?.is_some() {
                client.batch_execute(DROP).await?;
            }
            client.batch_execute(SCHEMA).await?;
            Ok::<_, Failure>(client)
        })?;
        Ok(Self { runtime, client })
    }

    /// How many rows their log has.
    pub fn rows(&self) -> Result<u64, Failure> {
        let counted = self.client.query_one(ROWS, &[]);
        let rows: i64 = self.runtime.block_on(counted)?.try_get(0)?;
        Ok(rows.try_into()?)
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if let Err(error) = self.runtime.block_on(self.client.batch_execute(DROP)) {
            say(&format!("load: what the peers needed is left: {error}"));
        }
    }
}
