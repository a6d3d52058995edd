//! The table of agreements.

use deadpool_postgres::GenericClient;
use tokio_postgres::Row;

use super::table::{self, Table, text, texts};
use crate::domain::policy::{AgreedOperation, Agreement};
use crate::store::{Error, Statement, execute, query, statement};

const PUT: Statement = statement!("agreement/put");
const OF_CLIENT_AND_PROCEDURE: Statement = statement!("agreement/of_client_and_procedure");

impl Table for Agreement {
    const ALL: Statement = statement!("agreement/all");
    const FIND: Statement = statement!("agreement/find");
    const PAGE: Statement = statement!("agreement/page");
    const DELETE: Statement = statement!("agreement/delete");

    fn read(row: &Row) -> Result<Self, &'static str> {
        Ok(Self {
            id: text(row, "id")?,
            client_id: text(row, "client_id")?,
            procedure_code: text(row, "procedure_code")?,
            operations: texts(row, "operations")?,
            read_fields: texts(row, "read_fields")?,
            claim_fields: texts(row, "claim_fields")?,
            valid_from: row.get("valid_from"),
            valid_to: row.get("valid_to"),
            name_match: text(row, "name_match")?,
            officer: text(row, "officer")?,
        })
    }

    async fn put(&self, client: &impl GenericClient) -> Result<u64, Error> {
        let operations: Vec<&str> = self
            .operations
            .listed()
            .iter()
            .map(|one: &AgreedOperation| one.as_str())
            .collect();
        execute(
            client,
            &PUT,
            &[
                &self.id.as_str(),
                &self.client_id.as_str(),
                &self.procedure_code.as_str(),
                &operations,
                &self.read_fields.names(),
                &self.claim_fields.names(),
                &self.valid_from,
                &self.valid_to,
                &self.name_match.as_str(),
                &self.officer.as_str(),
            ],
        )
        .await
    }
}

/// Whether another agreement has a day in common with that one. True only until the transaction
/// ends that holds the feed's row.
pub(super) async fn overlaps_another(
    client: &impl GenericClient,
    agreement: &Agreement,
) -> Result<bool, Error> {
    let rows = query(
        client,
        &OF_CLIENT_AND_PROCEDURE,
        &[
            &agreement.client_id.as_str(),
            &agreement.procedure_code.as_str(),
        ],
    )
    .await?;
    for row in &rows {
        let other: Agreement = table::read(OF_CLIENT_AND_PROCEDURE.name, row)?;
        if other.id != agreement.id && other.overlaps(agreement) {
            return Ok(true);
        }
    }
    Ok(false)
}
