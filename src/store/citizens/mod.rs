//! `register.citizen` and what belongs to it: reading records, and [`apply`] for writing them.

mod apply;
mod judge;
mod people;
mod row;

pub use apply::{Announce, Part};

use crate::domain::citizen::Citizen;
use crate::domain::fault::FromText;
use crate::domain::number::{Number, OldIdNumber, PersonalId, classify};
use crate::domain::revision::Meta;

use deadpool_postgres::Object;
use futures_util::stream::{self, BoxStream};
use futures_util::{StreamExt, TryStreamExt};
use tokio_postgres::Row;

use self::row::Layout;
use super::connect::ANSWER_LIMIT;
use super::{Error, Statement, Store, query, register_feed, statement};
use crate::telemetry::traces;

const FIND: Statement = statement!("citizens/find");
const FIND_BY_OLD_NUMBERS: Statement = statement!("citizens/find_by_old_numbers");
const NUMBERS_OF: Statement = statement!("citizens/numbers_of");
const IS_EMPTY: Statement = statement!("citizens/is_empty");
const ANALYSE: Statement = statement!("citizens/analyse");

/// What was found for a number.
#[derive(Clone, Debug)]
pub struct Nearest {
    /// The number that was asked for.
    pub asked: PersonalId,
    /// The record of that number, or, where nobody has it, of the next smaller one that somebody has.
    pub citizen: Citizen,
    /// What its reading depends on.
    pub meta: Meta,
}

/// Records on their way from the database.
pub struct Rows {
    layout: Layout,
    rows: BoxStream<'static, Result<Row, tokio_postgres::Error>>,
    /// Until the last row has come nobody else has the connection, and the step lasts.
    held: Option<(Object, traces::Child)>,
}

impl std::fmt::Debug for Rows {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Rows")
    }
}

impl Rows {
    /// The next of them, in the order in which they were asked for.
    pub async fn next(&mut self) -> Result<Option<Nearest>, Error> {
        let row = tokio::time::timeout(ANSWER_LIMIT, self.rows.next()).await;
        let row = row.map_err(|late| Error::Unavailable {
            statement: FIND.name,
            source: Box::new(late),
        })?;
        let Some(row) = row else {
            self.held = None;
            return Ok(None);
        };
        let row = row.map_err(|source| Error::from_postgres(FIND.name, source))?;
        self.layout.read(&row).map(Some).map_err(corrupt)
    }

    /// The same when all of them have come.
    async fn gathered(mut self) -> Result<Self, Error> {
        let rows: Result<Vec<Row>, _> = (&mut self.rows).try_collect().await;
        let rows = rows.map_err(|source| Error::from_postgres(FIND.name, source))?;
        self.rows = stream::iter(rows.into_iter().map(Ok)).boxed();
        self.held = None;
        Ok(self)
    }
}

impl Drop for Rows {
    /// Rows that have not come are on their way, or never come: whoever had the connection next would wait
    /// for them, so nobody has.
    fn drop(&mut self) {
        if let Some((connection, _)) = self.held.take() {
            drop(Object::take(connection));
        }
    }
}

fn corrupt(what: row::Corrupt) -> Error {
    let statement = FIND.name;
    Error::Corrupt { statement, what }
}

/// What was read of some numbers.
#[derive(Debug, Default)]
pub struct Read {
    /// As of [`Store::find_nearest_citizens`], where any were asked for.
    pub citizens: Option<Rows>,
    /// As of [`Store::find_by_old_numbers`].
    pub old: Vec<(OldIdNumber, PersonalId)>,
}

impl Store {
    /// The records of these numbers, by number; a number nobody has gives none. Erroneous records
    /// are among them: what may be found is not decided here.
    pub async fn find_citizens(
        &self,
        numbers: &[PersonalId],
    ) -> Result<Vec<(Citizen, Meta)>, Error> {
        let mut rows = self.find_nearest_citizens(numbers).await?;
        let mut found = Vec::with_capacity(numbers.len());
        while let Some(nearest) = rows.next().await? {
            if nearest.citizen.personal_id == nearest.asked {
                found.push((nearest.citizen, nearest.meta));
            }
        }
        found.sort_by_key(|(citizen, _)| citizen.personal_id);
        found.dedup_by_key(|(citizen, _)| citizen.personal_id);
        Ok(found)
    }

    /// The same in the order they are asked for, as they come; but a number nobody has gives the record of the
    /// next smaller one that somebody has, so that reading takes as long: it is for whoever calls to make as
    /// much of it, and to throw it away.
    pub async fn find_nearest_citizens(&self, numbers: &[PersonalId]) -> Result<Rows, Error> {
        nearest(self.client(FIND.name).await?, numbers).await
    }

    /// Everyone whose record names one of these nine-digit numbers, as pairs in no order.
    pub async fn find_by_old_numbers(
        &self,
        numbers: &[OldIdNumber],
    ) -> Result<Vec<(OldIdNumber, PersonalId)>, Error> {
        let client = self.client(FIND_BY_OLD_NUMBERS.name).await?;
        by_old_numbers(&client, numbers).await
    }

    /// Both, when all has come, over one connection and so of one node; none where that has not come to place
    /// `reached` of the register's feed yet.
    pub async fn read_register_at(
        &self,
        reached: i64,
        people: &[PersonalId],
        old: &[OldIdNumber],
    ) -> Result<Option<Read>, Error> {
        let client = self.client(FIND.name).await?;
        // Asked first: what is read afterwards is no older.
        if register_feed::head(&client).await? < reached {
            return Ok(None);
        }
        let mut read = Read::default();
        if !old.is_empty() {
            read.old = by_old_numbers(&client, old).await?;
        }
        if !people.is_empty() {
            read.citizens = Some(nearest(client, people).await?.gathered().await?);
        }
        Ok(Some(read))
    }

    /// Every number the person has had, and has now, as far as the register knows; none where it
    /// knows no such person.
    pub async fn numbers_of(&self, number: &PersonalId) -> Result<Vec<Number>, Error> {
        let client = self.client(NUMBERS_OF.name).await?;
        let rows = query(&client, &NUMBERS_OF, &[&number.as_str()]).await?;
        rows.iter()
            .map(|row| {
                classify(row.get("number")).map_err(|_| Error::Corrupt {
                    statement: NUMBERS_OF.name,
                    what: "not a number",
                })
            })
            .collect()
    }

    /// Whether nobody is registered yet.
    pub async fn register_is_empty(&self) -> Result<bool, Error> {
        let client = self.client(IS_EMPTY.name).await?;
        let rows = query(&client, &IS_EMPTY, &[]).await?;
        Ok(rows.iter().all(|row| row.get("is_empty")))
    }

    /// Refreshes what the planner knows, after a first load. Only the owner's store can; for the
    /// service's it does nothing.
    pub async fn analyse_register(&self) -> Result<(), Error> {
        let client = self.client(ANALYSE.name).await?;
        super::execute(&client, &ANALYSE, &[]).await.map(drop)
    }
}

async fn nearest(client: Object, numbers: &[PersonalId]) -> Result<Rows, Error> {
    let step = traces::statement(FIND.name);
    let numbers: Vec<&str> = numbers.iter().map(PersonalId::as_str).collect();
    let (statement, rows) = statement::stream(&client, &FIND, &numbers).await?;
    Ok(Rows {
        layout: Layout::of(statement.columns()).map_err(corrupt)?,
        rows: rows.boxed(),
        held: Some((client, step)),
    })
}

async fn by_old_numbers(
    client: &Object,
    numbers: &[OldIdNumber],
) -> Result<Vec<(OldIdNumber, PersonalId)>, Error> {
    let numbers: Vec<&str> = numbers.iter().map(OldIdNumber::as_str).collect();
    let rows = query(client, &FIND_BY_OLD_NUMBERS, &[&numbers]).await?;
    let corrupt = || Error::Corrupt {
        statement: FIND_BY_OLD_NUMBERS.name,
        what: "not a number",
    };
    rows.iter()
        .map(|row| {
            let old = OldIdNumber::from_text(row.get("old_number")).map_err(|_| corrupt())?;
            let personal = PersonalId::from_text(row.get("personal_id")).map_err(|_| corrupt())?;
            Ok((old, personal))
        })
        .collect()
}
