//! A citizen as one row of `register.citizen`: what is written to which column, and back.
//!
//! [`COLUMNS`], [`values`] and [`Layout::read`] name the same columns in the same order; a test
//! writes a record with every field and reads it back. Columns are found by name once a result.

use std::fmt::Write;
use std::sync::LazyLock;

use bytes::{BufMut, BytesMut};
use jiff::Timestamp;
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};
use tokio_postgres::{Column, Row};

use super::Nearest;
use super::people::{self, Jsonb};
use crate::domain::address::Address;
use crate::domain::citizen::{Card, Citizen, Coded, Period, Person, Status};
use crate::domain::date::PartialDate;
use crate::domain::fault::FromText;
use crate::domain::name::Name;
use crate::domain::number::{OldIdNumber, PersonalId, classify};
use crate::domain::revision::Meta;

/// The columns of a record in the order they are written: all but `recorded_at`, which is the
/// database's to set.
pub(super) static COLUMNS: LazyLock<Vec<(String, Type)>> = LazyLock::new(columns);

/// A record as it is written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Written<'a> {
    /// The record; its own `protected` and `status` are not looked at.
    pub citizen: &'a Citizen,
    pub revision: u64,
    pub protected: bool,
    pub status: Status,
}

fn columns() -> Vec<(String, Type)> {
    let mut columns = Vec::with_capacity(92);
    let mut add = |kind: &Type, prefix: &str, names: &[&str]| {
        for name in names {
            columns.push((format!("{prefix}{name}"), kind.clone()));
        }
    };
    let text = &Type::TEXT;
    add(text, "", &["personal_id"]);
    add(&Type::INT8, "", &["revision"]);
    add(text, "", &["full_name", "birth_date", "sex"]);
    add(&Type::TEXT_ARRAY, "", &["old_id_numbers"]);
    add(
        text,
        "",
        &[
            "family_name",
            "middle_name",
            "given_name",
            "other_name",
            "nationality",
        ],
    );
    add(text, "ethnicity_", CODED);
    add(text, "religion_", CODED);
    add(text, "", &["blood_type"]);
    add(text, "place_of_birth_", ADDRESS);
    add(text, "birth_registration_place_", ADDRESS);
    add(text, "place_of_origin_", ADDRESS);
    add(text, "permanent_residence_", ADDRESS);
    add(text, "temporary_residence_", ADDRESS);
    add(text, "current_residence_", ADDRESS);
    add(text, "absence_declaration_", &["from", "to"]);
    add(text, "", &["residence_file_number"]);
    add(
        text,
        "card_",
        &["number", "kind", "issued_on", "issued_by", "expires_on"],
    );
    add(text, "", &["marital_status"]);
    add(text, "father_", PERSON);
    add(text, "mother_", PERSON);
    add(text, "spouse_", PERSON);
    add(&Type::JSONB, "", &["children"]);
    add(text, "legal_representative_", PERSON);
    add(&Type::JSONB, "", &["represented_persons"]);
    add(text, "", &["relation_to_head"]);
    add(text, "household_head_", PERSON);
    add(&Type::JSONB, "", &["household_members"]);
    add(text, "", &["mobile_number", "email"]);
    add(&Type::BOOL, "", &["protected"]);
    add(text, "status_", &["kind", "since", "superseded_by"]);
    add(&Type::TEXT_ARRAY, "", &["relative_numbers"]);
    columns
}

const CODED: &[&str] = &["code", "scheme"];
const ADDRESS: &[&str] = &[
    "country",
    "province_code",
    "district_code",
    "commune_code",
    "detail",
    "recorded_on",
];
const PERSON: &[&str] = &["full_name", "personal_id", "old_id_number", "nationality"];

/// The values of a record, in the order of [`COLUMNS`].
pub(super) fn values<'a>(written: &Written<'a>) -> Vec<Value<'a>> {
    let citizen = written.citizen;
    let mut row = Values(Vec::with_capacity(92));
    row.0.push(Value::Key(citizen.personal_id));
    row.0.push(Value::Count(written.revision.cast_signed()));
    row.text(Some(citizen.full_name.as_str()));
    row.date(Some(citizen.birth_date));
    row.text(citizen.sex.map(|sex| sex.as_str()));
    row.0.push(Value::Texts(
        citizen
            .old_id_numbers
            .iter()
            .map(OldIdNumber::as_str)
            .collect(),
    ));
    row.text(citizen.family_name.as_ref().map(|name| name.as_str()));
    row.text(citizen.middle_name.as_ref().map(|name| name.as_str()));
    row.text(citizen.given_name.as_ref().map(|name| name.as_str()));
    row.text(citizen.other_name.as_ref().map(|name| name.as_str()));
    row.text(citizen.nationality.as_ref().map(|country| country.as_str()));
    row.coded(citizen.ethnicity.as_ref());
    row.coded(citizen.religion.as_ref());
    row.text(citizen.blood_type.map(|kind| kind.as_str()));
    row.address(citizen.place_of_birth.as_ref());
    row.address(citizen.birth_registration_place.as_ref());
    row.address(citizen.place_of_origin.as_ref());
    row.address(citizen.permanent_residence.as_ref());
    row.address(citizen.temporary_residence.as_ref());
    row.address(citizen.current_residence.as_ref());
    let absence = citizen.absence_declaration.as_ref();
    row.date(absence.and_then(|period| period.from));
    row.date(absence.and_then(|period| period.to));
    row.text(citizen.residence_file_number.as_deref());
    row.card(citizen.card.as_ref());
    row.text(citizen.marital_status.map(|status| status.as_str()));
    row.person(citizen.father.as_ref());
    row.person(citizen.mother.as_ref());
    row.person(citizen.spouse.as_ref());
    row.0.push(people::people(&citizen.children));
    row.person(citizen.legal_representative.as_ref());
    row.0.push(people::people(&citizen.represented_persons));
    row.text(citizen.relation_to_head.as_deref());
    row.person(citizen.household_head.as_ref());
    row.0.push(people::members(&citizen.household_members));
    row.text(citizen.mobile_number.as_deref());
    row.text(citizen.email.as_deref());
    row.0.push(Value::Truth(written.protected));
    row.text(Some(written.status.kind.as_str()));
    row.date(written.status.since);
    row.0
        .push(written.status.superseded_by.map_or(Value::Null, Value::Key));
    row.0.push(relative_numbers(citizen));
    row.0
}

/// Every number in the record that is another person's.
fn relative_numbers(citizen: &Citizen) -> Value<'_> {
    let mut numbers: Vec<&str> = citizen
        .relatives()
        .flat_map(|person| {
            let old = person.old_id_number.as_ref().map(OldIdNumber::as_str);
            [person.personal_id.as_ref().map(PersonalId::as_str), old]
        })
        .flatten()
        .filter(|number| *number != citizen.personal_id.as_str())
        .collect();
    numbers.sort_unstable();
    numbers.dedup();
    if numbers.is_empty() {
        Value::Null
    } else {
        Value::Texts(numbers)
    }
}

/// One value on its way into a row.
#[derive(Clone, Debug)]
pub(super) enum Value<'a> {
    Null,
    Text(&'a str),
    Key(PersonalId),
    Date(PartialDate),
    Texts(Vec<&'a str>),
    Json(Box<[u8]>),
    Count(i64),
    Truth(bool),
}

impl ToSql for Value<'_> {
    fn to_sql(
        &self,
        kind: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match self {
            Self::Null => return Ok(IsNull::Yes),
            Self::Text(text) => out.put_slice(text.as_bytes()),
            Self::Key(number) => out.put_slice(number.as_str().as_bytes()),
            Self::Date(date) => write!(out, "{date}")?,
            Self::Texts(texts) => return texts.to_sql(kind, out),
            Self::Json(json) => {
                // The version of the binary form of jsonb, which is text after it.
                out.put_u8(1);
                out.put_slice(json);
            }
            Self::Count(count) => out.put_i64(*count),
            Self::Truth(truth) => out.put_u8((*truth).into()),
        }
        Ok(IsNull::No)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

struct Values<'a>(Vec<Value<'a>>);

impl<'a> Values<'a> {
    fn text(&mut self, text: Option<&'a str>) {
        self.0.push(text.map_or(Value::Null, Value::Text));
    }

    fn date(&mut self, date: Option<PartialDate>) {
        self.0.push(date.map_or(Value::Null, Value::Date));
    }

    fn coded(&mut self, coded: Option<&'a Coded>) {
        self.text(coded.map(|coded| &*coded.code));
        self.text(coded.and_then(|coded| coded.scheme.as_deref()));
    }

    fn address(&mut self, address: Option<&'a Address>) {
        self.text(address.map(|address| address.country.as_str()));
        self.text(address.and_then(|address| Some(address.province_code.as_ref()?.as_str())));
        self.text(address.and_then(|address| Some(address.district_code.as_ref()?.as_str())));
        self.text(address.and_then(|address| Some(address.commune_code.as_ref()?.as_str())));
        self.text(address.and_then(|address| address.detail.as_deref()));
        self.date(address.and_then(|address| address.recorded_on));
    }

    fn card(&mut self, card: Option<&'a Card>) {
        self.text(card.and_then(|card| card.number.as_deref()));
        self.text(card.and_then(|card| card.kind.as_deref()));
        self.date(card.and_then(|card| card.issued_on));
        self.text(card.and_then(|card| card.issued_by.as_deref()));
        self.date(card.and_then(|card| card.expires_on));
    }

    fn person(&mut self, person: Option<&'a Person>) {
        self.text(person.and_then(|person| Some(person.full_name.as_ref()?.as_str())));
        self.text(person.and_then(|person| Some(person.personal_id.as_ref()?.as_str())));
        self.text(person.and_then(|person| Some(person.old_id_number.as_ref()?.as_str())));
        self.text(person.and_then(|person| Some(person.nationality.as_ref()?.as_str())));
    }
}

/// What a row says that it cannot say, without the value.
pub(super) type Corrupt = &'static str;

const MISSING: Corrupt = "a value that every record has is missing";
const KIND: Corrupt = "a column is missing or of another type";

/// Where each column stands in a result.
#[derive(Debug)]
pub(super) struct Layout {
    /// In the order of [`COLUMNS`], without the two that are not read.
    record: Vec<usize>,
    revision: usize,
    recorded_at: usize,
    protected_numbers: usize,
    current_number: usize,
    asked_number: usize,
}

impl Layout {
    /// Finds the columns by name.
    pub fn of(columns: &[Column]) -> Result<Self, Corrupt> {
        // From where the one before was found: nearly always it is the next.
        let mut next = 0;
        let mut find = |name: &str| -> Result<usize, Corrupt> {
            let (before, behind) = columns.split_at(next);
            let mut in_turn = behind.iter().chain(before);
            let ahead = in_turn.position(|column| column.name() == name);
            let at = (next + ahead.ok_or(KIND)?) % columns.len();
            next = at + 1;
            Ok(at)
        };
        let is_read = |name: &&str| !matches!(*name, "revision" | "relative_numbers");
        let names = COLUMNS
            .iter()
            .map(|(name, _)| name.as_str())
            .filter(is_read);
        Ok(Self {
            record: names.map(&mut find).collect::<Result<_, _>>()?,
            revision: find("revision")?,
            recorded_at: find("recorded_at")?,
            protected_numbers: find("protected_numbers")?,
            current_number: find("current_number")?,
            asked_number: find("asked_number")?,
        })
    }

    /// Reads one row.
    pub fn read(&self, row: &Row) -> Result<Nearest, Corrupt> {
        let asked = PersonalId::from_text(get(row, self.asked_number)?);
        let recorded_at: Timestamp = get(row, self.recorded_at)?;
        let revision: i64 = get(row, self.revision)?;
        let current_number: Option<&str> = get(row, self.current_number)?;
        let protected: Vec<&str> = get(row, self.protected_numbers)?;
        let protected = protected.into_iter();
        let places = self.record.iter();
        let citizen = Cursor { row, places }.citizen()?;
        let meta = Meta {
            revision: revision.unsigned_abs(),
            recorded_at,
            protected_relatives: protected
                .map(|number| classify(number).map_err(|error| error.reason().reason))
                .collect::<Result<_, _>>()?,
            current_number: current_number
                .map(|number| PersonalId::from_text(number).map_err(|reason| reason.reason))
                .transpose()?,
        };
        Ok(Nearest {
            asked: asked.map_err(|reason| reason.reason)?,
            citizen,
            meta,
        })
    }
}

fn get<'r, T: FromSql<'r>>(row: &'r Row, place: usize) -> Result<T, Corrupt> {
    row.try_get(place).map_err(|_| KIND)
}

/// A row that is read column after column, in the order of [`COLUMNS`].
struct Cursor<'r> {
    row: &'r Row,
    places: std::slice::Iter<'r, usize>,
}

impl<'r> Cursor<'r> {
    fn citizen(mut self) -> Result<Citizen, Corrupt> {
        // Members of a struct literal are evaluated in the order they are written.
        Ok(Citizen {
            personal_id: self.parsed()?.ok_or(MISSING)?,
            full_name: self.name()?.ok_or(MISSING)?,
            birth_date: self.parsed()?.ok_or(MISSING)?,
            sex: self.parsed()?,
            old_id_numbers: self.old_id_numbers()?,
            family_name: self.name()?,
            middle_name: self.name()?,
            given_name: self.name()?,
            other_name: self.name()?,
            nationality: self.parsed()?,
            ethnicity: self.coded()?,
            religion: self.coded()?,
            blood_type: self.parsed()?,
            place_of_birth: self.address()?,
            birth_registration_place: self.address()?,
            place_of_origin: self.address()?,
            permanent_residence: self.address()?,
            temporary_residence: self.address()?,
            current_residence: self.address()?,
            absence_declaration: self.period()?,
            residence_file_number: self.text()?,
            card: self.card()?,
            marital_status: self.parsed()?,
            father: self.person()?,
            mother: self.person()?,
            spouse: self.person()?,
            children: people::read_people(self.next()?)?,
            legal_representative: self.person()?,
            represented_persons: people::read_people(self.next()?)?,
            relation_to_head: self.text()?,
            household_head: self.person()?,
            household_members: people::read_members(self.next::<Option<Jsonb<'_>>>()?)?,
            mobile_number: self.text()?,
            email: self.text()?,
            protected: self.next()?,
            status: Status {
                kind: self.parsed()?.ok_or(MISSING)?,
                since: self.parsed()?,
                superseded_by: self.parsed()?,
            },
        })
    }

    fn next<T: FromSql<'r>>(&mut self) -> Result<T, Corrupt> {
        get(self.row, *self.places.next().ok_or(KIND)?)
    }

    fn text(&mut self) -> Result<Option<Box<str>>, Corrupt> {
        Ok(self.next::<Option<&str>>()?.map(Into::into))
    }

    fn name(&mut self) -> Result<Option<Name>, Corrupt> {
        Ok(self.next::<Option<&str>>()?.map(Name::registered))
    }

    fn parsed<T: FromText>(&mut self) -> Result<Option<T>, Corrupt> {
        let text: Option<&str> = self.next()?;
        text.map(|text| T::from_text(text).map_err(|reason| reason.reason))
            .transpose()
    }

    fn old_id_numbers(&mut self) -> Result<Vec<OldIdNumber>, Corrupt> {
        let numbers: Vec<&str> = self.next()?;
        numbers
            .into_iter()
            .map(|number| OldIdNumber::from_text(number).map_err(|reason| reason.reason))
            .collect()
    }

    fn coded(&mut self) -> Result<Option<Coded>, Corrupt> {
        let (code, scheme) = (self.text()?, self.text()?);
        Ok(code.map(|code| Coded { code, scheme }))
    }

    fn address(&mut self) -> Result<Option<Address>, Corrupt> {
        let country = self.parsed()?;
        let rest = (
            self.parsed()?,
            self.parsed()?,
            self.parsed()?,
            self.text()?,
            self.parsed()?,
        );
        let (province_code, district_code, commune_code, detail, recorded_on) = rest;
        Ok(country.map(|country| Address {
            country,
            province_code,
            district_code,
            commune_code,
            detail,
            recorded_on,
        }))
    }

    fn period(&mut self) -> Result<Option<Period>, Corrupt> {
        let period = Period {
            from: self.parsed()?,
            to: self.parsed()?,
        };
        Ok((period != Period::default()).then_some(period))
    }

    fn card(&mut self) -> Result<Option<Card>, Corrupt> {
        let card = Card {
            number: self.text()?,
            kind: self.text()?,
            issued_on: self.parsed()?,
            issued_by: self.text()?,
            expires_on: self.parsed()?,
        };
        Ok((card != Card::default()).then_some(card))
    }

    fn person(&mut self) -> Result<Option<Person>, Corrupt> {
        let person = Person {
            full_name: self.name()?,
            personal_id: self.parsed()?,
            old_id_number: self.parsed()?,
            nationality: self.parsed()?,
        };
        Ok((person != Person::default()).then_some(person))
    }
}
