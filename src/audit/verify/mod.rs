//! Verifying the log: everything that was signed is computed again from the entries, and compared.
//!
//! [`verify`] reads a database, [`verify_remote`] what a service shows under `/log`. Both stream and come
//! to a [`Report`] that names the first fault. Not here: the terminal, and mending anything.

mod checker;
mod entry;
mod lanes;
mod outside;
mod reader;
mod remote;
mod report;
mod rest;
mod times;
mod tree;
mod trust;

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::{Timestamp, ToSpan};
use tokio::sync::mpsc;

pub use outside::WitnessNote;
pub use remote::{Remote, RemoteError, verify_remote};
pub use report::{AcceptedLoss, Checked, Fault, Hole, Kind, Loss, Noted, Place, Report};
pub use trust::Trust;

use super::SecondPlace;
use crate::clock::vietnam_day;
use crate::store::verifying::Snapshot;
use crate::store::{self, Database};
use checker::{Beginning, Checker};
use outside::Outside;
use reader::Reader;

/// How many batches wait for the checker at most.
const WAITING: usize = 8;

/// Days that entries are kept at the least, unless whoever verifies knows better.
pub const LEAST_RETENTION_DAYS: u16 = 365;

/// What a verification goes by.
#[derive(Clone, Debug)]
pub struct Options {
    /// Whose signatures count. Without keys of the log those in the database are used.
    pub trust: Trust,
    /// The place outside the database that remembers what was signed.
    pub second_place: Option<SecondPlace>,
    /// Heads that witnesses kept.
    pub witness_notes: Vec<WitnessNote>,
    /// Declared losses that are no fault.
    pub accepted_losses: Vec<AcceptedLoss>,
    /// How long an entry may stay unsealed, and a lane silent.
    pub grace: Duration,
    /// Days that entries are kept at the least: only older ones may have been dropped. The schema's own
    /// number can be altered with the entries, so that it counts only where it is larger.
    pub least_retention_days: u16,
}

/// How far a verification is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Leaves that were read.
    pub done: u64,
    /// Leaves that are planned.
    pub total: u64,
}

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// The database.
    #[error("the log could not be read")]
    Store(#[from] store::Error),
    /// The second place.
    #[error("the second place could not be read")]
    SecondPlace(#[source] std::io::Error),
    /// What a service shows could not be had.
    #[error("the log could not be fetched")]
    Remote(#[from] RemoteError),
    /// The thread that checks ended.
    #[error("the checks ended in an unforeseen way")]
    Ended,
}

/// Verifies the log in a database as it is at this moment, beside whoever writes it.
///
/// # Errors
/// Only where the log cannot be read; what is wrong with it is in the report.
pub async fn verify(
    database: &Database,
    mut options: Options,
    now: Timestamp,
    mut tell: impl FnMut(Progress),
) -> Result<Report, VerifyError> {
    // First what is outside: the log may grow meanwhile, but never shrink.
    let mut remembered = asked(&options, |place| place.all())
        .await?
        .unwrap_or_default();
    let snapshot = Snapshot::take(database).await?;
    if remembered.is_empty() {
        // The very first head may have come in between.
        remembered = asked(&options, |place| place.all())
            .await?
            .unwrap_or_default();
    }
    let mut trust = std::mem::take(&mut options.trust);
    let keys_from_database = trust.log.is_empty();
    if keys_from_database {
        let keys = snapshot.note_keys().await?;
        trust.log = keys.iter().filter_map(|key| key.parse().ok()).collect();
    }
    let mut checker = Checker::new(trust, now, options.grace);
    checker.report.noted.keys_from_database = keys_from_database;
    checker.report.noted.second_place_compared = options.second_place.is_some();
    let epochs = snapshot.epochs().await?;
    let mut outside = Outside::new(&epochs, &checker.trust, &mut checker.report);
    outside.second_place(&remembered);
    if options.second_place.is_some() {
        let id = asked(&options, |place| place.id()).await?.flatten();
        let before = now.checked_sub(options.grace).unwrap_or(Timestamp::MIN);
        let was_shown = snapshot.was_shown(before).await?;
        let known = snapshot.second_place().await?;
        outside.second_place_itself(id.as_deref(), known.as_deref(), was_shown);
    }
    outside.witnesses(&options.witness_notes);
    let days: BTreeSet<_> = snapshot.attached_days().await?.into_iter().collect();
    let least = i32::from(options.least_retention_days);
    let minimum = i64::from(snapshot.minimum_days().await?.max(least));
    let keeps_from = vietnam_day(now).saturating_sub(minimum.days());
    checker.keeps_from = keeps_from;
    let planned = snapshot.planned_totals().await?;
    let signed = snapshot.signed_totals().await?;
    let of = |epoch: u32| {
        let number = epoch.cast_signed();
        let planned = planned
            .iter()
            .find(|it| it.epoch == number)
            .map_or(0, |it| it.planned);
        let signed = signed
            .iter()
            .find(|it| it.epoch == number)
            .map_or(0, |it| it.size);
        (planned.cast_unsigned(), signed.cast_unsigned())
    };
    let sizes: Vec<_> = epochs.iter().map(|epoch| of(epoch.epoch)).collect();
    outside.hold_against(&sizes, &options.accepted_losses);
    let times = outside.times();
    let heads = outside.heads();
    rest::plan(&snapshot, &epochs, &sizes, &mut checker.report).await?;
    let total = sizes.iter().map(|(planned, _)| planned).sum();
    let (to, mut from) = mpsc::channel(WAITING);
    let checking = tokio::task::spawn_blocking(move || {
        while let Some(work) = from.blocking_recv() {
            checker.take(work);
        }
        checker
    });
    let mut reader = Reader::new(&snapshot, to, &days, keeps_from, total);
    let known = sizes.iter().zip(heads).zip(times);
    for (epoch, ((&(planned, signed), heads), times)) in epochs.into_iter().zip(known) {
        let beginning = Beginning {
            epoch: epoch.epoch,
            origin: epoch.origin,
            follows: epoch.follows,
            signed,
            times,
        };
        reader.epoch(beginning, planned, heads, &mut tell).await?;
    }
    drop(reader);
    let mut checker = checking.await.map_err(|_| VerifyError::Ended)?;
    rest::lanes(&snapshot, &days, keeps_from, &mut checker).await?;
    rest::strays(&snapshot, &mut checker).await?;
    rest::attachments(&snapshot, &days, &mut checker).await?;
    let mut report = checker.report;
    report.conclude();
    Ok(report)
}

/// Asks the second place, if there is one to compare with, on a thread that may wait.
async fn asked<T: Send + 'static>(
    options: &Options,
    what: impl FnOnce(&SecondPlace) -> std::io::Result<T> + Send + 'static,
) -> Result<Option<T>, VerifyError> {
    let Some(place) = options.second_place.clone() else {
        return Ok(None);
    };
    let asked = tokio::task::spawn_blocking(move || what(&place)).await;
    let answer = asked.map_err(|_| VerifyError::Ended)?;
    answer.map(Some).map_err(VerifyError::SecondPlace)
}
