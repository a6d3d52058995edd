use std::sync::LazyLock;

use jiff::civil::date;
use proptest::prelude::{Strategy, any, prop, prop_assert, proptest};

use super::*;
use crate::domain::fault::FromText;

static SHIPPED: LazyLock<Reference> = LazyLock::new(Reference::shipped);

const TODAY: Date = date(2026, 11, 21);

/// Province, district, commune, recorded on; an empty text is absent.
fn address(province: &str, district: &str, commune: &str, recorded_on: &str) -> Address {
    fn code<T: FromText>(text: &str) -> Option<T> {
        (!text.is_empty()).then(|| T::from_text(text).ok().unwrap())
    }
    Address {
        province_code: code(province),
        district_code: code(district),
        commune_code: code(commune),
        detail: Some("12 Phố Cũ".into()),
        recorded_on: code(recorded_on),
        ..Address::default()
    }
}

fn line(address: &Address, today: Date) -> String {
    address.resolve(&SHIPPED, today).address_line()
}

fn status(address: &Address) -> MappingStatus {
    address.resolve(&SHIPPED, TODAY).current.status
}

fn recorded_name(address: &Address) -> Option<&str> {
    address.resolve(&SHIPPED, TODAY).as_recorded.commune_name
}

#[test]
fn a_commune_that_went_whole_reads_in_old_and_new_names() {
    let old = address("01", "001", "00013", "2020-05-01");
    let resolved = old.resolve(&SHIPPED, TODAY);
    assert_eq!(resolved.as_recorded.province_name, Some("Thành phố Hà Nội"));
    assert_eq!(resolved.as_recorded.district_name, Some("Quận Ba Đình"));
    assert_eq!(resolved.as_recorded.commune_name, Some("Phường Quán Thánh"));
    assert_eq!(resolved.current.status, MappingStatus::Mapped);
    assert_eq!(resolved.current.commune_name, Some("Phường Ba Đình"));
    assert_eq!(resolved.current.province_name, Some("Thành phố Hà Nội"));
    assert!(resolved.current.candidates.is_empty());
    let expected = "12 Phố Cũ, Phường Ba Đình, Thành phố Hà Nội";
    assert_eq!(resolved.address_line(), expected);
}

#[test]
fn a_split_commune_is_ambiguous_keeps_its_province_and_is_printed_as_recorded() {
    let old = address("01", "001", "00016", "2020-05-01");
    let resolved = old.resolve(&SHIPPED, TODAY);
    let current = &resolved.current;
    assert_eq!(current.status, MappingStatus::Ambiguous);
    assert_eq!(current.province_name, Some("Thành phố Hà Nội"));
    assert_eq!((current.commune_code, current.commune_name), (None, None));
    assert!(current.candidates.len() > 1);
    assert!(
        current
            .candidates
            .iter()
            .any(|c| c.commune_name == "Phường Ba Đình")
    );
    let expected = "12 Phố Cũ, Phường Ngọc Hà, Quận Ba Đình, Thành phố Hà Nội";
    assert_eq!(resolved.address_line(), expected);
}

#[test]
fn a_rename_shows_from_its_day_on() {
    let old = address("75", "740", "26368", "2020");
    let ward = "12 Phố Cũ, Phường Long Thành, Thành phố Đồng Nai";
    let commune = "12 Phố Cũ, Xã Long Thành, Tỉnh Đồng Nai";
    assert_eq!(line(&old, date(2026, 4, 29)), commune);
    assert_eq!(line(&old, date(2026, 4, 30)), ward);
    let between = address("75", "", "26368", "2026-03");
    let resolved = between.resolve(&SHIPPED, TODAY);
    assert_eq!(resolved.as_recorded.province_name, Some("Tỉnh Đồng Nai"));
    assert_eq!(resolved.as_recorded.commune_name, Some("Xã Long Thành"));
    assert_eq!(resolved.address_line(), ward);
}

#[test]
fn a_district_or_an_early_day_means_the_old_table_and_a_late_day_the_new_one() {
    assert_eq!(
        recorded_name(&address("79", "760", "26740", "")),
        Some("Phường Bến Nghé")
    );
    assert_eq!(
        recorded_name(&address("79", "", "26740", "2025-06-30")),
        Some("Phường Bến Nghé")
    );
    assert_eq!(
        recorded_name(&address("79", "", "26740", "2025-07-01")),
        Some("Phường Sài Gòn")
    );
    // A district outweighs the day on which somebody wrote the address down again.
    let copied = address("79", "760", "26740", "2026-01-05");
    assert_eq!(recorded_name(&copied), Some("Phường Bến Nghé"));
    assert_eq!(
        line(&copied, TODAY),
        "12 Phố Cũ, Phường Sài Gòn, Thành phố Hồ Chí Minh"
    );
}

#[test]
fn a_day_on_which_the_code_did_not_exist_gives_way_to_one_on_which_it_did() {
    let late = address("01", "", "00013", "2026-02-01");
    assert_eq!(recorded_name(&late), Some("Phường Quán Thánh"));
    assert_eq!(status(&late), MappingStatus::Mapped);
    let early = address("22", "", "06978", "2020-02-01");
    assert_eq!(recorded_name(&early), Some("Xã Ba Chẽ"));
    assert_eq!(status(&early), MappingStatus::Mapped);
}

#[test]
fn without_day_and_district_a_code_is_read_as_todays_unless_its_commune_was_split() {
    // Both tables lead to 26740.
    assert_eq!(
        recorded_name(&address("79", "", "26740", "")),
        Some("Phường Sài Gòn")
    );
    assert_eq!(
        status(&address("79", "", "26740", "2025")),
        MappingStatus::Mapped
    );
    // One table alone has it.
    assert_eq!(
        recorded_name(&address("01", "", "00013", "")),
        Some("Phường Quán Thánh")
    );
    assert_eq!(
        recorded_name(&address("22", "", "06978", "")),
        Some("Xã Ba Chẽ")
    );
    // Split, and today's name of the same code is only one of the candidates.
    let both = address("30", "", "10729", "");
    let unsaid = address("", "", "10729", "");
    for split in [&both, &unsaid] {
        assert_eq!(status(split), MappingStatus::Ambiguous);
        let resolved = split.resolve(&SHIPPED, TODAY);
        let candidates = &resolved.current.candidates;
        assert!(
            candidates
                .iter()
                .any(|c| c.commune_code.as_str() == "10729")
        );
    }
    // The province tells: Hải Dương (30) is in Hải Phòng (31) since July 2025.
    let new = address("31", "", "10729", "");
    assert_eq!(recorded_name(&new), Some("Phường Trần Liễu"));
    assert_eq!(status(&new), MappingStatus::Mapped);
}

#[test]
fn a_code_that_stood_for_two_communes_is_ambiguous_and_nameless() {
    let shared = address("04", "049", "01615", "2019-01-01");
    let resolved = shared.resolve(&SHIPPED, TODAY);
    assert_eq!(resolved.as_recorded.commune_name, None);
    assert_eq!(resolved.current.status, MappingStatus::Ambiguous);
    assert_eq!(resolved.current.candidates.len(), 2);
    assert_eq!(
        resolved.address_line(),
        "12 Phố Cũ, Huyện Quảng Hòa, Tỉnh Cao Bằng"
    );
}

#[test]
fn a_province_alone_is_mapped_as_a_province() {
    let mut origin = address("64", "", "", "2019-01-01");
    origin.detail = None;
    let resolved = origin.resolve(&SHIPPED, TODAY);
    assert_eq!(resolved.as_recorded.province_name, Some("Tỉnh Gia Lai"));
    assert_eq!(resolved.current.status, MappingStatus::Mapped);
    assert_eq!(
        resolved.current.province_code,
        Some(ProvinceCode::of(b"52"))
    );
    assert_eq!(resolved.address_line(), "Tỉnh Gia Lai");
    let early = address("52", "", "", "2019");
    let resolved = early.resolve(&SHIPPED, TODAY);
    assert_eq!(resolved.as_recorded.province_name, Some("Tỉnh Bình Định"));
    assert_eq!(resolved.current.province_name, Some("Tỉnh Gia Lai"));
}

#[test]
fn a_district_alone_is_unmapped_but_keeps_its_province_unless_it_was_an_island() {
    let district = address("", "018", "", "");
    let resolved = district.resolve(&SHIPPED, TODAY);
    assert_eq!(resolved.current.status, MappingStatus::Unmapped);
    assert_eq!(resolved.current.province_name, Some("Thành phố Hà Nội"));
    assert_eq!(resolved.address_line(), "12 Phố Cũ, Huyện Gia Lâm");
    let island = address("77", "755", "", "");
    assert_eq!(
        line(&island, TODAY),
        "12 Phố Cũ, Đặc khu Côn Đảo, Thành phố Hồ Chí Minh"
    );
}

#[test]
fn an_unknown_commune_is_unmapped_and_its_province_still_maps() {
    let unknown = address("64", "622", "99999", "2010");
    let resolved = unknown.resolve(&SHIPPED, TODAY);
    assert_eq!(resolved.current.status, MappingStatus::Unmapped);
    assert_eq!(resolved.current.province_name, Some("Tỉnh Gia Lai"));
    assert_eq!(resolved.current.commune_code, None);
    assert_eq!(resolved.as_recorded.commune_code, unknown.commune_code);
    assert_eq!(status(&address("", "", "", "")), MappingStatus::Unmapped);
    assert_eq!(status(&address("03", "", "", "")), MappingStatus::Unmapped);
}

#[test]
fn a_new_province_beside_an_old_commune_is_named_as_todays() {
    // Pleiku's Tây Sơn was in Gia Lai (64); 52 was Bình Định then.
    let (code, _) = SHIPPED
        .communes_on(day_before_reform())
        .find(|(code, unit)| {
            unit.province == Some(ProvinceCode::of(b"64"))
                && SHIPPED.commune(*code, TODAY).is_none()
        })
        .unwrap();
    let mixed = address("52", "", code.as_str(), "");
    let resolved = mixed.resolve(&SHIPPED, TODAY);
    assert_eq!(resolved.as_recorded.province_name, Some("Tỉnh Gia Lai"));
    assert_eq!(resolved.current.province_name, Some("Tỉnh Gia Lai"));
}

#[test]
fn an_address_abroad_is_detail_and_country() {
    let mut abroad = address("01", "", "00004", "2026-01-01");
    abroad.country = Country::from_text("FR").unwrap();
    let resolved = abroad.resolve(&SHIPPED, TODAY);
    assert_eq!(resolved.current.status, MappingStatus::Unmapped);
    assert_eq!(resolved.as_recorded.province_name, None);
    assert_eq!(resolved.address_line(), "12 Phố Cũ, FR");
    assert!(resolved.location_codes() == LocationCodes::default());
}

#[test]
fn a_claim_may_name_the_recorded_unit_todays_or_any_candidate() {
    let codes = |address: &Address| {
        let codes = address.resolve(&SHIPPED, TODAY).location_codes();
        let communes: Vec<_> = codes.communes.iter().map(|c| c.to_string()).collect();
        let provinces: Vec<_> = codes.provinces.iter().map(|c| c.to_string()).collect();
        (provinces.join(" "), communes.join(" "))
    };
    let of = |provinces: &str, communes: &str| (provinces.to_owned(), communes.to_owned());
    let whole = address("01", "001", "00013", "2020");
    assert_eq!(codes(&whole), of("01", "00013 00004"));
    let split = address("30", "292", "10729", "2020");
    assert_eq!(codes(&split), of("30 31", "10729 10750"));
    assert_eq!(codes(&address("64", "", "", "2020")), of("64 52", ""));
}

#[test]
fn an_address_does_not_show_in_debug_output() {
    let shown = format!("{:?}", address("01", "001", "00013", "2020"));
    assert_eq!(shown, "Address(***)");
}

proptest! {
    #[test]
    fn every_address_resolves_and_a_mapped_one_has_todays_names(
        province in prop::option::of(0..100_u8),
        district in prop::option::of(0..1000_u16),
        commune in prop::option::of(prop::sample::select(
            (0..40_000_u32).filter(|n| n % 7 < 3).collect::<Vec<_>>(),
        )),
        recorded_on in prop::option::of((1990..2028_i16).prop_map(|y| y.to_string())),
        dated in any::<bool>(),
    ) {
        let text = |n: Option<String>| n.unwrap_or_default();
        let address = address(
            &text(province.map(|n| format!("{n:02}"))),
            &text(district.map(|n| format!("{n:03}"))),
            &text(commune.map(|n| format!("{n:05}"))),
            &text(recorded_on.filter(|_| dated)),
        );
        let resolved = address.resolve(&SHIPPED, TODAY);
        let current = &resolved.current;
        prop_assert!(current.commune_code.is_some() == current.commune_name.is_some());
        prop_assert!(current.province_code.is_some() == current.province_name.is_some());
        prop_assert!(current.candidates.is_empty() == (current.status != MappingStatus::Ambiguous));
        if current.status == MappingStatus::Mapped {
            prop_assert!(current.province_name.is_some());
            prop_assert!(current.commune_code.is_some()
                || (address.commune_code.is_none() && address.district_code.is_none()));
        }
        let codes = resolved.location_codes();
        prop_assert!(address.commune_code.is_none_or(|code| codes.communes.contains(&code)));
    }
}
