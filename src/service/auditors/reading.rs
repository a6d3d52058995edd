//! What an auditor read, as the entry of the reading says it: the names of the conditions in the clear,
//! what they were sealed.

use jiff::civil::Date;
use serde_json::{Map, Value};

use super::{Filters, Showing, SignalFilters};
use crate::domain::claim::Subject;
use crate::domain::entry::{AuditId, Decision, Entry, Operation, Private};
use crate::service::Asking;

/// A condition by its name, and what it was.
pub(super) type Condition = (&'static str, Option<String>);

/// What was read.
#[derive(Debug)]
pub(super) struct Reading {
    names: Vec<&'static str>,
    subject: Option<Subject>,
    target: Option<String>,
}

impl Reading {
    /// Of entries that meet these conditions.
    pub(super) fn of(filters: &Filters) -> Self {
        let mut reading = Self::by(filters.conditions());
        reading.subject = filters.subject;
        reading
            .names
            .extend(filters.subject.is_some().then_some("subject"));
        reading
    }

    /// Of signals that meet these.
    pub(super) fn of_signals(filters: &SignalFilters) -> Self {
        Self::by(filters.conditions())
    }

    /// Of a client's day.
    pub(super) fn of_day(day: Date, client_id: &str) -> Self {
        Self::by([
            ("day", Some(day.to_string())),
            ("client_id", Some(client_id.to_owned())),
        ])
    }

    /// Of the entry of that id; none is the id of no entry.
    pub(super) fn of_entry(id: Option<AuditId>) -> Self {
        Self::of_one(id.map(|id| id.to_string()))
    }

    /// Of one thing by its id.
    pub(super) fn of_one(id: Option<String>) -> Self {
        Self {
            names: Vec::new(),
            subject: None,
            target: id,
        }
    }

    /// A person is not among the conditions: an entry names them apart.
    fn by<const N: usize>(conditions: [Condition; N]) -> Self {
        let set = conditions
            .into_iter()
            .filter_map(|(name, value)| Some((name, value?)));
        let set: Vec<(&str, String)> = set.collect();
        let names = set.iter().map(|(name, _)| *name).collect();
        let said: Map<String, Value> = set
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value.into()))
            .collect();
        Self {
            names,
            subject: None,
            target: (!said.is_empty()).then(|| Value::Object(said).to_string()),
        }
    }

    /// The entry of the reading, unless it fails.
    pub(super) fn entry<'a>(
        &'a self,
        asking: &'a Asking<'a>,
        operation: Operation,
        showing: &'a Showing,
    ) -> Entry<'a> {
        Entry {
            claims: &self.names,
            subject: self.subject.as_ref().map(|it| Private::new(it.as_str())),
            target: self.target.as_deref().map(Private::new),
            purpose: showing.reason.as_deref().map(Private::new),
            revealed: showing.reveal,
            ..asking.entry(operation, Decision::Done)
        }
    }
}
