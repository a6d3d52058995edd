//! What a batch of changes does to what the register holds: pure, decided before anything is written.

use std::collections::BTreeMap;

use super::row::Written;
use crate::domain::change::{Change, Ignored, Outcome};
use crate::domain::citizen::Status;
use crate::domain::number::{OldIdNumber, PersonalId};

/// What the register holds of a person, as far as a change is judged by it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Held {
    pub revision: u64,
    pub protected: bool,
    pub status: Status,
    pub old_numbers: Vec<OldIdNumber>,
}

/// One new state of one record.
#[derive(Clone, Debug)]
pub(super) enum Write<'a> {
    /// Somebody the register does not know.
    Insert(Written<'a>),
    /// A whole record in the place of another.
    Replace(Written<'a>),
    /// Another status of the same record.
    SetStatus {
        personal_id: PersonalId,
        revision: u64,
        status: Status,
    },
}

/// What is to be written.
#[derive(Debug, Default)]
pub(super) struct Verdict<'a> {
    /// One a change, in their order.
    pub outcomes: Vec<Outcome>,
    /// Rounds in which each person occurs once: the states of one person follow each other, so
    /// that each is kept.
    pub rounds: Vec<Vec<Write<'a>>>,
    /// Everyone whose record changes, in the order of their numbers.
    pub touched: BTreeMap<PersonalId, Touched>,
}

/// A person before and after the batch.
#[derive(Debug)]
pub(super) struct Touched {
    pub before: Option<Held>,
    pub after: Held,
    rounds: usize,
}

/// Decides what becomes of each change, in their order. `held` is what the register holds of the
/// people they are about.
pub(super) fn judge(changes: &[Change], mut held: BTreeMap<PersonalId, Held>) -> Verdict<'_> {
    let mut verdict = Verdict::default();
    for change in changes {
        let personal_id = change.personal_id();
        let touched = verdict.touched.get(&personal_id);
        let current = touched
            .map(|touched| &touched.after)
            .or_else(|| held.get(&personal_id));
        let outcome = match (current, change) {
            (Some(current), _) if current.revision == change.revision() => {
                Outcome::Ignored(Ignored::SameRevision)
            }
            (Some(current), _) if current.revision > change.revision() => {
                Outcome::Ignored(Ignored::OlderRevision)
            }
            (None, Change::Status { .. }) => Outcome::Ignored(Ignored::UnknownCitizen),
            (_, Change::Upsert(_) | Change::Status { .. }) => Outcome::Applied,
        };
        verdict.outcomes.push(outcome);
        if outcome != Outcome::Applied {
            continue;
        }
        let (write, after) = next(change, current);
        let round = touched.map_or(0, |touched| touched.rounds);
        if verdict.rounds.len() == round {
            verdict.rounds.push(Vec::new());
        }
        verdict.rounds[round].push(write);
        verdict
            .touched
            .entry(personal_id)
            .and_modify(|touched| {
                touched.after = after.clone();
                touched.rounds += 1;
            })
            .or_insert_with(|| Touched {
                before: held.remove(&personal_id),
                after,
                rounds: 1,
            });
    }
    verdict
}

/// The write a change comes to, and what the register holds after it.
fn next<'a>(change: &'a Change, current: Option<&Held>) -> (Write<'a>, Held) {
    match change {
        Change::Upsert(upsert) => {
            let kept = current.map_or((false, Status::ACTIVE), |held| {
                (held.protected, held.status)
            });
            let written = Written {
                citizen: &upsert.citizen,
                revision: upsert.revision,
                protected: upsert.protected.unwrap_or(kept.0),
                status: upsert.status.unwrap_or(kept.1),
            };
            let after = Held {
                revision: written.revision,
                protected: written.protected,
                status: written.status,
                old_numbers: upsert.citizen.old_id_numbers.clone(),
            };
            let write = if current.is_some() {
                Write::Replace(written)
            } else {
                Write::Insert(written)
            };
            (write, after)
        }
        Change::Status {
            personal_id,
            revision,
            status,
        } => {
            let before = current.expect("a status for somebody unknown was ignored");
            let after = Held {
                revision: *revision,
                status: *status,
                ..before.clone()
            };
            let write = Write::SetStatus {
                personal_id: *personal_id,
                revision: *revision,
                status: *status,
            };
            (write, after)
        }
    }
}

/// Pairs of a number and the person it leads to, that come and go.
#[derive(Debug, Default)]
pub(super) struct Pairs<'a> {
    pub added: Vec<(&'a str, &'a str)>,
    pub removed: Vec<(&'a str, &'a str)>,
}

impl Verdict<'_> {
    /// Nine-digit numbers by which people are found.
    pub fn old_numbers(&self) -> Pairs<'_> {
        let mut pairs = Pairs::default();
        for (personal_id, touched) in &self.touched {
            pairs.differ(personal_id, touched.old_before(), touched.old_after());
        }
        pairs
    }

    /// Whose protection or succession may have changed.
    pub fn to_settle(&self) -> Vec<&str> {
        self.touched
            .iter()
            .filter(|(_, touched)| touched.may_change_others())
            .map(|(personal_id, _)| personal_id.as_str())
            .collect()
    }
}

impl Touched {
    /// Nine-digit numbers that led to the record before or lead to it now.
    pub fn affected_old_numbers(&self) -> Vec<&str> {
        let mut numbers: Vec<&str> = self.old_before().chain(self.old_after()).collect();
        numbers.sort_unstable();
        numbers.dedup();
        numbers
    }

    /// Whether what it changes can show in records that name this person, or be theirs.
    fn may_change_others(&self) -> bool {
        let Some(before) = &self.before else {
            return true;
        };
        let after = &self.after;
        before.protected != after.protected
            || before.status.superseded_by != after.status.superseded_by
            || before.old_numbers != after.old_numbers
    }

    fn old_before(&self) -> impl Iterator<Item = &str> + Clone {
        self.before
            .iter()
            .flat_map(|held| &held.old_numbers)
            .map(OldIdNumber::as_str)
    }

    fn old_after(&self) -> impl Iterator<Item = &str> + Clone {
        self.after.old_numbers.iter().map(OldIdNumber::as_str)
    }
}

impl<'a> Pairs<'a> {
    /// Lists of numbers are short: looking each up in the other costs less than a set.
    fn differ(
        &mut self,
        personal_id: &'a PersonalId,
        before: impl Iterator<Item = &'a str> + Clone,
        after: impl Iterator<Item = &'a str> + Clone,
    ) {
        let whose = personal_id.as_str();
        for number in after.clone() {
            if !before.clone().any(|other| other == number) {
                push_once(&mut self.added, (number, whose));
            }
        }
        for number in before {
            if !after.clone().any(|other| other == number) {
                push_once(&mut self.removed, (number, whose));
            }
        }
    }
}

/// A record may name a number twice. The pairs of one person stand together at the end.
fn push_once<'a>(pairs: &mut Vec<(&'a str, &'a str)>, pair: (&'a str, &'a str)) {
    let of_this_person = pairs.iter().rev().take_while(|(_, whose)| *whose == pair.1);
    if !of_this_person.clone().any(|other| *other == pair) {
        pairs.push(pair);
    }
}
