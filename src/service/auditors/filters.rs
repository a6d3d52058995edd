//! What an auditor asks by, and in what portions.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;

use super::reading::Condition;
use super::{Auditors, Broken, private};
use crate::audit::search::{Criteria, Order, Position};
use crate::domain::claim::Subject;
use crate::domain::entry::{Decision, Operation, Private};
use crate::domain::fault::{FaultCode, Form, FromText, Reason};
use crate::domain::policy::OfficerId;
use crate::keys::KeyRing;

/// Conditions on entries, all of which must hold; the default has none.
#[derive(Clone, Debug, Default)]
pub struct Filters {
    /// The agency that asked.
    pub agency_code: Option<Box<str>>,
    /// The system that asked.
    pub client_id: Option<Box<str>>,
    /// The officer.
    pub officer_id: Option<OfficerId>,
    /// The procedure.
    pub procedure_code: Option<Box<str>>,
    /// The case.
    pub case_id: Option<Box<str>>,
    /// What was asked for.
    pub operation: Option<Operation>,
    /// How it ended.
    pub decision: Option<Decision>,
    /// Recorded at that time or later.
    pub from: Option<Timestamp>,
    /// Recorded before that time.
    pub to: Option<Timestamp>,
    /// The person.
    pub subject: Option<Subject>,
}

/// Which portion of what matches.
#[derive(Clone, Copy, Debug)]
pub struct Paging {
    /// In which order.
    pub order: Order,
    /// Behind where.
    pub cursor: Option<Cursor>,
    /// How many at most.
    pub limit: usize,
}

/// Whether people, officers and cases are shown in the clear, and why.
#[derive(Clone, Debug, Default)]
pub struct Showing {
    /// Whether they are.
    pub reveal: bool,
    /// Why, in the auditor's words. Recorded.
    pub reason: Option<Box<str>>,
}

/// Where a page ended. It holds a place in the log, and nothing of what was searched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor(pub(super) Position);

impl Cursor {
    /// The text callers hand back.
    pub fn to_text(self) -> String {
        URL_SAFE_NO_PAD.encode(self.0.number().to_be_bytes())
    }
}

impl FromText for Cursor {
    const FORM: Form = Form {
        pattern: Some("^[0-9A-Za-z_-]{11}$"),
        max: 11,
        ..Form::TEXT
    };

    fn from_text(text: &str) -> Result<Self, Reason> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok();
        bytes
            .and_then(|bytes| Some(i64::from_be_bytes(bytes.try_into().ok()?)))
            .and_then(Position::from_number)
            .map(Self)
            .ok_or(Reason::new(
                FaultCode::Format,
                "not a cursor of an earlier page",
            ))
    }
}

impl Filters {
    /// The conditions, for the record of the reading, but for the person.
    pub(super) fn conditions(&self) -> [Condition; 9] {
        let text = |text: &Option<Box<str>>| text.as_deref().map(str::to_owned);
        let word = |word: Option<&'static str>| word.map(str::to_owned);
        [
            ("agency_code", text(&self.agency_code)),
            ("client_id", text(&self.client_id)),
            (
                "officer_id",
                self.officer_id.as_ref().map(|it| it.as_str().to_owned()),
            ),
            ("procedure_code", text(&self.procedure_code)),
            ("case_id", text(&self.case_id)),
            ("operation", word(self.operation.map(Operation::as_str))),
            ("decision", word(self.decision.map(Decision::as_str))),
            ("from", self.from.map(|at| at.to_string())),
            ("to", self.to.map(|at| at.to_string())),
        ]
    }

    /// Whether keys are needed to find what is meant.
    fn names_somebody(&self) -> bool {
        self.subject.is_some() || self.officer_id.is_some() || self.case_id.is_some()
    }
}

impl Auditors {
    /// The filters as the log can be searched by, within what the auditor sees; and the keys they
    /// took, or that showing people will take.
    pub(super) async fn criteria(
        &self,
        filters: &Filters,
        visible: Option<Vec<String>>,
        showing: &Showing,
    ) -> Result<(Criteria, Option<KeyRing>), Broken> {
        let ring = if filters.names_somebody() || showing.reveal {
            Some(self.ring(filters).await?)
        } else {
            None
        };
        let numbers = match &filters.subject {
            Some(subject) => Some(self.numbers_of(subject).await?),
            None => None,
        };
        let subject = ring.as_ref().zip(numbers.as_ref()).map(|(ring, numbers)| {
            let tags = numbers
                .iter()
                .flat_map(|number| ring.subject_tags(private(number)));
            tags.collect::<Vec<_>>()
        });
        let officer = ring
            .as_ref()
            .zip(filters.officer_id.as_ref())
            .map(|(ring, officer)| {
                ring.officer_tags(Private::new(officer.as_str()))
                    .collect::<Vec<_>>()
            });
        let case = ring
            .as_ref()
            .zip(filters.case_id.as_ref())
            .map(|(ring, case)| ring.case_tags(Private::new(case)).collect::<Vec<_>>());
        let agencies = match (&filters.agency_code, visible) {
            (None, visible) => visible,
            (Some(one), None) => Some(vec![one.to_string()]),
            (Some(one), Some(visible)) => {
                Some(visible.into_iter().filter(|code| **code == **one).collect())
            }
        };
        let criteria = Criteria::default()
            .from(filters.from)
            .to(filters.to)
            .agencies(agencies)
            .client(filters.client_id.as_deref().map(str::to_owned))
            .procedure(filters.procedure_code.as_deref().map(str::to_owned))
            .operations(filters.operation.map(|operation| vec![operation.as_str()]))
            .decision(filters.decision.map(Decision::as_str))
            .subject(subject)
            .officer(officer)
            .case(case);
        Ok((criteria, ring))
    }
}
