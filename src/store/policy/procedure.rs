//! The table of procedures. Form and papers are read through their own parsers, so that what an
//! earlier version wrote and this one does not know is found out here.

use deadpool_postgres::GenericClient;
use tokio_postgres::Row;
use tokio_postgres::types::Json;

use super::table::{Table, optional, text};
use crate::domain::policy::{Code, Form, Label, Paper, Procedure};
use crate::store::{Error, Statement, execute, query, statement};

const PUT: Statement = statement!("procedure/put");
const REMEMBER_CONFIDENTIAL: Statement = statement!("procedure/remember_confidential");
const EVER_CONFIDENTIAL: Statement = statement!("procedure/ever_confidential");

/// Remembers for good that the procedure in the table is confidential, where it is.
pub(super) async fn remember_confidential(
    client: &impl GenericClient,
    code: &Code,
) -> Result<(), Error> {
    let _at_most_one = execute(client, &REMEMBER_CONFIDENTIAL, &[&code.as_str()]).await?;
    Ok(())
}

/// Procedures that are or ever were confidential.
pub(super) async fn ever_confidential(client: &impl GenericClient) -> Result<Vec<Code>, Error> {
    let rows = query(client, &EVER_CONFIDENTIAL, &[]).await?;
    let code = |row: &Row| text(row, "code");
    rows.iter()
        .map(code)
        .collect::<Result<_, _>>()
        .map_err(|what| Error::Corrupt {
            statement: EVER_CONFIDENTIAL.name,
            what,
        })
}

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
        // Also before: the release before did not remember what it stored.
        remember_confidential(client, &self.code).await?;
        let put = execute(
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
        .await?;
        remember_confidential(client, &self.code).await?;
        Ok(put)
    }
}
