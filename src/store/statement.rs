//! One statement, one file: `statement!("citizens/find")` is `sql/queries/citizens/find.sql`.

use deadpool_postgres::GenericClient;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Row, RowStream};

use super::Error;
use crate::telemetry::traces;

/// A statement and the static name that metrics, logs and errors know it by.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Statement {
    pub name: &'static str,
    pub sql: &'static str,
}

/// The statement of that path below `sql/queries/`; a missing file fails the build.
macro_rules! statement {
    ($path:literal) => {
        $crate::store::Statement {
            name: $path,
            sql: concat!(
                "/* ",
                $path,
                " */ ",
                include_str!(concat!(
                    env!("CARGO_MANIFEST_DIR"),
                    "/sql/queries/",
                    $path,
                    ".sql"
                ))
            ),
        }
    };
}
pub(crate) use statement;

/// All rows of a statement.
pub(crate) async fn query(
    client: &impl GenericClient,
    statement: &Statement,
    params: &[&(dyn ToSql + Sync)],
) -> Result<Vec<Row>, Error> {
    let _step = traces::statement(statement.name);
    let named = |source| Error::from_postgres(statement.name, source);
    let prepared = client.prepare_cached(statement.sql).await.map_err(named)?;
    client.query(&prepared, params).await.map_err(named)
}

/// The rows of a statement as they come, after what describes them.
pub(crate) async fn stream(
    client: &impl GenericClient,
    statement: &Statement,
    param: &(dyn ToSql + Sync),
) -> Result<(tokio_postgres::Statement, RowStream), Error> {
    let named = |source| Error::from_postgres(statement.name, source);
    let prepared = client.prepare_cached(statement.sql).await.map_err(named)?;
    let rows = client.query_raw(&prepared, [param]).await.map_err(named)?;
    Ok((prepared, rows))
}

/// The one row of a statement, or none.
pub(crate) async fn query_opt(
    client: &impl GenericClient,
    statement: &Statement,
    params: &[&(dyn ToSql + Sync)],
) -> Result<Option<Row>, Error> {
    let _step = traces::statement(statement.name);
    let named = |source| Error::from_postgres(statement.name, source);
    let prepared = client.prepare_cached(statement.sql).await.map_err(named)?;
    client.query_opt(&prepared, params).await.map_err(named)
}

/// How many rows a statement changed: a number that callers check, never drop.
#[must_use = "how many rows changed says whether anything happened"]
pub(crate) async fn execute(
    client: &impl GenericClient,
    statement: &Statement,
    params: &[&(dyn ToSql + Sync)],
) -> Result<u64, Error> {
    let _step = traces::statement(statement.name);
    let named = |source| Error::from_postgres(statement.name, source);
    let prepared = client.prepare_cached(statement.sql).await.map_err(named)?;
    client.execute(&prepared, params).await.map_err(named)
}
