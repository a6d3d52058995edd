//! Administering who may ask what: get, list, put, delete, suspend, resume, and the bootstrap.
//!
//! A change comes in two steps, because it may not be seen before its entry is durable and entries
//! are written over connections of their own. `begin_…` makes every check and the change itself in
//! an open transaction and gives a [`Pending`]; the caller records the entry (`done`, with the
//! digests of before and after) and then [commits](Administration::commit). A pending change that
//! is dropped never happened. Should the commit fail after the entry, the caller records a second
//! entry (`failed`) under the same request: an entry may exist for a change that was not made,
//! never a change without its entry. When the connection was lost during the commit nobody knows
//! whether it was made; the two entries then say just that, and a GET tells.

mod bootstrap;
mod catalogue;
mod error;
mod expected;
mod pending;

use std::sync::Arc;

use serde::Serialize;

pub use catalogue::PendingCatalogue;
pub use error::{Conflict, Error};
pub use expected::Expected;
pub use pending::{Outcome, Pending};

use pending::Made;

use crate::clock::Clock;
use crate::domain::fault::FaultCode;
use crate::domain::policy::{Client, Code, Item, Kind};
use crate::json::Fault;
use crate::policy::{Caller, Policy};
use crate::store::{PolicyChange, Store};

/// Most things on one page of a list.
pub const MAX_PAGE: u32 = 500;
/// Things on a page unless said.
pub const DEFAULT_PAGE: u32 = 100;

/// The verbs over what is administered.
#[derive(Debug)]
pub struct Administration {
    store: Store,
    policy: Arc<Policy>,
    clock: Clock,
}

/// Who makes a change.
#[derive(Clone, Copy, Debug)]
pub enum Author<'a> {
    /// A client with the scope `admin`, who may not change itself or its own agreements.
    Client(&'a Caller),
    /// Whoever runs the command line on the server.
    CommandLine,
}

impl Author<'_> {
    fn may_change(self, item: &Item) -> Result<(), Error> {
        match self {
            Self::Client(caller) => Ok(caller.require_not_own(item)?),
            Self::CommandLine => Ok(()),
        }
    }
}

/// A page of a list.
#[derive(Clone, Debug, Serialize)]
pub struct Page {
    /// The things, by identifier.
    pub items: Vec<Item>,
    /// Where the next page begins; `None` on the last one.
    pub next_cursor: Option<Code>,
}

impl Administration {
    /// The verbs over that database. A change of ours is at once in force in `policy`.
    pub const fn new(store: Store, policy: Arc<Policy>, clock: Clock) -> Self {
        Self {
            store,
            policy,
            clock,
        }
    }

    /// One thing.
    pub async fn get(&self, kind: Kind, id: &Code) -> Result<Item, Error> {
        self.store
            .policy_item(kind, id)
            .await?
            .ok_or(Error::NotFound)
    }

    /// A page of things after the cursor, at most [`MAX_PAGE`].
    pub async fn list(&self, kind: Kind, after: Option<&Code>, limit: u32) -> Result<Page, Error> {
        let limit = limit.clamp(1, MAX_PAGE);
        let mut items = self.store.policy_page(kind, after, limit + 1).await?;
        let more = items.len() > limit as usize;
        items.truncate(limit as usize);
        let next_cursor = items.last().filter(|_| more).map(|last| last.id().clone());
        Ok(Page { items, next_cursor })
    }

    /// Puts a thing at its address. One that is there already and the same is left as it is.
    pub async fn begin_put(
        &self,
        author: Author<'_>,
        id: &Code,
        item: Item,
        expected: &Expected,
    ) -> Result<Pending, Error> {
        let kind = item.kind();
        if item.id() != id {
            return Err(fault(kind.key(), "must be the identifier in the address"));
        }
        author.may_change(&item)?;
        let change = self.store.begin_policy_change().await?;
        let made = put_within(&change, author, item, expected).await;
        Pending::settle(change, made).await
    }

    /// Deletes a thing that nothing refers to.
    pub async fn begin_delete(
        &self,
        author: Author<'_>,
        kind: Kind,
        id: &Code,
        expected: &Expected,
    ) -> Result<Pending, Error> {
        let change = self.store.begin_policy_change().await?;
        let made = delete_within(&change, author, kind, id, expected).await;
        Pending::settle(change, made).await
    }

    /// Suspends a client: every replica refuses it within a second.
    pub async fn begin_suspend(
        &self,
        author: Author<'_>,
        id: &Code,
        expected: &Expected,
    ) -> Result<Pending, Error> {
        self.begin_activate(author, id, expected, false).await
    }

    /// Lets a suspended client ask again.
    pub async fn begin_resume(
        &self,
        author: Author<'_>,
        id: &Code,
        expected: &Expected,
    ) -> Result<Pending, Error> {
        self.begin_activate(author, id, expected, true).await
    }

    /// Makes a recorded change seen, and in force here at once. See the [module](self) for what an
    /// error means.
    pub async fn commit(&self, pending: Pending) -> Result<(), Error> {
        if pending.commit().await? {
            // Should this fail, the next poll brings it into force: the change itself is made.
            let _polled = self.policy.poll(&self.store, &self.clock).await;
        }
        Ok(())
    }

    async fn begin_activate(
        &self,
        author: Author<'_>,
        id: &Code,
        expected: &Expected,
        active: bool,
    ) -> Result<Pending, Error> {
        let change = self.store.begin_policy_change().await?;
        let made = activate_within(&change, author, id, expected, active).await;
        Pending::settle(change, made).await
    }
}

async fn put_within(
    change: &PolicyChange,
    author: Author<'_>,
    item: Item,
    expected: &Expected,
) -> Result<Made, Error> {
    let before = change.find(item.kind(), item.id()).await?;
    if let Some(before) = &before {
        author.may_change(before)?;
    }
    check_references(change, &item).await?;
    check_expected(expected, before.as_ref())?;
    if before.as_ref() == Some(&item) {
        return Ok(Made::nothing(item));
    }
    check_conflicts(change, &item).await?;
    change.put(&item).await?;
    Ok(Made::put(before, item))
}

async fn delete_within(
    change: &PolicyChange,
    author: Author<'_>,
    kind: Kind,
    id: &Code,
    expected: &Expected,
) -> Result<Made, Error> {
    let before = change.find(kind, id).await?.ok_or(Error::NotFound)?;
    author.may_change(&before)?;
    check_expected(expected, Some(&before))?;
    if change.is_referred_to(kind, id).await? {
        return Err(Conflict::ReferredTo.into());
    }
    change.delete(kind, id).await?;
    Ok(Made::deleted(before))
}

async fn activate_within(
    change: &PolicyChange,
    author: Author<'_>,
    id: &Code,
    expected: &Expected,
    active: bool,
) -> Result<Made, Error> {
    let Some(Item::Client(before)) = change.find(Kind::Client, id).await? else {
        return Err(Error::NotFound);
    };
    let after = Item::Client(Client {
        active,
        ..before.clone()
    });
    let before = Item::Client(before);
    author.may_change(&before)?;
    check_expected(expected, Some(&before))?;
    if before == after {
        return Ok(Made::nothing(after));
    }
    change.put(&after).await?;
    Ok(Made::put(Some(before), after))
}

/// What a thing refers to must be there.
async fn check_references(change: &PolicyChange, item: &Item) -> Result<(), Error> {
    let references: &[(Kind, &Code, &str)] = match item {
        Item::Agency(agency) => match &agency.parent {
            Some(parent) => &[(Kind::Agency, parent, "parent")],
            None => &[],
        },
        Item::Client(client) => &[(Kind::Agency, &client.agency_code, "agency_code")],
        Item::Officer(officer) => &[(Kind::Agency, &officer.agency_code, "agency_code")],
        Item::Procedure(_) => &[],
        Item::Agreement(agreement) => &[
            (Kind::Client, &agreement.client_id, "client_id"),
            (Kind::Procedure, &agreement.procedure_code, "procedure_code"),
        ],
    };
    let mut faults = Vec::new();
    for (kind, id, member) in references {
        if change.find(*kind, id).await?.is_none() {
            faults.push(one_fault(member, "refers to what is not registered"));
        }
    }
    if let Item::Agency(agency) = item
        && let Some(parent) = &agency.parent
        && change.stands_above(&agency.code, parent).await?
    {
        faults.clear();
        faults.push(one_fault("parent", "an agency cannot stand below itself"));
    }
    if faults.is_empty() {
        Ok(())
    } else {
        Err(Error::Invalid(faults))
    }
}

async fn check_conflicts(change: &PolicyChange, item: &Item) -> Result<(), Error> {
    match item {
        Item::Agreement(agreement) if change.overlaps_another(agreement).await? => {
            Err(Conflict::Overlap.into())
        }
        Item::Officer(officer) if change.is_registered_elsewhere(officer).await? => {
            Err(Conflict::OfficerRegistered.into())
        }
        Item::Agency(_)
        | Item::Client(_)
        | Item::Officer(_)
        | Item::Procedure(_)
        | Item::Agreement(_) => Ok(()),
    }
}

fn check_expected(expected: &Expected, before: Option<&Item>) -> Result<(), Error> {
    let current = before.map(Item::etag);
    if expected.holds(current.as_deref()) {
        Ok(())
    } else {
        Err(Error::PreconditionFailed)
    }
}

fn fault(member: &str, reason: &'static str) -> Error {
    Error::Invalid(vec![one_fault(member, reason)])
}

fn one_fault(member: &str, reason: &'static str) -> Fault {
    Fault {
        pointer: format!("/{member}"),
        code: FaultCode::Enum,
        reason,
    }
}
