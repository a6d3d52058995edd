use proptest::prelude::*;

use super::*;

#[test]
fn every_leaf_has_a_number_below_254() {
    // 254 and 255 are marks inside a record's fragments.
    assert!(leaf_count() < 254, "{} leaves", leaf_count());
    for &field in Field::ALL {
        assert_eq!(leaf_info(field.first_leaf()).field, field);
    }
}

#[test]
fn a_parent_selects_its_whole_object() {
    let current = path_mask("permanent_residence.current").unwrap();
    assert_eq!(current.iter().count(), 6);
    assert!(Field::PermanentResidence.mask().contains_all(&current));
    assert!(path_mask("permanent_residence.nothing").is_none());
    assert!(path_mask("permanent_residence.").is_none());
    assert!(path_mask("").is_none());
}

#[test]
fn sensitive_fields_are_in_no_set() {
    for group in FieldGroup::ALL {
        for field in [Field::Ethnicity, Field::Religion, Field::BloodType] {
            assert!(
                !group.mask().intersects(&field.mask()),
                "{group:?} grants {field:?}"
            );
        }
    }
}

#[test]
fn every_other_field_is_in_exactly_one_set() {
    for &field in Field::ALL {
        let sets = FieldGroup::ALL
            .iter()
            .filter(|set| set.fields().contains(&field))
            .count();
        let sensitive = matches!(field, Field::Ethnicity | Field::Religion | Field::BloodType);
        assert_eq!(sets, usize::from(!sensitive), "{field:?}");
    }
}

#[test]
fn in_agreements_the_name_of_a_set_and_a_field_means_the_set() {
    assert_eq!(granted("residence"), Some(FieldGroup::Residence.mask()));
    assert_eq!(granted("sex"), Some(Field::Sex.mask()));
    assert_eq!(granted("permanent_residence.current"), None);
}

proptest! {
    #[test]
    fn a_described_mask_selects_the_same_leaves(leaves in prop::collection::vec(0u8..190, 0..60)) {
        let mask = leaves.iter().filter(|leaf| usize::from(**leaf) < leaf_count())
            .fold(FieldMask::EMPTY, |mask, leaf| mask | FieldMask::of(*leaf));
        let again = describe(&mask).iter()
            .fold(FieldMask::EMPTY, |mask, path| mask | path_mask(path).unwrap());
        prop_assert_eq!(mask, again);
    }

    #[test]
    fn without_and_intersection_part_a_mask(a in any::<[bool; 190]>(), b in any::<[bool; 190]>()) {
        let of = |bits: &[bool; 190]| bits.iter().enumerate().filter(|(_, on)| **on)
            .fold(FieldMask::EMPTY, |mask, (at, _)| mask | FieldMask::of(at as Leaf));
        let (a, b) = (of(&a), of(&b));
        prop_assert_eq!(a.without(&b) | (a & b), a);
        prop_assert!(!a.without(&b).intersects(&b));
        prop_assert_eq!(a.iter().fold(FieldMask::EMPTY, |m, leaf| m | FieldMask::of(leaf)), a);
    }
}
