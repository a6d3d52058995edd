//! Tallies by the hour, for charts: they name nobody, and cost the same however many entries there are.

use jiff::Timestamp;
use tokio_postgres::Row;

use crate::store::{Error, Statement, Store, query, statement};

const OVERVIEW: Statement = statement!("search/overview");

/// What was counted of a group.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Entries.
    pub requests: u64,
    /// Fields they disclosed.
    pub disclosed: u64,
    /// Papers they made unnecessary.
    pub papers: u64,
}

/// The tallies of a time, told apart four ways. Each way counts everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Overview {
    /// By the beginning of the hour, in order; hours without entries are left out.
    pub hours: Vec<(Timestamp, Totals)>,
    /// By agency, the one with the most first; empty for none.
    pub agencies: Vec<(String, Totals)>,
    /// By procedure, likewise.
    pub procedures: Vec<(String, Totals)>,
    /// By decision, likewise.
    pub decisions: Vec<(String, Totals)>,
}

/// The bits of SQL's `grouping`: a column that a row is not told apart by.
const BY_HOUR: i32 = 0b0111;
const BY_AGENCY: i32 = 0b1011;
const BY_PROCEDURE: i32 = 0b1101;
const BY_DECISION: i32 = 0b1110;

impl Store {
    /// The tallies of whole hours, of these agencies only where they are given.
    pub(crate) async fn tallies(
        &self,
        (from, to): (Timestamp, Timestamp),
        agencies: Option<&[String]>,
    ) -> Result<Overview, Error> {
        let client = self.client(OVERVIEW.name).await?;
        let rows = query(&client, &OVERVIEW, &[&from, &to, &agencies]).await?;
        let mut overview = Overview::default();
        for row in &rows {
            let totals = totals(row);
            match row.get("apart") {
                BY_HOUR => overview.hours.push((row.get("hour"), totals)),
                BY_AGENCY => overview.agencies.push((row.get("agency_code"), totals)),
                BY_PROCEDURE => overview
                    .procedures
                    .push((row.get("procedure_code"), totals)),
                BY_DECISION => overview.decisions.push((row.get("decision"), totals)),
                _ => {
                    return Err(Error::Corrupt {
                        statement: OVERVIEW.name,
                        what: "a group that was not asked for",
                    });
                }
            }
        }
        Ok(overview)
    }
}

fn totals(row: &Row) -> Totals {
    let count = |column| row.get::<_, i64>(column).cast_unsigned();
    Totals {
        requests: count("requests"),
        disclosed: count("disclosed"),
        papers: count("papers"),
    }
}
