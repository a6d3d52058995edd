//! The table of officers.

use deadpool_postgres::GenericClient;
use tokio_postgres::Row;

use super::table::{Table, optional, text};
use crate::domain::policy::{Label, Officer};
use crate::store::{Error, Statement, execute, statement};

const PUT: Statement = statement!("officer/put");

impl Table for Officer {
    const ALL: Statement = statement!("officer/all");
    const FIND: Statement = statement!("officer/find");
    const PAGE: Statement = statement!("officer/page");
    const DELETE: Statement = statement!("officer/delete");

    fn read(row: &Row) -> Result<Self, &'static str> {
        Ok(Self {
            id: text(row, "id")?,
            officer_id: text(row, "officer_id")?,
            agency_code: text(row, "agency_code")?,
            name: optional(row, "name")?,
            active: row.get("active"),
        })
    }

    async fn put(&self, client: &impl GenericClient) -> Result<u64, Error> {
        execute(
            client,
            &PUT,
            &[
                &self.id.as_str(),
                &self.officer_id.as_str(),
                &self.agency_code.as_str(),
                &self.name.as_ref().map(Label::as_str),
                &self.active,
            ],
        )
        .await
    }
}
