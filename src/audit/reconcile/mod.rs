//! Comparing an agency's own journal with the log: what both have, and what only one of them has.
//!
//! Of both sides the ids are walked through in ascending order, so memory grows with neither. Not
//! here: how a journal is written down, which is the command's.

mod sorted;

use std::io;

use aws_lc_rs::digest;
use jiff::civil::Date;
use serde::Serialize;
use uuid::Uuid;

use crate::clock::vietnam_day;
use crate::domain::entry::AuditId;
use crate::store::search::{Outstanding, SearchSnapshot};
use crate::store::{self, Database};
use sorted::{Sorted, Sorter};

/// Ids that are looked for in the log at once.
const LOOKED_FOR: usize = 1000;

/// The ids of a journal.
#[derive(Debug, Default)]
pub struct Journal(Sorter);

/// What is compared.
#[derive(Clone, Debug)]
pub struct Question<'a> {
    /// The agency's system.
    pub client_id: &'a str,
    /// The day in Vietnam.
    pub day: Date,
    /// How many ids of each kind are listed.
    pub listed: usize,
}

/// What came of it.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Comparison {
    /// The journal's ids.
    pub journal: Side,
    /// The log's entries of that client and day.
    pub log: Side,
    /// Ids that both have.
    pub agreeing: u64,
    /// Ids the journal has more than once.
    pub repeated: Listed<Uuid>,
    /// Entries the journal does not know: an answer that never arrived leaves one.
    pub only_in_log: Listed<Uuid>,
    /// Ids in the journal of which the log has no entry. **There should never be one:** no answer
    /// leaves without its entry.
    pub unknown: Listed<Uuid>,
    /// Ids of a day that was dropped when its retention had ended.
    pub expired: Listed<Uuid>,
    /// Entries of that client and day that no search finds. There should never be one either.
    pub unsearchable: Listed<Uuid>,
    /// Entries of other clients.
    pub of_other_clients: Listed<OtherClient>,
    /// The client's entries of other days.
    pub of_other_days: Listed<OtherDay>,
}

/// One side.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Side {
    /// How many ids.
    pub ids: u64,
    /// SHA-256 in hexadecimal over them in ascending order, each with hyphens in lower case and
    /// followed by a line feed: `LC_ALL=C sort | sha256sum`, and `POST /v1/audit/reconciliation`.
    pub digest: String,
}

/// How many there are, and the first of them.
#[derive(Clone, Debug, Serialize)]
pub struct Listed<T> {
    /// How many.
    pub count: u64,
    /// The first, as many as were asked for.
    pub listed: Vec<T>,
}

/// An entry of another client.
#[derive(Clone, Debug, Serialize)]
pub struct OtherClient {
    /// The entry.
    pub audit_id: Uuid,
    /// Whose it is; none where no client asked.
    pub client_id: Option<String>,
}

/// An entry of another day.
#[derive(Clone, Debug, Serialize)]
pub struct OtherDay {
    /// The entry.
    pub audit_id: Uuid,
    /// Its day in Vietnam.
    pub day: Date,
}

/// Why nothing was compared.
#[derive(Debug, thiserror::Error)]
pub enum ReconcileError {
    /// It goes on.
    #[error("the day has not ended in Vietnam: what is still to come of it cannot be compared")]
    NotOver,
    /// The follower, or the sealing, has not got there.
    #[error(
        "the log is not searchable up to the end of that day yet: {open_lanes} lanes have no end, \
         {unsealed_lanes} have entries that are not sealed, {unsearched_lanes} have leaves that are \
         not taken in; `dancu serve` does that, see dancu_search_backlog and dancu_seal_lag_seconds"
    )]
    NotSearchable {
        /// Lanes of the day that may still write.
        open_lanes: u64,
        /// Lanes with entries that are no leaves yet.
        unsealed_lanes: u64,
        /// Lanes with leaves that are not searchable yet.
        unsearched_lanes: u64,
    },
    /// Its retention is over.
    #[error("the day's entries were dropped when their retention had ended")]
    Expired,
    /// The log.
    #[error("the log could not be read")]
    Store(#[from] store::Error),
    /// Ids that were put aside.
    #[error("a file for what does not fit into memory could not be used")]
    Aside(#[from] io::Error),
}

impl ReconcileError {
    /// The code under which the attempt is recorded.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotOver | Self::NotSearchable { .. } => "not_sealed",
            Self::Expired => "entry_expired",
            Self::Store(_) | Self::Aside(_) => "internal",
        }
    }
}

impl Journal {
    /// Takes an id, in any order.
    pub fn push(&mut self, id: Uuid) -> io::Result<()> {
        self.0.push(id)
    }
}

impl<T> Default for Listed<T> {
    fn default() -> Self {
        Self {
            count: 0,
            listed: Vec::new(),
        }
    }
}

impl<T> Listed<T> {
    fn add(&mut self, listed: usize, what: T) {
        self.count += 1;
        if self.listed.len() < listed {
            self.listed.push(what);
        }
    }
}

impl Comparison {
    /// Whether both sides are the same, each id once.
    pub fn is_equal(&self) -> bool {
        self.agreeing == self.log.ids && self.agreeing == self.journal.ids
    }

    /// How many ids the journal has that are no entries of that client and day.
    pub fn only_in_journal(&self) -> u64 {
        self.unknown.count
            + self.expired.count
            + self.unsearchable.count
            + self.of_other_clients.count
            + self.of_other_days.count
    }
}

/// Compares a journal with the entries of a client and day.
pub async fn reconcile(
    database: &Database,
    question: &Question<'_>,
    journal: Journal,
) -> Result<Comparison, ReconcileError> {
    let snapshot = SearchSnapshot::take(database).await?;
    may_be_compared(&snapshot, question.day).await?;
    let mut merging = Merging::new(question.listed, journal.0.sorted()?)?;
    let (client_id, day) = (question.client_id, question.day);
    snapshot
        .ids(client_id, day, |id| {
            Ok::<_, ReconcileError>(merging.entry(id)?)
        })
        .await?;
    let (mut comparison, mut unexplained) = merging.end()?;
    let mut days = DroppedDays {
        snapshot: &snapshot,
        last: None,
    };
    loop {
        let mut ids = Vec::new();
        while ids.len() < LOOKED_FOR
            && let Some(id) = unexplained.next()?
        {
            ids.push(id);
        }
        if ids.is_empty() {
            return Ok(comparison);
        }
        explain(&mut days, question, &ids, &mut comparison).await?;
    }
}

async fn may_be_compared(snapshot: &SearchSnapshot, day: Date) -> Result<(), ReconcileError> {
    let Outstanding {
        is_not_over,
        open_lanes,
        unsealed_lanes,
        unsearched_lanes,
    } = snapshot.outstanding(day).await?;
    if is_not_over {
        return Err(ReconcileError::NotOver);
    }
    if snapshot.is_expired(day).await? {
        return Err(ReconcileError::Expired);
    }
    if open_lanes + unsealed_lanes + unsearched_lanes > 0 {
        return Err(ReconcileError::NotSearchable {
            open_lanes,
            unsealed_lanes,
            unsearched_lanes,
        });
    }
    Ok(())
}

/// Both sides side by side, in ascending order.
struct Merging {
    listed: usize,
    journal: Sorted,
    /// The journal's next id that is not compared yet.
    ahead: Option<Uuid>,
    /// Its last that was.
    last: Option<Uuid>,
    journal_digest: Digesting,
    log_digest: Digesting,
    comparison: Comparison,
    unexplained: Sorter,
}

impl Merging {
    fn new(listed: usize, mut journal: Sorted) -> io::Result<Self> {
        let ahead = journal.next()?;
        Ok(Self {
            listed,
            journal,
            ahead,
            last: None,
            journal_digest: Digesting::default(),
            log_digest: Digesting::default(),
            comparison: Comparison::default(),
            unexplained: Sorter::default(),
        })
    }

    /// The log's next entry.
    fn entry(&mut self, id: Uuid) -> io::Result<()> {
        self.log_digest.add(id);
        self.journal_before(Some(id))?;
        if self.ahead == Some(id) {
            self.take(id)?;
            self.comparison.agreeing += 1;
        } else {
            self.comparison.only_in_log.add(self.listed, id);
        }
        Ok(())
    }

    /// Goes through the journal up to an id of the log, or to the end: all of that is the journal's
    /// alone, or a repetition.
    fn journal_before(&mut self, end: Option<Uuid>) -> io::Result<()> {
        while let Some(id) = self.ahead
            && end.is_none_or(|end| id < end)
        {
            let is_repeated = self.last == Some(id);
            self.take(id)?;
            if is_repeated {
                self.repeated(id);
            } else {
                self.unexplained.push(id)?;
            }
        }
        Ok(())
    }

    /// Lists a repeated id once.
    fn repeated(&mut self, id: Uuid) {
        let repeated = &mut self.comparison.repeated;
        if repeated.listed.last() == Some(&id) {
            repeated.count += 1;
        } else {
            repeated.add(self.listed, id);
        }
    }

    fn take(&mut self, id: Uuid) -> io::Result<()> {
        self.journal_digest.add(id);
        self.last = Some(id);
        self.ahead = self.journal.next()?;
        Ok(())
    }

    fn end(mut self) -> io::Result<(Comparison, Sorted)> {
        self.journal_before(None)?;
        self.comparison.journal = self.journal_digest.end();
        self.comparison.log = self.log_digest.end();
        Ok((self.comparison, self.unexplained.sorted()?))
    }
}

/// Says what the journal's ids are that are none of the client's and day's.
async fn explain(
    days: &mut DroppedDays<'_>,
    question: &Question<'_>,
    ids: &[Uuid],
    comparison: &mut Comparison,
) -> Result<(), ReconcileError> {
    let listed = question.listed;
    let could_be: Vec<AuditId> = ids.iter().copied().filter_map(AuditId::from_uuid).collect();
    let mut whose = days.snapshot.whose(&could_be).await?;
    whose.sort_unstable_by_key(|it| it.audit_id);
    for &audit_id in ids {
        let known = whose.binary_search_by_key(&audit_id, |it| it.audit_id);
        let Ok(known) = known.map(|at| &whose[at]) else {
            let day = AuditId::from_uuid(audit_id).map(|id| vietnam_day(id.at()));
            match day {
                Some(day) if days.have(day).await? => {
                    comparison.expired.add(listed, audit_id);
                }
                Some(_) | None => comparison.unknown.add(listed, audit_id),
            }
            continue;
        };
        let day = vietnam_day(known.at);
        if known.client_id.as_deref() != Some(question.client_id) {
            let client_id = known.client_id.clone();
            let other = OtherClient {
                audit_id,
                client_id,
            };
            comparison.of_other_clients.add(listed, other);
        } else if day == question.day {
            comparison.unsearchable.add(listed, audit_id);
        } else {
            comparison
                .of_other_days
                .add(listed, OtherDay { audit_id, day });
        }
    }
    Ok(())
}

/// Which days were dropped. Ids come by their time, so the last day that was asked is asked again.
struct DroppedDays<'a> {
    snapshot: &'a SearchSnapshot,
    last: Option<(Date, bool)>,
}

impl DroppedDays<'_> {
    async fn have(&mut self, day: Date) -> Result<bool, store::Error> {
        match self.last {
            Some((last, is_dropped)) if last == day => Ok(is_dropped),
            Some(_) | None => {
                let is_dropped = self.snapshot.is_expired(day).await?;
                self.last = Some((day, is_dropped));
                Ok(is_dropped)
            }
        }
    }
}

/// The digest of one side, as it is walked through.
struct Digesting {
    ids: u64,
    context: digest::Context,
}

impl Default for Digesting {
    fn default() -> Self {
        Self {
            ids: 0,
            context: digest::Context::new(&digest::SHA256),
        }
    }
}

impl Digesting {
    fn add(&mut self, id: Uuid) {
        let mut line = [b'\n'; uuid::fmt::Hyphenated::LENGTH + 1];
        id.hyphenated().encode_lower(&mut line);
        self.context.update(&line);
        self.ids += 1;
    }

    fn end(self) -> Side {
        Side {
            ids: self.ids,
            digest: hex::encode(self.context.finish()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn merged(journal: &[u128], log: &BTreeSet<u128>) -> (Comparison, Vec<u128>) {
        let mut sorter = Sorter::default();
        for id in journal {
            sorter.push(Uuid::from_u128(*id)).unwrap();
        }
        let mut merging = Merging::new(3, sorter.sorted().unwrap()).unwrap();
        for id in log {
            merging.entry(Uuid::from_u128(*id)).unwrap();
        }
        let (comparison, mut unexplained) = merging.end().unwrap();
        let mut rest = Vec::new();
        while let Some(id) = unexplained.next().unwrap() {
            rest.push(id.as_u128());
        }
        (comparison, rest)
    }

    proptest! {
        #[test]
        fn a_merge_counts_what_sets_would(
            journal in proptest::collection::vec(0_u128..40, 0..60),
            log in proptest::collection::btree_set(0_u128..40, 0..40),
        ) {
            let (found, unexplained) = merged(&journal, &log);
            let known: BTreeSet<u128> = journal.iter().copied().collect();
            prop_assert_eq!(found.agreeing, known.intersection(&log).count() as u64);
            prop_assert_eq!(found.only_in_log.count, log.difference(&known).count() as u64);
            let rest: Vec<u128> = known.difference(&log).copied().collect();
            prop_assert_eq!(unexplained, rest);
            prop_assert_eq!(found.repeated.count, (journal.len() - known.len()) as u64);
            prop_assert!(found.repeated.listed.len() <= 3);
            let is_same = known == log && journal.len() == log.len();
            prop_assert_eq!(found.is_equal(), is_same);
            prop_assert_eq!(found.journal.digest == found.log.digest, is_same);
        }
    }
}
