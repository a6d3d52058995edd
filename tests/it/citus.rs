//! `sql/citus/distribute.sql` fits the schema: every table has a class, and keys and references are such as
//! Citus takes in that class. Citus itself is not run.

use std::collections::{BTreeMap, BTreeSet};

use tokio_postgres::Client;

use crate::support;

const DISTRIBUTE: &str = include_str!("../../sql/citus/distribute.sql");

/// What becomes of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Class {
    /// Its rows lie where this column says, those of one group together.
    Distributed { by: String, group: String },
    /// Every node has all of it.
    Reference,
    /// The coordinator has it.
    Local,
}

/// The classes that the file gives, in its order.
fn classes() -> Vec<(String, Class)> {
    let quoted = |line: &str| -> Vec<String> {
        line.split('\'')
            .skip(1)
            .step_by(2)
            .map(str::to_owned)
            .collect()
    };
    let class = |line: &str| -> Option<(String, Class)> {
        if let Some(table) = line.strip_prefix("-- local ") {
            return Some((table.to_owned(), Class::Local));
        }
        let words = quoted(line);
        if line.starts_with("SELECT create_reference_table(") {
            return Some((words[0].clone(), Class::Reference));
        }
        if !line.starts_with("SELECT ") {
            return None;
        }
        assert!(
            line.starts_with("SELECT create_distributed_table("),
            "{line}"
        );
        let table = words[0].clone();
        let group = words.get(2).unwrap_or(&table).clone();
        let by = words[1].clone();
        Some((table, Class::Distributed { by, group }))
    };
    DISTRIBUTE.lines().filter_map(class).collect()
}

/// Texts of a query, a row each.
async fn rows(client: &Client, query: &str) -> Vec<Vec<String>> {
    let rows = client.query(query, &[]).await.unwrap();
    let texts = |row: &tokio_postgres::Row| (0..row.len()).map(|at| row.get(at)).collect();
    rows.iter().map(texts).collect()
}

/// What does not fit, of the schema as it is.
async fn misfits(client: &Client) -> Vec<String> {
    let listed = classes();
    let classes: BTreeMap<&str, &Class> = listed
        .iter()
        .map(|(table, class)| (table.as_str(), class))
        .collect();
    let mut misfits = Vec::new();
    let tables = rows(client, TABLES)
        .await
        .into_iter()
        .flatten()
        .collect::<BTreeSet<String>>();
    if classes.len() < listed.len() {
        misfits.push("a table is in two classes".to_owned());
    }
    let named = classes.keys().map(|table| (*table).to_owned()).collect();
    misfits.extend(
        tables
            .symmetric_difference(&named)
            .map(|table| format!("{table} has no class, or is no table")),
    );
    for key in rows(client, KEYS).await {
        let [table, name, columns] = key.try_into().unwrap();
        if let Some(Class::Distributed { by, .. }) = classes.get(table.as_str())
            && !columns.split(' ').any(|column| column == by)
        {
            misfits.push(format!("{name} of {table} is unique over all nodes"));
        }
    }
    for reference in rows(client, REFERENCES).await {
        let [table, name, columns, other, others] = reference.try_into().unwrap();
        let fits = match (classes.get(table.as_str()), classes.get(other.as_str())) {
            (Some(Class::Local), Some(Class::Local)) => true,
            (Some(Class::Distributed { .. } | Class::Reference), Some(Class::Reference)) => true,
            (
                Some(Class::Distributed { by, group }),
                Some(Class::Distributed {
                    by: other_by,
                    group: other_group,
                }),
            ) => {
                let pairs = columns.split(' ').zip(others.split(' '));
                group == other_group
                    && pairs
                        .into_iter()
                        .any(|(one, other)| one == by && other == other_by)
            }
            _ => false,
        };
        if !fits {
            misfits.push(format!("{name} of {table} refers to {other}"));
        }
    }
    let place = |table: &str| listed.iter().position(|(listed, _)| listed == table);
    for reference in rows(client, REFERENCES).await {
        let (table, other) = (&reference[0], &reference[3]);
        if table != other
            && classes.get(table.as_str()) == Some(&&Class::Reference)
            && place(other) > place(table)
        {
            misfits.push(format!("{table} comes before {other}, to which it refers"));
        }
    }
    for column in rows(client, COLUMNS).await {
        let [table, name, column_type, nullable] = column.try_into().unwrap();
        if let Some(Class::Distributed { by, .. }) = classes.get(table.as_str())
            && *by == name
            && (nullable == "true" || !["text", "bigint"].contains(&column_type.as_str()))
        {
            misfits.push(format!(
                "{table} is distributed by a column that may be null, or has a type of our own"
            ));
        }
    }
    for (table, class) in &listed {
        if let Class::Distributed { by, .. } = class
            && !rows(client, COLUMNS)
                .await
                .iter()
                .any(|row| row[0] == *table && row[1] == *by)
        {
            misfits.push(format!("{table} has no column {by}"));
        }
    }
    misfits
}

const TABLES: &str = "
    SELECT format('%s.%s', c.relnamespace::regnamespace, c.relname) FROM pg_class AS c
    WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
      AND c.relnamespace::regnamespace::text !~ '^(pg_|information_schema)'";

/// Unique indexes, those of partitions as their table's.
const KEYS: &str = "
    SELECT format('%s.%s', t.relnamespace::regnamespace, t.relname), i.indexrelid::regclass::text,
           (SELECT string_agg(a.attname, ' ') FROM pg_attribute AS a
            WHERE a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey))
    FROM pg_index AS i
    JOIN pg_class AS c ON c.oid = i.indrelid
    LEFT JOIN pg_inherits AS h ON h.inhrelid = c.oid
    JOIN pg_class AS t ON t.oid = coalesce(h.inhparent, c.oid)
    WHERE (i.indisunique OR i.indisexclusion)
      AND t.relnamespace::regnamespace::text !~ '^(pg_|information_schema)'";

const REFERENCES: &str = "
    SELECT format('%s.%s', c.relnamespace::regnamespace, c.relname), k.conname::text,
           (SELECT string_agg(a.attname, ' ' ORDER BY n.place)
            FROM unnest(k.conkey) WITH ORDINALITY AS n (number, place)
            JOIN pg_attribute AS a ON a.attrelid = k.conrelid AND a.attnum = n.number),
           format('%s.%s', f.relnamespace::regnamespace, f.relname),
           (SELECT string_agg(a.attname, ' ' ORDER BY n.place)
            FROM unnest(k.confkey) WITH ORDINALITY AS n (number, place)
            JOIN pg_attribute AS a ON a.attrelid = k.confrelid AND a.attnum = n.number)
    FROM pg_constraint AS k
    JOIN pg_class AS c ON c.oid = k.conrelid
    JOIN pg_class AS f ON f.oid = k.confrelid
    WHERE k.contype = 'f'";

const COLUMNS: &str = "
    SELECT format('%s.%s', c.relnamespace::regnamespace, c.relname), a.attname::text,
           format_type(a.atttypid, a.atttypmod), (NOT a.attnotnull)::text
    FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = a.attrelid
    WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'p')
      AND c.relnamespace::regnamespace::text !~ '^(pg_|information_schema)'";

#[tokio::test]
async fn every_table_has_a_class_and_its_keys_and_references_fit_it() {
    let database = support::database().await;
    let client = database.client().await;
    client
        .batch_execute("SELECT audit.create_partition('2030-01-31')")
        .await
        .unwrap();
    assert_eq!(misfits(&client).await, Vec::<String>::new());
    // It sees what it looks for.
    for (made, seen) in [
        ("CREATE TABLE policy.quota ()", "policy.quota has no class"),
        (
            "ALTER TABLE register.citizen ADD UNIQUE (card_number)",
            "of register.citizen is unique over all nodes",
        ),
        (
            "CREATE UNIQUE INDEX other ON audit.block_20300131 (at)",
            "of audit.block is unique over all nodes",
        ),
        (
            "ALTER TABLE register.change ADD FOREIGN KEY (personal_id) REFERENCES register.citizen",
            "of register.change refers to register.citizen",
        ),
        (
            "ALTER TABLE register.citizen ADD FOREIGN KEY (father_personal_id) REFERENCES register.citizen",
            "of register.citizen refers to register.citizen",
        ),
        (
            "ALTER TABLE register.citizen ALTER personal_id TYPE register.personal_number",
            "a type of our own",
        ),
    ] {
        client
            .batch_execute(&format!("BEGIN; {made}"))
            .await
            .unwrap();
        let misfits = misfits(&client).await;
        client.batch_execute("ROLLBACK").await.unwrap();
        assert!(
            misfits.iter().any(|misfit| misfit.contains(seen)),
            "{made}: {misfits:?}"
        );
    }
}

#[tokio::test]
async fn what_belongs_to_a_person_may_refer_to_that_person() {
    let database = support::database().await;
    let client = database.client().await;
    client
        .batch_execute("ALTER TABLE register.old_number ADD FOREIGN KEY (personal_id) REFERENCES register.citizen")
        .await
        .unwrap();
    assert_eq!(misfits(&client).await, Vec::<String>::new());
}
