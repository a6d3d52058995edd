//! Spellings by source, comparison at the coarser precision, ages.

use jiff::civil::date;
use proptest::prelude::*;
use rstest::rstest;

use super::*;
use crate::domain::fault::{FaultCode, FromText};

fn iso(text: &str) -> PartialDate {
    PartialDate::from_iso(text).unwrap()
}

#[rstest]
#[case("1950-07-02", Precision::Day)]
#[case("1950-07", Precision::Month)]
#[case("1950", Precision::Year)]
#[case("2024-02-29", Precision::Day)]
fn the_api_takes_iso_and_shows_it_again(#[case] text: &str, #[case] precision: Precision) {
    let date = iso(text);
    assert_eq!(
        (date.to_string().as_str(), date.precision()),
        (text, precision)
    );
    assert_eq!(serde_json::to_value(date).unwrap(), serde_json::json!(text));
}

#[rstest]
#[case("02/07/1950", DateError::NotIso)]
#[case("19500702", DateError::NotIso)]
#[case("1950-7-2", DateError::NotIso)]
#[case(" 1950", DateError::NotIso)]
#[case("1950-07-02T00:00:00Z", DateError::NotIso)]
#[case("1950-07-02-", DateError::NotIso)]
#[case("1950-", DateError::NotIso)]
#[case("１９５０", DateError::NotIso)]
#[case("+1950", DateError::NotIso)]
#[case("", DateError::NotIso)]
#[case("50-07-02", DateError::TwoDigitYear)]
#[case("1950-13", DateError::Impossible)]
#[case("1950-00", DateError::Impossible)]
#[case("1950-01-00", DateError::Impossible)]
#[case("2023-02-29", DateError::Impossible)]
#[case("1799-12-31", DateError::Year)]
#[case("2400", DateError::Year)]
#[case("0000-01-01", DateError::Year)]
fn the_api_refuses_what_is_not_iso(#[case] text: &str, #[case] error: DateError) {
    assert_eq!(PartialDate::from_iso(text), Err(error));
    assert_eq!(
        PartialDate::from_text(text).unwrap_err().code,
        FaultCode::Date
    );
}

#[rstest]
#[case("2/7/1950", "1950-07-02")]
#[case("02/07/1950", "1950-07-02")]
#[case("19500702", "1950-07-02")]
#[case("1950-07-02", "1950-07-02")]
#[case("1950-07", "1950-07")]
#[case("1950", "1950")]
fn old_systems_may_also_write_day_first_or_digits(#[case] text: &str, #[case] expected: &str) {
    assert_eq!(PartialDate::from_edge(text).unwrap(), iso(expected));
}

#[rstest]
#[case("07/31/1990", DateError::Impossible)]
#[case("31/04/1990", DateError::Impossible)]
#[case("2/7/50", DateError::TwoDigitYear)]
#[case("02.07.1950", DateError::NotEdge)]
#[case("002/07/1950", DateError::NotEdge)]
#[case("02/07/1950/", DateError::NotEdge)]
#[case("02071950", DateError::Year)]
fn old_systems_may_not_write_the_month_first(#[case] text: &str, #[case] error: DateError) {
    assert_eq!(PartialDate::from_edge(text), Err(error));
}

#[test]
fn eight_digits_are_read_as_their_source_writes_them() {
    assert_eq!(PartialDate::from_qr("20121920").unwrap(), iso("1920-12-20"));
    assert_eq!(
        PartialDate::from_edge("20121920"),
        Err(DateError::Impossible)
    );
    assert_eq!(
        PartialDate::from_edge("20121020").unwrap(),
        iso("2012-10-20")
    );
    assert_eq!(PartialDate::from_qr("1950"), Err(DateError::NotQr));
}

#[rstest]
#[case("1950-07-02", "1950-07-02", DateMatch::Full)]
#[case("1950", "1950", DateMatch::Full)]
#[case("1950", "1950-07-02", DateMatch::Partial)]
#[case("1950-07", "1950-07-02", DateMatch::Partial)]
#[case("1950", "1950-07", DateMatch::Partial)]
#[case("1950-07-02", "1950", DateMatch::CoarserClaim)]
#[case("1950-07-02", "1950-07", DateMatch::CoarserClaim)]
#[case("1950-07-02", "1950-07-03", DateMatch::Mismatch)]
#[case("1950-07", "1950-08-02", DateMatch::Mismatch)]
#[case("1950-07-02", "1951", DateMatch::Mismatch)]
fn dates_compare_at_the_coarser_precision(
    #[case] record: &str,
    #[case] claim: &str,
    #[case] expected: DateMatch,
) {
    assert_eq!(judge(iso(record), iso(claim)), expected);
}

#[test]
fn a_coarse_date_reaches_from_its_first_day_to_its_last() {
    assert_eq!(iso("2024-02").earliest(), date(2024, 2, 1));
    assert_eq!(iso("2024-02").latest(), date(2024, 2, 29));
    assert_eq!(iso("1950").earliest(), date(1950, 1, 1));
    assert_eq!(iso("1950").latest(), date(1950, 12, 31));
}

#[test]
fn a_year_is_completed_on_the_birthday_and_after_a_leap_day_on_the_first_of_march() {
    let on_the_day = iso("2008-11-21").age_bounds(date(2026, 11, 21));
    let the_day_before = iso("2008-11-21").age_bounds(date(2026, 11, 20));
    assert_eq!((on_the_day, the_day_before), ((18, 18), (17, 17)));
    assert_eq!(iso("2008-02-29").age_bounds(date(2026, 2, 28)), (17, 17));
    assert_eq!(iso("2008-02-29").age_bounds(date(2026, 3, 1)), (18, 18));
    assert_eq!(iso("2027-01-01").age_bounds(date(2026, 11, 21)), (-1, -1));
}

#[test]
fn the_age_of_a_coarse_birth_date_is_a_range_until_the_year_is_over() {
    assert_eq!(iso("2008").age_bounds(date(2026, 11, 21)), (17, 18));
    assert_eq!(iso("2008").age_bounds(date(2026, 12, 31)), (18, 18));
    assert_eq!(iso("2008-10").age_bounds(date(2026, 11, 21)), (18, 18));
}

#[test]
fn debug_shows_no_part_of_the_date() {
    assert_eq!(format!("{:?}", iso("1950-07-02")), "PartialDate(day)");
}

#[test]
fn a_calendar_day_beyond_the_range_of_years_is_moved_to_its_end() {
    assert_eq!(PartialDate::from(date(1700, 5, 5)), iso("1800-01-01"));
    assert_eq!(PartialDate::from(date(2020, 5, 5)), iso("2020-05-05"));
}

#[test]
fn the_reason_names_the_range_of_years() {
    let reason = DateError::Year.to_string();
    assert!(reason.contains(&MIN_YEAR.to_string()) && reason.contains(&MAX_YEAR.to_string()));
}

fn any_date() -> impl Strategy<Value = PartialDate> {
    let (first, last) = (date(MIN_YEAR, 1, 1), date(MAX_YEAR, 12, 31));
    let days = first.until(last).unwrap().get_days();
    (0..=days, 0..3).prop_map(move |(days, precision)| {
        let day = PartialDate::from(first + jiff::Span::new().days(days));
        day.at([Precision::Year, Precision::Month, Precision::Day][precision as usize])
    })
}

proptest! {
    #[test]
    fn every_date_reads_back_from_what_it_shows(date in any_date()) {
        let text = date.to_string();
        prop_assert_eq!(PartialDate::from_iso(&text), Ok(date));
        prop_assert_eq!(PartialDate::from_edge(&text), Ok(date));
        if let (year, Some(month), Some(day)) = (date.year(), date.month(), date.day()) {
            let spelt = [format!("{day}/{month}/{year}"), format!("{year}{month:02}{day:02}")];
            for text in spelt {
                prop_assert_eq!(PartialDate::from_edge(&text), Ok(date));
            }
            prop_assert_eq!(PartialDate::from_qr(&format!("{day:02}{month:02}{year}")), Ok(date));
        }
    }

    #[test]
    fn a_date_matches_itself_and_turns_partial_the_other_way_round(a in any_date(), b in any_date()) {
        prop_assert_eq!(judge(a, a), DateMatch::Full);
        let mirrored = match judge(a, b) {
            DateMatch::Partial => DateMatch::CoarserClaim,
            DateMatch::CoarserClaim => DateMatch::Partial,
            same @ (DateMatch::Full | DateMatch::Mismatch) => same,
        };
        prop_assert_eq!(judge(b, a), mirrored);
        prop_assert_eq!(judge(a.at(Precision::Year), a).is_match(), true);
    }

    #[test]
    fn ages_are_ordered_and_at_most_a_year_apart(birth in any_date(), on in any_date()) {
        let (least, greatest) = birth.age_bounds(on.earliest());
        prop_assert!(least <= greatest && greatest - least <= 1);
    }

    #[test]
    fn any_text_is_judged_without_panic(text in "\\PC{0,12}|[0-9/-]{0,11}") {
        let parsed = [
            PartialDate::from_iso(&text),
            PartialDate::from_edge(&text),
            PartialDate::from_qr(&text),
        ];
        for date in parsed.into_iter().flatten() {
            prop_assert!(date.earliest() <= date.latest());
        }
    }
}
