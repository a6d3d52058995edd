//! Changing the months' keys, each change open until it was recorded: a further generation, the
//! destruction of months, another key-encryption key. Only the owner of the schema may; who may ask
//! for it, and the entries, are not here.

use super::{Error, FIRST_GENERATION, Kek};
use crate::domain::entry::Month;
use crate::store::{self, MonthKeyChange, ONE_KEK, ONE_PAIR, Store};

/// A change that nobody sees yet. Dropped, it was never made.
#[derive(Debug)]
pub struct Pending {
    change: MonthKeyChange,
    /// How many pairs of each month it concerns.
    pairs: Vec<(Month, u32)>,
}

impl Pending {
    /// How many pairs of each month are removed or newly wrapped; of a month that is rotated, how
    /// many there are then, which is the number of the new generation.
    pub fn pairs(&self) -> &[(Month, u32)] {
        &self.pairs
    }

    /// Makes the change seen.
    pub async fn commit(self) -> Result<(), Error> {
        Ok(self.change.commit().await?)
    }
}

/// Begins a further generation of that month's keys, which must have a first one.
pub async fn begin_rotation(store: &Store, kek: &Kek, month: Month) -> Result<Pending, Error> {
    let change = store.begin_month_key_change().await?;
    let mut newest = None;
    for wrapped in change.all().await? {
        if wrapped.month == month {
            // An old key file is found out here, and a damaged row before it is out of use.
            newest = Some(kek.unwrap(&wrapped)?.generation());
        }
    }
    let generation = newest.ok_or(Error::Destroyed(month))? + FIRST_GENERATION;
    let wrapped = kek.wrap_new(month, generation);
    let added = change.add(&wrapped).await;
    added.map_err(|error| refused(month, error))?;
    Ok(Pending {
        change,
        pairs: vec![(month, generation)],
    })
}

/// Begins the destruction of every generation of these months. Whether they are over is for the
/// caller to see to.
pub async fn begin_destruction(store: &Store, months: &[Month]) -> Result<Pending, Error> {
    let change = store.begin_month_key_change().await?;
    let mut pairs = Vec::new();
    for &month in months {
        let destroyed = change.destroy(month).await?;
        pairs.push((month, u32::try_from(destroyed).unwrap_or(u32::MAX)));
    }
    Ok(Pending { change, pairs })
}

/// Begins wrapping every pair there is with another key-encryption key, which is in force from then
/// on. All of them or none.
pub async fn begin_rewrap(store: &Store, old: &Kek, new: &Kek) -> Result<Pending, Error> {
    if old.id() == new.id() {
        return Err(Error::SameKek);
    }
    let change = store.begin_month_key_change().await?;
    let all = change.all().await?;
    change.replace_kek(&new.id()).await?;
    let mut pairs: Vec<(Month, u32)> = Vec::new();
    for wrapped in &all {
        change.rewrap(&new.rewrap(old, wrapped)?).await?;
        match pairs.last_mut() {
            Some((month, count)) if *month == wrapped.month => *count += 1,
            Some(_) | None => pairs.push((wrapped.month, 1)),
        }
    }
    Ok(Pending { change, pairs })
}

/// Whether that key-encryption key is the one in force.
pub async fn is_in_force(store: &Store, kek: &Kek) -> Result<bool, Error> {
    Ok(store.kek_in_force().await? == Some(kek.id()))
}

/// What the schema says against a pair of keys, in this room's words.
pub(super) fn refused(month: Month, error: store::Error) -> Error {
    match error {
        store::Error::Constraint { ref constraint, .. } if **constraint == *ONE_KEK => {
            Error::OtherKek(month)
        }
        store::Error::Constraint { ref constraint, .. } if **constraint == *ONE_PAIR => {
            Error::Raced(month)
        }
        error => Error::Store(error),
    }
}
