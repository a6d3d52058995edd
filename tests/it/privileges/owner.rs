//! A schema whose owner cannot connect: whoever migrates acts as that owner, and roles were made beforehand.

use dancu::store::{Database, Url, Urls, migrate};
use tokio_postgres::error::SqlState;

use super::{ELSEWHERE, documented, table};
use crate::support::{superuser_of, superuser_of_the_cluster, url_of};

/// As docs/operations/roles.md has it; `$` stands for what is the test's own.
const MADE: &[&str] = &[
    "CREATE ROLE owner_$ NOLOGIN",
    "CREATE ROLE migrate_$ LOGIN NOINHERIT",
    "GRANT owner_$ TO migrate_$",
    "CREATE DATABASE owned_$ OWNER owner_$ ENCODING 'UTF8' LC_COLLATE 'C.UTF-8' LC_CTYPE 'C.UTF-8'
     TEMPLATE template0",
    "ALTER ROLE migrate_$ IN DATABASE owned_$ SET role = 'owner_$'",
];
const REMOVED: &[&str] = &[
    "DROP DATABASE IF EXISTS owned_$ WITH (FORCE)",
    "DROP ROLE migrate_$, owner_$",
];

#[tokio::test]
async fn migrations_need_neither_an_owner_who_connects_nor_a_right_to_make_roles() {
    let admin = superuser_of_the_cluster().await;
    let own = |statement: &str| statement.replace('$', &std::process::id().to_string());
    for statement in MADE {
        admin.batch_execute(&own(statement)).await.unwrap();
    }
    let url = |user: &str| url_of(&own("owned_$"), &own(user));
    let (service, migrates) = (url("dancu_service"), url("migrate_$"));
    let database = Database::from_urls(Urls {
        owner: Some(Url::Text(&migrates)),
        ..Urls::of(Url::Text(&service))
    })
    .unwrap();
    assert_ne!(migrate::migrate(&database).await.unwrap(), 0);
    assert_eq!(migrate::migrate(&database).await.unwrap(), 0);
    migrate::check(&database).await.unwrap();

    let client = superuser_of(&own("owned_$")).await;
    let owners = "SELECT DISTINCT relowner::regrole::text FROM pg_class
                  WHERE relnamespace::regnamespace::text !~ '^(pg_|information_schema)'";
    let owners = client.query(owners, &[]).await.unwrap();
    let owners: Vec<String> = owners.iter().map(|row| row.get(0)).collect();
    assert_eq!(owners, [own("owner_$")]);
    client
        .batch_execute(
            "SELECT audit.create_partition('2030-01-31'), audit.create_partition('2030-02-01')",
        )
        .await
        .unwrap();
    assert_eq!(table(&client).await, documented());
    assert!(client.query(ELSEWHERE, &[]).await.unwrap().is_empty());
    drop(client);

    let as_owner = Database::from_urls(Urls::of(Url::Text(&url("owner_$"))));
    let refused = migrate::check(&as_owner.unwrap()).await.unwrap_err();
    let refused = format!("{refused:?}");
    let code = SqlState::INVALID_AUTHORIZATION_SPECIFICATION;
    assert!(refused.contains(code.code()), "{refused}");
    for statement in REMOVED {
        admin.batch_execute(&own(statement)).await.unwrap();
    }
}
