//! What a form of the console asks by: read, checked field by field, and shown again as it was entered.

use jiff::Timestamp;
use jiff::civil::Date;

use super::form::{Form, encoded};
use crate::domain::claim::Subject;
use crate::domain::entry::{Decision, Operation};
use crate::domain::fault::FromText;
use crate::domain::number::{OldIdNumber, PersonalId};
use crate::domain::policy::{Code, OfficerId};
use crate::service::auditors::{Filters, Order, Showing, beginning};

/// Characters of a case, and of a reason, at most.
const CASE: usize = 64;
const REASON: usize = 500;

/// The members that may stand in an address: they name nobody.
const IN_ADDRESS: [&str; 8] = [
    "agency",
    "client",
    "procedure",
    "operation",
    "decision",
    "from",
    "to",
    "order",
];

/// What was entered, as it was entered.
#[derive(Clone, Debug, Default)]
pub struct Entered {
    pub agency: String,
    pub client: String,
    pub procedure: String,
    pub operation: String,
    pub decision: String,
    pub from: String,
    pub to: String,
    pub order: String,
    /// A person's number. Like what follows, it is posted and never stands in an address.
    pub person: String,
    pub officer: String,
    pub case: String,
    pub reason: String,
    pub reveal: bool,
    /// The fields that could not be taken, by their names.
    pub wrong: Vec<&'static str>,
}

/// What was entered, as it is asked.
#[derive(Clone, Debug)]
pub struct Asked {
    pub filters: Filters,
    pub order: Order,
    pub showing: Showing,
}

impl Entered {
    /// From an address: what may not stand there is not read.
    pub fn in_address(form: &Form) -> Self {
        let text = |name: &str| form.get(name).to_owned();
        Self {
            agency: text("agency"),
            client: text("client"),
            procedure: text("procedure"),
            operation: text("operation"),
            decision: text("decision"),
            from: text("from"),
            to: text("to"),
            order: text("order"),
            ..Self::default()
        }
    }

    /// From a post.
    pub fn posted(form: &Form) -> Self {
        let text = |name: &str| form.get(name).to_owned();
        Self {
            // Numbers are often written in groups.
            person: text("person").split_whitespace().collect(),
            officer: text("officer"),
            case: text("case"),
            reason: text("reason"),
            reveal: form.get("reveal") == "on",
            ..Self::in_address(form)
        }
    }

    /// Whether it names somebody, or shows somebody, and so may stand in no address.
    pub fn is_private(&self) -> bool {
        let private = [&self.person, &self.officer, &self.case, &self.reason];
        self.reveal || private.iter().any(|text| !text.is_empty())
    }

    /// The part of an address that says all that may stand there.
    pub fn query(&self) -> String {
        let values = [
            &self.agency,
            &self.client,
            &self.procedure,
            &self.operation,
            &self.decision,
            &self.from,
            &self.to,
            &self.order,
        ];
        let set = IN_ADDRESS
            .iter()
            .zip(values)
            .filter(|(_, value)| !value.is_empty());
        set.map(|(name, value)| format!("{name}={}", encoded(value)))
            .collect::<Vec<_>>()
            .join("&")
    }

    /// Whether that field could not be taken.
    pub fn is_wrong(&self, name: &str) -> bool {
        self.wrong.contains(&name)
    }

    /// What is asked; none, and the fields marked, where any could not be taken.
    pub fn read(&mut self) -> Option<Asked> {
        let mut wrong = Vec::new();
        let mut reader = Reader { wrong: &mut wrong };
        let filters = Filters {
            agency_code: reader.text("agency", &self.agency, code),
            client_id: reader.text("client", &self.client, code),
            procedure_code: reader.text("procedure", &self.procedure, code),
            operation: reader.text("operation", &self.operation, Operation::parse),
            decision: reader.text("decision", &self.decision, Decision::parse),
            from: reader.text("from", &self.from, first_moment),
            to: reader.text("to", &self.to, last_moment),
            officer_id: reader.text("officer", &self.officer, |text| {
                OfficerId::from_text(text).ok()
            }),
            case_id: reader.text("case", &self.case, case),
            subject: reader.text("person", &self.person, person),
        };
        let order = match self.order.as_str() {
            "log" => Order::Log,
            _ => Order::Newest,
        };
        let reason = reader.text("reason", &self.reason, |text| {
            let fits = text.chars().count() <= REASON && !text.chars().any(char::is_control);
            fits.then(|| text.into())
        });
        if self.reveal && self.reason.is_empty() {
            wrong.push("reason");
        }
        self.wrong = wrong;
        let showing = Showing {
            reveal: self.reveal,
            reason,
        };
        self.wrong.is_empty().then_some(Asked {
            filters,
            order,
            showing,
        })
    }
}

struct Reader<'w> {
    wrong: &'w mut Vec<&'static str>,
}

impl Reader<'_> {
    /// The value of a field; none where it is empty, or cannot be taken.
    fn text<T>(
        &mut self,
        name: &'static str,
        text: &str,
        read: impl Fn(&str) -> Option<T>,
    ) -> Option<T> {
        if text.is_empty() {
            return None;
        }
        let value = read(text);
        if value.is_none() {
            self.wrong.push(name);
        }
        value
    }
}

fn code(text: &str) -> Option<Box<str>> {
    Code::from_text(text).ok().map(|code| code.as_str().into())
}

fn case(text: &str) -> Option<Box<str>> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._/-".contains(&byte);
    (text.len() <= CASE && text.bytes().all(allowed)).then(|| text.into())
}

/// A person, by either kind of number.
pub fn person(text: &str) -> Option<Subject> {
    let personal = PersonalId::from_text(text).ok().map(Subject::PersonalId);
    personal.or_else(|| OldIdNumber::from_text(text).ok().map(Subject::OldIdNumber))
}

/// A day as a browser's field gives it.
pub fn day(text: &str) -> Option<Date> {
    let day = (text.len() == 10).then(|| text.parse::<Date>().ok())??;
    (1970..=9000).contains(&day.year()).then_some(day)
}

fn first_moment(text: &str) -> Option<Timestamp> {
    day(text).map(beginning)
}

/// The end of a day that is meant to be in it.
fn last_moment(text: &str) -> Option<Timestamp> {
    day(text)?.tomorrow().ok().map(beginning)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_names_somebody_is_never_in_an_address() {
        let mut entered = Entered {
            agency: "H29".into(),
            procedure: "1.004194".into(),
            from: "2026-11-21".into(),
            person: "001095000001".into(),
            officer: "079085001234".into(),
            case: "H29/7".into(),
            reason: "Đơn 12".into(),
            ..Entered::default()
        };
        assert!(entered.is_private());
        assert_eq!(
            entered.query(),
            "agency=H29&procedure=1.004194&from=2026-11-21"
        );
        let asked = entered.read().unwrap();
        assert!(asked.filters.subject.is_some() && asked.filters.officer_id.is_some());
    }

    #[test]
    fn each_field_that_cannot_be_taken_is_marked() {
        let mut entered = Entered {
            agency: "H 29".into(),
            from: "21/11/2026".into(),
            to: "2026-02-30".into(),
            operation: "everything".into(),
            person: "12345".into(),
            case: "a b".into(),
            reveal: true,
            ..Entered::default()
        };
        assert!(entered.read().is_none());
        let expected = [
            "agency",
            "operation",
            "from",
            "to",
            "case",
            "person",
            "reason",
        ];
        assert_eq!(entered.wrong, expected);
    }

    #[test]
    fn a_day_lasts_until_the_next_begins_in_vietnam() {
        let mut entered = Entered {
            from: "2026-11-21".into(),
            to: "2026-11-21".into(),
            ..Entered::default()
        };
        let filters = entered.read().unwrap().filters;
        assert_eq!(filters.from.unwrap().to_string(), "2026-11-20T17:00:00Z");
        assert_eq!(filters.to.unwrap().to_string(), "2026-11-21T17:00:00Z");
    }
}
