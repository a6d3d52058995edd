use std::sync::LazyLock;

use jiff::civil::date;

use super::*;
use crate::domain::fault::FromText;

static SHIPPED: LazyLock<Reference> = LazyLock::new(Reference::shipped);

const TODAY: Date = date(2026, 11, 21);
const OLD: Date = date(2025, 6, 30);

fn province(code: &str, on: Date) -> Option<&'static str> {
    let code = Code::from_text(code).unwrap();
    SHIPPED.province(code, on).map(|unit| &*unit.name)
}

fn commune(code: &str, on: Date) -> Option<&'static str> {
    let code = Code::from_text(code).unwrap();
    SHIPPED.commune(code, on).map(|unit| &*unit.name)
}

fn convert(code: &str) -> Conversion {
    SHIPPED.convert(Code::from_text(code).unwrap(), OLD, TODAY)
}

fn certain(code: &str) -> Conversion {
    Conversion::Certain(Code::from_text(code).unwrap())
}

fn split(codes: &[&str]) -> Conversion {
    let codes = codes.iter().map(|code| Code::from_text(code).unwrap());
    Conversion::Split(codes.collect())
}

#[test]
fn the_worked_cases_of_addresses_and_ethnic_groups_hold() {
    let cases: serde_json::Value =
        serde_json::from_str(include_str!("../../../tests/data/cases.json")).unwrap();
    for case in cases["addresses"].as_array().unwrap() {
        if let Some(old) = case["old_commune"].as_str() {
            let step = SHIPPED
                .next_step(Code::from_text(old).unwrap(), OLD)
                .unwrap();
            let found: Vec<_> = step
                .targets
                .iter()
                .map(|(new, mode)| {
                    [
                        new.as_str(),
                        commune(new.as_str(), TODAY).unwrap(),
                        mode.as_str(),
                    ]
                })
                .collect();
            assert_eq!(serde_json::json!(found), case["expect"], "{}", case["id"]);
        } else {
            let on = case["as_of"].as_str().unwrap().parse().unwrap();
            let found = province(case["province_code"].as_str().unwrap(), on);
            assert_eq!(serde_json::json!(found), case["expect"], "{}", case["id"]);
        }
    }
    for case in cases["ethnic"].as_array().unwrap() {
        let scheme = EthnicScheme::parse(case["scheme"].as_str().unwrap()).unwrap();
        let code = Code::from_text(case["code"].as_str().unwrap()).unwrap();
        let found = SHIPPED.ethnic_group(code, scheme);
        assert_eq!(serde_json::json!(found), case["expect"], "{}", case["id"]);
    }
}

#[test]
fn a_province_code_has_the_name_of_its_day() {
    assert_eq!(province("52", OLD), Some("Tỉnh Bình Định"));
    assert_eq!(province("52", REFORM), Some("Tỉnh Gia Lai"));
    assert_eq!(province("64", OLD), Some("Tỉnh Gia Lai"));
    assert_eq!(province("64", REFORM), None);
    assert_eq!(province("75", date(2026, 4, 29)), Some("Tỉnh Đồng Nai"));
    assert_eq!(
        province("75", date(2026, 4, 30)),
        Some("Thành phố Đồng Nai")
    );
    assert_eq!(
        province("46", date(2024, 12, 31)),
        Some("Tỉnh Thừa Thiên Huế")
    );
    assert_eq!(province("46", date(2025, 1, 1)), Some("Thành phố Huế"));
    assert_eq!(province("46", TODAY), Some("Thành phố Huế"));
    assert_eq!(province("03", TODAY), None);
}

#[test]
fn a_commune_code_has_the_name_of_its_day() {
    assert_eq!(commune("26740", OLD), Some("Phường Bến Nghé"));
    assert_eq!(commune("26740", REFORM), Some("Phường Sài Gòn"));
    assert_eq!(commune("26368", date(2026, 4, 29)), Some("Xã Long Thành"));
    assert_eq!(
        commune("26368", date(2026, 4, 30)),
        Some("Phường Long Thành")
    );
}

#[test]
fn seven_province_codes_changed_their_meaning() {
    let changed = SHIPPED.provinces.iter().filter(|(_, units)| {
        let place = |name: &str| name.rsplit("Tỉnh ").next().unwrap().to_owned();
        let on = |day| {
            units
                .iter()
                .find(|u| u.valid.contains(day))
                .map(|u| place(&u.name))
        };
        on(OLD).zip(on(REFORM)).is_some_and(|(old, new)| old != new)
    });
    let mut codes: Vec<_> = changed.map(|(code, _)| code.as_str()).collect();
    codes.sort_unstable();
    assert_eq!(codes, ["15", "24", "44", "52", "80", "82", "91"]);
}

#[test]
fn a_commune_that_went_whole_is_certain_and_one_in_parts_is_split() {
    assert_eq!(convert("00013"), certain("00004"));
    assert_eq!(convert("26740"), certain("26740"));
    assert_eq!(convert("06970"), certain("06978"));
    assert!(matches!(convert("00016"), Conversion::Split(_)));
    assert_eq!(convert("00556"), split(&["00541", "00562"]));
    // One line says all of it went to 18823, two that parts went elsewhere.
    assert_eq!(convert("18796"), split(&["18754", "18823", "18832"]));
    assert_eq!(convert("99999"), Conversion::Unknown);
}

#[test]
fn a_code_that_stood_for_two_communes_has_no_name_and_is_split() {
    for (code, names, targets) in [
        ("01615", ["Xã Hồng Quang", "Xã Mỹ Hưng"], ["01636", "01648"]),
        ("02485", ["Xã Công Đa", "Xã Phú Thịnh"], ["02458", "02494"]),
    ] {
        assert_eq!(commune(code, OLD), None);
        let code_ = Code::from_text(code).unwrap();
        let found: Vec<_> = SHIPPED.communes(code_, OLD).map(|u| &*u.name).collect();
        assert_eq!(found, names);
        assert_eq!(convert(code), split(&targets));
    }
}

#[test]
fn a_single_part_without_the_rest_is_not_certain() {
    let mut tables = Tables::shipped();
    tables.commune_changes.retain(|change| {
        change.old_code != Some(CommuneCode::of(b"00556")) || change.new_code.as_str() == "00541"
    });
    let reference = Reference::new(tables).unwrap();
    let found = reference.convert(CommuneCode::of(b"00556"), OLD, TODAY);
    assert_eq!(found, split(&["00541"]));
}

/// The field's figure is 439 communes that were split: the 438 codes with several `part` lines and
/// 18796. To these come 00556, whose second line bears another commune's code in the table, and
/// 01615 and 02485, of which neither commune was split, but whose code cannot tell which it was.
#[test]
fn of_10033_old_codes_9591_are_certain_and_442_are_not() {
    let mut codes: Vec<_> = SHIPPED.communes_on(OLD).map(|(code, _)| code).collect();
    codes.sort_unstable();
    codes.dedup();
    let count = |wanted: fn(&Conversion) -> bool| {
        let found = codes.iter().map(|code| SHIPPED.convert(*code, OLD, TODAY));
        found.filter(wanted).count()
    };
    assert_eq!(codes.len(), 10_033);
    assert_eq!(count(|c| matches!(c, Conversion::Certain(_))), 9_591);
    assert_eq!(count(|c| matches!(c, Conversion::Split(_))), 439 + 1 + 2);
    assert_eq!(count(|c| matches!(c, Conversion::Unknown)), 0);
}

#[test]
fn a_commune_of_today_stays_itself() {
    for (code, _) in SHIPPED.communes_on(TODAY) {
        assert_eq!(
            SHIPPED.convert(code, REFORM, TODAY),
            Conversion::Certain(code)
        );
    }
}

#[test]
fn a_code_of_both_times_never_leads_away_from_itself() {
    for (code, _) in SHIPPED.communes_on(TODAY) {
        match SHIPPED.convert(code, OLD, TODAY) {
            Conversion::Certain(new) => assert_eq!(new, code),
            Conversion::Split(among) => assert!(among.contains(&code), "{code}"),
            Conversion::Unknown => assert_eq!(SHIPPED.communes(code, OLD).count(), 0),
        }
    }
}

#[test]
fn no_commune_was_split_across_provinces_and_each_is_where_its_province_went() {
    for (code, unit) in SHIPPED.communes_on(OLD) {
        let province = SHIPPED.convert_province(unit.province.unwrap(), OLD, TODAY);
        for (new, _) in &SHIPPED.next_step(code, OLD).unwrap().targets {
            assert_eq!(SHIPPED.commune(*new, TODAY).unwrap().province, province);
        }
    }
}

#[test]
fn islands_that_were_districts_become_their_special_zone() {
    for (district, zone) in [
        ("318", "11948"),
        ("471", "19742"),
        ("498", "20333"),
        ("536", "21548"),
        ("755", "26732"),
    ] {
        let district = Code::from_text(district).unwrap();
        assert_eq!(
            SHIPPED.convert_district(district, OLD, TODAY),
            certain(zone)
        );
    }
    // Kim Sơn had communes: its mud flats, a line of their own, are not the district.
    let kim_son = DistrictCode::of(b"376");
    let found = SHIPPED.convert_district(kim_son, OLD, TODAY);
    assert_eq!(found, Conversion::Unknown);
}

#[test]
fn a_group_has_another_code_in_the_other_scheme() {
    let name = |code, scheme| SHIPPED.ethnic_group(ListCode::of(code), scheme);
    assert_eq!(name(b"04", EthnicScheme::List1979), Some("Hoa"));
    assert_eq!(name(b"04", EthnicScheme::List2008), Some("Mường"));
    assert_eq!(
        name(b"55", EthnicScheme::List1979),
        Some("Người nước ngoài")
    );
    assert_eq!(name(b"55", EthnicScheme::List2008), None);
    let differ = (1..=54).filter(|n| {
        let code = Code::from_text(&format!("{n:02}")).unwrap();
        SHIPPED.ethnic_group(code, EthnicScheme::List1979)
            != SHIPPED.ethnic_group(code, EthnicScheme::List2008)
    });
    assert_eq!(differ.count(), 37);
}

#[test]
fn names_of_religions_prefixes_and_values_are_found() {
    assert_eq!(SHIPPED.religion(ListCode::of(b"00")), Some("Không"));
    assert_eq!(
        SHIPPED.religion(ListCode::of(b"99")),
        Some("Không xác định")
    );
    assert_eq!(SHIPPED.religion(ListCode::of(b"50")), None);
    let prefix = SHIPPED.prefix(NumberPrefix::of(b"052")).unwrap();
    assert_eq!(&*prefix.name_at_issue, "Bình Định");
    assert_eq!(prefix.current_province.as_str(), "52");
    assert!(SHIPPED.prefix(NumberPrefix::of(b"003")).is_none());
    let value = |list, word| SHIPPED.value(list, word).map(|v| (&*v.code, &*v.name));
    assert_eq!(value(ValueList::Gender, "female"), Some(("2", "Nữ")));
    assert_eq!(value(ValueList::Blood, "AB"), Some(("03", "Nhóm máu AB")));
    assert_eq!(
        value(ValueList::Marital, "single"),
        Some(("1", "Chưa kết hôn"))
    );
    assert_eq!(value(ValueList::Marital, "male"), None);
}

#[test]
fn a_later_decision_follows_the_one_of_2025() {
    let then = date(2027, 1, 1);
    let (ba_dinh, ngoc_ha) = (CommuneCode::of(b"00004"), CommuneCode::of(b"00008"));
    let mut tables = Tables::shipped();
    for (code, unit) in &mut tables.communes {
        if *code == ngoc_ha && unit.valid.until.is_none() {
            unit.valid.until = Some(then);
        }
    }
    tables.commune_changes.push(CommuneChange {
        effective_on: then,
        old_code: Some(ngoc_ha),
        old_name: "Phường Ngọc Hà".into(),
        old_district: None,
        new_code: ba_dinh,
        mode: Mode::Whole,
    });
    let reference = Reference::new(tables).unwrap();
    let doi_can = CommuneCode::of(b"00016");
    assert_eq!(
        reference.convert(ngoc_ha, REFORM, TODAY),
        Conversion::Certain(ngoc_ha)
    );
    assert_eq!(
        reference.convert(ngoc_ha, REFORM, then),
        Conversion::Certain(ba_dinh)
    );
    assert_eq!(reference.convert(ngoc_ha, then, then), Conversion::Unknown);
    // Two candidates of 2025 that have become one are still what a split commune may be in.
    let Conversion::Split(before) = reference.convert(doi_can, OLD, TODAY) else {
        panic!("00016 was split");
    };
    let Conversion::Split(after) = reference.convert(doi_can, OLD, then) else {
        panic!("00016 was split");
    };
    assert!(before.contains(&ngoc_ha) && !after.contains(&ngoc_ha));
}

#[test]
fn tables_that_contradict_themselves_are_refused() {
    let broken = |damage: fn(&mut Tables)| {
        let mut tables = Tables::shipped();
        damage(&mut tables);
        Reference::new(tables).err()
    };
    assert_eq!(broken(|_| {}), None);
    assert_eq!(
        broken(|t| t.communes[0].1.province = Some(ProvinceCode::of(b"03"))),
        Some(Inconsistent::UnknownProvince)
    );
    assert_eq!(
        broken(|t| t.commune_changes[0].new_code = CommuneCode::of(b"00013")),
        Some(Inconsistent::UnknownTarget)
    );
    assert_eq!(
        broken(|t| t.province_changes[0].new_code = ProvinceCode::of(b"03")),
        Some(Inconsistent::UnknownTarget)
    );
    assert_eq!(
        broken(|t| t.communes[0].1.valid.until = Some(EVER)),
        Some(Inconsistent::Spans)
    );
    assert_eq!(
        broken(|t| {
            let twice = t.provinces[0].clone();
            t.provinces.push(twice);
        }),
        Some(Inconsistent::Spans)
    );
    assert_eq!(
        broken(|t| {
            let mut twice = t.communes.last().unwrap().clone();
            twice.1.valid.from = date(2027, 1, 1);
            t.communes.push(twice);
        }),
        Some(Inconsistent::Spans)
    );
}
