//! Measuring what officers, clients and all towards one person did in a time.

use jiff::Timestamp;

use super::Window;
use super::step::{SignalStep, position};
use crate::domain::entry::Tag;
use crate::store::search::Position;
use crate::store::{Error, Statement, query, statement};

const OFFICERS: Statement = statement!("signals/officers");
const CLIENTS: Statement = statement!("signals/clients");
const PERSONS: Statement = statement!("signals/persons");
const LOOKS: Statement = statement!("signals/looks");
const USUAL_OFFICERS: Statement = statement!("signals/usual_officers");
const VOLUMES: Statement = statement!("signals/volumes");

/// An officer of an agency in a time.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct OfficerWindow {
    pub agency_code: String,
    pub tag: Tag,
    pub window: Window,
}

/// A client of an agency in a time.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ClientWindow {
    pub agency_code: String,
    pub client_id: String,
    pub window: Window,
}

/// All towards one person in a time.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct PersonWindow {
    pub tag: Tag,
    pub window: Window,
}

/// When people work: hours of the day in Vietnam and days of the week, of which Monday is 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Working {
    pub from_hour: i32,
    pub to_hour: i32,
    pub weekdays: Vec<i32>,
}

/// How many, and where they lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Looked {
    pub looks: u64,
    pub first: Position,
    pub last: Position,
}

/// What was asked in a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Measured {
    /// Questions about a person.
    pub all: Looked,
    /// Different people.
    pub people: u64,
    /// Those that were answered, by a match or none.
    pub answered: u64,
    /// Those of them that matched nobody.
    pub unmatched: u64,
    /// Those outside of working hours, where there were any; never of a client.
    pub off: Option<Looked>,
    /// The client; none for several.
    pub client_id: Option<String>,
}

/// How many officers asked about a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ReadOfficers {
    /// The agency they are of; none: they are of several.
    pub agency_code: Option<String>,
    pub officers: u64,
    pub all: Looked,
    pub client_id: Option<String>,
}

/// An actor's questions about one person.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct LookedFor {
    pub agency_code: String,
    /// None: any.
    pub client_id: Option<String>,
    /// None: any.
    pub officer_tag: Option<Tag>,
    pub subject_tag: Tag,
    pub window: Window,
}

/// A tag an officer had in a time; `number` says which officer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OfficerTag {
    pub number: usize,
    pub agency_code: String,
    pub tag: Tag,
    pub window: Window,
}

/// Questions of a time, and in how many of its hours and days there were any.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Usual {
    pub looks: u64,
    pub hours: u64,
    pub days: u64,
}

impl SignalStep {
    /// What each of these officers did, by its place in the list; who did nothing is left out.
    pub(crate) async fn officers(
        &self,
        of: &[OfficerWindow],
        working: &Working,
    ) -> Result<Vec<(usize, Measured)>, Error> {
        let agencies: Vec<&str> = of.iter().map(|it| &*it.agency_code).collect();
        let tags: Vec<&[u8]> = of.iter().map(|it| it.tag.as_slice()).collect();
        let (since, until) = bounds(of.iter().map(|it| it.window));
        let Working {
            from_hour,
            to_hour,
            weekdays,
        } = working;
        let rows = query(
            self.open.client(),
            &OFFICERS,
            &[
                &agencies, &tags, &since, &until, from_hour, to_hour, weekdays,
            ],
        )
        .await?;
        rows.iter()
            .map(|row| {
                let off = match row.get::<_, i64>("off") {
                    0 => None,
                    looks => Some(Looked {
                        looks: looks.cast_unsigned(),
                        first: position(OFFICERS.name, row.get("off_first"))?,
                        last: position(OFFICERS.name, row.get("off_last"))?,
                    }),
                };
                let client_id = row.get("client_id");
                Ok((number(row), measured(OFFICERS.name, row, off, client_id)?))
            })
            .collect()
    }

    /// What each of these clients did, by its place in the list; who did nothing is left out.
    pub(crate) async fn clients(
        &self,
        of: &[ClientWindow],
    ) -> Result<Vec<(usize, Measured)>, Error> {
        let agencies: Vec<&str> = of.iter().map(|it| &*it.agency_code).collect();
        let clients: Vec<&str> = of.iter().map(|it| &*it.client_id).collect();
        let (since, until) = bounds(of.iter().map(|it| it.window));
        let rows = query(
            self.open.client(),
            &CLIENTS,
            &[&agencies, &clients, &since, &until],
        )
        .await?;
        rows.iter()
            .map(|row| {
                let number = number(row);
                let client_id = of.get(number).map(|it| it.client_id.clone());
                Ok((number, measured(CLIENTS.name, row, None, client_id)?))
            })
            .collect()
    }

    /// How many officers asked about each of these persons, within an agency and over several.
    pub(crate) async fn persons(
        &self,
        of: &[PersonWindow],
    ) -> Result<Vec<(usize, ReadOfficers)>, Error> {
        let tags: Vec<&[u8]> = of.iter().map(|it| it.tag.as_slice()).collect();
        let (since, until) = bounds(of.iter().map(|it| it.window));
        let rows = query(self.open.client(), &PERSONS, &[&tags, &since, &until]).await?;
        rows.iter()
            .map(|row| {
                let read = ReadOfficers {
                    agency_code: row.get("agency_code"),
                    officers: count(row, "officers"),
                    all: looked(PERSONS.name, row)?,
                    client_id: row.get("client_id"),
                };
                Ok((number(row), read))
            })
            .collect()
    }

    /// Which of these there were, by their places in the list, each with the client (none for several).
    pub(crate) async fn looks(
        &self,
        of: &[LookedFor],
    ) -> Result<Vec<(usize, Looked, Option<String>)>, Error> {
        let agencies: Vec<&str> = of.iter().map(|it| &*it.agency_code).collect();
        let clients: Vec<Option<&str>> = of.iter().map(|it| it.client_id.as_deref()).collect();
        let officers: Vec<Option<&[u8]>> = of
            .iter()
            .map(|it| it.officer_tag.as_ref().map(Tag::as_slice))
            .collect();
        let subjects: Vec<&[u8]> = of.iter().map(|it| it.subject_tag.as_slice()).collect();
        let (since, until) = bounds(of.iter().map(|it| it.window));
        let rows = query(
            self.open.client(),
            &LOOKS,
            &[&agencies, &clients, &officers, &subjects, &since, &until],
        )
        .await?;
        rows.iter()
            .map(|row| Ok((number(row), looked(LOOKS.name, row)?, row.get("client_id"))))
            .collect()
    }

    /// What officers asked in the time of their tags, by their numbers; who asked nothing is left out.
    pub(crate) async fn usual_of_officers(
        &self,
        tags: &[OfficerTag],
    ) -> Result<Vec<(usize, Usual)>, Error> {
        let numbers: Vec<i64> = tags.iter().map(|it| it.number as i64).collect();
        let agencies: Vec<&str> = tags.iter().map(|it| &*it.agency_code).collect();
        let of: Vec<&[u8]> = tags.iter().map(|it| it.tag.as_slice()).collect();
        let (since, until) = bounds(tags.iter().map(|it| it.window));
        let rows = query(
            self.open.client(),
            &USUAL_OFFICERS,
            &[&numbers, &agencies, &of, &since, &until],
        )
        .await?;
        let of = |row: &tokio_postgres::Row| {
            let number = usize::try_from(row.get::<_, i64>("number")).unwrap_or(usize::MAX);
            (number, usual(row))
        };
        Ok(rows.iter().map(of).collect())
    }

    /// What clients asked in these times, in their order.
    pub(crate) async fn volumes(&self, of: &[ClientWindow]) -> Result<Vec<Usual>, Error> {
        let agencies: Vec<&str> = of.iter().map(|it| &*it.agency_code).collect();
        let clients: Vec<&str> = of.iter().map(|it| &*it.client_id).collect();
        let (since, until) = bounds(of.iter().map(|it| it.window));
        let rows = query(
            self.open.client(),
            &VOLUMES,
            &[&agencies, &clients, &since, &until],
        )
        .await?;
        let mut volumes = vec![Usual::default(); of.len()];
        for row in &rows {
            if let Some(volume) = volumes.get_mut(number(row)) {
                *volume = usual(row);
            }
        }
        Ok(volumes)
    }
}

fn bounds(windows: impl Iterator<Item = Window>) -> (Vec<Timestamp>, Vec<Timestamp>) {
    windows.map(|it| (it.since, it.until)).unzip()
}

/// The place in the list, which PostgreSQL counts from 1.
fn number(row: &tokio_postgres::Row) -> usize {
    let number: i64 = row.get("number");
    usize::try_from(number - 1).unwrap_or(usize::MAX)
}

fn count(row: &tokio_postgres::Row, column: &str) -> u64 {
    row.get::<_, i64>(column).cast_unsigned()
}

fn looked(statement: &'static str, row: &tokio_postgres::Row) -> Result<Looked, Error> {
    Ok(Looked {
        looks: count(row, "looks"),
        first: position(statement, row.get("first_position"))?,
        last: position(statement, row.get("last_position"))?,
    })
}

fn measured(
    statement: &'static str,
    row: &tokio_postgres::Row,
    off: Option<Looked>,
    client_id: Option<String>,
) -> Result<Measured, Error> {
    Ok(Measured {
        all: looked(statement, row)?,
        people: count(row, "people"),
        answered: count(row, "answered"),
        unmatched: count(row, "unmatched"),
        off,
        client_id,
    })
}

fn usual(row: &tokio_postgres::Row) -> Usual {
    Usual {
        looks: count(row, "looks"),
        hours: count(row, "hours"),
        days: count(row, "days"),
    }
}
