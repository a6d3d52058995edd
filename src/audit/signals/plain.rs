//! Who the entries of a step are about and by, for as long as the step takes.

use std::collections::HashMap;

use super::evaluator::SignalError;
use super::touched::Look;
use crate::clock::vietnam_day;
use crate::domain::entry::{AuditId, Decoded, Month};
use crate::keys::{self, KeyRing, Keys, Opened};
use crate::store::signals::{Looking, SignalStep};

/// The opened sealed parts of a step's questions, and the keys that opened them.
#[derive(Debug)]
pub(super) struct Plain {
    pub ring: KeyRing,
    /// By the place of the row in the step. Of a month whose keys were destroyed there is none.
    opened: HashMap<usize, Opened>,
    /// How many did not open though they should.
    pub unreadable: u64,
}

impl Plain {
    /// Opens what these questions seal. The keys of `months` before are at hand too.
    pub(super) async fn open(
        step: &SignalStep,
        keys: &Keys,
        rows: &[Looking],
        looks: &[&Look],
        months: u32,
    ) -> Result<Self, SignalError> {
        let month = |look: &&&Look| Month::of(vietnam_day(look.at));
        let mut first = looks
            .iter()
            .min_by_key(month)
            .map_or(Month::LAST, |it| month(&it));
        let last = looks
            .iter()
            .max_by_key(month)
            .map_or(Month::FIRST, |it| month(&it));
        // What was decided in the last seconds of a month is in the log a moment later.
        for _ in 0..=months {
            first = first.previous();
        }
        let mut plain = Self {
            ring: keys.ring(first, last).await?,
            opened: HashMap::new(),
            unreadable: 0,
        };
        let ids: Vec<AuditId> = looks.iter().map(|look| rows[look.row].id).collect();
        let canonical: HashMap<_, _> = step.canonical(&ids).await?.into_iter().collect();
        for look in looks {
            let bytes = canonical.get(rows[look.row].id.as_uuid());
            let Some(Ok(entry)) = bytes.map(|bytes| Decoded::from_canonical(bytes)) else {
                // A day that was dropped, or what the follower has counted already.
                continue;
            };
            match plain.ring.unseal(&entry.nonce, &entry.protected) {
                Ok(opened) => {
                    plain.opened.insert(look.row, opened);
                }
                Err(keys::Error::Destroyed(_)) => {}
                Err(keys::Error::Seal | keys::Error::Content(_)) => plain.unreadable += 1,
                Err(other) => return Err(other.into()),
            }
        }
        Ok(plain)
    }

    /// The person's number, as it was filed.
    pub(super) fn subject(&self, look: &Look) -> Option<&str> {
        Some(self.opened.get(&look.row)?.values().subject?.reveal())
    }

    /// The officer.
    pub(super) fn officer(&self, look: &Look) -> Option<&str> {
        Some(self.opened.get(&look.row)?.values().officer?.reveal())
    }
}
