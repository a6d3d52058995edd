//! Who may do what in the database: `docs/operations/roles.md` has the whole table, and it is what the
//! catalogue says. That each role can do its work is shown by every other test, for each works as its own
//! role; what is tried and refused is in `denied`.

mod denied;
mod owner;

use std::fmt::Write as _;

use dancu::store::migrate;
use tokio_postgres::Client;

use crate::support;

const DOCUMENT: &str = include_str!("../../../docs/operations/roles.md");
const EFFECTIVE: &str = include_str!("effective.sql");
const ELSEWHERE: &str = include_str!("elsewhere.sql");

/// What each role may do, as the document tells it: each object, and below it who may do what with it.
async fn table(client: &Client) -> String {
    let mut said = String::new();
    let mut last = String::new();
    for row in client.query(EFFECTIVE, &[]).await.unwrap() {
        let name = any_day(row.get("name"));
        let note: &str = row.get("note");
        let object = match note {
            "" => name,
            note => format!("{name} ({note})"),
        };
        if object != last {
            writeln!(said, "{object}").unwrap();
        }
        match row.get::<_, Option<&str>>("role") {
            // Days and months are alike.
            None if object == last => {}
            None => said.push_str("    nobody\n"),
            Some(role) => {
                let role = if role == "public" { "everyone" } else { role };
                let privileges: &str = row.get("privileges");
                writeln!(said, "    {role:<15} {privileges}").unwrap();
            }
        }
        last = object;
    }
    said
}

/// A partition's name without its digits.
fn any_day(name: &str) -> String {
    match name.trim_end_matches(|c: char| c.is_ascii_digit()) {
        cut if name.len() - cut.len() == 8 => format!("{cut}<day>"),
        cut if name.len() - cut.len() == 6 => format!("{cut}<month>"),
        _ => name.to_owned(),
    }
}

/// The block of the document that is compared.
fn documented() -> &'static str {
    let (_, rest) = DOCUMENT.split_once("## Everything").unwrap();
    let (_, rest) = rest.split_once("```text\n").unwrap();
    rest.split_once("```").unwrap().0
}

#[tokio::test]
async fn the_document_says_what_each_role_may_do_with_everything_there_is() {
    let database = support::database().await;
    // What belongs to the database is not copied with it.
    migrate::migrate(database.database()).await.unwrap();
    let client = database.client().await;
    client
        .batch_execute(
            "SELECT audit.create_partition('2030-01-31'), audit.create_partition('2030-02-01')",
        )
        .await
        .unwrap();
    let table = table(&client).await;
    let (said, is): (Vec<&str>, Vec<&str>) =
        (documented().lines().collect(), table.lines().collect());
    let first = said.iter().zip(&is).position(|(said, is)| said != is);
    let first = first.unwrap_or(said.len().min(is.len()));
    assert!(
        said == is,
        "docs/operations/roles.md differs from its line {first} on; the database says:\n{table}"
    );
}

#[tokio::test]
async fn no_role_gets_a_privilege_in_any_other_way() {
    let database = support::database().await;
    let client = database.client().await;
    let found = async || -> Vec<String> {
        let rows = client.query(ELSEWHERE, &[]).await.unwrap();
        rows.iter().map(|row| row.get(0)).collect()
    };
    assert_eq!(found().await, Vec::<String>::new());
    // It sees what it looks for.
    for (made, seen) in [
        (
            "ALTER DEFAULT PRIVILEGES IN SCHEMA audit GRANT SELECT ON TABLES TO dancu_service",
            "a default privilege",
        ),
        (
            "GRANT SELECT ON audit.lane TO dancu_audit WITH GRANT OPTION",
            "may hand on",
        ),
        (
            "ALTER FUNCTION audit.drop_detached(date) RESET search_path",
            "search_path",
        ),
        (
            "ALTER TABLE register.citizen OWNER TO dancu_feed",
            "dancu_feed owns",
        ),
        (
            "CREATE FUNCTION audit.fire() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN END';
             CREATE TRIGGER fire AFTER INSERT ON audit.lane EXECUTE FUNCTION audit.fire()",
            "the trigger",
        ),
    ] {
        client
            .batch_execute(&format!("BEGIN; {made}"))
            .await
            .unwrap();
        let found = found().await;
        client.batch_execute("ROLLBACK").await.unwrap();
        assert!(
            found.iter().any(|found| found.contains(seen)),
            "{made}: {found:?}"
        );
    }
}
