//! The reference tables: loaded by whoever migrates, read once by whoever serves.

use aws_lc_rs::digest::{Context, SHA256};
use deadpool_postgres::{GenericClient, Object};
use jiff::civil::Date;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use super::{Error, Statement, Store, execute, query, query_opt, statement};
use crate::domain::fault::FromText;
use crate::domain::reference::{
    Code, CommuneChange, EthnicGroup, EthnicScheme, Mode, PrefixProvince, ProvinceChange,
    Reference, SOURCES, Span, Tables, Unit, Value, ValueList,
};

const LOCK_RELEASE: Statement = statement!("reference/lock_release");
const UPDATE_RELEASE: Statement = statement!("reference/update_release");
const DELETE_SHIPPED: Statement = statement!("reference/delete_shipped");

const INSERT_PROVINCES: Statement = statement!("reference/insert_provinces");
const INSERT_DISTRICTS: Statement = statement!("reference/insert_districts");
const INSERT_COMMUNES: Statement = statement!("reference/insert_communes");
const INSERT_PROVINCE_CONVERSIONS: Statement = statement!("reference/insert_province_conversions");
const INSERT_COMMUNE_CONVERSIONS: Statement = statement!("reference/insert_commune_conversions");
const INSERT_ETHNIC_GROUPS: Statement = statement!("reference/insert_ethnic_groups");
const INSERT_RELIGIONS: Statement = statement!("reference/insert_religions");
const INSERT_NUMBER_PREFIXES: Statement = statement!("reference/insert_number_prefixes");
const INSERT_CODED_VALUES: Statement = statement!("reference/insert_coded_values");

const LIST_PROVINCES: Statement = statement!("reference/list_provinces");
const LIST_DISTRICTS: Statement = statement!("reference/list_districts");
const LIST_COMMUNES: Statement = statement!("reference/list_communes");
const LIST_PROVINCE_CONVERSIONS: Statement = statement!("reference/list_province_conversions");
const LIST_COMMUNE_CONVERSIONS: Statement = statement!("reference/list_commune_conversions");
const LIST_ETHNIC_GROUPS: Statement = statement!("reference/list_ethnic_groups");
const LIST_RELIGIONS: Statement = statement!("reference/list_religions");
const LIST_NUMBER_PREFIXES: Statement = statement!("reference/list_number_prefixes");
const LIST_CODED_VALUES: Statement = statement!("reference/list_coded_values");

/// Loads the shipped tables, in one transaction, unless these very ones are loaded already.
///
/// Needs the owner's role. Rows an operator added or changed (`shipped = false`) stay, and stand
/// where a shipped row would have the same key. Returns whether anything was loaded.
pub async fn load(client: &mut Object) -> Result<bool, Error> {
    let transaction = client
        .transaction()
        .await
        .map_err(|source| Error::from_postgres("reference/load", source))?;
    let digest = shipped_digest();
    let row = query_opt(&transaction, &LOCK_RELEASE, &[]).await?;
    let row = row.ok_or(Error::Corrupt {
        statement: LOCK_RELEASE.name,
        what: "the one row is missing",
    })?;
    if column::<String>(&LOCK_RELEASE, &row, "digest")? == digest {
        return Ok(false);
    }
    let replaced = execute(&transaction, &DELETE_SHIPPED, &[]).await?;
    insert(&transaction, &Tables::shipped()).await?;
    let released = execute(&transaction, &UPDATE_RELEASE, &[&digest]).await?;
    transaction
        .commit()
        .await
        .map_err(|source| Error::from_postgres("reference/load", source))?;
    tracing::info!(%digest, replaced = replaced > 0, released, "reference tables loaded");
    Ok(true)
}

impl Store {
    /// Reads the tables into memory; refuses tables that contradict themselves.
    pub async fn reference(&self) -> Result<Reference, Error> {
        let client = self.client("reference/list").await?;
        let tables = tables(&client).await?;
        Reference::new(tables).map_err(|inconsistent| Error::Corrupt {
            statement: "reference/list",
            what: inconsistent.as_str(),
        })
    }
}

/// SHA-256 over everything the shipped tables are made from, in hex.
fn shipped_digest() -> String {
    let mut context = Context::new(&SHA256);
    for source in SOURCES {
        context.update(&source.len().to_be_bytes());
        context.update(source.as_bytes());
    }
    hex::encode(context.finish())
}

async fn insert(client: &impl GenericClient, tables: &Tables) -> Result<(), Error> {
    let Tables {
        provinces,
        districts,
        communes,
        province_changes,
        commune_changes,
        ethnic_groups,
        religions,
        prefixes,
        values,
    } = tables;
    let columns: &[&(dyn ToSql + Sync)] = &[
        &list(provinces, |(code, _)| code.as_str()),
        &list(provinces, |(_, unit)| &*unit.name),
        &list(provinces, |(_, unit)| unit.kind().as_str()),
        &list(provinces, |(_, unit)| unit.valid.from),
        &list(provinces, |(_, unit)| unit.valid.until),
    ];
    insert_all(client, &INSERT_PROVINCES, columns).await?;
    let columns: &[&(dyn ToSql + Sync)] = &[
        &list(districts, |(code, _)| code.as_str()),
        &list(districts, |(_, unit)| &*unit.name),
        &list(districts, |(_, unit)| unit.kind().as_str()),
        &list(districts, |(_, unit)| text(&unit.province)),
        &list(districts, |(_, unit)| unit.valid.from),
        &list(districts, |(_, unit)| unit.valid.until),
    ];
    insert_all(client, &INSERT_DISTRICTS, columns).await?;
    let columns: &[&(dyn ToSql + Sync)] = &[
        &list(communes, |(code, _)| code.as_str()),
        &list(communes, |(_, unit)| &*unit.name),
        &list(communes, |(_, unit)| unit.kind().as_str()),
        &list(communes, |(_, unit)| text(&unit.province)),
        &list(communes, |(_, unit)| text(&unit.district)),
        &list(communes, |(_, unit)| unit.valid.from),
        &list(communes, |(_, unit)| unit.valid.until),
    ];
    insert_all(client, &INSERT_COMMUNES, columns).await?;
    let columns: &[&(dyn ToSql + Sync)] = &[
        &list(province_changes, |change| change.effective_on),
        &list(province_changes, |change| change.old_code.as_str()),
        &list(province_changes, |change| change.new_code.as_str()),
    ];
    insert_all(client, &INSERT_PROVINCE_CONVERSIONS, columns).await?;
    let columns: &[&(dyn ToSql + Sync)] = &[
        &list(commune_changes, |change| change.effective_on),
        &list(commune_changes, |change| {
            text(&change.old_code).unwrap_or_default()
        }),
        &list(commune_changes, |change| &*change.old_name),
        &list(commune_changes, |change| {
            text(&change.old_district).unwrap_or_default()
        }),
        &list(commune_changes, |change| change.new_code.as_str()),
        &list(commune_changes, |change| change.mode.as_str()),
    ];
    insert_all(client, &INSERT_COMMUNE_CONVERSIONS, columns).await?;
    let columns: &[&(dyn ToSql + Sync)] = &[
        &list(ethnic_groups, |group| group.scheme.as_str()),
        &list(ethnic_groups, |group| group.code.as_str()),
        &list(ethnic_groups, |group| &*group.name),
    ];
    insert_all(client, &INSERT_ETHNIC_GROUPS, columns).await?;
    let columns: &[&(dyn ToSql + Sync)] = &[
        &list(religions, |(code, _)| code.as_str()),
        &list(religions, |(_, name)| &**name),
    ];
    insert_all(client, &INSERT_RELIGIONS, columns).await?;
    let columns: &[&(dyn ToSql + Sync)] = &[
        &list(prefixes, |prefix| prefix.prefix.as_str()),
        &list(prefixes, |prefix| &*prefix.name_at_issue),
        &list(prefixes, |prefix| prefix.current_province.as_str()),
    ];
    insert_all(client, &INSERT_NUMBER_PREFIXES, columns).await?;
    let columns: &[&(dyn ToSql + Sync)] = &[
        &list(values, |value| value.list.as_str()),
        &list(values, |value| &*value.code),
        &list(values, |value| &*value.name),
        &list(values, |value| &*value.word),
    ];
    insert_all(client, &INSERT_CODED_VALUES, columns).await
}

/// A row that is there already is an operator's, and stays: the count may be smaller than the list.
async fn insert_all(
    client: &impl GenericClient,
    statement: &Statement,
    columns: &[&(dyn ToSql + Sync)],
) -> Result<(), Error> {
    let inserted = execute(client, statement, columns).await?;
    tracing::debug!(statement = statement.name, inserted);
    Ok(())
}

fn list<'a, T, C>(rows: &'a [T], column: impl Fn(&'a T) -> C) -> Vec<C> {
    rows.iter().map(column).collect()
}

fn text<const N: usize>(code: &Option<Code<N>>) -> Option<&str> {
    code.as_ref().map(Code::as_str)
}

async fn tables(client: &impl GenericClient) -> Result<Tables, Error> {
    // All are asked for at once, so that the server reads one while another is on its way.
    let list = |statement| query(client, statement, &[]);
    let (
        provinces,
        districts,
        communes,
        province_conversions,
        commune_conversions,
        ethnic_groups,
        religions,
        number_prefixes,
        coded_values,
    ) = futures_util::try_join!(
        list(&LIST_PROVINCES),
        list(&LIST_DISTRICTS),
        list(&LIST_COMMUNES),
        list(&LIST_PROVINCE_CONVERSIONS),
        list(&LIST_COMMUNE_CONVERSIONS),
        list(&LIST_ETHNIC_GROUPS),
        list(&LIST_RELIGIONS),
        list(&LIST_NUMBER_PREFIXES),
        list(&LIST_CODED_VALUES),
    )?;
    let mut tables = Tables::default();
    for row in &provinces {
        let row = Read(&LIST_PROVINCES, row);
        tables
            .provinces
            .push((row.code("code")?, row.unit(None, None)?));
    }
    for row in &districts {
        let row = Read(&LIST_DISTRICTS, row);
        let unit = row.unit(Some(row.code("province_code")?), None)?;
        tables.districts.push((row.code("code")?, unit));
    }
    for row in &communes {
        let row = Read(&LIST_COMMUNES, row);
        let district = row.code_or_none("district_code")?;
        let unit = row.unit(Some(row.code("province_code")?), district)?;
        tables.communes.push((row.code("code")?, unit));
    }
    for row in &province_conversions {
        let row = Read(&LIST_PROVINCE_CONVERSIONS, row);
        tables.province_changes.push(ProvinceChange {
            effective_on: row.date("effective_on")?,
            old_code: row.code("old_code")?,
            new_code: row.code("new_code")?,
        });
    }
    for row in &commune_conversions {
        let row = Read(&LIST_COMMUNE_CONVERSIONS, row);
        tables.commune_changes.push(CommuneChange {
            effective_on: row.date("effective_on")?,
            old_code: row.code_or_none("old_code")?,
            old_name: row.text("old_name")?.into(),
            old_district: row.code_or_none("old_district_code")?,
            new_code: row.code("new_code")?,
            mode: row.word("mode", Mode::parse)?,
        });
    }
    for row in &ethnic_groups {
        let row = Read(&LIST_ETHNIC_GROUPS, row);
        tables.ethnic_groups.push(EthnicGroup {
            code: row.code("code")?,
            scheme: row.word("scheme", EthnicScheme::parse)?,
            name: row.text("name")?.into(),
        });
    }
    for row in &religions {
        let row = Read(&LIST_RELIGIONS, row);
        let name = row.text("name")?.into();
        tables.religions.push((row.code("code")?, name));
    }
    for row in &number_prefixes {
        let row = Read(&LIST_NUMBER_PREFIXES, row);
        tables.prefixes.push(PrefixProvince {
            prefix: row.code("prefix")?,
            name_at_issue: row.text("name_at_issue")?.into(),
            current_province: row.code("current_province_code")?,
        });
    }
    for row in &coded_values {
        let row = Read(&LIST_CODED_VALUES, row);
        tables.values.push(Value {
            list: row.word("list", ValueList::parse)?,
            code: row.text("code")?.into(),
            name: row.text("name")?.into(),
            word: row.text("word")?.into(),
        });
    }
    Ok(tables)
}

/// A row and the statement it came from, for errors.
struct Read<'a>(&'a Statement, &'a Row);

impl<'a> Read<'a> {
    fn text(&self, name: &'static str) -> Result<&'a str, Error> {
        column(self.0, self.1, name)
    }

    fn date(&self, name: &'static str) -> Result<Date, Error> {
        column(self.0, self.1, name)
    }

    fn code<const N: usize>(&self, name: &'static str) -> Result<Code<N>, Error> {
        self.code_or_none(name)?
            .ok_or(self.corrupt("a code is missing"))
    }

    /// A code that may be null or empty.
    fn code_or_none<const N: usize>(&self, name: &'static str) -> Result<Option<Code<N>>, Error> {
        let digits: Option<&str> = column(self.0, self.1, name)?;
        digits
            .filter(|digits| !digits.is_empty())
            .map(|digits| Code::from_text(digits).map_err(|_| self.corrupt("a code is malformed")))
            .transpose()
    }

    fn word<T>(&self, name: &'static str, parse: fn(&str) -> Option<T>) -> Result<T, Error> {
        parse(self.text(name)?).ok_or(self.corrupt("a word is not of its list"))
    }

    fn unit(&self, province: Option<Code<2>>, district: Option<Code<3>>) -> Result<Unit, Error> {
        Ok(Unit {
            name: self.text("name")?.into(),
            province,
            district,
            valid: Span {
                from: self.date("valid_from")?,
                until: column(self.0, self.1, "valid_to")?,
            },
        })
    }

    fn corrupt(&self, what: &'static str) -> Error {
        Error::Corrupt {
            statement: self.0.name,
            what,
        }
    }
}

fn column<'a, T: tokio_postgres::types::FromSql<'a>>(
    statement: &Statement,
    row: &'a Row,
    name: &'static str,
) -> Result<T, Error> {
    row.try_get(name)
        .map_err(|source| Error::from_postgres(statement.name, source))
}
