//! Whom a step touches: the officers, clients and persons of its entries, each with the hour and the
//! day in Vietnam.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use crate::audit::search::{beginning, hour_of};
use crate::clock::vietnam_day;
use crate::domain::entry::{Decision, Operation, Tag};
use crate::store::signals::{ClientWindow, Looking, OfficerWindow, PersonWindow, Window};

/// A question about a person, of those that are looked at. What we could not answer is none: callers
/// ask it again.
#[derive(Clone, Debug)]
pub(super) struct Look {
    /// Its place in the step.
    pub row: usize,
    pub at: Timestamp,
    pub agency_code: String,
    pub client_id: String,
    pub subject_tag: Tag,
    pub officer_tag: Option<Tag>,
}

/// What is measured after a step.
#[derive(Clone, Debug, Default)]
pub(super) struct Touched {
    pub officer_hours: BTreeSet<OfficerWindow>,
    pub officer_days: BTreeSet<OfficerWindow>,
    pub client_hours: BTreeSet<ClientWindow>,
    pub client_days: BTreeSet<ClientWindow>,
    pub person_days: BTreeSet<PersonWindow>,
}

const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// The hour a moment lies in.
pub(super) fn hour(at: Timestamp) -> Window {
    let since = hour_of(at);
    Window {
        since,
        until: since + HOUR,
    }
}

/// The day in Vietnam.
pub(super) fn day(at: Timestamp) -> Window {
    let day = vietnam_day(at);
    Window {
        since: beginning(day),
        until: day.tomorrow().map_or(Timestamp::MAX, beginning),
    }
}

/// The questions about a person among these entries.
pub(super) fn looks(rows: &[Looking]) -> Vec<Look> {
    let is_question = |row: &Looking| {
        [Operation::Verify, Operation::Lookup, Operation::Prefill]
            .iter()
            .any(|operation| operation.as_str() == row.operation)
            && row.decision != Decision::Failed.as_str()
    };
    let look = |(number, row): (usize, &Looking)| {
        Some(Look {
            row: number,
            at: row.at,
            agency_code: row.agency_code.clone()?,
            client_id: row.client_id.clone()?,
            subject_tag: row.subject_tag?,
            officer_tag: row.officer_tag,
        })
    };
    rows.iter()
        .enumerate()
        .filter(|(_, row)| is_question(row))
        .filter_map(look)
        .collect()
}

impl Touched {
    pub(super) fn by(looks: &[Look]) -> Self {
        let mut touched = Self::default();
        for look in looks {
            let (hour, day) = (hour(look.at), day(look.at));
            for (clients, window) in [
                (&mut touched.client_hours, hour),
                (&mut touched.client_days, day),
            ] {
                clients.insert(ClientWindow {
                    agency_code: look.agency_code.clone(),
                    client_id: look.client_id.clone(),
                    window,
                });
            }
            let Some(tag) = look.officer_tag else {
                continue;
            };
            for (officers, window) in [
                (&mut touched.officer_hours, hour),
                (&mut touched.officer_days, day),
            ] {
                officers.insert(OfficerWindow {
                    agency_code: look.agency_code.clone(),
                    tag,
                    window,
                });
            }
            touched.person_days.insert(PersonWindow {
                tag: look.subject_tag,
                window: day,
            });
        }
        touched
    }
}

#[cfg(test)]
mod tests {
    use super::{day, hour};

    #[test]
    fn hours_and_days_are_those_of_vietnam() {
        // 23:59 on the 30th in Vietnam.
        let at = "2026-11-30T16:59:59.5Z".parse().unwrap();
        assert_eq!(hour(at).since.to_string(), "2026-11-30T16:00:00Z");
        assert_eq!(hour(at).until.to_string(), "2026-11-30T17:00:00Z");
        assert_eq!(day(at).since.to_string(), "2026-11-29T17:00:00Z");
        assert_eq!(day(at).until.to_string(), "2026-11-30T17:00:00Z");
        // A moment later it is December, of which the tags are others.
        let next = "2026-11-30T17:00:00Z".parse().unwrap();
        assert_eq!(day(next).since, day(at).until);
    }
}
