//! What the five tables have in common.

use deadpool_postgres::GenericClient;
use tokio_postgres::Row;

use super::procedure::remember_confidential;
use crate::domain::fault::FromText;
use crate::domain::policy::{Agency, Agreement, Client, Code, Item, Kind, Officer, Procedure};
use crate::store::{Error, Statement, execute, query, query_opt};

/// A table of administered things.
pub(super) trait Table: Sized + Into<Item> {
    /// Every row.
    const ALL: Statement;
    /// The row of an identifier.
    const FIND: Statement;
    /// So many rows after an identifier.
    const PAGE: Statement;
    /// Removes the row of an identifier.
    const DELETE: Statement;

    /// The thing in a row, or what is wrong with it.
    fn read(row: &Row) -> Result<Self, &'static str>;

    /// Writes the row, in place of an earlier one.
    async fn put(&self, client: &impl GenericClient) -> Result<u64, Error>;
}

/// Every thing of a table.
pub(super) async fn all<T: Table>(client: &impl GenericClient) -> Result<Vec<T>, Error> {
    let rows = query(client, &T::ALL, &[]).await?;
    rows.iter().map(|row| read(T::ALL.name, row)).collect()
}

/// One thing, whatever it is.
pub(super) async fn find_item(
    client: &impl GenericClient,
    kind: Kind,
    id: &Code,
) -> Result<Option<Item>, Error> {
    match kind {
        Kind::Agency => find::<Agency>(client, id).await,
        Kind::Client => find::<Client>(client, id).await,
        Kind::Officer => find::<Officer>(client, id).await,
        Kind::Procedure => find::<Procedure>(client, id).await,
        Kind::Agreement => find::<Agreement>(client, id).await,
    }
}

/// A page of things, whatever they are.
pub(super) async fn page(
    client: &impl GenericClient,
    kind: Kind,
    after: Option<&Code>,
    limit: u32,
) -> Result<Vec<Item>, Error> {
    match kind {
        Kind::Agency => page_of::<Agency>(client, after, limit).await,
        Kind::Client => page_of::<Client>(client, after, limit).await,
        Kind::Officer => page_of::<Officer>(client, after, limit).await,
        Kind::Procedure => page_of::<Procedure>(client, after, limit).await,
        Kind::Agreement => page_of::<Agreement>(client, after, limit).await,
    }
}

/// Writes one thing, whatever it is.
pub(super) async fn put_item(client: &impl GenericClient, item: &Item) -> Result<u64, Error> {
    match item {
        Item::Agency(one) => one.put(client).await,
        Item::Client(one) => one.put(client).await,
        Item::Officer(one) => one.put(client).await,
        Item::Procedure(one) => one.put(client).await,
        Item::Agreement(one) => one.put(client).await,
    }
}

/// Removes one thing, whatever it is.
pub(super) async fn delete_item(
    client: &impl GenericClient,
    kind: Kind,
    id: &Code,
) -> Result<u64, Error> {
    let statement = match kind {
        Kind::Agency => Agency::DELETE,
        Kind::Client => Client::DELETE,
        Kind::Officer => Officer::DELETE,
        Kind::Procedure => {
            remember_confidential(client, id).await?;
            Procedure::DELETE
        }
        Kind::Agreement => Agreement::DELETE,
    };
    execute(client, &statement, &[&id.as_str()]).await
}

async fn find<T: Table>(client: &impl GenericClient, id: &Code) -> Result<Option<Item>, Error> {
    let row = query_opt(client, &T::FIND, &[&id.as_str()]).await?;
    row.map(|row| read::<T>(T::FIND.name, &row).map(Into::into))
        .transpose()
}

async fn page_of<T: Table>(
    client: &impl GenericClient,
    after: Option<&Code>,
    limit: u32,
) -> Result<Vec<Item>, Error> {
    let after = after.map(Code::as_str);
    let rows = query(client, &T::PAGE, &[&after, &i64::from(limit)]).await?;
    rows.iter()
        .map(|row| read::<T>(T::PAGE.name, row).map(Into::into))
        .collect()
}

/// The thing in a row of that statement.
pub(super) fn read<T: Table>(statement: &'static str, row: &Row) -> Result<T, Error> {
    T::read(row).map_err(|what| Error::Corrupt { statement, what })
}

/// A column that holds what was checked when it was written.
pub(super) fn text<T: FromText>(row: &Row, column: &'static str) -> Result<T, &'static str> {
    T::from_text(row.get(column)).map_err(|_| column)
}

/// Such a column that may be null.
pub(super) fn optional<T: FromText>(
    row: &Row,
    column: &'static str,
) -> Result<Option<T>, &'static str> {
    row.get::<_, Option<&str>>(column)
        .map(T::from_text)
        .transpose()
        .map_err(|_| column)
}

/// Such a column of several.
pub(super) fn texts<T: FromText, C: FromIterator<T>>(
    row: &Row,
    column: &'static str,
) -> Result<C, &'static str> {
    let texts: Vec<&str> = row.get(column);
    texts
        .into_iter()
        .map(T::from_text)
        .collect::<Result<C, _>>()
        .map_err(|_| column)
}
