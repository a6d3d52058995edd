//! The tables shipped with the program: the files of `sql/reference/`, corrected fault by fault.
//!
//! The files stay as they were published; what is wrong with them is put right here and nowhere
//! else. No I/O: the files are part of the binary.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::{Date, date};

use super::code::{CommuneCode, DistrictCode, ProvinceCode};
use super::tables::{
    CommuneChange, EVER, EthnicGroup, EthnicScheme, Kind, Mode, PrefixProvince, ProvinceChange,
    REFORM, Span, Tables, Unit, Value, ValueList,
};
use crate::domain::fault::FromText;

macro_rules! shipped {
    ($name:literal) => {
        include_str!(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/sql/reference/",
            $name
        ))
    };
}

const PROVINCES: &str = shipped!("provinces_2025.csv");
const COMMUNES: &str = shipped!("communes_2025.csv");
const CONVERSION: &str = shipped!("commune_conversion_2025.csv");
const ETHNIC_GROUPS: &str = shipped!("ethnic_groups.csv");
const RELIGIONS: &str = shipped!("religions.csv");
const PREFIXES: &str = shipped!("id_prefix_provinces.csv");
const GENDER: &str = shipped!("code_gender.csv");
const MARITAL: &str = shipped!("code_marital.csv");
const BLOOD: &str = shipped!("code_blood.csv");

/// Everything the shipped tables are made from, this file's corrections included: when a digest
/// over it changes, the tables did.
pub const SOURCES: [&str; 10] = [
    PROVINCES,
    COMMUNES,
    CONVERSION,
    ETHNIC_GROUPS,
    RELIGIONS,
    PREFIXES,
    GENDER,
    MARITAL,
    BLOOD,
    include_str!("shipped.rs"),
];

/// Huế became a centrally-run city, under a shorter name (Resolution 175/2024/QH15).
const HUE_BECAME_A_CITY: Date = date(2025, 1, 1);
/// Đồng Nai became one, and ten of its communes wards.
const DONG_NAI_BECAME_A_CITY: Date = date(2026, 4, 30);

const HUE: ProvinceCode = ProvinceCode::of(b"46");

/// What a file holds is fixed when the program is built, and the tests below read all of it.
const CHECKED: &str = "the shipped files are checked by tests";

impl Tables {
    /// The tables as this version of the program ships them.
    pub fn shipped() -> Self {
        let lines = conversion();
        Self {
            provinces: provinces(&lines),
            districts: districts(&lines),
            communes: communes(&lines),
            province_changes: province_changes(&lines),
            commune_changes: lines.iter().map(commune_change).collect(),
            ethnic_groups: ethnic_groups(),
            religions: religions(),
            prefixes: prefixes(),
            values: values(),
        }
    }
}

/// One corrected line of the conversion table of 2025.
#[derive(Debug)]
struct Line {
    old_code: Option<CommuneCode>,
    old_name: String,
    old_district_code: DistrictCode,
    old_district: String,
    old_province_code: ProvinceCode,
    old_province: String,
    new_code: CommuneCode,
    new_name: String,
    new_province_code: ProvinceCode,
    new_province: String,
    mode: Mode,
}

fn conversion() -> Vec<Line> {
    rows::<11>(CONVERSION)
        .map(
            |[
                old_code,
                old_name,
                old_district_code,
                old_district,
                old_province_code,
                old_province,
                new_code,
                new_name,
                new_province_code,
                new_province,
                mode,
            ]| {
                let mut line = Line {
                    old_code: (!old_code.is_empty()).then(|| code(&old_code)),
                    old_name: tidy(&old_name),
                    old_district_code: code(&old_district_code),
                    old_district: tidy(&old_district),
                    old_province_code: code(&old_province_code),
                    old_province: tidy(&old_province),
                    new_code: code(&new_code),
                    new_name: tidy(&new_name),
                    new_province_code: code(&new_province_code),
                    new_province: tidy(&new_province),
                    mode: Mode::parse(&mode).expect(CHECKED),
                };
                correct(&mut line);
                line
            },
        )
        .collect()
}

/// The table's known faults, one `if` each.
///
/// Not faults, and kept: `01615` and `02485` stand for two communes each, and `18796` went whole
/// to one commune by one line and in parts to two by others, so that it is answered as split.
fn correct(line: &mut Line) {
    let old_code = line.old_code;
    let is = |code| old_code == Some(CommuneCode::of(code));
    // Đặng Xá is 00556. This line of it bears the code of Cổ Bi (00553), which left 00556 with
    // a single `part`.
    if is(b"00553") && line.old_name == "Xã Đặng Xá" {
        line.old_code = Some(CommuneCode::of(b"00556"));
    }
    // Ba Chẽ is 06978 in the list of the new communes; 06970 is the old township of that name.
    if line.new_code == CommuneCode::of(b"06970") {
        line.new_code = CommuneCode::of(b"06978");
    }
    // Tiên Hải was in Hà Tiên, so in Kiên Giang (91); the line says An Giang (89).
    if is(b"30781") {
        line.old_province_code = ProvinceCode::of(b"91");
        line.old_province = "Tỉnh Kiên Giang".to_owned();
    }
    // Two rural communes of Đồng Xuân without their kind.
    if is(b"22108") || is(b"22111") {
        line.old_name.insert_str(0, "Xã ");
    }
}

/// A name with single spaces, the plain apostrophe, and the kind of unit spelled as it should be
/// (the table has `phường`, `Thị Xã`, `Thi trấn` and `Xa` too).
fn tidy(name: &str) -> String {
    const KINDS: [(&str, &str); 8] = [
        ("phường ", "Phường "),
        ("xã ", "Xã "),
        ("Xa ", "Xã "),
        ("thị trấn ", "Thị trấn "),
        ("Thị Trấn ", "Thị trấn "),
        ("Thi trấn ", "Thị trấn "),
        ("Thị Xã ", "Thị xã "),
        ("Thành Phố ", "Thành phố "),
    ];
    let name = name
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .replace('\u{2019}', "'");
    for (wrong, right) in KINDS {
        if let Some(rest) = name.strip_prefix(wrong) {
            return format!("{right}{rest}");
        }
    }
    name
}

fn commune_change(line: &Line) -> CommuneChange {
    CommuneChange {
        effective_on: REFORM,
        old_code: line.old_code,
        old_name: line.old_name.as_str().into(),
        old_district: Some(line.old_district_code),
        new_code: line.new_code,
        mode: line.mode,
    }
}

/// The 63 provinces until July 2025, the 34 since, and the two that changed their names.
fn provinces(lines: &[Line]) -> Vec<(ProvinceCode, Unit)> {
    let old: BTreeMap<_, _> = lines
        .iter()
        .map(|line| (line.old_province_code, line.old_province.as_str()))
        .collect();
    let spelling: BTreeMap<_, _> = lines
        .iter()
        .map(|line| (line.new_province_code, line.new_province.as_str()))
        .collect();
    let mut all = Vec::new();
    for (code, name) in old {
        let mut from = EVER;
        if code == HUE {
            let earlier = Span {
                from,
                until: Some(HUE_BECAME_A_CITY),
            };
            all.push((code, unit("Tỉnh Thừa Thiên Huế", None, None, earlier)));
            from = HUE_BECAME_A_CITY;
        }
        all.push((code, unit(name, None, None, before_reform(from))));
    }
    for [own, kind, name, _count] in rows(PROVINCES) {
        let own = code(&own);
        let spelled = spelling.get(&own).copied().expect(CHECKED);
        let listed = tidy(&format!("{kind} {name}"));
        all.extend(since_reform(own, spelled, &listed, None));
    }
    all
}

/// A unit since the reform, under the State list's spelling. Where the later list knows it as
/// another kind of unit, it became that when Đồng Nai became a city.
fn since_reform<C: Copy>(
    code: C,
    spelled: &str,
    listed: &str,
    province: Option<ProvinceCode>,
) -> Vec<(C, Unit)> {
    let open = |from| Span { from, until: None };
    if Kind::of(spelled) == Kind::of(listed) {
        return vec![(code, unit(spelled, province, None, open(REFORM)))];
    }
    let first = Span {
        from: REFORM,
        until: Some(DONG_NAI_BECAME_A_CITY),
    };
    let then = open(DONG_NAI_BECAME_A_CITY);
    vec![
        (code, unit(spelled, province, None, first)),
        (code, unit(listed, province, None, then)),
    ]
}

fn before_reform(from: Date) -> Span {
    Span {
        from,
        until: Some(REFORM),
    }
}

fn unit(
    name: &str,
    province: Option<ProvinceCode>,
    district: Option<DistrictCode>,
    valid: Span,
) -> Unit {
    Unit {
        name: name.into(),
        province,
        district,
        valid,
    }
}

fn districts(lines: &[Line]) -> Vec<(DistrictCode, Unit)> {
    let distinct: BTreeMap<_, _> = lines
        .iter()
        .map(|line| (line.old_district_code, line))
        .collect();
    distinct
        .into_iter()
        .map(|(code, line)| {
            let within = Some(line.old_province_code);
            (
                code,
                unit(&line.old_district, within, None, before_reform(EVER)),
            )
        })
        .collect()
}

/// The communes until July 2025, as far as they had a code, and the 3,321 since.
fn communes(lines: &[Line]) -> Vec<(CommuneCode, Unit)> {
    // By code and name, for two codes stand for two communes each.
    let old: BTreeMap<_, _> = lines
        .iter()
        .filter_map(|line| Some(((line.old_code?, line.old_name.as_str()), line)))
        .collect();
    let spelling: BTreeMap<_, _> = lines
        .iter()
        .map(|line| (line.new_code, line.new_name.as_str()))
        .collect();
    let mut all: Vec<_> = old
        .into_iter()
        .map(|((code, name), line)| {
            let (province, district) = (line.old_province_code, line.old_district_code);
            let valid = before_reform(EVER);
            (code, unit(name, Some(province), Some(district), valid))
        })
        .collect();
    for [own, kind, name, province] in rows(COMMUNES) {
        let own = code(&own);
        let spelled = spelling.get(&own).copied().expect(CHECKED);
        let listed = tidy(&format!("{kind} {name}"));
        all.extend(since_reform(own, spelled, &listed, Some(code(&province))));
    }
    all
}

fn province_changes(lines: &[Line]) -> Vec<ProvinceChange> {
    let pairs: BTreeSet<_> = lines
        .iter()
        .map(|line| (line.old_province_code, line.new_province_code))
        .collect();
    pairs
        .into_iter()
        .map(|(old_code, new_code)| ProvinceChange {
            effective_on: REFORM,
            old_code,
            new_code,
        })
        .collect()
}

/// Both schemes; a group the 2008 list does not have is in the one of 1979 only.
fn ethnic_groups() -> Vec<EthnicGroup> {
    rows(ETHNIC_GROUPS)
        .flat_map(|[name, in_1979, in_2008, _label]| {
            [
                (EthnicScheme::List1979, in_1979),
                (EthnicScheme::List2008, in_2008),
            ]
            .into_iter()
            .filter(|(_, digits)| !digits.is_empty())
            .map(move |(scheme, digits)| EthnicGroup {
                code: code(&digits),
                scheme,
                name: name.as_str().into(),
            })
        })
        .collect()
}

/// Names without the notes some carry in brackets (`99`).
fn religions() -> Vec<(super::ListCode, Box<str>)> {
    rows(RELIGIONS)
        .map(|[digits, name]| {
            let name = name.split(" (").next().unwrap_or_default();
            (code(&digits), name.into())
        })
        .collect()
}

fn prefixes() -> Vec<PrefixProvince> {
    rows(PREFIXES)
        .map(
            |[prefix, name, current, _kind, _name, _merged]| PrefixProvince {
                prefix: code(&prefix),
                name_at_issue: name.into(),
                current_province: code(&current),
            },
        )
        .collect()
}

fn values() -> Vec<Value> {
    [
        (ValueList::Gender, GENDER),
        (ValueList::Marital, MARITAL),
        (ValueList::Blood, BLOOD),
    ]
    .into_iter()
    .flat_map(|(list, file)| {
        rows(file).map(move |[code, name, word]| Value {
            list,
            code: code.into(),
            name: name.into(),
            word: word.into(),
        })
    })
    .collect()
}

/// A file's lines after its header, as its `N` columns.
fn rows<const N: usize>(file: &'static str) -> impl Iterator<Item = [String; N]> {
    csv::Reader::from_reader(file.as_bytes())
        .into_records()
        .map(|record| {
            let record = record.expect(CHECKED);
            assert_eq!(record.len(), N, "{CHECKED}");
            std::array::from_fn(|column| record[column].to_owned())
        })
}

fn code<const N: usize>(digits: &str) -> super::Code<N> {
    super::Code::from_text(digits).expect(CHECKED)
}

#[cfg(test)]
#[path = "shipped_tests.rs"]
mod tests;
