//! Citizen to JSON: what is not held is left out, `protected` and `status` are always said.

use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};

use crate::domain::address::Address;
use crate::domain::citizen::{Card, Citizen, Coded, Member, Period, Person, Status};

/// A citizen in the form in which the register writes it, so that what is written can be imported.
#[derive(Clone, Copy, Debug)]
pub struct CitizenDocument<'a>(pub &'a Citizen);

/// One object inside of it.
struct Part<'a, T>(&'a T);

/// A list of them.
struct Parts<'a, T>(&'a [T]);

/// Writes a member if there is a value.
fn put<M: SerializeMap, T: Serialize + ?Sized>(
    map: &mut M,
    name: &'static str,
    value: Option<&T>,
) -> Result<(), M::Error> {
    value.map_or(Ok(()), |value| map.serialize_entry(name, value))
}

fn part<M: SerializeMap, T>(
    map: &mut M,
    name: &'static str,
    value: Option<&T>,
) -> Result<(), M::Error>
where
    for<'a> Part<'a, T>: Serialize,
{
    value.map_or(Ok(()), |value| map.serialize_entry(name, &Part(value)))
}

fn parts<M: SerializeMap, T>(map: &mut M, name: &'static str, list: &[T]) -> Result<(), M::Error>
where
    for<'a> Part<'a, T>: Serialize,
{
    if list.is_empty() {
        Ok(())
    } else {
        map.serialize_entry(name, &Parts(list))
    }
}

impl<T> Serialize for Parts<'_, T>
where
    for<'a> Part<'a, T>: Serialize,
{
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(Some(self.0.len()))?;
        for item in self.0 {
            list.serialize_element(&Part(item))?;
        }
        list.end()
    }
}

impl Serialize for CitizenDocument<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let citizen = self.0;
        let mut map = serializer.serialize_map(None)?;
        let m = &mut map;
        m.serialize_entry("personal_id", citizen.personal_id.as_str())?;
        m.serialize_entry("full_name", citizen.full_name.as_str())?;
        m.serialize_entry("birth_date", &citizen.birth_date)?;
        put(m, "sex", citizen.sex.map(|sex| sex.as_str()))?;
        if !citizen.old_id_numbers.is_empty() {
            m.serialize_entry("old_id_numbers", &citizen.old_id_numbers)?;
        }
        put(
            m,
            "family_name",
            citizen.family_name.as_ref().map(|name| name.as_str()),
        )?;
        put(
            m,
            "middle_name",
            citizen.middle_name.as_ref().map(|name| name.as_str()),
        )?;
        put(
            m,
            "given_name",
            citizen.given_name.as_ref().map(|name| name.as_str()),
        )?;
        put(
            m,
            "other_name",
            citizen.other_name.as_ref().map(|name| name.as_str()),
        )?;
        put(
            m,
            "nationality",
            citizen.nationality.as_ref().map(|country| country.as_str()),
        )?;
        part(m, "ethnicity", citizen.ethnicity.as_ref())?;
        part(m, "religion", citizen.religion.as_ref())?;
        put(
            m,
            "blood_type",
            citizen.blood_type.map(|kind| kind.as_str()),
        )?;
        part(m, "place_of_birth", citizen.place_of_birth.as_ref())?;
        part(
            m,
            "birth_registration_place",
            citizen.birth_registration_place.as_ref(),
        )?;
        part(m, "place_of_origin", citizen.place_of_origin.as_ref())?;
        part(
            m,
            "permanent_residence",
            citizen.permanent_residence.as_ref(),
        )?;
        part(
            m,
            "temporary_residence",
            citizen.temporary_residence.as_ref(),
        )?;
        part(m, "current_residence", citizen.current_residence.as_ref())?;
        part(
            m,
            "absence_declaration",
            citizen.absence_declaration.as_ref(),
        )?;
        put(
            m,
            "residence_file_number",
            citizen.residence_file_number.as_deref(),
        )?;
        part(m, "card", citizen.card.as_ref())?;
        put(
            m,
            "marital_status",
            citizen.marital_status.map(|status| status.as_str()),
        )?;
        part(m, "father", citizen.father.as_ref())?;
        part(m, "mother", citizen.mother.as_ref())?;
        part(m, "spouse", citizen.spouse.as_ref())?;
        parts(m, "children", &citizen.children)?;
        part(
            m,
            "legal_representative",
            citizen.legal_representative.as_ref(),
        )?;
        parts(m, "represented_persons", &citizen.represented_persons)?;
        put(m, "relation_to_head", citizen.relation_to_head.as_deref())?;
        part(m, "household_head", citizen.household_head.as_ref())?;
        parts(m, "household_members", &citizen.household_members)?;
        put(m, "mobile_number", citizen.mobile_number.as_deref())?;
        put(m, "email", citizen.email.as_deref())?;
        m.serialize_entry("protected", &citizen.protected)?;
        m.serialize_entry("status", &Part(&citizen.status))?;
        map.end()
    }
}

impl Serialize for Part<'_, Address> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Address {
            country,
            province_code,
            district_code,
            commune_code,
            detail,
            recorded_on,
        } = self.0;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("country", country.as_str())?;
        put(
            &mut map,
            "province_code",
            province_code.as_ref().map(|code| code.as_str()),
        )?;
        put(
            &mut map,
            "district_code",
            district_code.as_ref().map(|code| code.as_str()),
        )?;
        put(
            &mut map,
            "commune_code",
            commune_code.as_ref().map(|code| code.as_str()),
        )?;
        put(&mut map, "detail", detail.as_deref())?;
        put(&mut map, "recorded_on", recorded_on.as_ref())?;
        map.end()
    }
}

fn person<M: SerializeMap>(map: &mut M, person: &Person) -> Result<(), M::Error> {
    put(
        map,
        "full_name",
        person.full_name.as_ref().map(|name| name.as_str()),
    )?;
    put(map, "personal_id", person.personal_id.as_ref())?;
    put(map, "old_id_number", person.old_id_number.as_ref())?;
    put(
        map,
        "nationality",
        person.nationality.as_ref().map(|country| country.as_str()),
    )
}

impl Serialize for Part<'_, Person> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        person(&mut map, self.0)?;
        map.end()
    }
}

impl Serialize for Part<'_, Member> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        person(&mut map, &self.0.person)?;
        put(&mut map, "relation", self.0.relation.as_deref())?;
        map.end()
    }
}

impl Serialize for Part<'_, Coded> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("code", &self.0.code)?;
        put(&mut map, "scheme", self.0.scheme.as_deref())?;
        map.end()
    }
}

impl Serialize for Part<'_, Period> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        put(&mut map, "from", self.0.from.as_ref())?;
        put(&mut map, "to", self.0.to.as_ref())?;
        map.end()
    }
}

impl Serialize for Part<'_, Card> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Card {
            number,
            kind,
            issued_on,
            issued_by,
            expires_on,
        } = self.0;
        let mut map = serializer.serialize_map(None)?;
        put(&mut map, "number", number.as_deref())?;
        put(&mut map, "kind", kind.as_deref())?;
        put(&mut map, "issued_on", issued_on.as_ref())?;
        put(&mut map, "issued_by", issued_by.as_deref())?;
        put(&mut map, "expires_on", expires_on.as_ref())?;
        map.end()
    }
}

impl Serialize for Part<'_, Status> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("kind", self.0.kind.as_str())?;
        put(&mut map, "since", self.0.since.as_ref())?;
        put(&mut map, "superseded_by", self.0.superseded_by.as_ref())?;
        map.end()
    }
}
