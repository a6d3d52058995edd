//! The table of clients.

use deadpool_postgres::GenericClient;
use tokio_postgres::Row;

use super::table::{Table, optional, text, texts};
use crate::domain::policy::{Client, Label};
use crate::store::{Error, Statement, execute, statement};

const PUT: Statement = statement!("client/put");

impl Table for Client {
    const ALL: Statement = statement!("client/all");
    const FIND: Statement = statement!("client/find");
    const PAGE: Statement = statement!("client/page");
    const DELETE: Statement = statement!("client/delete");

    fn read(row: &Row) -> Result<Self, &'static str> {
        Ok(Self {
            client_id: text(row, "client_id")?,
            issuer: optional(row, "issuer")?,
            agency_code: text(row, "agency_code")?,
            name: text(row, "name")?,
            active: row.get("active"),
            scopes: texts(row, "scopes")?,
        })
    }

    async fn put(&self, client: &impl GenericClient) -> Result<u64, Error> {
        execute(
            client,
            &PUT,
            &[
                &self.client_id.as_str(),
                &self.issuer.as_ref().map(Label::as_str),
                &self.agency_code.as_str(),
                &self.name.as_str(),
                &self.active,
                &self.scopes.names(),
            ],
        )
        .await
    }
}
