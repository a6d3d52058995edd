//! Finding entries by what is searched of them, a bounded number of rows at a time.

use deadpool_postgres::GenericClient;
use jiff::Timestamp;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use super::Position;
use crate::domain::auditing::Order;
use crate::domain::entry::{AuditId, Tag};
use crate::store::{Error, Statement, Store, query, query_opt, statement};

const NEWEST: Statement = statement!("search/newest");
const OLDEST: Statement = statement!("search/oldest");
const PROGRESS: Statement = statement!("search/progress");
const FIND_ALL: Statement = statement!("entry/find_all");

/// A tag, and the time in which entries may have it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TagInUse {
    pub tag: Tag,
    pub since: Timestamp,
    pub until: Timestamp,
}

/// What entries must be like; nothing is no condition.
#[derive(Clone, Debug, Default)]
pub(crate) struct Conditions {
    pub from: Option<Timestamp>,
    pub to: Option<Timestamp>,
    /// One of these.
    pub agencies: Option<Vec<String>>,
    pub client: Option<String>,
    pub procedure: Option<String>,
    /// One of these.
    pub operations: Option<Vec<&'static str>>,
    pub decision: Option<&'static str>,
    pub subject: Option<Vec<TagInUse>>,
    pub officer: Option<Vec<TagInUse>>,
    pub case: Option<Vec<TagInUse>>,
    /// The client's own index is not walked along: how many rows it has is none of the caller's
    /// business, and would show.
    pub client_apart: bool,
    /// None of these.
    pub without_procedures: Option<Vec<String>>,
}

/// Between which positions entries of a time lie, and how far the log is searchable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Extent {
    pub first: Position,
    pub last: Position,
    /// The first position that cannot be searched yet.
    pub end: Position,
}

/// Beyond so many agencies all entries are walked along and those of others left out: their share of the
/// log is large, and beginning on each of their paths would cost more than it spares.
const MANY_AGENCIES: usize = 64;

/// The index that is walked along.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Path {
    Subject,
    Case,
    Officer,
    Client,
    Procedure,
    Agencies,
    Position,
}

impl Path {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Subject => "subject",
            Self::Case => "case",
            Self::Officer => "officer",
            Self::Client => "client",
            Self::Procedure => "procedure",
            Self::Agencies => "agencies",
            Self::Position => "position",
        }
    }
}

/// What one scan gave.
#[derive(Clone, Debug)]
pub(crate) struct Scanned {
    /// What matches, in order.
    pub found: Vec<(Position, AuditId)>,
    /// How many rows were looked at.
    pub rows: i64,
    /// How far it was looked; none where nothing is left.
    pub horizon: Option<Position>,
}

impl Conditions {
    /// The index with the fewest rows to look at, as far as that can be told from the conditions.
    fn path(&self) -> Path {
        if self.subject.is_some() {
            Path::Subject
        } else if self.case.is_some() {
            Path::Case
        } else if self.officer.is_some() {
            Path::Officer
        } else if self.client.is_some() && !self.client_apart {
            Path::Client
        } else if self
            .agencies
            .as_ref()
            .is_some_and(|it| it.len() <= MANY_AGENCIES)
        {
            Path::Agencies
        } else if self.procedure.is_some() {
            Path::Procedure
        } else {
            Path::Position
        }
    }

    /// How many paths of the index are walked along side by side.
    pub(crate) fn paths(&self) -> usize {
        let count = |tags: &Option<Vec<TagInUse>>| tags.as_ref().map_or(0, Vec::len);
        match self.path() {
            Path::Subject => count(&self.subject),
            Path::Case => count(&self.case),
            Path::Officer => count(&self.officer),
            Path::Agencies => self.agencies.as_ref().map_or(0, Vec::len),
            Path::Client | Path::Procedure | Path::Position => 1,
        }
    }

    /// Among how many paths a page's entries are spread: a person's tags are of a month each, and the
    /// agencies' all are of today.
    pub(crate) fn spread(&self) -> usize {
        match self.path() {
            Path::Agencies => self.paths(),
            Path::Subject
            | Path::Case
            | Path::Officer
            | Path::Client
            | Path::Procedure
            | Path::Position => 1,
        }
    }

    /// Whether rows of the index lie apart from each other, so that each costs a page of its own.
    pub(crate) fn is_scattered(&self) -> bool {
        self.path() != Path::Position
    }

    /// Whether every row of the index matches.
    pub(crate) fn is_covered(&self) -> bool {
        let path = self.path();
        let apart_from = |is_set: bool, of: Path| usize::from(is_set && path != of);
        apart_from(self.subject.is_some(), Path::Subject)
            + apart_from(self.case.is_some(), Path::Case)
            + apart_from(self.officer.is_some(), Path::Officer)
            + apart_from(self.client.is_some(), Path::Client)
            + apart_from(self.agencies.is_some(), Path::Agencies)
            + apart_from(self.procedure.is_some(), Path::Procedure)
            + usize::from(self.operations.is_some())
            + usize::from(self.decision.is_some())
            + usize::from(self.without_procedures.is_some())
            == 0
    }
}

/// From before the log began until after it will have ended, in what PostgreSQL takes.
pub(super) const EVER: (Timestamp, Timestamp) = (
    Timestamp::UNIX_EPOCH,
    Timestamp::constant(253_000_000_000, 0),
);

/// How far the log is searchable, and where entries of that time lie in it.
pub(super) async fn extent(
    client: &impl GenericClient,
    from: Option<Timestamp>,
    to: Option<Timestamp>,
) -> Result<Extent, Error> {
    let (from, to) = (from.unwrap_or(EVER.0), to.unwrap_or(EVER.1));
    let row = query_opt(client, &PROGRESS, &[&from, &to]).await?;
    let row = row.ok_or(Error::Corrupt {
        statement: PROGRESS.name,
        what: "the one row of the progress is gone",
    })?;
    let position = |column| {
        row.get::<_, Option<i64>>(column)
            .and_then(Position::from_number)
    };
    let end = Position::new(
        row.get::<_, i32>("epoch").cast_unsigned(),
        row.get::<_, i64>("next_index").cast_unsigned(),
    );
    Ok(Extent {
        first: position("first_position").unwrap_or(Position::LAST),
        last: position("last_position").unwrap_or(Position::FIRST),
        end,
    })
}

/// The tags alone.
pub(super) fn among(tags: Option<&[TagInUse]>) -> Option<Vec<&[u8]>> {
    Some(tags?.iter().map(|it| it.tag.as_slice()).collect())
}

impl Store {
    /// How far the log is searchable, and where entries of that time lie in it.
    pub(crate) async fn search_extent(
        &self,
        from: Option<Timestamp>,
        to: Option<Timestamp>,
    ) -> Result<Extent, Error> {
        let client = self.client(PROGRESS.name).await?;
        extent(&client, from, to).await
    }

    /// Looks at `rows` rows on each path of the index behind `after`, and gives at most `limit` of
    /// those that match.
    pub(crate) async fn search_entries(
        &self,
        conditions: &Conditions,
        extent: &Extent,
        order: Order,
        after: Position,
        rows: i64,
        limit: i64,
    ) -> Result<Scanned, Error> {
        let statement = match order {
            Order::Newest => &NEWEST,
            Order::Log => &OLDEST,
        };
        let client = self.client(statement.name).await?;
        let path = conditions.path();
        let on_path = match path {
            Path::Subject => conditions.subject.as_deref(),
            Path::Case => conditions.case.as_deref(),
            Path::Officer => conditions.officer.as_deref(),
            Path::Client | Path::Procedure | Path::Agencies | Path::Position => None,
        }
        .unwrap_or_default();
        let tags: Vec<&[u8]> = on_path.iter().map(|it| it.tag.as_slice()).collect();
        let since: Vec<Timestamp> = on_path.iter().map(|it| it.since).collect();
        let until: Vec<Timestamp> = on_path.iter().map(|it| it.until).collect();
        let (subject, officer, case) = (
            among(conditions.subject.as_deref()),
            among(conditions.officer.as_deref()),
            among(conditions.case.as_deref()),
        );
        let (from, to) = (
            conditions.from.unwrap_or(EVER.0),
            conditions.to.unwrap_or(EVER.1),
        );
        let path = path.as_str();
        let (after, first, last) = (after.number(), extent.first.number(), extent.last.number());
        let params: [&(dyn ToSql + Sync); 20] = [
            &path,
            &after,
            &from,
            &to,
            &first,
            &last,
            &rows,
            &limit,
            &tags,
            &since,
            &until,
            &conditions.client,
            &conditions.agencies,
            &conditions.procedure,
            &conditions.operations,
            &conditions.decision,
            &subject,
            &officer,
            &case,
            &conditions.without_procedures,
        ];
        let corrupt = || Error::Corrupt {
            statement: statement.name,
            what: "no position or no id of an entry",
        };
        let found = query(&client, statement, &params).await?;
        let position = |number: i64| Position::from_number(number).ok_or_else(corrupt);
        let rows = found.first().map_or(0, |row| row.get("rows"));
        let horizon = match found.first() {
            Some(row) => row
                .get::<_, Option<i64>>("horizon")
                .map(position)
                .transpose()?,
            None => None,
        };
        let found = found
            .iter()
            .filter_map(|row| Some((row.get::<_, Option<i64>>("position")?, row)))
            .map(|(number, row)| {
                let id = AuditId::from_uuid(row.get("audit_id")).ok_or_else(corrupt)?;
                Ok((position(number)?, id))
            })
            .collect::<Result<_, Error>>()?;
        Ok(Scanned {
            found,
            rows,
            horizon,
        })
    }

    /// The canonical bytes of entries, in no order; those of dropped days are missing.
    pub(crate) async fn entries(&self, ids: &[AuditId]) -> Result<Vec<(Uuid, Vec<u8>)>, Error> {
        let client = self.client(FIND_ALL.name).await?;
        let uuids: Vec<Uuid> = ids.iter().map(|id| *id.as_uuid()).collect();
        let times: Vec<Timestamp> = ids.iter().map(AuditId::at).collect();
        let rows = query(&client, &FIND_ALL, &[&uuids, &times]).await?;
        Ok(rows
            .iter()
            .map(|row| (row.get("audit_id"), row.get("entry")))
            .collect())
    }
}
