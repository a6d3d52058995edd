//! From a citizen to a record: every leaf is rendered once, in the order of the answer.

use std::ops::Range;

use jiff::civil::Date;
use smallvec::SmallVec;

use super::fragments::Builder;
use super::keys::{Unit, Writer};
use super::{Compared, OtherNumbers, Record, Run, SINGLE};
use crate::domain::address::{Address, LocationCodes, Resolved};
use crate::domain::citizen::{
    BloodType, Card, Citizen, Coded, MaritalStatus, Member, Period, Person, StatusKind,
};
use crate::domain::claim::{Relative, Residence};
use crate::domain::date::PartialDate;
use crate::domain::fault::FromText;
use crate::domain::field::{Field, FieldMask, Leaf};
use crate::domain::name::{Name, NameKey};
use crate::domain::number::{PersonalId, warnings};
use crate::domain::reference::{EthnicScheme, ListCode, Reference};
use crate::domain::revision::Meta;
use crate::domain::sex::Sex;

pub(super) fn build(citizen: &Citizen, meta: &Meta, reference: &Reference, today: Date) -> Record {
    let mut out = Out {
        fragments: Builder::default(),
        hidden: 0,
        meta,
        addresses: SmallVec::new(),
    };
    let mut locations: SmallVec<[(Residence, LocationCodes); 3]> = SmallVec::new();
    identity(&mut out, citizen);
    sensitive(&mut out, citizen, reference);
    for (field, address) in [
        (Field::PlaceOfBirth, &citizen.place_of_birth),
        (
            Field::BirthRegistrationPlace,
            &citizen.birth_registration_place,
        ),
        (Field::PlaceOfOrigin, &citizen.place_of_origin),
    ] {
        out.address(field, address.as_ref(), reference, today);
    }
    let mut basis = None;
    for (residence, address) in [
        (Residence::Permanent, &citizen.permanent_residence),
        (Residence::Temporary, &citizen.temporary_residence),
        (Residence::Current, &citizen.current_residence),
    ] {
        let field = residence.field();
        if let Some(resolved) = out.address(field, address.as_ref(), reference, today) {
            basis = basis.or(Some(field));
            locations.push((residence, resolved.location_codes()));
        }
    }
    residence_and_status(&mut out, citizen);
    people(&mut out, citizen);
    let (fragments, held) = out.fragments.build();
    let mut keys = Writer::new(
        fragments,
        &NameKey::of(&citizen.full_name),
        Field::FullName.first_leaf(),
    );
    write_keys(&mut keys, citizen);
    for (residence, codes) in locations {
        for code in codes.provinces {
            keys.unit(residence, Unit::Province(code));
        }
        for code in codes.communes {
            keys.unit(residence, Unit::Commune(code));
        }
    }
    let (run, keys_at) = keys.build();
    let superseded_by = citizen.status.superseded_by;
    let others = OtherNumbers {
        current: meta.current_number.or(superseded_by),
        superseded_by,
    };
    Record {
        personal_id: citizen.personal_id,
        revision: meta.revision,
        protected: citizen.protected,
        kind: citizen.status.kind,
        since: citizen.status.since,
        others: others.current.is_some().then(|| Box::new(others)),
        warnings: warnings(
            citizen.personal_id,
            Some(citizen.birth_date),
            citizen.sex.unwrap_or_default(),
            today,
        ),
        compared: Compared {
            birth_date: citizen.birth_date,
            sex: citizen.sex.filter(|sex| *sex != Sex::Unknown),
            nationality: citizen.nationality,
            marital_status: citizen
                .marital_status
                .filter(|status| *status != MaritalStatus::Unknown),
        },
        basis,
        hidden: out.hidden,
        held: FieldMask::EMPTY,
        held_by_all: None,
        run: Run(run),
        keys_at,
    }
    .with_held(held)
}

fn write_keys(keys: &mut Writer, citizen: &Citizen) {
    for (relative, person) in [
        (Relative::Father, &citizen.father),
        (Relative::Mother, &citizen.mother),
        (Relative::Spouse, &citizen.spouse),
    ] {
        if let Some(name) = person.as_ref().and_then(|person| person.full_name.as_ref()) {
            keys.relative(relative, &NameKey::of(name), relative.field().first_leaf());
        }
    }
    for number in &citizen.old_id_numbers {
        keys.old_id_number(number);
    }
    let head = citizen.household_head.as_ref();
    if let Some(number) = head.and_then(|head| head.personal_id) {
        keys.household_head(&number);
    }
}

/// Leaves in the making.
struct Out<'a> {
    fragments: Builder,
    /// See [`Record`].
    hidden: u8,
    meta: &'a Meta,
    /// Those that are written.
    addresses: SmallVec<[Written<'a>; 6]>,
}

/// An address that is written, as the leaves of which field, and where.
struct Written<'a> {
    address: &'a Address,
    field: Field,
    part: Range<usize>,
    resolved: Resolved<'a>,
}

fn identity(out: &mut Out<'_>, citizen: &Citizen) {
    out.fragments
        .text(Field::PersonalId.first_leaf(), citizen.personal_id.as_str());
    if !citizen.old_id_numbers.is_empty() {
        let numbers: Vec<&str> = citizen
            .old_id_numbers
            .iter()
            .map(|old| old.as_str())
            .collect();
        out.fragments
            .leaf(Field::OldIdNumbers.first_leaf(), &numbers);
    }
    out.name(Field::FullName.first_leaf(), Some(&citizen.full_name));
    out.name(Field::FamilyName.first_leaf(), citizen.family_name.as_ref());
    out.name(Field::MiddleName.first_leaf(), citizen.middle_name.as_ref());
    out.name(Field::GivenName.first_leaf(), citizen.given_name.as_ref());
    out.name(Field::OtherName.first_leaf(), citizen.other_name.as_ref());
    out.date(Field::BirthDate.first_leaf(), Some(citizen.birth_date));
    out.text(Field::Sex.first_leaf(), citizen.sex.map(Sex::as_str));
    out.text(
        Field::Nationality.first_leaf(),
        citizen.nationality.as_ref().map(|country| country.as_str()),
    );
}

fn sensitive(out: &mut Out<'_>, citizen: &Citizen, reference: &Reference) {
    let list_code = |coded: &Coded| ListCode::from_text(&coded.code).ok();
    if let Some(ethnicity) = &citizen.ethnicity {
        let scheme = ethnicity.scheme.as_deref().and_then(EthnicScheme::parse);
        let name = list_code(ethnicity)
            .zip(scheme)
            .and_then(|(code, scheme)| reference.ethnic_group(code, scheme));
        out.coded(Field::Ethnicity, ethnicity, name);
    }
    if let Some(religion) = &citizen.religion {
        let name = list_code(religion).and_then(|code| reference.religion(code));
        out.coded(Field::Religion, religion, name);
    }
    out.text(
        Field::BloodType.first_leaf(),
        citizen.blood_type.map(BloodType::as_str),
    );
}

fn residence_and_status(out: &mut Out<'_>, citizen: &Citizen) {
    if let Some(Period { from, to }) = &citizen.absence_declaration {
        out.date(Field::AbsenceDeclaration.leaf(0), *from);
        out.date(Field::AbsenceDeclaration.leaf(2), *to);
    }
    out.text(
        Field::ResidenceFileNumber.first_leaf(),
        citizen.residence_file_number.as_deref(),
    );
    if let Some(card) = &citizen.card {
        let Card {
            number,
            kind,
            issued_on,
            issued_by,
            expires_on,
        } = card;
        out.text(Field::Card.leaf(0), number.as_deref());
        out.text(Field::Card.leaf(1), kind.as_deref());
        out.date(Field::Card.leaf(2), *issued_on);
        out.text(Field::Card.leaf(4), issued_by.as_deref());
        out.date(Field::Card.leaf(5), *expires_on);
    }
    out.text(
        Field::MaritalStatus.first_leaf(),
        citizen.marital_status.map(|status| status.as_str()),
    );
    match citizen.status.kind {
        StatusKind::Deceased | StatusKind::Missing => {
            let kind = citizen.status.kind.as_str();
            out.fragments.text(Field::DeathOrMissing.leaf(0), kind);
            out.date(Field::DeathOrMissing.leaf(1), citizen.status.since);
        }
        StatusKind::Active | StatusKind::NumberCancelled | StatusKind::Erroneous => {}
    }
}

fn people(out: &mut Out<'_>, citizen: &Citizen) {
    out.person(Field::Father, citizen.father.as_ref());
    out.person(Field::Mother, citizen.mother.as_ref());
    out.person(Field::Spouse, citizen.spouse.as_ref());
    out.list(
        Field::Children,
        citizen.children.iter().map(|child| (child, None)),
    );
    out.person(
        Field::LegalRepresentative,
        citizen.legal_representative.as_ref(),
    );
    out.list(
        Field::RepresentedPersons,
        citizen
            .represented_persons
            .iter()
            .map(|person| (person, None)),
    );
    out.text(
        Field::RelationToHead.first_leaf(),
        citizen.relation_to_head.as_deref(),
    );
    out.person(Field::HouseholdHead, citizen.household_head.as_ref());
    out.list(
        Field::HouseholdMembers,
        citizen
            .household_members
            .iter()
            .map(|Member { person, relation }| (person, relation.as_deref())),
    );
    out.text(
        Field::MobileNumber.first_leaf(),
        citizen.mobile_number.as_deref(),
    );
    out.text(Field::Email.first_leaf(), citizen.email.as_deref());
}

impl<'a> Out<'a> {
    fn text(&mut self, leaf: Leaf, text: Option<&str>) {
        if let Some(text) = text {
            self.fragments.text(leaf, text);
        }
    }

    fn name(&mut self, leaf: Leaf, name: Option<&Name>) {
        self.text(leaf, name.map(Name::as_str));
    }

    /// `value` and `precision`, side by side.
    fn date(&mut self, leaf: Leaf, date: Option<PartialDate>) {
        if let Some(date) = date {
            self.fragments.text(leaf, date.iso().as_str());
            self.fragments.text(leaf + 1, date.precision().as_str());
        }
    }

    fn coded(&mut self, field: Field, coded: &Coded, name: Option<&str>) {
        self.text(field.leaf(0), Some(&coded.code));
        self.text(field.leaf(1), coded.scheme.as_deref());
        self.text(field.leaf(2), name);
    }

    /// Most people live where they are registered, and many where they were born: what is written already is
    /// not looked up again.
    fn address(
        &mut self,
        field: Field,
        address: Option<&'a Address>,
        reference: &'a Reference,
        today: Date,
    ) -> Option<&Resolved<'a>> {
        let address = address?;
        let mut written = self.addresses.iter();
        let at = if let Some(at) = written.position(|it| it.address == address) {
            let Written {
                field: first, part, ..
            } = &self.addresses[at];
            let ahead = field.first_leaf() - first.first_leaf();
            self.fragments.repeat(part.clone(), ahead);
            at
        } else {
            let from = self.fragments.len();
            let resolved = address.resolve(reference, today);
            self.resolved(field, &resolved);
            self.addresses.push(Written {
                address,
                field,
                part: from..self.fragments.len(),
                resolved,
            });
            self.addresses.len() - 1
        };
        Some(&self.addresses[at].resolved)
    }

    fn resolved(&mut self, field: Field, resolved: &Resolved<'_>) {
        let (recorded, current) = (&resolved.as_recorded, &resolved.current);
        self.text(field.leaf(0), Some(recorded.country.as_str()));
        self.text(
            field.leaf(1),
            recorded.province_code.as_ref().map(|code| code.as_str()),
        );
        self.text(field.leaf(2), recorded.province_name);
        self.text(
            field.leaf(3),
            recorded.district_code.as_ref().map(|code| code.as_str()),
        );
        self.text(field.leaf(4), recorded.district_name);
        self.text(
            field.leaf(5),
            recorded.commune_code.as_ref().map(|code| code.as_str()),
        );
        self.text(field.leaf(6), recorded.commune_name);
        self.text(field.leaf(7), recorded.detail);
        self.date(field.leaf(8), recorded.recorded_on);
        self.text(field.leaf(10), Some(current.status.as_str()));
        self.text(
            field.leaf(11),
            current.province_code.as_ref().map(|code| code.as_str()),
        );
        self.text(field.leaf(12), current.province_name);
        self.text(
            field.leaf(13),
            current.commune_code.as_ref().map(|code| code.as_str()),
        );
        self.text(field.leaf(14), current.commune_name);
        if !current.candidates.is_empty() {
            let candidates: Vec<_> = current
                .candidates
                .iter()
                .map(|unit| CandidateView {
                    province_code: unit.province_code.as_str(),
                    province_name: unit.province_name,
                    commune_code: unit.commune_code.as_str(),
                    commune_name: unit.commune_name,
                })
                .collect();
            self.fragments.leaf(field.leaf(15), &candidates);
        }
        let line = resolved.address_line();
        self.text(
            field.leaf(super::ADDRESS_LINE),
            (!line.is_empty()).then_some(&line),
        );
    }

    fn person(&mut self, field: Field, person: Option<&Person>) {
        if let Some(person) = person {
            if self.meta.protects(person)
                && let Some(at) = SINGLE.iter().position(|single| *single == field)
            {
                self.hidden |= 1 << at;
            }
            self.person_leaves(field, person);
        }
    }

    fn list<'p>(
        &mut self,
        field: Field,
        people: impl Iterator<Item = (&'p Person, Option<&'p str>)>,
    ) {
        for (person, relation) in people {
            self.fragments.item(field, self.meta.protects(person));
            self.person_leaves(field, person);
            self.text(field.leaf(4), relation);
        }
    }

    fn person_leaves(&mut self, field: Field, person: &Person) {
        self.name(field.leaf(0), person.full_name.as_ref());
        self.text(
            field.leaf(1),
            person.personal_id.as_ref().map(PersonalId::as_str),
        );
        self.text(
            field.leaf(2),
            person.old_id_number.as_ref().map(|old| old.as_str()),
        );
        self.text(
            field.leaf(3),
            person.nationality.as_ref().map(|country| country.as_str()),
        );
    }
}

#[derive(serde::Serialize)]
struct CandidateView<'a> {
    province_code: &'a str,
    province_name: &'a str,
    commune_code: &'a str,
    commune_name: &'a str,
}
