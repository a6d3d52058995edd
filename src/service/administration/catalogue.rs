//! Putting a whole catalogue of procedures in place, and reading it out again.

use super::{Administration, Error, MAX_PAGE};
use crate::domain::policy::{Item, Kind, Procedure};
use crate::store::PolicyChange;

/// A catalogue that is put in place and not seen yet: to be recorded in one entry (system user,
/// digest of the file, these counts) and then committed. Dropped, it never happened.
#[must_use = "a change that is not committed never happened"]
#[derive(Debug)]
pub struct PendingCatalogue {
    change: PolicyChange,
    /// How many procedures were not there.
    pub created: u64,
    /// How many were different.
    pub replaced: u64,
    /// How many were the same.
    pub unchanged: u64,
}

impl Administration {
    /// Puts every procedure of a catalogue in place, in one change. Procedures that are registered
    /// and not in the catalogue stay.
    pub async fn begin_load(&self, procedures: Vec<Procedure>) -> Result<PendingCatalogue, Error> {
        let change = self.store.begin_policy_change().await?;
        let mut pending = PendingCatalogue {
            change,
            created: 0,
            replaced: 0,
            unchanged: 0,
        };
        for procedure in procedures {
            let before = pending
                .change
                .find(Kind::Procedure, &procedure.code)
                .await?;
            let after = Item::Procedure(procedure);
            let count = match &before {
                None => &mut pending.created,
                Some(before) if *before == after => {
                    pending.unchanged += 1;
                    continue;
                }
                Some(_) => &mut pending.replaced,
            };
            *count += 1;
            pending.change.put(&after).await?;
        }
        Ok(pending)
    }

    /// Makes a recorded catalogue seen.
    pub async fn commit_load(&self, pending: PendingCatalogue) -> Result<(), Error> {
        if pending.created + pending.replaced == 0 {
            return Ok(pending.change.rollback().await?);
        }
        pending.change.commit().await?;
        // Should this fail, the next poll brings it into force: the change itself is made.
        let _polled = self.policy.poll(&self.store, &self.clock).await;
        Ok(())
    }

    /// Every procedure that is registered, by code.
    pub async fn procedures(&self) -> Result<Vec<Procedure>, Error> {
        let mut all = Vec::new();
        let mut after = None;
        loop {
            let page = self.list(Kind::Procedure, after.as_ref(), MAX_PAGE).await?;
            all.extend(page.items.into_iter().filter_map(|item| match item {
                Item::Procedure(procedure) => Some(procedure),
                Item::Agency(_) | Item::Client(_) | Item::Officer(_) | Item::Agreement(_) => None,
            }));
            match page.next_cursor {
                Some(cursor) => after = Some(cursor),
                None => return Ok(all),
            }
        }
    }
}
