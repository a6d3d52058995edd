use std::collections::{BTreeMap, BTreeSet};

use unicode_normalization::UnicodeNormalization;

use super::*;

const DONG_NAI: ProvinceCode = ProvinceCode::of(b"75");

/// The letters and tones of a name, wherever in it the tones stand.
fn spelling(name: &str) -> Vec<char> {
    let mut marks: Vec<char> = name.to_lowercase().nfd().collect();
    marks.sort_unstable();
    marks
}

fn line_of(old: &str) -> Vec<Line> {
    let of = Some(code(old));
    conversion()
        .into_iter()
        .filter(|line| line.old_code == of)
        .collect()
}

#[test]
fn the_tables_are_as_long_as_the_field_says() {
    let tables = Tables::shipped();
    let since = |valid: &Span| valid.contains(REFORM);
    let provinces = tables.provinces.iter();
    let communes = tables.communes.iter();
    assert_eq!(
        provinces.clone().filter(|(_, u)| since(&u.valid)).count(),
        34
    );
    assert_eq!(
        provinces.filter(|(_, u)| !since(&u.valid)).count(),
        63 + 1 + 1
    );
    assert_eq!(tables.districts.len(), 696);
    assert_eq!(
        communes.clone().filter(|(_, u)| since(&u.valid)).count(),
        3_321
    );
    // 10,033 codes, two of which stand for two communes.
    let old = communes.filter(|(_, u)| u.valid.from == EVER).count();
    assert_eq!(old, 10_035);
    assert_eq!(tables.commune_changes.len(), 10_571);
    assert_eq!(tables.province_changes.len(), 63);
    assert_eq!(tables.ethnic_groups.len(), 56 + 54);
    assert_eq!(tables.religions.len(), 16);
    assert_eq!(tables.prefixes.len(), 63);
    assert_eq!(tables.values.len(), 3 + 4 + 5);
}

#[test]
fn every_unit_has_a_kind_a_single_spelling_and_plain_characters() {
    let tables = Tables::shipped();
    let provinces = tables.provinces.iter().map(|(_, unit)| unit);
    let districts = tables.districts.iter().map(|(_, unit)| unit);
    let communes = tables.communes.iter().map(|(_, unit)| unit);
    for unit in provinces.chain(districts).chain(communes) {
        assert_ne!(unit.kind(), Kind::Area, "{}", unit.name);
        assert!(!unit.name.contains(['\u{2019}', '(', '_']), "{}", unit.name);
        assert!(!unit.name.contains("  "), "{}", unit.name);
        assert!(unit.name.chars().eq(unit.name.nfc()), "{}", unit.name);
    }
    for (code, name) in &tables.religions {
        assert!(!name.contains('('), "{code}");
    }
}

#[test]
fn only_two_codes_stand_for_two_communes() {
    let mut names: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
    for line in conversion() {
        if let Some(old) = line.old_code {
            names.entry(old).or_default().insert(line.old_name);
        }
    }
    let twice: Vec<_> = names
        .iter()
        .filter(|(_, names)| names.len() > 1)
        .map(|(code, _)| code.as_str())
        .collect();
    assert_eq!(twice, ["01615", "02485"]);
}

#[test]
fn a_line_of_dang_xa_under_the_code_of_co_bi_is_put_under_its_own() {
    let targets = |old| -> Vec<_> {
        let lines = line_of(old);
        lines.iter().map(|l| l.new_code.to_string()).collect()
    };
    assert_eq!(targets("00556"), ["00541", "00562"]);
    assert_eq!(targets("00553"), ["00136", "00541", "00565"]);
    assert!(line_of("00556").iter().all(|l| l.mode == Mode::Part));
}

#[test]
fn ba_che_has_the_code_of_the_list_of_communes() {
    let tables = Tables::shipped();
    let new: BTreeSet<_> = tables.commune_changes.iter().map(|c| c.new_code).collect();
    let listed: BTreeSet<_> = tables
        .communes
        .iter()
        .filter(|(_, unit)| unit.valid.contains(REFORM))
        .map(|(code, _)| *code)
        .collect();
    assert_eq!(new, listed);
    assert!(listed.contains(&CommuneCode::of(b"06978")));
}

#[test]
fn six_lines_have_no_old_code_and_keep_their_district() {
    let lines = conversion();
    let without: Vec<_> = lines
        .iter()
        .filter(|line| line.old_code.is_none())
        .map(|line| (line.old_district_code.to_string(), line.old_name.is_empty()))
        .collect();
    let expected = [
        ("318", true),
        ("376", false),
        ("471", true),
        ("498", true),
        ("536", true),
        ("755", true),
    ];
    let expected: Vec<_> = expected
        .map(|(code, unnamed)| (code.to_owned(), unnamed))
        .into();
    assert_eq!(without, expected);
}

#[test]
fn every_old_district_is_in_one_province() {
    let mut provinces: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
    for line in conversion() {
        let of_district = provinces.entry(line.old_district_code).or_default();
        of_district.insert((line.old_province_code, line.old_district));
    }
    for (district, of_district) in provinces {
        assert_eq!(of_district.len(), 1, "{district}");
    }
}

#[test]
fn every_old_province_went_whole_to_one_new_province() {
    let changes = Tables::shipped().province_changes;
    let old: BTreeSet<_> = changes.iter().map(|change| change.old_code).collect();
    assert_eq!(old.len(), changes.len());
}

#[test]
fn the_two_sources_of_new_names_differ_in_spelling_only_but_for_dong_nai() {
    let listed: BTreeMap<_, _> = rows::<4>(COMMUNES)
        .map(|[own, kind, name, _]| (code::<5>(&own), tidy(&format!("{kind} {name}"))))
        .collect();
    let mut other = BTreeSet::new();
    for line in conversion() {
        if spelling(&line.new_name) != spelling(&listed[&line.new_code]) {
            assert_eq!(line.new_province_code, DONG_NAI, "{}", line.new_code);
            other.insert(line.new_code.to_string());
        }
    }
    let wards = [
        "25270", "25357", "25363", "26116", "26170", "26248", "26326", "26368", "26425", "26485",
    ];
    assert!(other.iter().eq(wards.iter()));
    for [own, kind, name, _count] in rows(PROVINCES) {
        let listed = format!("{kind} {name}");
        let lines = conversion();
        let line = lines.iter().find(|l| l.new_province_code.as_str() == own);
        let spelled = &line.unwrap().new_province;
        if own != DONG_NAI.as_str() {
            assert_eq!(spelling(spelled), spelling(&listed));
        }
    }
}

#[test]
fn the_prefixes_lead_where_the_conversion_of_provinces_does() {
    let tables = Tables::shipped();
    for prefix in &tables.prefixes {
        let change = tables
            .province_changes
            .iter()
            .find(|change| change.old_code.as_str() == &prefix.prefix.as_str()[1..])
            .expect("a prefix is 0 and the old province's code");
        assert_eq!(change.new_code, prefix.current_province);
    }
}

#[test]
fn kinds_are_spelled_in_one_way() {
    assert_eq!(tidy("phường  Vĩnh Hải"), "Phường Vĩnh Hải");
    assert_eq!(tidy("Thị Xã Kỳ Anh"), "Thị xã Kỳ Anh");
    assert_eq!(tidy("Thi trấn Ngan Dừa"), "Thị trấn Ngan Dừa");
    assert_eq!(tidy("Xa Ea Kly"), "Xã Ea Kly");
    assert_eq!(tidy("Phường B\u{2019}Lao"), "Phường B'Lao");
    assert_eq!(tidy("Xã Xa Mát"), "Xã Xa Mát");
}
