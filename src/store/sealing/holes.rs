//! The table `audit.declared_hole`, and what a declaration is held against.

use deadpool_postgres::Object;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use super::super::{Database, Error, Role, Statement, execute, query, query_opt, statement};
use super::Lease;

const ALL: Statement = statement!("declared_hole/all");
const INSERT: Statement = statement!("declared_hole/insert");
const LOST: Statement = statement!("lane/lost");

/// Numbers of a lane whose entries were lost before they were sealed, as somebody declared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct DeclaredHole {
    /// The lane.
    pub lane: i64,
    /// The first number that is lost.
    pub first_seq: i64,
    /// The last one.
    pub last_seq: i64,
    /// The entry that declares it.
    pub audit_id: Uuid,
}

/// A lane around numbers that are said to be lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Lost {
    /// The last number that its writer knew to be durable.
    pub acknowledged: i64,
    /// Whether it says that it ended with a `closed` entry, which follows that number.
    pub closed: bool,
    /// Whether nothing of it can come any more, as far as anybody knows.
    pub ended: bool,
    /// The first number that is neither planned nor declared.
    pub next_seq: i64,
    /// How many entries there are from there up to the numbers in question.
    pub before: i64,
    /// The first of the numbers in question that is there, if any is.
    pub inside: Option<i64>,
    /// The first number behind them that is there.
    pub behind: Option<i64>,
}

impl Lease {
    /// Every hole that was declared, lane by lane.
    pub(crate) async fn declared_holes(&self) -> Result<Vec<DeclaredHole>, Error> {
        all(&self.client).await
    }
}

/// A connection that may declare holes.
#[derive(Debug)]
pub(crate) struct Declaring {
    client: Object,
}

impl Declaring {
    /// Connects as whoever seals.
    pub(crate) async fn open(database: &Database) -> Result<Self, Error> {
        let client = database.connect(Role::Seal).await?;
        Ok(Self { client })
    }

    /// Every hole that was declared, lane by lane.
    pub(crate) async fn declared_holes(&self) -> Result<Vec<DeclaredHole>, Error> {
        all(&self.client).await
    }

    /// The lane around the numbers `first..=last`; none where it is not registered.
    pub(crate) async fn lost(
        &self,
        lane: i64,
        first: i64,
        last: i64,
    ) -> Result<Option<Lost>, Error> {
        let row = query_opt(&self.client, &LOST, &[&lane, &first, &last]).await?;
        Ok(row.map(|row| Lost {
            acknowledged: row.get("acknowledged"),
            closed: row.get("closed"),
            ended: row.get("ended"),
            next_seq: row.get("next_seq"),
            before: row.get("before"),
            inside: row.get("inside"),
            behind: row.get("behind"),
        }))
    }

    /// Declares a hole; false where one that begins there was declared meanwhile.
    pub(crate) async fn declare(&self, hole: &DeclaredHole) -> Result<bool, Error> {
        let params: [&(dyn ToSql + Sync); 4] =
            [&hole.lane, &hole.first_seq, &hole.last_seq, &hole.audit_id];
        Ok(execute(&self.client, &INSERT, &params).await? == 1)
    }
}

async fn all(client: &Object) -> Result<Vec<DeclaredHole>, Error> {
    let rows = query(client, &ALL, &[]).await?;
    Ok(rows.iter().map(DeclaredHole::of).collect())
}

impl DeclaredHole {
    pub(in crate::store) fn of(row: &tokio_postgres::Row) -> Self {
        Self {
            lane: row.get("lane_id"),
            first_seq: row.get("first_seq"),
            last_seq: row.get("last_seq"),
            audit_id: row.get("audit_id"),
        }
    }
}
