//! Counting what is searched: numbers by group, and a client's day as one digest.

use jiff::Timestamp;
use jiff::civil::Date;
use tokio_postgres::IsolationLevel;
use tokio_postgres::types::ToSql;

use super::day::{is_expired, outstanding};
use super::find::{EVER, among, extent};
use super::{Conditions, Position};
use crate::domain::auditing::GroupBy;
use crate::domain::entry::{AuditId, Tag};
use crate::store::{Error, Statement, Store, query, query_opt, statement};

const STATISTICS: Statement = statement!("search/statistics");
const AT_POSITIONS: Statement = statement!("search/at_positions");
const RECONCILE: Statement = statement!("search/reconcile");

/// What numbers are told apart by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "seven independent questions")]
pub struct Grouping {
    /// By agency.
    pub agency: bool,
    /// By client.
    pub client: bool,
    /// By procedure.
    pub procedure: bool,
    /// By officer.
    pub officer: bool,
    /// By the day in Vietnam.
    pub day: bool,
    /// By operation.
    pub operation: bool,
    /// By decision.
    pub decision: bool,
}

impl Grouping {
    /// By these.
    pub fn by(words: &[GroupBy]) -> Self {
        let is_by = |word| words.contains(&word);
        Self {
            agency: is_by(GroupBy::Agency),
            client: is_by(GroupBy::Client),
            procedure: is_by(GroupBy::Procedure),
            officer: is_by(GroupBy::Officer),
            day: is_by(GroupBy::Day),
            operation: is_by(GroupBy::Operation),
            decision: is_by(GroupBy::Decision),
        }
    }
}

/// One group's numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    pub agency_code: Option<String>,
    pub client_id: Option<String>,
    pub procedure_code: Option<String>,
    pub officer_tag: Option<Tag>,
    pub day: Option<Date>,
    pub operation: Option<String>,
    pub decision: Option<String>,
    pub requests: u64,
    pub people: u64,
    pub disclosed: u64,
    pub papers: u64,
    /// Some entry of the group.
    pub sample: Option<Position>,
}

/// A client's entries of a day, to be compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reconciled {
    /// Whether they are all of the day.
    pub is_complete: bool,
    /// The first position that could not be searched yet.
    pub end: Position,
    /// How many there are.
    pub entries: u64,
    /// SHA-256 over their ids in ascending order, each written with hyphens in lower case and
    /// followed by a line feed.
    pub digest: [u8; 32],
}

impl Store {
    /// The groups with the most requests, at most `limit`.
    pub(crate) async fn search_statistics(
        &self,
        grouping: Grouping,
        conditions: &Conditions,
        limit: i64,
    ) -> Result<Vec<Group>, Error> {
        let client = self.client(STATISTICS.name).await?;
        let (from, to) = (
            conditions.from.unwrap_or(EVER.0),
            conditions.to.unwrap_or(EVER.1),
        );
        let (subject, officer, case) = (
            among(conditions.subject.as_deref()),
            among(conditions.officer.as_deref()),
            among(conditions.case.as_deref()),
        );
        let params: [&(dyn ToSql + Sync); 18] = [
            &grouping.agency,
            &grouping.client,
            &grouping.procedure,
            &grouping.officer,
            &grouping.day,
            &grouping.operation,
            &grouping.decision,
            &from,
            &to,
            &conditions.client,
            &conditions.agencies,
            &conditions.procedure,
            &conditions.operations,
            &conditions.decision,
            &subject,
            &officer,
            &case,
            &limit,
        ];
        // Planned for the values at hand, for which index helps depends on them.
        let rows = client.query(STATISTICS.sql, &params).await;
        let rows = rows.map_err(|source| Error::from_postgres(STATISTICS.name, source))?;
        let count = |row: &tokio_postgres::Row, column| row.get::<_, i64>(column).cast_unsigned();
        let group = |row: &tokio_postgres::Row| Group {
            agency_code: row.get("agency_code"),
            client_id: row.get("client_id"),
            procedure_code: row.get("procedure_code"),
            officer_tag: row
                .get::<_, Option<&[u8]>>("officer_tag")
                .and_then(|tag| tag.try_into().ok()),
            day: row.get("day"),
            operation: row.get("operation"),
            decision: row.get("decision"),
            requests: count(row, "requests"),
            people: count(row, "people"),
            disclosed: count(row, "disclosed"),
            papers: count(row, "papers"),
            sample: Position::from_number(row.get("sample")),
        };
        Ok(rows.iter().map(group).collect())
    }

    /// The ids of the entries at these positions, in no order.
    pub(crate) async fn ids_at(
        &self,
        positions: &[Position],
    ) -> Result<Vec<(Position, AuditId)>, Error> {
        let client = self.client(AT_POSITIONS.name).await?;
        let numbers: Vec<i64> = positions.iter().map(|it| it.number()).collect();
        let rows = query(&client, &AT_POSITIONS, &[&numbers]).await?;
        let found = rows.iter().filter_map(|row| {
            let position = Position::from_number(row.get("position"))?;
            Some((position, AuditId::from_uuid(row.get("audit_id"))?))
        });
        Ok(found.collect())
    }

    /// A client's entries of a day, which lies in that time, of these agencies only where they are
    /// given. All of it is read in one snapshot, so that they are all where it is said so.
    pub(crate) async fn reconcile(
        &self,
        client_id: &str,
        day: Date,
        (from, to): (Timestamp, Timestamp),
        agencies: Option<&[String]>,
    ) -> Result<Reconciled, Error> {
        let mut client = self.client(RECONCILE.name).await?;
        let named = |source| Error::from_postgres(RECONCILE.name, source);
        let snapshot = client
            .build_transaction()
            .isolation_level(IsolationLevel::RepeatableRead)
            .read_only(true)
            .start()
            .await
            .map_err(named)?;
        let end = extent(&snapshot, None, None).await?.end;
        let is_complete =
            outstanding(&snapshot, day).await?.is_nothing() && !is_expired(&snapshot, day).await?;
        let params: [&(dyn ToSql + Sync); 4] = [&client_id, &from, &to, &agencies];
        let corrupt = Error::Corrupt {
            statement: RECONCILE.name,
            what: "an aggregate gave no row or no digest",
        };
        let Some(row) = query_opt(&snapshot, &RECONCILE, &params).await? else {
            return Err(corrupt);
        };
        snapshot.commit().await.map_err(named)?;
        Ok(Reconciled {
            is_complete,
            end,
            entries: row.get::<_, i64>("entries").cast_unsigned(),
            digest: row
                .get::<_, &[u8]>("digest")
                .try_into()
                .map_err(|_| corrupt)?,
        })
    }
}
