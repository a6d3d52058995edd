//! The table of procedures. Form and papers are read through their own parsers, so that what an
//! earlier version wrote and this one does not know is found out here.

use deadpool_postgres::GenericClient;
use tokio_postgres::Row;
use tokio_postgres::types::Json;

use super::table::{Table, optional, text};
use crate::domain::policy::{Form, Label, Paper, Procedure};
use crate::store::{Error, Statement, execute, statement};

const PUT: Statement = statement!("procedure/put");

impl Table for Procedure {
    const ALL: Statement = statement!("procedure/all");
    const FIND: Statement = statement!("procedure/find");
    const PAGE: Statement = statement!("procedure/page");
    const DELETE: Statement = statement!("procedure/delete");

    fn read(row: &Row) -> Result<Self, &'static str> {
        let form: Option<Json<Form>> = row.try_get("form").map_err(|_| "form")?;
        let papers: Json<Vec<Paper>> = row.try_get("papers").map_err(|_| "papers")?;
        Ok(Self {
            code: text(row, "code")?,
            name: text(row, "name")?,
            legal_basis: optional(row, "legal_basis")?,
            confidential: row.get("confidential"),
            form: form.map(|form| form.0),
            papers: papers.0,
        })
    }

    async fn put(&self, client: &impl GenericClient) -> Result<u64, Error> {
        execute(
            client,
            &PUT,
            &[
                &self.code.as_str(),
                &self.name.as_str(),
                &self.legal_basis.as_ref().map(Label::as_str),
                &self.confidential,
                &self.form.as_ref().map(Json),
                &Json(&self.papers),
            ],
        )
        .await
    }
}
