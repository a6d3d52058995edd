//! The table of agencies.

use deadpool_postgres::GenericClient;
use tokio_postgres::Row;

use super::table::{Table, optional, text};
use crate::domain::policy::{Agency, Code};
use crate::store::{Error, Statement, execute, statement};

const PUT: Statement = statement!("agency/put");

impl Table for Agency {
    const ALL: Statement = statement!("agency/all");
    const FIND: Statement = statement!("agency/find");
    const PAGE: Statement = statement!("agency/page");
    const DELETE: Statement = statement!("agency/delete");

    fn read(row: &Row) -> Result<Self, &'static str> {
        Ok(Self {
            code: text(row, "code")?,
            name: text(row, "name")?,
            parent: optional(row, "parent")?,
        })
    }

    async fn put(&self, client: &impl GenericClient) -> Result<u64, Error> {
        let parent = self.parent.as_ref().map(Code::as_str);
        execute(
            client,
            &PUT,
            &[&self.code.as_str(), &self.name.as_str(), &parent],
        )
        .await
    }
}
