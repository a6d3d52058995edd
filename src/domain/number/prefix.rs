//! What the first three digits of a personal number stand for: the frozen table of 63 provinces.
//!
//! Names at issue come from here only. Today's province codes are another vocabulary: prefix 052
//! is Bình Định, province code 52 of today is Gia Lai.

use std::sync::LazyLock;

/// Where the birth was registered, as far as the prefix says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Prefix {
    /// One of the 63 provinces (circulars 07/2016 and 59/2021).
    Province {
        /// The province's name when the number was issued.
        name_at_issue: &'static str,
        /// The two-digit code of the province it belongs to since 1 July 2025.
        current_province_code: &'static str,
    },
    /// 100 and above: a country or another place; valid, though the table is not published.
    CountryOrOther,
    /// Below 100 and no province. A warning, never an error.
    Unassigned,
}

const PROVINCES: &str = include_str!("../../../sql/reference/id_prefix_provinces.csv");

/// By prefix, so that a look-up is an index.
static TABLE: LazyLock<[Prefix; 100]> = LazyLock::new(|| {
    let mut table = [Prefix::Unassigned; 100];
    for line in PROVINCES.lines().skip(1) {
        // The published names hold neither commas nor quotes, so a plain split reads them.
        let mut columns = line.split(',');
        let mut next = || columns.next().expect("the embedded table has its columns");
        let (prefix, name_at_issue, current_province_code) = (next(), next(), next());
        let index: usize = prefix.parse().expect("the embedded prefixes are numbers");
        table[index] = Prefix::Province {
            name_at_issue,
            current_province_code,
        };
    }
    table
});

/// What that prefix stands for, 0-999.
pub(super) fn look_up(prefix: u16) -> Prefix {
    TABLE
        .get(usize::from(prefix))
        .copied()
        .unwrap_or(Prefix::CountryOrOther)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_holds_the_63_provinces() {
        let provinces = (0..100).filter(|p| matches!(look_up(*p), Prefix::Province { .. }));
        assert_eq!(provinces.count(), 63);
        assert_eq!(PROVINCES.lines().count(), 64);
        assert!(!PROVINCES.contains('"'));
    }

    #[test]
    fn prefix_052_is_binh_dinh_though_code_52_is_gia_lai_today() {
        let province = |name_at_issue, current_province_code| Prefix::Province {
            name_at_issue,
            current_province_code,
        };
        assert_eq!(look_up(52), province("Bình Định", "52"));
        assert_eq!(look_up(64), province("Gia Lai", "52"));
    }

    #[test]
    fn a_hundred_and_above_is_a_country_and_the_gaps_are_unassigned() {
        assert_eq!(look_up(100), Prefix::CountryOrOther);
        assert_eq!(look_up(999), Prefix::CountryOrOther);
        for gap in [0, 3, 97, 99] {
            assert_eq!(look_up(gap), Prefix::Unassigned);
        }
    }
}
