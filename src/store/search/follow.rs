//! Copying published entries into what is searched, in the order of the log and each exactly once.

use std::collections::HashMap;
use std::pin::pin;

use deadpool_postgres::Transaction;
use futures_util::future::try_join_all;
use jiff::Timestamp;
use jiff::civil::Date;
use tokio_postgres::binary_copy::BinaryCopyInWriter;
use tokio_postgres::types::{ToSql, Type};
use uuid::Uuid;

use super::Position;
use crate::domain::entry::Tag;
use crate::store::blocks::{OF_LANE, Span};
use crate::store::{Error, Statement, Store, execute, query, query_opt, statement};

const BEGIN: &str = "search/begin";
const COMMIT: &str = "search/commit";
const NO_PROGRESS: &str = "the one row of the progress is gone";
const LOCK_PROGRESS: Statement = statement!("search/lock_progress");
const SEE_PROGRESS: Statement = statement!("search/see_progress");
const MOVE_PROGRESS: Statement = statement!("search/move_progress");
const PLANNED: Statement = statement!("search/planned");
const COPY: Statement = statement!("search/copy");
const ADD_HOURS: Statement = statement!("search/add_hours");
const ADD_TALLIES: Statement = statement!("search/add_tallies");

/// Types of the columns, in the order of the statement.
const TYPES: [Type; 13] = [
    Type::INT8,
    Type::TIMESTAMPTZ,
    Type::UUID,
    Type::TEXT,
    Type::TEXT,
    Type::TEXT,
    Type::TEXT,
    Type::TEXT,
    Type::INT2,
    Type::INT2,
    Type::BYTEA,
    Type::BYTEA,
    Type::BYTEA,
];

/// Ranges of the plan that are read at once.
const RANGES: i64 = 64;

/// What is searched of one entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Searched {
    pub position: Position,
    pub at: Timestamp,
    pub audit_id: Uuid,
    pub agency_code: Option<String>,
    pub client_id: Option<String>,
    pub procedure_code: Option<String>,
    pub operation: &'static str,
    pub decision: &'static str,
    pub disclosed: i16,
    pub papers: i16,
    pub subject_tag: Option<Tag>,
    pub officer_tag: Option<Tag>,
    pub case_tag: Option<Tag>,
}

/// What a tally counts apart.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct TallyKey {
    pub hour: Timestamp,
    pub agency_code: String,
    pub client_id: String,
    pub procedure_code: String,
    pub operation: &'static str,
    pub decision: &'static str,
}

/// What it counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tallied {
    pub requests: i64,
    pub disclosed: i64,
    pub papers: i64,
}

/// Where an hour's entries lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct HourSpan {
    pub first: Position,
    pub last: Position,
}

/// What a step adds.
#[derive(Clone, Debug, Default)]
pub(crate) struct Digest {
    pub rows: Vec<Searched>,
    pub hours: HashMap<Timestamp, HourSpan>,
    pub tallies: HashMap<TallyKey, Tallied>,
    /// The entry in front of which it stops, for only a newer program can read it.
    pub newer: Option<Position>,
}

/// What a step came to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Step {
    /// Another process is at it, or holds it up.
    Another(Behind),
    /// There was nothing to do.
    Idle,
    /// What is next is for a newer program.
    Newer {
        /// Which leaf it is.
        index: u64,
        /// What lies from there on.
        behind: Behind,
    },
    /// Leaves were taken in.
    Moved {
        /// How many.
        leaves: u64,
        /// How many are published in all, of the epoch.
        published: u64,
        /// What lies behind them, and how long before them it began.
        behind: Behind,
    },
}

/// What is published and not searchable.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Behind {
    /// How many leaves.
    pub left: u64,
    /// How long the oldest leaf had been signed that was not searchable when the step began.
    pub seconds: f64,
}

/// Where the follower is, as it found it.
struct Progress {
    epoch: i32,
    next: i64,
    is_over: bool,
    published: i64,
    behind_seconds: f64,
}

impl Progress {
    /// What lies behind so many leaves of the epoch.
    fn behind(&self, reached: i64) -> Behind {
        Behind {
            left: (self.published - reached).max(0).cast_unsigned(),
            seconds: self.behind_seconds,
        }
    }
}

impl Store {
    /// Takes in at most `limit` published leaves behind those that were: `digest` is told each
    /// entry's position and canonical bytes, in order, and gives what is searched of them. All of it
    /// is committed together, or nothing.
    pub(crate) async fn follow_log(
        &self,
        limit: u64,
        digest: impl FnOnce(Vec<(Position, Vec<u8>)>) -> Digest,
    ) -> Result<Step, Error> {
        let mut client = self.client(BEGIN).await?;
        let begun = client.transaction().await;
        let transaction = begun.map_err(|source| Error::from_postgres(BEGIN, source))?;
        let is_ours = query_opt(&transaction, &LOCK_PROGRESS, &[])
            .await?
            .is_some();
        let progress = progress(&transaction).await?;
        if !is_ours {
            return Ok(Step::Another(progress.behind(progress.next)));
        }
        let end = progress
            .published
            .min(progress.next.saturating_add(limit.cast_signed()));
        if end <= progress.next {
            if progress.is_over {
                // Every signed leaf of the epoch is taken in, and another has begun.
                move_to(&transaction, progress.epoch + 1, 0).await?;
                commit(transaction).await?;
                return Ok(Step::Moved {
                    leaves: 0,
                    published: 0,
                    behind: Behind {
                        left: 1,
                        seconds: 0.0,
                    },
                });
            }
            return Ok(Step::Idle);
        }
        let (entries, reached) = read(&transaction, &progress, end).await?;
        let digest = digest(entries);
        let reached = match digest.newer.map(|newer| newer.index()) {
            Some(index) if index.cast_signed() <= progress.next => {
                return Ok(Step::Newer {
                    index,
                    behind: progress.behind(progress.next),
                });
            }
            Some(index) => index.cast_signed().min(reached),
            None => reached,
        };
        copy(&transaction, &digest.rows).await?;
        add(&transaction, &digest).await?;
        move_to(&transaction, progress.epoch, reached).await?;
        commit(transaction).await?;
        Ok(Step::Moved {
            leaves: (reached - progress.next).cast_unsigned(),
            published: progress.published.cast_unsigned(),
            behind: progress.behind(reached),
        })
    }
}

async fn progress(transaction: &Transaction<'_>) -> Result<Progress, Error> {
    let row = query_opt(transaction, &SEE_PROGRESS, &[]).await?;
    let row = row.ok_or(Error::Corrupt {
        statement: SEE_PROGRESS.name,
        what: NO_PROGRESS,
    })?;
    Ok(Progress {
        epoch: row.get("epoch"),
        next: row.get("next_index"),
        is_over: row.get("is_over"),
        published: row.get("published"),
        behind_seconds: row.get::<_, Option<f64>>("behind_seconds").unwrap_or(0.0),
    })
}

async fn move_to(transaction: &Transaction<'_>, epoch: i32, next: i64) -> Result<(), Error> {
    match execute(transaction, &MOVE_PROGRESS, &[&epoch, &next]).await? {
        1 => Ok(()),
        _ => Err(Error::Corrupt {
            statement: MOVE_PROGRESS.name,
            what: NO_PROGRESS,
        }),
    }
}

async fn commit(transaction: Transaction<'_>) -> Result<(), Error> {
    let committed = transaction.commit().await;
    committed.map_err(|source| Error::from_postgres(COMMIT, source))
}

/// Entries of one lane that are next leaves.
struct Range {
    lane: i64,
    day: Option<Date>,
    first: i64,
    count: i64,
    first_seq: i64,
}

/// The entries of leaves from the progress up to `end`, as far as ranges were read, and the first
/// leaf that was not. Entries that are gone (their day was dropped) are passed over.
async fn read(
    transaction: &Transaction<'_>,
    progress: &Progress,
    end: i64,
) -> Result<(Vec<(Position, Vec<u8>)>, i64), Error> {
    let params: [&(dyn ToSql + Sync); 4] = [&progress.epoch, &progress.next, &end, &RANGES];
    let rows = query(transaction, &PLANNED, &params).await?;
    let mut reached = progress.next;
    let mut ranges = Vec::with_capacity(rows.len());
    for row in &rows {
        let planned_first: i64 = row.get("first_index");
        let planned_end = planned_first + i64::from(row.get::<_, i32>("count"));
        let first = planned_first.max(progress.next);
        let until = planned_end.min(end);
        if first != reached || until <= first {
            // What a verifier would call a gap of the plan: it is not for us to stop at.
            tracing::error!(first, reached, "the plan has a gap or an overlap");
        }
        ranges.push(Range {
            lane: row.get("lane_id"),
            day: row.get("day"),
            first,
            count: (until - first).max(0),
            first_seq: row.get::<_, i64>("first_seq") + (first - planned_first),
        });
        reached = reached.max(until);
    }
    if ranges.is_empty() {
        // Nothing of it is in the plan, whatever was signed.
        reached = end;
    }
    // Sent one behind another on the one connection, without waiting for each answer.
    let read = ranges
        .iter()
        .map(|range| of_range(transaction, range, progress.epoch));
    let entries = try_join_all(read).await?;
    Ok((entries.into_iter().flatten().collect(), reached))
}

async fn of_range(
    transaction: &Transaction<'_>,
    range: &Range,
    epoch: i32,
) -> Result<Vec<(Position, Vec<u8>)>, Error> {
    if range.day.is_none() {
        return Ok(Vec::new());
    }
    let span = Span::new(range.lane, range.day, range.first_seq, range.count);
    let rows = query(transaction, &OF_LANE, &span.params()).await?;
    let mut entries = Vec::new();
    for row in &rows {
        entries.extend(span.entries(row)?.iter().map(|placed| {
            let index = range.first + (placed.seq - range.first_seq);
            let position = Position::new(epoch.cast_unsigned(), index.cast_unsigned());
            (position, placed.entry.to_vec())
        }));
    }
    Ok(entries)
}

async fn copy(transaction: &Transaction<'_>, rows: &[Searched]) -> Result<(), Error> {
    if rows.is_empty() {
        return Ok(());
    }
    let named = |source| Error::from_postgres(COPY.name, source);
    let prepared = transaction.prepare_cached(COPY.sql).await.map_err(named)?;
    let sink = transaction.copy_in(&prepared).await.map_err(named)?;
    let mut writer = pin!(BinaryCopyInWriter::new(sink, &TYPES));
    for row in rows {
        let position = row.position.number();
        let [subject, officer, case] = [&row.subject_tag, &row.officer_tag, &row.case_tag]
            .map(|tag| tag.as_ref().map(Tag::as_slice));
        let values: [&(dyn ToSql + Sync); 13] = [
            &position,
            &row.at,
            &row.audit_id,
            &row.agency_code,
            &row.client_id,
            &row.procedure_code,
            &row.operation,
            &row.decision,
            &row.disclosed,
            &row.papers,
            &subject,
            &officer,
            &case,
        ];
        writer.as_mut().write(&values).await.map_err(named)?;
    }
    let copied = writer.finish().await.map_err(named)?;
    if copied == rows.len() as u64 {
        Ok(())
    } else {
        Err(Error::Corrupt {
            statement: COPY.name,
            what: "another number of rows than were sent",
        })
    }
}

async fn add(transaction: &Transaction<'_>, digest: &Digest) -> Result<(), Error> {
    if !digest.hours.is_empty() {
        let hours: Vec<Timestamp> = digest.hours.keys().copied().collect();
        let first: Vec<i64> = digest.hours.values().map(|it| it.first.number()).collect();
        let last: Vec<i64> = digest.hours.values().map(|it| it.last.number()).collect();
        let _ = execute(transaction, &ADD_HOURS, &[&hours, &first, &last]).await?;
    }
    if digest.tallies.is_empty() {
        return Ok(());
    }
    let keys: Vec<&TallyKey> = digest.tallies.keys().collect();
    let hours: Vec<Timestamp> = keys.iter().map(|key| key.hour).collect();
    let texts =
        |of: fn(&TallyKey) -> &str| -> Vec<&str> { keys.iter().map(|key| of(key)).collect() };
    let agencies = texts(|key| &key.agency_code);
    let clients = texts(|key| &key.client_id);
    let procedures = texts(|key| &key.procedure_code);
    let operations = texts(|key| key.operation);
    let decisions = texts(|key| key.decision);
    let numbers = |of: fn(&Tallied) -> i64| -> Vec<i64> {
        keys.iter().map(|key| of(&digest.tallies[*key])).collect()
    };
    let requests = numbers(|it| it.requests);
    let disclosed = numbers(|it| it.disclosed);
    let papers = numbers(|it| it.papers);
    let params: [&(dyn ToSql + Sync); 9] = [
        &hours,
        &agencies,
        &clients,
        &procedures,
        &operations,
        &decisions,
        &requests,
        &disclosed,
        &papers,
    ];
    let _ = execute(transaction, &ADD_TALLIES, &params).await?;
    Ok(())
}
