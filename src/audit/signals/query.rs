//! What auditors ask of signals, and of the entries behind one.

use jiff::Timestamp;

use super::{Actor, Signal};
use crate::audit::search::{Criteria, Order, Page, Position};
use crate::audit::{FindError, Log};
use crate::domain::auditing::SignalKind;
use crate::domain::entry::{Operation, Tag};
use crate::store::search::TagInUse;
use crate::store::signals::{SignalConditions, SignalGroup};

/// What counts as a question about a person.
const LOOKS: [Operation; 3] = [Operation::Verify, Operation::Lookup, Operation::Prefill];

/// Conditions on signals; the default has none.
#[derive(Clone, Debug, Default)]
pub struct SignalCriteria {
    /// Their hour or day ends after that.
    pub from: Option<Timestamp>,
    /// It begins before that.
    pub to: Option<Timestamp>,
    /// What was noticed.
    pub kind: Option<SignalKind>,
    /// Of one of these agencies; what is of several is of none of them.
    pub agencies: Option<Vec<String>>,
    /// Through that client alone.
    pub client: Option<String>,
}

/// Some signals, the newest first.
#[derive(Clone, Debug)]
pub struct SignalPage {
    /// The signals.
    pub signals: Vec<Signal>,
    /// Before which signal the next page begins; none where there is none.
    pub next: Option<u64>,
    /// The index up to which, itself included, the newest epoch's entries were looked at.
    pub complete_to_index: Option<u64>,
}

impl SignalCriteria {
    fn conditions(&self) -> SignalConditions {
        SignalConditions {
            from: self.from.unwrap_or(Timestamp::UNIX_EPOCH),
            to: self.to.unwrap_or(LATE),
            kind: self.kind,
            agencies: self.agencies.clone(),
            client: self.client.clone(),
        }
    }
}

/// After every log, in what PostgreSQL takes.
const LATE: Timestamp = Timestamp::constant(253_000_000_000, 0);

impl Log {
    /// At most `limit` signals before that one (from the newest on for none).
    pub async fn signals(
        &self,
        criteria: &SignalCriteria,
        before: Option<u64>,
        limit: usize,
    ) -> Result<SignalPage, FindError> {
        // Before the signals: what is said to be complete is.
        let end = self.searches.signals_end().await?;
        let wanted = i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1);
        let conditions = criteria.conditions();
        let before = before.unwrap_or(u64::MAX);
        let mut signals = self.searches.signals(&conditions, before, wanted).await?;
        let is_more = signals.len() > limit;
        signals.truncate(limit);
        Ok(SignalPage {
            next: signals.last().filter(|_| is_more).map(|last| last.id),
            signals,
            complete_to_index: end.index().checked_sub(1),
        })
    }

    /// One signal.
    pub async fn signal(&self, id: u64) -> Result<Option<Signal>, FindError> {
        Ok(self.searches.signal(id).await?)
    }

    /// The entries behind a signal, of these agencies only where they are given, the newest first: its
    /// actor's questions between the places of its first and last entry, of a walk along numbers those
    /// about the people it went to. Found anew, for a signal keeps
    /// no copy of them.
    pub async fn signal_entries(
        &self,
        signal: &Signal,
        agencies: Option<Vec<String>>,
        after: Option<Position>,
        limit: usize,
    ) -> Result<Page, FindError> {
        let key = &signal.key;
        let agencies = match (&key.agency_code, agencies) {
            (None, visible) => visible,
            (Some(one), None) => Some(vec![one.clone()]),
            (Some(one), Some(mut visible)) => {
                visible.retain(|code| code == one);
                Some(visible)
            }
        };
        let each_in_use = |tags: &[Tag]| {
            let in_use = |tag: &Tag| TagInUse {
                tag: *tag,
                since: key.window.since,
                until: key.window.until,
            };
            tags.iter().map(in_use).collect::<Vec<_>>()
        };
        let in_use = |tag: &Tag| each_in_use(std::slice::from_ref(tag));
        let mut criteria = Criteria::default()
            .from(Some(key.window.since))
            .to(Some(key.window.until))
            .agencies(agencies)
            .operations(Some(LOOKS.map(Operation::as_str).to_vec()));
        match &key.actor {
            Actor::Officer(tag) => criteria = criteria.officer_in_use(in_use(tag)),
            Actor::Client(client) => criteria = criteria.client(Some(client.clone())),
            Actor::Person(tag) => criteria = criteria.subject_in_use(in_use(tag)),
        }
        if let Some(tag) = &key.subject_tag {
            criteria = criteria.subject_in_use(in_use(tag));
        }
        if !signal.measure.walked.is_empty() {
            criteria = criteria.subject_in_use(each_in_use(&signal.measure.walked));
        }
        let places = (signal.measure.first, signal.measure.last);
        self.search_between(&criteria, places, Order::Newest, after, limit)
            .await
    }

    /// How many signals there are by agency, client, officer and day, as far as these are told apart.
    pub(crate) async fn count_signals(
        &self,
        by: (bool, bool, bool, bool),
        criteria: &SignalCriteria,
    ) -> Result<Vec<SignalGroup>, FindError> {
        Ok(self
            .counts
            .count_signals(by, &criteria.conditions())
            .await?)
    }
}
