//! What is answered, before it is written: the members of the contract, in its order.

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};
use uuid::Uuid;

use crate::domain::citizen::StatusKind;
use crate::domain::claim::Outcome;
use crate::domain::field::{Field, FieldMask};
use crate::domain::number::{PersonalId, Warnings};
use crate::domain::record::Record;

/// The time up to which a record is known to be current, to the second.
#[derive(Clone, Copy, Debug)]
pub struct AsOf(pub jiff::Timestamp);

impl Serialize for AsOf {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let text = self.text();
        serializer.serialize_str(std::str::from_utf8(&text).expect("plain ASCII"))
    }
}

impl AsOf {
    /// As RFC 3339 has it, rounded down: a later time would promise too much. By hand, because it is in
    /// every answer that matches, and formatting costs more than comparing all claims.
    fn text(self) -> [u8; 20] {
        let second = jiff::Timestamp::from_second(self.0.as_millisecond().div_euclid(1000));
        let second = second.expect("a second of a valid time");
        let at = jiff::tz::Offset::UTC.to_datetime(second);
        let mut text = *b"0000-00-00T00:00:00Z";
        let mut digits = |mut end: usize, length: usize, value: i16| {
            let mut rest = value.unsigned_abs();
            for _ in 0..length {
                end -= 1;
                text[end] = b'0' + (rest % 10) as u8;
                rest /= 10;
            }
        };
        digits(4, 4, at.year());
        digits(7, 2, at.month().into());
        digits(10, 2, at.day().into());
        digits(13, 2, at.hour().into());
        digits(16, 2, at.minute().into());
        digits(19, 2, at.second().into());
        text
    }
}

/// `match` or `no_match`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ResultWord {
    /// Everything claimed holds.
    Match,
    /// It does not, or there is no such person: the two are never told apart.
    NoMatch,
}

/// The life status of someone who is not simply active.
#[derive(Clone, Debug, Serialize)]
pub struct StatusView {
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    since: Option<DateView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    superseded_by: Option<PersonalId>,
}

#[derive(Clone, Serialize)]
struct DateView {
    value: String,
    precision: &'static str,
}

impl std::fmt::Debug for DateView {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DateView(***)")
    }
}

impl StatusView {
    /// The status as a caller who may read the leaves of `readable` sees it; none for the active.
    pub fn of(record: &Record, readable: &FieldMask) -> Option<Self> {
        let status = &record.status();
        if status.kind == StatusKind::Active {
            return None;
        }
        let may_read = |field: Field| readable.contains_all(&field.mask());
        Some(Self {
            kind: status.kind.as_str(),
            since: status
                .since
                .filter(|_| may_read(Field::DeathOrMissing))
                .map(|since| DateView {
                    value: since.to_string(),
                    precision: since.precision().as_str(),
                }),
            superseded_by: status.superseded_by.filter(|_| may_read(Field::PersonalId)),
        })
    }
}

/// How each claim compared, for those who may know.
#[derive(Clone, Debug)]
pub struct Explained(pub Vec<(&'static str, Outcome)>);

impl Serialize for Explained {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (claim, outcome) in &self.0 {
            map.serialize_entry(claim, outcome.as_str())?;
        }
        map.end()
    }
}

/// The answer to a verification.
#[derive(Clone, Debug, Serialize)]
pub struct VerifyAnswer {
    /// Whether everything claimed holds.
    pub result: ResultWord,
    /// The level at which the name matched.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name_match: Option<&'static str>,
    /// `full`, or `partial` where the record is coarser than the claim.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub birth_date_match: Option<&'static str>,
    /// Each claim's outcome, where scope and agreement allow it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub claims: Option<Explained>,
    /// Life status, where it is not active.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<StatusView>,
    /// Up to when the record is known to be current.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data_as_of: Option<AsOf>,
    /// The answer's entry in the log.
    pub audit_id: Uuid,
}

/// A field that was asked for and not answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Withheld {
    /// The path, as it was asked for.
    pub field: &'static str,
    /// `scope`, `agreement` or `protected`.
    pub reason: &'static str,
}

/// The answer to a lookup.
#[derive(Clone)]
pub struct LookupAnswer {
    /// Whether everything claimed holds.
    pub result: ResultWord,
    /// The fields, as one JSON object; absent for `no_match` and where nothing changed.
    pub citizen: Option<Vec<u8>>,
    /// Everything beside them.
    pub rest: LookupRest,
}

impl std::fmt::Debug for LookupAnswer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LookupAnswer")
            .field("result", &self.result)
            .field("rest", &self.rest)
            .finish_non_exhaustive()
    }
}

#[derive(Serialize)]
struct WithResult<'a> {
    result: ResultWord,
    #[serde(flatten)]
    rest: &'a LookupRest,
}

/// What stands beside the fields of a lookup's answer.
#[derive(Clone, Debug, Serialize)]
pub struct LookupRest {
    /// The caller's version is still the newest.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub unchanged: bool,
    /// The level at which the name matched.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name_match: Option<&'static str>,
    /// `full`, or `partial` where the record is coarser than the claim.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub birth_date_match: Option<&'static str>,
    /// Life status, where it is not active.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<StatusView>,
    /// Fields asked for and not answered.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub withheld: Vec<Withheld>,
    /// Where number and record disagree.
    #[serde(skip_serializing_if = "no_warnings")]
    pub warnings: Warnings,
    /// Opaque; changes when a disclosed field does, and only then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Up to when the record is known to be current.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data_as_of: Option<AsOf>,
    /// The answer's entry in the log.
    pub audit_id: Uuid,
}

/// A box that stays empty, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MissingBox {
    /// The box's name.
    pub r#box: String,
    /// The field that would fill it.
    pub field: &'static str,
    /// `not_recorded`, `scope`, `agreement` or `protected`.
    pub reason: &'static str,
}

/// A paper the citizen need not bring.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ReplacedPaper {
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
}

/// The answer to a prefill.
#[derive(Clone, Debug, Serialize)]
pub struct PrefillAnswer {
    /// Whether everything claimed holds.
    pub result: ResultWord,
    /// The form.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub form_code: Option<String>,
    /// The boxes' values.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub values: Option<BoxValues>,
    /// The boxes without a value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub missing: Option<Vec<MissingBox>>,
    /// The papers this answer replaces.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub papers_replaced: Option<Vec<ReplacedPaper>>,
    /// The level at which the name matched.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name_match: Option<&'static str>,
    /// `full`, or `partial` where the record is coarser than the claim.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub birth_date_match: Option<&'static str>,
    /// Life status, where it is not active.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<StatusView>,
    /// Up to when the record is known to be current.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data_as_of: Option<AsOf>,
    /// The answer's entry in the log.
    pub audit_id: Uuid,
}

/// The filled boxes, in the form's order.
#[derive(Clone)]
pub struct BoxValues(pub Vec<(String, String)>);

impl std::fmt::Debug for BoxValues {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("BoxValues(***)")
    }
}

impl Serialize for BoxValues {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

/// An answer that is written as one JSON object and knows its entry.
pub trait Answer {
    /// Appends the object to `out`, without its opening brace.
    fn write_members(&self, out: &mut Vec<u8>);

    /// Puts the entry's id in.
    fn recorded_as(&mut self, audit_id: Uuid);

    /// The whole object.
    fn to_json(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(512);
        out.push(b'{');
        self.write_members(&mut out);
        out
    }
}

/// Appends an object's members and its closing brace.
fn members(value: &impl Serialize, out: &mut Vec<u8>) {
    let at = out.len();
    serde_json::to_writer(&mut *out, value).expect("an answer serialises");
    debug_assert_eq!(out[at], b'{');
    out.remove(at);
}

impl Answer for VerifyAnswer {
    fn write_members(&self, out: &mut Vec<u8>) {
        members(self, out);
    }

    fn recorded_as(&mut self, audit_id: Uuid) {
        self.audit_id = audit_id;
    }
}

impl Answer for PrefillAnswer {
    fn write_members(&self, out: &mut Vec<u8>) {
        members(self, out);
    }

    fn recorded_as(&mut self, audit_id: Uuid) {
        self.audit_id = audit_id;
    }
}

impl Answer for LookupAnswer {
    fn write_members(&self, out: &mut Vec<u8>) {
        if let Some(citizen) = &self.citizen {
            out.extend_from_slice(b"\"result\":\"match\",\"citizen\":");
            out.extend_from_slice(citizen);
            out.push(b',');
            members(&self.rest, out);
        } else {
            members(
                &WithResult {
                    result: self.result,
                    rest: &self.rest,
                },
                out,
            );
        }
    }

    fn recorded_as(&mut self, audit_id: Uuid) {
        self.rest.audit_id = audit_id;
    }
}

fn no_warnings(warnings: &Warnings) -> bool {
    warnings.is_empty()
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use proptest::prelude::*;

    use super::AsOf;

    proptest! {
        #[test]
        fn a_time_is_written_as_its_whole_second(ms in 0..253_402_300_800_000_i64) {
            let at = Timestamp::from_millisecond(ms).unwrap();
            let second = Timestamp::from_second(ms / 1000).unwrap();
            prop_assert_eq!(serde_json::to_value(AsOf(at)).unwrap(), second.to_string());
        }
    }
}
