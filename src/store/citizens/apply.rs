//! Writing the register: one way for the feed, for imports and for generated populations.
//!
//! A batch is one transaction. It takes the lock of `register.feed` first, so writers queue and
//! whatever is read afterwards is the last word: no two writers can wait for each other, and a
//! person found missing cannot appear in between. Readers are never in the way.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::pin::pin;

use deadpool_postgres::Transaction;
use tokio_postgres::binary_copy::BinaryCopyInWriter;
use tokio_postgres::types::Type;

use super::judge::{Held, Pairs, Verdict, Write, judge};
use super::row::{COLUMNS, Written, values};
use crate::domain::change::{Change, Outcome};
use crate::domain::citizen::Status;
use crate::domain::fault::FromText;
use crate::domain::number::{OldIdNumber, PersonalId};
use crate::store::imports::{self, Mark};
use crate::store::{Error, Statement, Store, execute, query, register_feed, statement};

const BEGIN: &str = "citizens/apply.begin";
const COMMIT: &str = "citizens/apply.commit";
const CURRENT: Statement = statement!("citizens/current");
const ARCHIVE: Statement = statement!("citizens/archive");
const INSERT: Statement = statement!("citizens/insert");
const CREATE_STAGING: Statement = statement!("citizens/create_staging");
const CLEAR_STAGING: Statement = statement!("citizens/clear_staging");
const STAGE: Statement = statement!("citizens/stage");
const REPLACE: Statement = statement!("citizens/replace");
const SET_STATUS: Statement = statement!("citizens/set_status");
const ADD_OLD_NUMBERS: Statement = statement!("citizens/add_old_numbers");
const REMOVE_OLD_NUMBERS: Statement = statement!("citizens/remove_old_numbers");
const SETTLE_SUCCESSION: Statement = statement!("citizens/settle_succession");

/// How others learn of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Announce {
    /// One change a person.
    Each,
    /// One change for all: a first load of an empty register, of which nobody knows anything yet.
    Everything,
}

/// A part of a file (or of a generated population), written in one transaction.
#[derive(Clone, Copy, Debug)]
pub struct Part<'a> {
    /// The changes, in their order.
    pub changes: &'a [Change],
    /// How others learn of it.
    pub announce: Announce,
    /// How far the file is read after it; `None` where there is no file.
    pub mark: Option<&'a Mark>,
}

impl Store {
    /// Applies a batch of the register's feed as a whole, or fails as a whole: one outcome a change.
    pub async fn apply_changes(&self, changes: &[Change]) -> Result<Vec<Outcome>, Error> {
        let applied = self
            .apply_recorded(changes, async |_| Ok::<_, Infallible>(()))
            .await?;
        let Ok(outcomes) = applied;
        Ok(outcomes)
    }

    /// The same, but nothing is committed before `record` was told the outcomes and has recorded
    /// them: what it fails with is returned, and nothing has changed.
    pub async fn apply_recorded<R, E>(
        &self,
        changes: &[Change],
        record: impl AsyncFnOnce(&[Outcome]) -> Result<R, E>,
    ) -> Result<Result<Vec<Outcome>, E>, Error> {
        let mut client = self.client(BEGIN).await?;
        let transaction = client
            .transaction()
            .await
            .map_err(|source| Error::from_postgres(BEGIN, source))?;
        let outcomes = apply(&transaction, changes, Announce::Each).await?;
        if let Err(error) = record(&outcomes).await {
            return Ok(Err(error));
        }
        transaction
            .commit()
            .await
            .map_err(|source| Error::from_postgres(COMMIT, source))?;
        Ok(Ok(outcomes))
    }

    /// Applies a part of an import. `None`, and nothing changed: another process reads that file.
    pub async fn apply_part(&self, part: Part<'_>) -> Result<Option<Vec<Outcome>>, Error> {
        let mut client = self.client(BEGIN).await?;
        let transaction = client
            .transaction()
            .await
            .map_err(|source| Error::from_postgres(BEGIN, source))?;
        let outcomes = apply(&transaction, part.changes, part.announce).await?;
        if let Some(mark) = part.mark
            && !imports::record(&transaction, mark, &outcomes).await?
        {
            return Ok(None);
        }
        transaction
            .commit()
            .await
            .map_err(|source| Error::from_postgres(COMMIT, source))?;
        Ok(Some(outcomes))
    }
}

async fn apply(
    transaction: &Transaction<'_>,
    changes: &[Change],
    announced: Announce,
) -> Result<Vec<Outcome>, Error> {
    register_feed::lock(transaction).await?;
    let held = current(transaction, changes).await?;
    let verdict = judge(changes, held);
    for (at, round) in verdict.rounds.iter().enumerate() {
        write(transaction, round, at > 0).await?;
    }
    let old = verdict.old_numbers();
    pairs(transaction, &old, &REMOVE_OLD_NUMBERS, &ADD_OLD_NUMBERS).await?;
    let settled = settle_succession(transaction, &verdict).await?;
    announce(transaction, &verdict, settled, announced).await?;
    Ok(verdict.outcomes)
}

async fn current(
    transaction: &Transaction<'_>,
    changes: &[Change],
) -> Result<BTreeMap<PersonalId, Held>, Error> {
    let corrupt = |what| Error::Corrupt {
        statement: CURRENT.name,
        what,
    };
    let mut numbers: Vec<PersonalId> = changes.iter().map(Change::personal_id).collect();
    numbers.sort_unstable();
    numbers.dedup();
    let numbers: Vec<&str> = numbers.iter().map(PersonalId::as_str).collect();
    let rows = query(transaction, &CURRENT, &[&numbers]).await?;
    rows.iter()
        .map(|row| {
            let old: Vec<&str> = row.get("old_id_numbers");
            let held = Held {
                revision: row.get::<_, i64>("revision").unsigned_abs(),
                protected: row.get("protected"),
                status: Status {
                    kind: parsed(row.get("status_kind"))?.ok_or("no status")?,
                    since: parsed(row.get("status_since"))?,
                    superseded_by: parsed(row.get("status_superseded_by"))?,
                },
                old_numbers: old
                    .into_iter()
                    .map(|number| OldIdNumber::from_text(number).map_err(|it| it.reason))
                    .collect::<Result<_, _>>()?,
            };
            let personal_id: PersonalId = parsed(row.get("personal_id"))?.ok_or("no number")?;
            Ok((personal_id, held))
        })
        .collect::<Result<_, &'static str>>()
        .map_err(corrupt)
}

fn parsed<T: FromText>(text: Option<&str>) -> Result<Option<T>, &'static str> {
    text.map(|text| T::from_text(text).map_err(|reason| reason.reason))
        .transpose()
}

/// Writes one round, in which each person occurs once.
async fn write(
    transaction: &Transaction<'_>,
    round: &[Write<'_>],
    staged_before: bool,
) -> Result<(), Error> {
    let mut new = Vec::new();
    let mut replaced = Vec::new();
    let mut statuses = Statuses::default();
    let mut archived: Vec<PersonalId> = Vec::new();
    for write in round {
        match write {
            Write::Insert(written) => new.push(written),
            Write::Replace(written) => {
                archived.push(written.citizen.personal_id);
                replaced.push(written);
            }
            Write::SetStatus {
                personal_id,
                revision,
                status,
            } => {
                archived.push(*personal_id);
                statuses.push(*personal_id, *revision, status);
            }
        }
    }
    if !archived.is_empty() {
        let numbers: Vec<&str> = archived.iter().map(PersonalId::as_str).collect();
        let rows = execute(transaction, &ARCHIVE, &[&numbers]).await?;
        expect(&ARCHIVE, rows, numbers.len())?;
    }
    if !new.is_empty() {
        copy(transaction, &INSERT, &new).await?;
    }
    if !replaced.is_empty() {
        let _ = execute(transaction, &CREATE_STAGING, &[]).await?;
        if staged_before {
            let _ = execute(transaction, &CLEAR_STAGING, &[]).await?;
        }
        copy(transaction, &STAGE, &replaced).await?;
        let rows = execute(transaction, &REPLACE, &[]).await?;
        expect(&REPLACE, rows, replaced.len())?;
    }
    statuses.write(transaction).await
}

async fn copy(
    transaction: &Transaction<'_>,
    statement: &Statement,
    rows: &[&Written<'_>],
) -> Result<(), Error> {
    let named = |source| Error::from_postgres(statement.name, source);
    let types: Vec<Type> = COLUMNS.iter().map(|(_, kind)| kind.clone()).collect();
    let prepared = transaction
        .prepare_cached(statement.sql)
        .await
        .map_err(named)?;
    let sink = transaction.copy_in(&prepared).await.map_err(named)?;
    let mut writer = pin!(BinaryCopyInWriter::new(sink, &types));
    for row in rows {
        writer
            .as_mut()
            .write_raw(values(row).iter())
            .await
            .map_err(named)?;
    }
    let copied = writer.finish().await.map_err(named)?;
    expect(statement, copied, rows.len())
}

/// Statuses as the columns of one statement.
#[derive(Default)]
struct Statuses {
    numbers: Vec<PersonalId>,
    revisions: Vec<i64>,
    kinds: Vec<&'static str>,
    since: Vec<Option<String>>,
    superseded_by: Vec<Option<PersonalId>>,
}

impl Statuses {
    fn push(&mut self, personal_id: PersonalId, revision: u64, status: &Status) {
        self.numbers.push(personal_id);
        self.revisions.push(revision.cast_signed());
        self.kinds.push(status.kind.as_str());
        self.since.push(status.since.map(|since| since.to_string()));
        self.superseded_by.push(status.superseded_by);
    }

    async fn write(&self, transaction: &Transaction<'_>) -> Result<(), Error> {
        if self.numbers.is_empty() {
            return Ok(());
        }
        let numbers: Vec<&str> = self.numbers.iter().map(PersonalId::as_str).collect();
        let superseded_by: Vec<Option<&str>> = self
            .superseded_by
            .iter()
            .map(|by| by.as_ref().map(PersonalId::as_str))
            .collect();
        let rows = execute(
            transaction,
            &SET_STATUS,
            &[
                &numbers,
                &self.revisions,
                &self.kinds,
                &self.since,
                &superseded_by,
            ],
        )
        .await?;
        expect(&SET_STATUS, rows, numbers.len())
    }
}

/// Everyone whose protection or succession the batch may have changed, whether their own record is
/// among its changes or not, and whether the numbers under protection did change.
async fn settle_succession(
    transaction: &Transaction<'_>,
    verdict: &Verdict<'_>,
) -> Result<BTreeMap<PersonalId, bool>, Error> {
    let corrupt = |what| Error::Corrupt {
        statement: SETTLE_SUCCESSION.name,
        what,
    };
    let changed = verdict.to_settle();
    if changed.is_empty() {
        return Ok(BTreeMap::new());
    }
    let rows = query(transaction, &SETTLE_SUCCESSION, &[&changed]).await?;
    rows.iter()
        .map(|row| {
            let whose: PersonalId = parsed(row.get("personal_id"))?.ok_or("no number")?;
            Ok((whose, row.get("protected_changed")))
        })
        .collect::<Result<_, &'static str>>()
        .map_err(corrupt)
}

async fn pairs(
    transaction: &Transaction<'_>,
    pairs: &Pairs<'_>,
    remove: &Statement,
    add: &Statement,
) -> Result<(), Error> {
    for (statement, pairs) in [(remove, &pairs.removed), (add, &pairs.added)] {
        if !pairs.is_empty() {
            let (numbers, people): (Vec<&str>, Vec<&str>) = pairs.iter().copied().unzip();
            let rows = execute(transaction, statement, &[&numbers, &people]).await?;
            expect(statement, rows, numbers.len())?;
        }
    }
    Ok(())
}

async fn announce(
    transaction: &Transaction<'_>,
    verdict: &Verdict<'_>,
    mut settled: BTreeMap<PersonalId, bool>,
    announce: Announce,
) -> Result<(), Error> {
    if verdict.touched.is_empty() {
        return Ok(());
    }
    if announce == Announce::Everything {
        return register_feed::announce_everything(transaction).await;
    }
    let own = verdict.touched.iter().map(|(personal_id, touched)| {
        let protected_changed = settled.remove(personal_id).unwrap_or(false);
        (
            *personal_id,
            touched.affected_old_numbers().join(","),
            protected_changed,
        )
    });
    let own: Vec<_> = own.collect();
    // Those who were replaced by somebody in the batch: their current number is read with them.
    let former = settled
        .iter()
        .map(|(personal_id, changed)| (*personal_id, String::new(), *changed));
    let all: Vec<_> = own.into_iter().chain(former).collect();
    let changed: Vec<_> = all
        .iter()
        .map(
            |(personal_id, old_numbers, protected_changed)| register_feed::Changed {
                personal_id: personal_id.as_str(),
                old_numbers,
                protected_changed: *protected_changed,
            },
        )
        .collect();
    register_feed::announce(transaction, &changed).await
}

/// Under the lock the number of rows is known beforehand; another one means that somebody wrote
/// without taking it.
fn expect(statement: &Statement, rows: u64, expected: usize) -> Result<(), Error> {
    if usize::try_from(rows) == Ok(expected) {
        Ok(())
    } else {
        Err(Error::Corrupt {
            statement: statement.name,
            what: "another number of rows than the register held under its lock",
        })
    }
}
