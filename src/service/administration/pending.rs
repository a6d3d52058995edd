//! A change that is made, and not seen until it is recorded.

use super::Error;
use crate::domain::policy::{Item, Kind};
use crate::store::PolicyChange;

/// What a change does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The thing was not there.
    Created,
    /// The thing was different.
    Replaced,
    /// The thing was the same.
    Unchanged,
    /// The thing is gone.
    Deleted,
}

/// An open change: checked and made, to be recorded and then
/// [committed](super::Administration::commit). Dropped, it never happened.
#[must_use = "a change that is not committed never happened"]
#[derive(Debug)]
pub struct Pending {
    /// None where nothing changes.
    change: Option<PolicyChange>,
    /// What it does.
    pub outcome: Outcome,
    /// The thing before.
    pub before: Option<Item>,
    /// The thing after.
    pub after: Option<Item>,
}

/// What was done inside an open change.
#[derive(Debug)]
pub(super) struct Made {
    outcome: Outcome,
    before: Option<Item>,
    after: Option<Item>,
}

impl Made {
    pub(super) fn put(before: Option<Item>, after: Item) -> Self {
        let outcome = if before.is_some() {
            Outcome::Replaced
        } else {
            Outcome::Created
        };
        Self {
            outcome,
            before,
            after: Some(after),
        }
    }

    pub(super) fn deleted(before: Item) -> Self {
        Self {
            outcome: Outcome::Deleted,
            before: Some(before),
            after: None,
        }
    }

    pub(super) fn nothing(item: Item) -> Self {
        Self {
            outcome: Outcome::Unchanged,
            before: Some(item.clone()),
            after: Some(item),
        }
    }
}

impl Pending {
    /// Keeps the change open where something was done, and ends it where not: others need not wait
    /// for an entry about nothing, and the connection is kept.
    pub(super) async fn settle(
        change: PolicyChange,
        made: Result<Made, Error>,
    ) -> Result<Self, Error> {
        let (change, made) = match made {
            Ok(made) if made.outcome == Outcome::Unchanged => {
                change.rollback().await?;
                (None, made)
            }
            Ok(made) => (Some(change), made),
            Err(error) => {
                // A rollback that fails closes the connection, which undoes as much.
                let _closed = change.rollback().await;
                return Err(error);
            }
        };
        let Made {
            outcome,
            before,
            after,
        } = made;
        Ok(Self {
            change,
            outcome,
            before,
            after,
        })
    }

    /// What is changed.
    pub fn kind(&self) -> Kind {
        let item = self.after.as_ref().or(self.before.as_ref());
        item.expect("every change has a before or an after").kind()
    }

    /// The JSON before, to be sealed beside the entry.
    pub fn before_json(&self) -> Option<String> {
        self.before.as_ref().map(Item::to_json)
    }

    /// The JSON after, to be sealed beside the entry.
    pub fn after_json(&self) -> Option<String> {
        self.after.as_ref().map(Item::to_json)
    }

    /// The entity tag after.
    pub fn etag(&self) -> Option<String> {
        self.after.as_ref().map(Item::etag)
    }

    /// Makes the change seen; `false` where there is none.
    pub(super) async fn commit(self) -> Result<bool, Error> {
        match self.change {
            Some(change) => change.commit().await.map(|()| true).map_err(Error::Store),
            None => Ok(false),
        }
    }
}
