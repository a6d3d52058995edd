//! The months' keys as their keeper changes them: a further generation, destruction, another
//! key-encryption key. Each change is recorded before it is committed.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::Log;
use crate::clock::vietnam_day;
use crate::domain::entry::{Decision, Entry, Month, Operation, Private};
use crate::keys::{self, Kek, Pending};
use crate::store::{self, EntryCount, Store};

/// Changes the months' keys. It speaks as the schema's owner, for nobody else may.
#[derive(Clone, Debug)]
pub struct MonthKeys {
    owner: Store,
}

/// Why the keys were not changed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The month is not over for long enough: its keys are in the memory of running processes.
    #[error("{0} is too young: only months before the last can be destroyed")]
    Young(Month),
    /// The keys themselves.
    #[error("the months' keys were not changed")]
    Keys(#[from] keys::Error),
    /// What was asked of the log.
    #[error("the log could not be read")]
    Store(#[from] store::Error),
    /// The entry could not be made durable, so nothing was changed.
    #[error("the change could not be recorded, so it was not made")]
    Record(#[source] super::Error),
}

/// What the destruction of a month's keys reaches, and what it does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reach {
    /// The month.
    pub month: Month,
    /// Generations of its keys there are; 0 where they were destroyed already.
    pub generations: usize,
    /// Days of the month whose entries are in the log still.
    pub days: usize,
    /// What lies in the log from the month's first moment to its last. An entry at its end may have
    /// been decided, and so sealed, a moment before its beginning.
    pub count: EntryCount,
}

impl MonthKeys {
    /// Over a store that speaks as [`Role::Owner`](crate::store::Role::Owner).
    pub fn new(owner: Store) -> Self {
        Self { owner }
    }

    /// Makes a further generation of the keys of the month of `now`; its number. Running processes
    /// tag and seal with it within seconds.
    pub async fn rotate(
        &self,
        log: &Log,
        kek: &Kek,
        now: Timestamp,
        system_user: &str,
    ) -> Result<u32, Error> {
        let month = Month::of(vietnam_day(now));
        let pending = keys::begin_rotation(&self.owner, kek, month).await?;
        let generation = pending.pairs().iter().map(|(_, number)| *number).sum();
        let target = format!("{month}/{generation}");
        let entry = entry(Operation::CliKeysRotateMonth, system_user, &target, 1);
        commit(log, pending, &[entry]).await?;
        Ok(generation)
    }

    /// What destroying the keys of these months would reach. Changes nothing; reads every entry of
    /// the months.
    pub async fn reach(&self, months: &[Month]) -> Result<Vec<Reach>, Error> {
        let days = self.owner.partitions().await?;
        let mut reach = Vec::with_capacity(months.len());
        for &month in months {
            let of_month = |it: &&store::Partition| it.attached && Month::of(it.day) == month;
            reach.push(Reach {
                month,
                generations: self.owner.month_keys(month).await?.len(),
                days: days.iter().filter(of_month).count(),
                count: self
                    .owner
                    .count_entries(first_moment(month), first_moment(month.next()))
                    .await?,
            });
        }
        Ok(reach)
    }

    /// Refuses months whose keys running processes may hold: the last, this and the next one.
    pub fn check_over(months: &[Month], now: Timestamp) -> Result<(), Error> {
        let this = Month::of(vietnam_day(now));
        let young = months.iter().find(|month| month.next() >= this);
        young.map_or(Ok(()), |&month| Err(Error::Young(month)))
    }

    /// Destroys every generation of the keys of these months, with an entry for each; how many
    /// pairs of each there were.
    pub async fn destroy(
        &self,
        log: &Log,
        months: &[Month],
        now: Timestamp,
        system_user: &str,
    ) -> Result<Vec<(Month, u32)>, Error> {
        Self::check_over(months, now)?;
        let pending = keys::begin_destruction(&self.owner, months).await?;
        let pairs = pending.pairs().to_vec();
        let names: Vec<_> = pairs.iter().map(|(month, _)| month.to_string()).collect();
        let operation = Operation::CliKeysDestroyMonths;
        let entries: Vec<_> = names
            .iter()
            .zip(&pairs)
            .map(|(name, (_, count))| entry(operation, system_user, name, *count))
            .collect();
        commit(log, pending, &entries).await?;
        Ok(pairs)
    }

    /// Wraps every pair with another key-encryption key, which is in force from then on; how many
    /// pairs there are.
    pub async fn rewrap(
        &self,
        log: &Log,
        old: &Kek,
        new: &Kek,
        system_user: &str,
    ) -> Result<u32, Error> {
        let pending = keys::begin_rewrap(&self.owner, old, new).await?;
        let count = pending.pairs().iter().map(|(_, pairs)| *pairs).sum();
        let target = new.name();
        let entry = entry(Operation::CliKeysRewrap, system_user, &target, count);
        commit(log, pending, &[entry]).await?;
        Ok(count)
    }

    /// Whether that key-encryption key wraps the months' keys already.
    pub async fn is_in_force(&self, kek: &Kek) -> Result<bool, Error> {
        Ok(keys::is_in_force(&self.owner, kek).await?)
    }
}

fn entry<'a>(operation: Operation, system_user: &'a str, target: &'a str, count: u32) -> Entry<'a> {
    Entry {
        count: Some(count.into()),
        system_user: Some(system_user),
        target: Some(Private::new(target)),
        ..Entry::new(operation, Decision::Done)
    }
}

/// Makes the entries durable, then the change. Where that fails, entries say what was not done.
async fn commit(log: &Log, pending: Pending, entries: &[Entry<'_>]) -> Result<(), Error> {
    record(log, entries).await?;
    if let Err(error) = pending.commit().await {
        let mut entries = entries.to_vec();
        for entry in &mut entries {
            (entry.decision, entry.reason) = (Decision::Failed, Some("internal"));
        }
        record(log, &entries).await?;
        return Err(error.into());
    }
    Ok(())
}

async fn record(log: &Log, entries: &[Entry<'_>]) -> Result<(), Error> {
    let drafts: Result<Vec<_>, _> = entries.iter().map(|entry| log.draft(entry)).collect();
    let ids = log.commit_all(drafts.map_err(Error::Record)?).await;
    ids.map(|_| ()).map_err(Error::Record)
}

fn first_moment(month: Month) -> Timestamp {
    let vietnam = TimeZone::fixed(jiff::tz::offset(7));
    let day = month.first_day().to_zoned(vietnam);
    day.map_or(Timestamp::MAX, |day| day.timestamp())
}
