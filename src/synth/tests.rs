//! What must hold of the whole population: that relatives agree, and that the shares are right.

use std::collections::HashMap;
use std::sync::LazyLock;

use proptest::prelude::*;

use super::*;
use crate::domain::address::MappingStatus;
use crate::domain::citizen::{MaritalStatus, Person, StatusKind};
use crate::domain::date::Precision;
use crate::domain::reference::Reference;
use crate::domain::sex::Sex;

/// Whole blocks, so that nobody's relatives are missing.
const CHUNK: u64 = 2_000;

fn chunks(seed: u64, size: u64) -> impl Iterator<Item = HashMap<PersonalId, Citizen>> {
    let population = Population::new(seed, size);
    (0..size / CHUNK).map(move |chunk| {
        population
            .range(chunk * CHUNK..(chunk + 1) * CHUNK)
            .map(|citizen| (citizen.personal_id, citizen))
            .collect()
    })
}

/// Whether a reference is to that citizen, by whatever it holds.
fn names(person: &Person, citizen: &Citizen) -> bool {
    person.full_name.as_ref() == Some(&citizen.full_name)
        && person
            .personal_id
            .is_none_or(|id| id == citizen.personal_id)
        && person
            .old_id_number
            .is_none_or(|old| citizen.old_id_numbers.contains(&old))
}

fn age(citizen: &Citizen) -> i16 {
    citizen.birth_date.age_bounds(AS_OF).1
}

#[test]
fn a_citizen_depends_on_seed_and_index_alone() {
    let (small, large) = (Population::new(4, 40), Population::new(4, MAX_SIZE));
    let in_order: Vec<Citizen> = small.iter().collect();
    assert_eq!(in_order.len(), 40);
    for (index, citizen) in (0..).zip(&in_order) {
        assert_eq!(citizen, &large.citizen(index));
        assert_ne!(citizen, &Population::new(5, 40).citizen(index));
    }
    let parts: Vec<Citizen> = small.range(0..13).chain(small.range(13..99)).collect();
    assert_eq!(parts, in_order);
    large.citizen(MAX_SIZE - 1);
}

#[test]
fn relatives_agree_from_both_sides() {
    let mut relations = 0;
    for people in chunks(1, 20_000) {
        for citizen in people.values() {
            for person in citizen.relatives() {
                if let Some(number) = person.personal_id {
                    let other = people
                        .get(&number)
                        .expect("whoever is named by number exists");
                    assert!(names(person, other));
                    relations += 1;
                }
            }
            let known = |person: &Option<Person>| {
                let person = person.as_ref()?;
                Some(&people[&person.personal_id?])
            };
            for (parent, sex) in [
                (known(&citizen.father), Sex::Male),
                (known(&citizen.mother), Sex::Female),
            ] {
                let Some(parent) = parent else { continue };
                assert!(parent.sex.is_none_or(|of_parent| of_parent == sex));
                assert!(parent.children.iter().any(|child| names(child, citizen)));
                let gap = citizen.birth_date.year() - parent.birth_date.year();
                assert!((16..=55).contains(&gap), "{gap}");
            }
            for child in citizen
                .children
                .iter()
                .filter_map(|child| child.personal_id)
            {
                let child = &people[&child];
                let parents = [&child.father, &child.mother];
                assert!(
                    parents
                        .into_iter()
                        .flatten()
                        .any(|parent| names(parent, citizen))
                );
            }
            if let Some(spouse) = known(&citizen.spouse) {
                assert!(names(
                    spouse.spouse.as_ref().expect("marriage is mutual"),
                    citizen
                ));
                assert!(age(citizen) >= 18 && spouse.status.kind != StatusKind::Deceased);
                assert!(citizen.sex.is_none() || spouse.sex.is_none() || citizen.sex != spouse.sex);
                assert_ne!(citizen.marital_status, Some(MaritalStatus::Single));
            }
            if let Some(guardian) = known(&citizen.legal_representative) {
                assert!(
                    guardian
                        .represented_persons
                        .iter()
                        .any(|minor| names(minor, citizen))
                );
                assert!(age(citizen) < 19 && age(guardian) >= 18);
            }
        }
    }
    assert!(relations > 40_000, "{relations}");
}

#[test]
fn the_members_of_a_household_agree_and_live() {
    let mut heads = 0;
    for people in chunks(2, 20_000) {
        for citizen in people.values() {
            let Some(head) = &citizen.household_head else {
                assert!(citizen.household_members.is_empty() && citizen.relation_to_head.is_none());
                continue;
            };
            assert_eq!(citizen.status.kind, StatusKind::Active);
            let head = &people[&head.personal_id.expect("heads are named by number")];
            assert!(age(head) >= 18);
            assert_eq!(
                head.household_head.as_ref().and_then(|h| h.personal_id),
                Some(head.personal_id)
            );
            if head.personal_id == citizen.personal_id {
                heads += 1;
                assert_eq!(citizen.relation_to_head.as_deref(), Some("Chủ hộ"));
            }
            for member in &citizen.household_members {
                let other = &people[&member
                    .person
                    .personal_id
                    .expect("members are named by number")];
                assert_eq!(other.household_head, citizen.household_head);
                assert_eq!(other.relation_to_head, member.relation);
                assert_eq!(
                    other.household_members.len(),
                    citizen.household_members.len()
                );
                assert!(
                    other
                        .household_members
                        .iter()
                        .any(|m| names(&m.person, citizen))
                );
            }
        }
    }
    assert!((5_000..10_000).contains(&heads), "{heads}");
}

#[test]
fn a_cancelled_number_leads_to_the_same_person() {
    let mut cancelled = 0;
    for people in chunks(3, 20_000) {
        for former in people
            .values()
            .filter(|c| c.status.kind == StatusKind::NumberCancelled)
        {
            let successor = &people[&former.status.superseded_by.expect("all have a successor")];
            assert_ne!(successor.personal_id, former.personal_id);
            assert_ne!(successor.status.kind, StatusKind::NumberCancelled);
            assert_eq!(successor.full_name, former.full_name);
            assert_eq!(successor.birth_date, former.birth_date);
            assert_eq!(successor.old_id_numbers, former.old_id_numbers);
            assert_eq!(former.relatives().count(), 0);
            cancelled += 1;
        }
    }
    assert!((50..200).contains(&cancelled), "{cancelled}");
}

#[test]
fn ten_thousand_people_have_an_example_of_every_case() {
    for seed in [0, 1, 2026] {
        let population = Population::new(seed, Case::WITHIN);
        for case in Case::ALL {
            let index = population.example(case);
            assert!(
                index.is_some_and(|index| index < Case::WITHIN),
                "{case:?} of seed {seed}"
            );
        }
    }
}

#[test]
fn every_commune_code_was_in_force_when_it_was_recorded() {
    let reference = Reference::shipped();
    let (mut ambiguous, mut addresses) = (0, 0);
    for citizen in Population::new(6, 4_000).iter() {
        let all = [
            &citizen.permanent_residence,
            &citizen.temporary_residence,
            &citizen.place_of_birth,
            &citizen.place_of_origin,
        ];
        for address in all
            .into_iter()
            .flatten()
            .filter(|a| a.commune_code.is_some())
        {
            let resolved = address.resolve(&reference, AS_OF);
            assert_ne!(resolved.current.status, MappingStatus::Unmapped);
            assert!(
                resolved.as_recorded.commune_name.is_some()
                    || resolved.current.status == MappingStatus::Ambiguous
            );
            addresses += 1;
            ambiguous += u32::from(resolved.current.status == MappingStatus::Ambiguous);
        }
    }
    assert!(addresses > 8_000, "{addresses}");
    assert!(
        (addresses / 100..addresses / 8).contains(&ambiguous),
        "{ambiguous} of {addresses}"
    );
}

#[test]
fn the_shares_are_those_of_the_table() {
    const PEOPLE: u32 = 40_000;
    let mut count: HashMap<&str, u32> = HashMap::new();
    for citizen in Population::new(8, PEOPLE.into()).iter() {
        let status = citizen.status.kind;
        let name = citizen.full_name.as_str();
        let mut add = |what, is: bool| *count.entry(what).or_default() += u32::from(is);
        add("deceased", status == StatusKind::Deceased);
        add("missing", status == StatusKind::Missing);
        add("cancelled", status == StatusKind::NumberCancelled);
        add("erroneous", status == StatusKind::Erroneous);
        add("protected", citizen.protected);
        add(
            "year only",
            citizen.birth_date.precision() == Precision::Year,
        );
        add(
            "month only",
            citizen.birth_date.precision() == Precision::Month,
        );
        add("abroad", citizen.personal_id.prefix() >= "100");
        add("old number", !citizen.old_id_numbers.is_empty());
        add("two old numbers", citizen.old_id_numbers.len() > 1);
        add(
            "Nguyễn",
            name.starts_with("Nguyễn ") || name.starts_with("NGUYỄN "),
        );
        add("Trần", name.starts_with("Trần "));
        add(
            "not Kinh",
            citizen
                .ethnicity
                .as_ref()
                .is_some_and(|coded| &*coded.code != "01"),
        );
        add("male", citizen.sex == Some(Sex::Male));
        add("tone", names::has_new_tone(name));
        add("capitals", !name.contains(char::is_lowercase));
        add("ascii", name.is_ascii());
        add("no parts", citizen.given_name.is_none());
        let residence = citizen.permanent_residence.as_ref();
        add("no residence", residence.is_none());
        add(
            "new address",
            residence.is_some_and(|a| a.commune_code.is_some() && a.district_code.is_none()),
        );
        add(
            "province only",
            residence.is_some_and(|a| a.commune_code.is_none()),
        );
        add("blood type", citizen.blood_type.is_some());
        add(
            "single",
            citizen.marital_status == Some(MaritalStatus::Single),
        );
        let age = age(&citizen);
        if status == StatusKind::Active {
            add("living", true);
            add("0-14", age < 15);
            add("15-59", (15..60).contains(&age));
            add("60+", age >= 60);
            add("80+", age >= 80);
        }
    }
    for (what, low, high) in [
        ("deceased", 2.0, 4.5),
        ("missing", 0.03, 0.25),
        ("cancelled", 0.3, 0.7),
        ("erroneous", 0.15, 0.4),
        ("protected", 0.08, 0.25),
        ("year only", 2.5, 6.0),
        ("abroad", 0.15, 0.5),
        ("old number", 52.0, 68.0),
        ("two old numbers", 1.5, 5.0),
        ("Nguyễn", 28.0, 42.0),
        ("Trần", 7.0, 13.0),
        ("not Kinh", 10.0, 18.0),
        ("male", 48.5, 51.5),
        ("tone", 0.5, 4.0),
        ("capitals", 1.3, 2.7),
        ("no parts", 11.0, 15.0),
        ("new address", 22.0, 38.0),
        ("province only", 1.5, 5.0),
        ("0-14", 20.0, 27.0),
        ("15-59", 56.0, 66.0),
        ("60+", 10.0, 17.0),
        ("80+", 0.7, 3.0),
    ] {
        let share = f64::from(count[what]) * 100.0 / f64::from(PEOPLE);
        assert!((low..=high).contains(&share), "{what}: {share} %");
    }
}

#[test]
fn some_old_numbers_are_shared_and_the_rest_are_not() {
    let mut holders: HashMap<_, Vec<_>> = HashMap::new();
    for citizen in Population::new(7, 20_000).iter() {
        if citizen.status.kind != StatusKind::NumberCancelled {
            for old in &citizen.old_id_numbers {
                holders
                    .entry(*old)
                    .or_default()
                    .push(citizen.full_name.clone());
            }
        }
    }
    let shared: Vec<_> = holders.values().filter(|people| people.len() > 1).collect();
    assert!((50..200).contains(&shared.len()), "{}", shared.len());
    assert!(shared.iter().all(|people| people.len() == 2));
}

proptest! {
    #[test]
    fn everybody_is_found_by_their_number_and_nobody_else_is(index in 0..MAX_SIZE, other in "0[0-9]{11}") {
        static LARGEST: LazyLock<Population> = LazyLock::new(|| Population::new(11, MAX_SIZE));
        let population = &*LARGEST;
        let number = population.citizen(index).personal_id;
        prop_assert_eq!(population.index_of(number), Some(index));
        let other = PersonalId::parse(&other).unwrap();
        if let Some(found) = population.index_of(other) {
            prop_assert_eq!(population.citizen(found).personal_id, other);
        }
    }
}
