use proptest::prelude::*;
use serde_json::{Map, Value};

use super::*;
use crate::domain::citizen::Person;
use crate::domain::field::{describe, leaf_count, leaf_info, path_mask};
use crate::domain::revision::Meta;
use crate::synth::{Case, Population};

const TODAY: Date = Date::constant(2026, 11, 21);

/// Made once: the tables behind both take longer than any test.
static POPULATION: LazyLock<Population> = LazyLock::new(|| Population::new(1, 10_000));
static REFERENCE: LazyLock<Reference> = LazyLock::new(Reference::shipped);

fn record_of(citizen: &Citizen) -> Record {
    Record::new(citizen, &Meta::default(), &REFERENCE, TODAY)
}

fn cut(record: &Record, mask: &FieldMask) -> (Value, FieldMask) {
    let mut out = Vec::new();
    let disclosed = record.cut(mask, false, TODAY, &mut out);
    (
        serde_json::from_slice(&out).unwrap_or_else(|error| panic!("{error}: {out:?}")),
        disclosed,
    )
}

fn all() -> FieldMask {
    fields_mask(Field::ALL)
}

/// What a cut must give, the slow way: the whole record as a tree, with what is not in the mask
/// taken out.
fn expected(whole: &Value, mask: &FieldMask) -> Value {
    let mut out = Value::Object(Map::new());
    for leaf in mask.iter() {
        let segments = &leaf_info(leaf).segments;
        if leaf_info(leaf).field.shape().is_list() {
            continue;
        }
        let mut found = whole;
        for segment in segments {
            found = &found[*segment];
        }
        if !found.is_null() {
            let mut place = &mut out;
            for segment in segments {
                place = &mut place[*segment];
            }
            *place = found.clone();
        }
    }
    for list in [
        Field::Children,
        Field::RepresentedPersons,
        Field::HouseholdMembers,
    ] {
        let wanted: Vec<&str> = mask
            .iter()
            .map(leaf_info)
            .filter(|leaf| leaf.field == list)
            .map(|leaf| leaf.segments[1])
            .collect();
        let items: Vec<Value> = whole[list.name()]
            .as_array()
            .into_iter()
            .flatten()
            .map(|item| {
                let kept = item.as_object().unwrap().iter();
                kept.filter(|(key, _)| wanted.contains(&&***key))
                    .map(|(key, value)| (key.clone(), value.clone()))
                    .collect::<Map<_, _>>()
            })
            .filter(|item| !item.is_empty())
            .map(Value::Object)
            .collect();
        if !items.is_empty() {
            out[list.name()] = items.into();
        }
    }
    out
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn a_cut_holds_exactly_what_the_mask_lets_through(
        index in 0u64..2_000,
        leaves in prop::collection::vec(0..leaf_count(), 0..80),
    ) {
        let citizen = POPULATION.citizen(index);
        let record = record_of(&citizen);
        let mask = leaves.iter().fold(FieldMask::EMPTY, |mask, leaf| {
            mask | FieldMask::of(Leaf::try_from(*leaf).unwrap())
        });
        let (whole, present) = cut(&record, &all());
        let (view, disclosed) = cut(&record, &mask);
        prop_assert_eq!(&view, &expected(&whole, &mask));
        prop_assert_eq!(disclosed, mask & present, "{:?}", describe(&disclosed));
        prop_assert_eq!(present, record.present(false, TODAY));
    }
}

#[test]
fn a_leaf_alone_reads_as_it_does_in_the_whole() {
    for citizen in POPULATION.range(0..400) {
        let record = record_of(&citizen);
        let (whole, _) = cut(&record, &all());
        for leaf in all()
            .iter()
            .filter(|leaf| !leaf_info(*leaf).field.shape().is_list())
        {
            let mut found = &whole;
            for segment in &leaf_info(leaf).segments {
                found = &found[*segment];
            }
            let alone = record.leaf(leaf, false, TODAY);
            let alone = alone.map_or(Value::Null, |json| serde_json::from_slice(&json).unwrap());
            assert_eq!(alone, *found, "{}", leaf_info(leaf).path);
        }
    }
}

#[test]
fn a_relative_under_protection_is_not_named() {
    let population = &*POPULATION;
    let index = population.example(Case::RelativeOfProtected).unwrap();
    let citizen = population.citizen(index);
    let everyone = |_: &Person| true;
    let numbers = citizen
        .relatives()
        .filter(|one| everyone(one))
        .filter_map(|one| one.personal_id);
    let meta = Meta {
        protected_relatives: numbers
            .map(crate::domain::number::Number::Personal)
            .collect(),
        ..Meta::default()
    };
    let record = Record::new(&citizen, &meta, &REFERENCE, TODAY);
    let (view, _) = cut(&record, &all());
    let text = view.to_string();
    for relative in citizen.relatives() {
        if let Some(number) = relative.personal_id
            && number != citizen.personal_id
        {
            assert!(
                !text.contains(number.as_str()),
                "a protected relative is named"
            );
        }
    }
    let mut lifted = Vec::new();
    record.cut(&all(), true, TODAY, &mut lifted);
    assert!(
        lifted.len() > text.len(),
        "whoever may see protected people sees them"
    );
}

#[test]
fn debug_shows_nothing_of_the_person() {
    for citizen in POPULATION.range(0..200) {
        let meta = Meta {
            current_number: Some(citizen.personal_id),
            ..Meta::default()
        };
        let record = Record::new(&citizen, &meta, &REFERENCE, TODAY);
        let shown = format!("{record:?}");
        let name = citizen.full_name.as_str();
        let as_numbers = format!("{:?}", name.as_bytes());
        for secret in [
            citizen.personal_id.as_str(),
            &citizen.birth_date.to_string(),
            name,
            as_numbers.trim_matches(['[', ']']),
        ] {
            assert!(!shown.contains(secret), "{shown}");
        }
    }
}

#[test]
fn the_stand_in_matches_nothing_that_is_claimed_of_it_by_accident() {
    let record = Record::stand_in();
    assert!(!record.names_others());
}

#[test]
fn the_residence_is_the_first_that_is_recorded() {
    let population = &*POPULATION;
    let index = population.example(Case::TemporaryResidence).unwrap();
    let mut citizen = population.citizen(index);
    let basis = path_mask("residence.basis").unwrap();
    assert_eq!(
        cut(&record_of(&citizen), &basis).0["residence"]["basis"],
        "permanent"
    );
    citizen.permanent_residence = None;
    let record = record_of(&citizen);
    assert_eq!(cut(&record, &basis).0["residence"]["basis"], "temporary");
    let lines = path_mask("address_line").unwrap() | path_mask("residence.address_line").unwrap();
    let (view, _) = cut(&record, &lines);
    assert_eq!(view["address_line"], view["residence"]["address_line"]);
    citizen.temporary_residence = None;
    citizen.current_residence = None;
    assert_eq!(
        cut(&record_of(&citizen), &(basis | lines)).0,
        serde_json::json!({})
    );
}
