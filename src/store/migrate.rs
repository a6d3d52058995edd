//! Roles, schema and reference tables: what must be in place before anything else speaks SQL.

use tokio_postgres::error::SqlState;

use super::{Database, Error, Role, Statement, query_opt, statement};

mod embedded {
    refinery::embed_migrations!("sql/migrations");
}

/// The statements that create the cluster's roles, idempotently and outside the migrations, for
/// roles belong to the whole cluster.
const ROLES: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/sql/roles.sql"));

/// Who may connect, who may make temporary tables, and who may know which schema this is.
const DATABASE: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/sql/database.sql"));

const VERSION: Statement = statement!("schema/version");

/// Creates roles, applies every migration that is missing and loads the reference tables; returns
/// how many migrations were applied.
pub async fn migrate(database: &Database) -> Result<usize, Error> {
    let mut client = database.connect(Role::Owner).await?;
    let failed = |source: Box<dyn std::error::Error + Send + Sync>| Error::Unavailable {
        statement: "migrate",
        source,
    };
    client
        .batch_execute(ROLES)
        .await
        .map_err(|source| Error::from_postgres("roles", source))?;
    let report = embedded::migrations::runner()
        .run_async(&mut **client)
        .await
        .map_err(|source| failed(Box::new(source)))?;
    client
        .batch_execute(DATABASE)
        .await
        .map_err(|source| Error::from_postgres("migrate", source))?;
    super::reference::load(&mut client).await?;
    Ok(report.applied_migrations().len())
}

/// The schema version this program was built with.
pub fn needed() -> i32 {
    let runner = embedded::migrations::runner();
    runner
        .get_migrations()
        .iter()
        .map(|migration| migration.version())
        .max()
        .unwrap_or(0)
}

/// Refuses a schema that is older than this program needs (a newer one is an expand step of the
/// next version, which this one must live beside).
pub async fn check(database: &Database) -> Result<(), Error> {
    let client = database.connect(Role::Service).await?;
    let found = match query_opt(&client, &VERSION, &[]).await {
        Ok(row) => row.map_or(0, |row| row.get("version")),
        // No table of versions: nothing was ever migrated here.
        Err(Error::Statement { source, .. }) if *source.code() == SqlState::UNDEFINED_TABLE => 0,
        Err(error) => return Err(error),
    };
    let needed = needed();
    if found < needed {
        Err(Error::Schema { found, needed })
    } else {
        Ok(())
    }
}
