//! Roles, schema and reference tables: what must be in place before anything else speaks SQL.

use std::time::Duration;

use deadpool_postgres::Object;
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

/// How long a statement of a migration waits for a lock. While it waits for one that shuts everybody out,
/// everybody behind it waits too, so it gives up within what callers are patient for.
const PATIENCE: &str = "SET lock_timeout = '500ms'";
/// Everything else waits for as long as it must.
const NO_HURRY: &str = "RESET lock_timeout";
/// How often migrating is tried while others hold locks: a minute and a half in all.
const ATTEMPTS: u32 = 60;
/// Between two attempts, so that whoever was held up gets on.
const PAUSE: Duration = Duration::from_secs(1);

const VERSION: Statement = statement!("schema/version");

/// Creates roles, applies every migration that is missing and loads the reference tables; returns
/// how many migrations were applied. A schema that is newer than this program is left as it is.
pub async fn migrate(database: &Database) -> Result<usize, Error> {
    let mut client = database.connect(Role::Owner).await?;
    let (found, needed) = (version(&client).await?, needed());
    if found > needed {
        return Err(Error::Schema { found, needed });
    }
    client
        .batch_execute(ROLES)
        .await
        .map_err(|source| Error::from_postgres("roles", source))?;
    let applied = apply(&mut client).await?;
    client
        .batch_execute(DATABASE)
        .await
        .map_err(|source| Error::from_postgres("migrate", source))?;
    super::reference::load(&mut client).await?;
    Ok(applied)
}

/// Applies what is missing, each migration in a transaction of its own, and tries again where others hold
/// locks. Nobody waits behind it for longer than one attempt.
async fn apply(client: &mut Object) -> Result<usize, Error> {
    let set = async |client: &Object, sql| {
        let done = client.batch_execute(sql).await;
        done.map_err(|source| Error::from_postgres("migrate", source))
    };
    set(client, PATIENCE).await?;
    let mut applied = 0;
    for attempt in 1.. {
        let error = match embedded::migrations::runner()
            .run_async(&mut ***client)
            .await
        {
            Ok(report) => {
                applied += report.applied_migrations().len();
                break;
            }
            Err(error) => error,
        };
        applied += error
            .report()
            .map_or(0, |report| report.applied_migrations().len());
        if !is_lock_timeout(&error) {
            return Err(Error::Unavailable {
                statement: "migrate",
                source: Box::new(error),
            });
        }
        if attempt == ATTEMPTS {
            return Err(Error::Locked);
        }
        #[expect(
            clippy::disallowed_methods,
            reason = "nothing announces that locks are given back"
        )]
        tokio::time::sleep(PAUSE).await;
    }
    set(client, NO_HURRY).await?;
    Ok(applied)
}

fn is_lock_timeout(error: &(dyn std::error::Error + 'static)) -> bool {
    std::iter::successors(Some(error), |error| error.source())
        .filter_map(|error| error.downcast_ref::<tokio_postgres::Error>())
        .any(|error| error.code() == Some(&SqlState::LOCK_NOT_AVAILABLE))
}

/// The version of the schema there is; 0 where nothing was ever migrated.
async fn version(client: &Object) -> Result<i32, Error> {
    match query_opt(client, &VERSION, &[]).await {
        Ok(row) => Ok(row.map_or(0, |row| row.get("version"))),
        // There is no table of versions.
        Err(Error::Statement { source, .. }) if *source.code() == SqlState::UNDEFINED_TABLE => {
            Ok(0)
        }
        Err(error) => Err(error),
    }
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
    let found = version(&client).await?;
    let needed = needed();
    if found < needed {
        Err(Error::Schema { found, needed })
    } else {
        Ok(())
    }
}
