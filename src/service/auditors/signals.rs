//! Signals, and the entries behind one.

use std::collections::HashMap;

use jiff::Timestamp;
use serde::Serialize;
use uuid::Uuid;

use super::reading::{Condition, Reading};
use super::view::pseudonym;
use super::{Auditors, Broken, Cursor, Filters, Grouping, Order, Paging, SearchView, Showing};
use crate::audit::search::Position;
use crate::audit::signals::{Actor, Signal, SignalCriteria};
use crate::domain::auditing::SignalKind;
use crate::domain::entry::{Entry, Operation, Private, Tag};
use crate::keys::{self, KeyRing};
use crate::service::{Asking, Error};

/// Conditions on signals, all of which must hold; the default has none.
#[derive(Clone, Debug, Default)]
pub struct SignalFilters {
    /// Their hour or day ends after that.
    pub from: Option<Timestamp>,
    /// It begins before that.
    pub to: Option<Timestamp>,
    /// What was noticed.
    pub kind: Option<SignalKind>,
    /// The agency; what is of several is of none of them.
    pub agency_code: Option<Box<str>>,
    /// The client, where it was the only one.
    pub client_id: Option<Box<str>>,
}

/// Some signals, the newest first.
#[derive(Clone, Debug, Serialize)]
pub struct SignalsView {
    /// The signals.
    pub signals: Vec<SignalView>,
    /// Where the next page begins; none where there is none.
    pub next_cursor: Option<String>,
    /// The index up to which entries were looked at by now.
    pub complete_to_index: Option<u64>,
    /// The entry of this reading.
    pub audit_id: Uuid,
}

/// A signal as an auditor sees it.
#[derive(Clone, Debug, Serialize)]
pub struct SignalView {
    /// Which it is; later ones have larger numbers.
    pub id: u64,
    /// What was noticed.
    pub kind: &'static str,
    /// Beginning of the hour or of Vietnam's day.
    pub from: Timestamp,
    /// Its end.
    pub to: Timestamp,
    /// Whose behaviour it is: `officer`, `client` or `person`.
    pub actor: &'static str,
    /// The agency; none for several.
    pub agency_code: Option<String>,
    /// The client; none for several.
    pub client_id: Option<String>,
    /// The officer, where it is one's behaviour.
    pub officer: Option<String>,
    /// The person, where it is about one.
    pub subject: Option<String>,
    /// What was measured.
    pub value: u64,
    /// From what on it is a signal.
    pub threshold: u64,
    /// How many entries are behind it.
    pub entries: u64,
    /// Place of the first of them in the transparency log.
    pub first_index: u64,
    /// Place of the last of them.
    pub last_index: u64,
    /// When it was raised.
    pub raised_at: Timestamp,
    /// When it last grew.
    pub grown_at: Timestamp,
}

/// Who is behind a signal's tags.
#[derive(Clone, Default)]
struct Revealed {
    officer: Option<String>,
    subject: Option<String>,
}

impl SignalFilters {
    /// The conditions, for the record of the reading.
    pub(super) fn conditions(&self) -> [Condition; 5] {
        let text = |text: &Option<Box<str>>| text.as_deref().map(str::to_owned);
        [
            ("from", self.from.map(|at| at.to_string())),
            ("to", self.to.map(|at| at.to_string())),
            ("kind", self.kind.map(|kind| kind.as_str().to_owned())),
            ("agency_code", text(&self.agency_code)),
            ("client_id", text(&self.client_id)),
        ]
    }

    fn criteria(&self, visible: Option<Vec<String>>) -> SignalCriteria {
        let agencies = match (&self.agency_code, visible) {
            (None, visible) => visible,
            (Some(one), None) => Some(vec![one.to_string()]),
            (Some(one), Some(mut visible)) => {
                visible.retain(|code| **code == **one);
                Some(visible)
            }
        };
        SignalCriteria {
            from: self.from,
            to: self.to,
            kind: self.kind,
            agencies,
            client: self.client_id.as_deref().map(str::to_owned),
        }
    }
}

impl Auditors {
    /// Signals that meet all conditions, of those the auditor sees: with `audit:read.agency` those of
    /// the own agency and those below it, and none that several agencies have part in.
    pub async fn signals(
        &self,
        asking: &Asking<'_>,
        filters: &SignalFilters,
        cursor: Option<Cursor>,
        limit: usize,
        showing: &Showing,
    ) -> Result<SignalsView, Error> {
        let reading = Reading::of_signals(filters);
        let own = reading.entry(asking, Operation::AuditSignals, showing);
        self.may_show(asking, &own, showing).await?;
        let read = async {
            let criteria = filters.criteria(self.visible(asking)?);
            self.signal_page(&criteria, cursor, limit, showing).await
        };
        let (signals, next, complete_to_index) = match read.await {
            Ok(page) => page,
            Err(error) => return Err(self.broken(&own, &error).await),
        };
        let own = Entry {
            count: Some(signals.len() as u64),
            ..own
        };
        let audit_id = self.log.record(&own).await?;
        Ok(SignalsView {
            signals,
            next_cursor: next.map(|id| number_cursor(id).to_text()),
            complete_to_index,
            audit_id,
        })
    }

    /// The entries behind a signal, the newest first: the actor's questions of that hour or day, from
    /// the first place of it to the last. Of a signal the auditor does not see it is not said that it
    /// exists.
    pub async fn signal_entries(
        &self,
        asking: &Asking<'_>,
        id: Option<u64>,
        cursor: Option<Cursor>,
        limit: usize,
        showing: &Showing,
    ) -> Result<SearchView, Error> {
        let reading = Reading::of_one(id.map(|id| id.to_string()));
        let own = reading.entry(asking, Operation::AuditSignalEntries, showing);
        self.may_show(asking, &own, showing).await?;
        let found = async {
            let visible = self.visible(asking)?;
            let found = self.seen_signal(id, visible.as_deref()).await?;
            Ok((found, visible))
        };
        let (found, visible) = match found.await {
            Ok(found) => found,
            Err(error) => return Err(self.broken(&own, &error).await),
        };
        let Some(signal) = found else {
            let audit_id = Some(self.failed(&own, "not_found").await?);
            return Err(Error::NotFound { audit_id });
        };
        let paging = Paging {
            order: Order::Newest,
            cursor,
            limit,
        };
        let found = self.behind(&signal, visible, &paging, showing).await;
        self.answer(own, found).await
    }

    /// How many signals each group of numbers has, where the grouping and the conditions are such as
    /// signals can be told apart by; none otherwise.
    pub(super) async fn signals_of_groups(
        &self,
        grouping: Grouping,
        filters: &Filters,
        visible: Option<Vec<String>>,
    ) -> Result<Option<SignalCounts>, Broken> {
        let told_apart = grouping.procedure || grouping.operation || grouping.decision;
        let conditions = filters.officer_id.is_some()
            || filters.procedure_code.is_some()
            || filters.case_id.is_some()
            || filters.operation.is_some()
            || filters.decision.is_some()
            || filters.subject.is_some();
        if told_apart || conditions {
            return Ok(None);
        }
        let filters = SignalFilters {
            from: filters.from,
            to: filters.to,
            kind: None,
            agency_code: filters.agency_code.clone(),
            client_id: filters.client_id.clone(),
        };
        let by = (
            grouping.agency,
            grouping.client,
            grouping.officer,
            grouping.day,
        );
        let counted = self
            .entries
            .count_signals(by, &filters.criteria(visible))
            .await?;
        let by_group = counted.into_iter().map(|group| {
            let key = (
                group.agency_code,
                group.client_id,
                group.officer_tag,
                group.day,
            );
            (key, group.signals)
        });
        Ok(Some(SignalCounts(by_group.collect())))
    }

    async fn signal_page(
        &self,
        criteria: &SignalCriteria,
        cursor: Option<Cursor>,
        limit: usize,
        showing: &Showing,
    ) -> Result<(Vec<SignalView>, Option<u64>, Option<u64>), Broken> {
        let before = cursor.map(|cursor| cursor.0.number().unsigned_abs());
        let page = self.entries.signals(criteria, before, limit).await?;
        let revealed = if showing.reveal {
            self.behind_tags(&page.signals).await?
        } else {
            HashMap::new()
        };
        let views = page.signals.into_iter().map(|signal| {
            let shown = revealed.get(&signal.measure.last).cloned();
            SignalView::new(signal, shown.unwrap_or_default())
        });
        Ok((views.collect(), page.next, page.complete_to_index))
    }

    /// Who is behind these signals, by the place of the last entry of each: that is an entry by the
    /// officer and about the person. Of a month whose keys were destroyed nobody can say.
    async fn behind_tags(&self, signals: &[Signal]) -> Result<HashMap<Position, Revealed>, Broken> {
        let last: Vec<Position> = signals.iter().map(|signal| signal.measure.last).collect();
        let from = signals.iter().map(|signal| signal.key.window.since).min();
        let to = signals.iter().map(|signal| signal.key.window.until).max();
        let ring = self
            .ring(&Filters {
                from,
                to,
                ..Filters::default()
            })
            .await?;
        let mut revealed = HashMap::with_capacity(last.len());
        for (position, found) in self.entries.at(&last).await? {
            let opened = match ring.unseal(&found.entry.nonce, &found.entry.protected) {
                Ok(opened) => opened,
                Err(keys::Error::Destroyed(_)) => continue,
                Err(error) => return Err(error.into()),
            };
            let values = opened.values();
            let text = |value: Option<Private<'_>>| value.map(|it| it.reveal().to_owned());
            let one = Revealed {
                officer: text(values.officer),
                subject: text(values.subject),
            };
            revealed.insert(position, one);
        }
        Ok(revealed)
    }

    async fn seen_signal(
        &self,
        id: Option<u64>,
        visible: Option<&[String]>,
    ) -> Result<Option<Signal>, Broken> {
        let Some(id) = id else {
            return Ok(None);
        };
        let found = self.entries.signal(id).await?;
        Ok(
            found.filter(|signal| match (visible, &signal.key.agency_code) {
                (None, _) => true,
                (Some(visible), Some(agency)) => visible.contains(agency),
                (Some(_), None) => false,
            }),
        )
    }

    async fn behind(
        &self,
        signal: &Signal,
        visible: Option<Vec<String>>,
        paging: &Paging,
        showing: &Showing,
    ) -> Result<(Vec<super::EntryView>, crate::audit::search::Page), Broken> {
        let ring: Option<KeyRing> = if showing.reveal {
            let window = signal.key.window;
            let filters = Filters {
                from: Some(window.since),
                to: Some(window.until),
                ..Filters::default()
            };
            Some(self.ring(&filters).await?)
        } else {
            None
        };
        let after = paging.cursor.map(|cursor| cursor.0);
        let mut page = self
            .entries
            .signal_entries(signal, visible, after, paging.limit)
            .await?;
        let entries = std::mem::take(&mut page.entries);
        let views = entries
            .into_iter()
            .map(|(position, found)| super::search::view(position, found, ring.as_ref()));
        Ok((views.collect::<Result<_, _>>()?, page))
    }
}

type GroupKey = (
    Option<String>,
    Option<String>,
    Option<Tag>,
    Option<jiff::civil::Date>,
);

/// How many signals each group has.
#[derive(Clone, Debug)]
pub(super) struct SignalCounts(HashMap<GroupKey, u64>);

impl SignalCounts {
    pub(super) fn of(&self, group: &crate::store::search::Group) -> u64 {
        let key = (
            group.agency_code.clone(),
            group.client_id.clone(),
            group.officer_tag,
            group.day,
        );
        self.0.get(&key).copied().unwrap_or(0)
    }
}

/// A cursor holds a number, and says nothing else.
fn number_cursor(id: u64) -> Cursor {
    Cursor(
        i64::try_from(id)
            .ok()
            .and_then(Position::from_number)
            .unwrap_or(Position::LAST),
    )
}

impl SignalView {
    /// What is not revealed stays a pseudonym.
    fn new(signal: Signal, revealed: Revealed) -> Self {
        let (officer_tag, person_tag) = match signal.key.actor {
            Actor::Officer(tag) => (Some(tag), signal.key.subject_tag),
            Actor::Person(tag) => (None, Some(tag)),
            Actor::Client(_) => (None, None),
        };
        // What the last entry says of others than those the signal is about is not of it.
        let shown = |tag: Option<Tag>, value: Option<String>| match tag {
            Some(tag) => value.or_else(|| pseudonym(Some(tag))),
            None => None,
        };
        let actor = signal.key.actor.kind().as_str();
        let client = signal.key.actor.client().map(str::to_owned);
        Self {
            id: signal.id,
            kind: signal.key.kind.as_str(),
            from: signal.key.window.since,
            to: signal.key.window.until,
            actor,
            agency_code: signal.key.agency_code,
            client_id: client.or(signal.measure.client_id),
            officer: shown(officer_tag, revealed.officer),
            subject: shown(person_tag, revealed.subject),
            value: signal.measure.value,
            threshold: signal.measure.threshold,
            entries: signal.measure.entries,
            first_index: signal.measure.first.index(),
            last_index: signal.measure.last.index(),
            raised_at: signal.raised_at,
            grown_at: signal.grown_at,
        }
    }
}
