//! The repeating groups of a record as jsonb: lists of the people it names.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use tokio_postgres::types::{FromSql, Type};

use super::row::{Corrupt, Value};
use crate::domain::citizen::{Member, Person};
use crate::domain::fault::FromText;
use crate::domain::name::Name;

/// A jsonb value as it came.
#[derive(Clone, Copy, Debug)]
pub(super) struct Jsonb<'a>(&'a [u8]);

impl<'a> FromSql<'a> for Jsonb<'a> {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        // One byte of version, then text.
        match raw {
            [1, json @ ..] => Ok(Self(json)),
            _ => Err("an unknown version of jsonb".into()),
        }
    }

    fn accepts(kind: &Type) -> bool {
        *kind == Type::JSONB
    }
}

/// People on their way into a row; none are null.
pub(super) fn people<'a>(people: &[Person]) -> Value<'a> {
    list(people.iter().map(|person| Stored::of(person, None)))
}

/// A household on its way into a row.
pub(super) fn members<'a>(members: &[Member]) -> Value<'a> {
    list(
        members
            .iter()
            .map(|member| Stored::of(&member.person, member.relation.as_deref())),
    )
}

pub(super) fn read_people(json: Option<Jsonb<'_>>) -> Result<Vec<Person>, Corrupt> {
    read(json, |stored| stored.person())
}

pub(super) fn read_members(json: Option<Jsonb<'_>>) -> Result<Vec<Member>, Corrupt> {
    read(json, |mut stored| {
        let relation = stored.relation.take();
        Ok(Member {
            person: stored.person()?,
            relation: relation.map(|Text(relation)| relation.into()),
        })
    })
}

fn list<'a, 'b>(items: impl ExactSizeIterator<Item = Stored<&'b str>>) -> Value<'a> {
    if items.len() == 0 {
        return Value::Null;
    }
    let items: Vec<_> = items.collect();
    let json = serde_json::to_vec(&items).expect("texts always serialise");
    Value::Json(json.into())
}

fn read<T>(
    json: Option<Jsonb<'_>>,
    take: impl Fn(Stored<Text<'_>>) -> Result<T, Corrupt>,
) -> Result<Vec<T>, Corrupt> {
    let Some(Jsonb(json)) = json else {
        return Ok(Vec::new());
    };
    let stored: Vec<Stored<Text<'_>>> =
        serde_json::from_slice(json).map_err(|_| "a list of people of another form")?;
    stored.into_iter().map(take).collect()
}

/// A text where it stands in the JSON, unless it is escaped there.
#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

#[derive(Serialize, Deserialize)]
#[serde(bound(deserialize = "T: Deserialize<'de>"))]
struct Stored<T> {
    #[serde(default = "none", skip_serializing_if = "Option::is_none")]
    full_name: Option<T>,
    #[serde(default = "none", skip_serializing_if = "Option::is_none")]
    personal_id: Option<T>,
    #[serde(default = "none", skip_serializing_if = "Option::is_none")]
    old_id_number: Option<T>,
    #[serde(default = "none", skip_serializing_if = "Option::is_none")]
    nationality: Option<T>,
    #[serde(default = "none", skip_serializing_if = "Option::is_none")]
    relation: Option<T>,
}

/// `Option::default` without a bound on `T`, which serde would add.
fn none<T>() -> Option<T> {
    None
}

impl<'a> Stored<&'a str> {
    fn of(person: &'a Person, relation: Option<&'a str>) -> Self {
        Self {
            full_name: person.full_name.as_ref().map(|name| name.as_str()),
            personal_id: person.personal_id.as_ref().map(|number| number.as_str()),
            old_id_number: person.old_id_number.as_ref().map(|number| number.as_str()),
            nationality: person.nationality.as_ref().map(|country| country.as_str()),
            relation,
        }
    }
}

impl Stored<Text<'_>> {
    fn person(self) -> Result<Person, Corrupt> {
        fn parsed<T: FromText>(text: Option<Text<'_>>) -> Result<Option<T>, Corrupt> {
            text.map(|Text(text)| T::from_text(&text).map_err(|reason| reason.reason))
                .transpose()
        }
        Ok(Person {
            full_name: self.full_name.map(|Text(name)| Name::registered(&name)),
            personal_id: parsed(self.personal_id)?,
            old_id_number: parsed(self.old_id_number)?,
            nationality: parsed(self.nationality)?,
        })
    }
}
