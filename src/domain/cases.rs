//! The worked cases of `tests/data/cases.json` that are about numbers, dates and names.

use jiff::civil::date;
use serde_json::{Value, json};

use super::date::{DateMatch, PartialDate, judge};
use super::fault::FromText;
use super::name::{Name, NameKey};
use super::number::{Number, NumberError, PersonalId, Prefix, classify, warnings};
use super::sex::Sex;

/// The cases of one section, of which there must be that many: a lost case would pass silently.
fn section(name: &str, count: usize) -> Vec<Value> {
    let cases: Value =
        serde_json::from_str(include_str!("../../tests/data/cases.json")).expect("it is JSON");
    let section = cases[name]
        .as_array()
        .expect("the section is a list")
        .clone();
    assert_eq!(section.len(), count);
    section
}

fn text<'a>(case: &'a Value, member: &str) -> &'a str {
    case[member].as_str().expect("the member is a text")
}

fn warned(number: PersonalId, birth: Option<PartialDate>, sex: Sex) -> Value {
    json!(warnings(number, birth, sex, date(2026, 11, 21)))
}

fn number_answer(input: &str) -> Value {
    match classify(input) {
        Ok(Number::Old(_)) => json!({"ok": true, "kind": "cmnd9"}),
        Ok(Number::Personal(number)) => {
            let mut answer = json!({
                "ok": true,
                "kind": "pin12",
                "sex": number.sex(),
                "birth_year": number.birth_year(),
                "warnings": warned(number, None, Sex::Unknown),
            });
            match number.prefix_kind() {
                Prefix::Province {
                    name_at_issue,
                    current_province_code,
                } => {
                    answer["prefix"] = json!("province");
                    answer["province_at_issue"] = json!(name_at_issue);
                    answer["current_province_code"] = json!(current_province_code);
                }
                Prefix::CountryOrOther => answer["prefix"] = json!("country_or_other"),
                Prefix::Unassigned => answer["prefix"] = json!("unassigned"),
            }
            answer
        }
        Err(error) => {
            let error = match error {
                NumberError::Missing => "missing",
                NumberError::Character => "invalid_character",
                NumberError::TaxCode
                | NumberError::OldNotPersonal
                | NumberError::PersonalNotOld
                | NumberError::PersonalLength
                | NumberError::OldLength
                | NumberError::NeitherLength => "invalid_length",
            };
            json!({"ok": false, "error": error})
        }
    }
}

#[test]
fn numbers_answer_as_the_cases_say() {
    for case in section("pins", 12) {
        assert_eq!(
            number_answer(text(&case, "input")),
            case["expect"],
            "{}",
            case["id"]
        );
    }
}

#[test]
fn numbers_and_records_disagree_as_the_cases_say() {
    for case in section("consistency", 2) {
        let number = PersonalId::parse(text(&case, "pin")).unwrap();
        let birth = PartialDate::from_iso(text(&case, "birth")).unwrap();
        let sex = Sex::from_text(text(&case, "sex")).unwrap();
        assert_eq!(
            warned(number, Some(birth), sex),
            case["expect"],
            "{}",
            case["id"]
        );
    }
}

#[test]
fn dates_are_read_and_compared_as_the_cases_say() {
    for case in section("dates", 8) {
        let answer = if let Some(record) = case["record"].as_str() {
            let record = PartialDate::from_iso(record).unwrap();
            let claim = PartialDate::from_iso(text(&case, "query")).unwrap();
            json!(match judge(record, claim) {
                DateMatch::Full => "match",
                DateMatch::Partial => "partial_match",
                DateMatch::CoarserClaim | DateMatch::Mismatch => "no_match",
            })
        } else {
            let input = text(&case, "input");
            let parsed = match case["source"].as_str() {
                Some("qr") => PartialDate::from_qr(input),
                _ => PartialDate::from_edge(input),
            };
            match parsed {
                Ok(date) => json!({"ok": true, "precision": date.precision(), "value": date}),
                Err(_) => json!({"ok": false, "error": "invalid_date"}),
            }
        };
        assert_eq!(answer, case["expect"], "{}", case["id"]);
    }
}

#[test]
fn names_compare_as_the_cases_say() {
    for case in section("names", 14) {
        let key = |member| NameKey::of(&Name::from_text(text(&case, member)).unwrap());
        let (a, b) = (key("a"), key("b"));
        for level in [a.compare(&b), b.compare(&a)] {
            assert_eq!(level.as_str(), case["expect"], "{}", case["id"]);
        }
    }
}
