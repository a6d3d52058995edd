//! What auditors read of the log: one entry and its proof, searches, a person's report, numbers,
//! exports, a day to be compared with an agency's own journal, and signals.
//!
//! Reading is recorded like everything else, before the answer leaves. People, officers and cases are
//! pseudonyms, unless whoever may see more says why.

mod entries;
mod export;
mod filters;
mod overview;
mod reading;
mod reconciliation;
mod report;
mod search;
mod signals;
mod statistics;
mod turns;
mod view;

use std::sync::Arc;

use uuid::Uuid;

use super::{Asking, Error, Log};
use crate::audit::{self, FindError, PublishedError};
use crate::clock::Clock;
use crate::domain::claim::Subject;
use crate::domain::entry::{Decision, Entry, Month, Private};
use crate::domain::number::Number;
use crate::domain::policy::Code;
use crate::domain::refusal::Refusal;
use crate::domain::scope::OperationScope;
use crate::keys::{self, KeyRing, Keys};
use crate::policy::{Caller, Policy, Snapshot, Stale};
use crate::store::{self, Store};
use turns::{Busy, Turns};

pub use entries::ProofView;
pub use export::Export;
pub use filters::{Cursor, Filters, Paging, Showing};
pub use overview::{Overview, Totals};
pub use reconciliation::ReconciliationView;
pub use search::SearchView;
pub use signals::{SignalFilters, SignalView, SignalsView};
pub use statistics::{StatisticsRow, StatisticsView};
pub use view::{EntryView, FieldsView};

pub use crate::audit::search::beginning;
pub use crate::domain::auditing::{ExportFormat, GroupBy, Order, SignalKind};
pub use crate::store::search::Grouping;

/// Reads the log for auditors, and records that it did.
#[derive(Clone, Debug)]
pub struct Auditors {
    entries: audit::Log,
    policy: Arc<Policy>,
    keys: Arc<Keys>,
    /// Where a person's numbers are read.
    register: Store,
    log: Log,
    /// The time, for what takes longer than a request does.
    clock: Clock,
    /// Whose turn it is to have something counted.
    turns: Turns,
}

/// What stood in the way of an answer that was allowed.
#[derive(Debug, thiserror::Error)]
enum Broken {
    /// The log.
    #[error("the log could not be read")]
    Find(#[from] FindError),
    /// The months' keys.
    #[error("the months' keys could not be read")]
    Keys(#[from] keys::Error),
    /// A table that is searched, or the register's numbers.
    #[error("the database could not be read")]
    Store(#[from] store::Error),
    /// What the auditor may see.
    #[error("what the auditor may see is not certain")]
    Policy(#[from] Stale),
    /// Numbers, which each client has its turn for.
    #[error("something is being counted for the client already")]
    Busy(#[from] Busy),
    /// A task of ours.
    #[error("what was counted was lost")]
    Lost(#[from] tokio::task::JoinError),
}

/// How a failure is told.
enum Told {
    /// Trying again, or asking for less, may help.
    Overloaded,
    /// The policy.
    PolicyUnavailable,
    /// A fault of ours.
    Internal,
}

impl Broken {
    /// What took too long, or found nobody free to answer, passes.
    const fn told(&self) -> Told {
        let passes = match self {
            Self::Find(
                FindError::Store(error) | FindError::Published(PublishedError::Store(error)),
            )
            | Self::Keys(keys::Error::Store(error))
            | Self::Store(error) => error.is_unavailable(),
            Self::Find(FindError::Decode(_) | FindError::Published(_))
            | Self::Keys(_)
            | Self::Lost(_) => false,
            Self::Busy(_) => true,
            Self::Policy(_) => return Told::PolicyUnavailable,
        };
        if passes {
            Told::Overloaded
        } else {
            Told::Internal
        }
    }
}

impl Auditors {
    /// Reads from `entries`, with a person's numbers from `register`, and records reads in `log`. What
    /// streams for long looks at `clock` and `policy` again.
    pub fn new(
        entries: audit::Log,
        policy: Arc<Policy>,
        keys: Arc<Keys>,
        register: Store,
        log: Log,
        clock: Clock,
    ) -> Self {
        Self {
            entries,
            policy,
            keys,
            register,
            log,
            clock,
            turns: Turns::default(),
        }
    }

    /// The agencies whose entries the auditor sees; none for every one.
    fn visible(&self, asking: &Asking<'_>) -> Result<Option<Vec<String>>, Broken> {
        if asking.caller.scopes.allows(OperationScope::AuditRead) {
            return Ok(None);
        }
        let snapshot = self.policy.load(asking.now)?;
        Ok(visible_to(&snapshot, asking.caller))
    }

    /// Whether the client that is asked for is, as far as is known now, of no agency that the auditor
    /// sees.
    fn is_apart(
        &self,
        asking: &Asking<'_>,
        filters: &Filters,
        visible: Option<&[String]>,
    ) -> Result<bool, Broken> {
        let (Some(visible), Some(client_id)) = (visible, &filters.client_id) else {
            return Ok(false);
        };
        let snapshot = self.policy.load(asking.now)?;
        let agency = snapshot.client(client_id).map(|it| it.agency_code.as_str());
        Ok(agency.is_none_or(|agency| visible.iter().all(|code| code != agency)))
    }

    /// Refuses, and records it, where people are to be seen in the clear and the caller may not.
    async fn may_show(
        &self,
        asking: &Asking<'_>,
        own: &Entry<'_>,
        showing: &Showing,
    ) -> Result<(), Error> {
        if !showing.reveal || asking.caller.scopes.allows(OperationScope::AuditReveal) {
            return Ok(());
        }
        let refusal = Refusal::ScopeMissing;
        Err(asking
            .refuse(&self.log, own.clone(), refusal, Vec::new())
            .await)
    }

    /// The keys of the months in which entries of that time were tagged.
    async fn ring(&self, filters: &Filters) -> Result<KeyRing, keys::Error> {
        let month = |at: jiff::Timestamp| Month::of(crate::clock::vietnam_day(at));
        let first = filters.from.map_or(Month::FIRST, month);
        let last = filters.to.map_or(Month::LAST, month);
        // What was decided in the last seconds of a month is in the log a moment later.
        self.keys.ring(first.previous(), last).await
    }

    /// Every number under which entries about the person may be filed.
    async fn numbers_of(&self, subject: &Subject) -> Result<Vec<Number>, store::Error> {
        let mut numbers = match subject {
            Subject::PersonalId(number) => self.register.numbers_of(number).await?,
            Subject::OldIdNumber(old) => {
                let holders = self.register.find_by_old_numbers(&[*old]).await?;
                match &holders[..] {
                    // Of several people's number, nobody can say who was meant: only what was filed
                    // under it itself, for nobody was found then either.
                    [(_, holder)] => self.register.numbers_of(holder).await?,
                    _ => Vec::new(),
                }
            }
        };
        let asked = match subject {
            Subject::PersonalId(number) => Number::Personal(*number),
            Subject::OldIdNumber(number) => Number::Old(*number),
        };
        if !numbers.contains(&asked) {
            numbers.push(asked);
        }
        Ok(numbers)
    }

    /// Records that it could not be answered, which is what is then answered.
    async fn broken(&self, own: &Entry<'_>, broken: &Broken) -> Error {
        let error: &dyn std::error::Error = broken;
        tracing::error!(
            error,
            operation = own.operation.as_str(),
            "an auditor was not answered"
        );
        let (reason, told): (_, fn(Option<Uuid>) -> Error) = match broken.told() {
            Told::Overloaded => ("overloaded", |audit_id| Error::Overloaded { audit_id }),
            Told::PolicyUnavailable => ("policy_unavailable", |audit_id| {
                Error::PolicyUnavailable { audit_id }
            }),
            Told::Internal => ("internal", |audit_id| Error::Internal { audit_id }),
        };
        match self.failed(own, reason).await {
            Ok(audit_id) => told(Some(audit_id)),
            Err(error) => error,
        }
    }

    async fn failed(&self, own: &Entry<'_>, reason: &'static str) -> Result<Uuid, Error> {
        let failed = Entry {
            decision: Decision::Failed,
            reason: Some(reason),
            ..own.clone()
        };
        self.log.record(&failed).await
    }
}

/// The agencies whose entries a caller sees by that policy; none for every one.
fn visible_to(snapshot: &Snapshot, caller: &Caller) -> Option<Vec<String>> {
    if caller.scopes.allows(OperationScope::AuditRead) {
        return None;
    }
    let below = snapshot.agency_and_below(caller.agency_code());
    let mut codes: Vec<String> = below
        .iter()
        .map(|code: &Code| code.as_str().to_owned())
        .collect();
    codes.sort_unstable();
    Some(codes)
}

/// A number as it is filed.
fn private(number: &Number) -> Private<'_> {
    Private::new(match number {
        Number::Personal(number) => number.as_str(),
        Number::Old(number) => number.as_str(),
    })
}
