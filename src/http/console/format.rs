//! Numbers, moments and spans of time, as each language writes them. Moments are Vietnam's.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::{Offset, TimeZone};

use crate::http::problem::Language;

/// Vietnam is seven hours ahead, all year round.
const VIETNAM: Offset = jiff::tz::offset(7);

/// A moment, for programs and for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moment {
    /// RFC 3339, with Vietnam's offset.
    pub iso: String,
    /// As people write it, to the second.
    pub text: String,
}

impl Moment {
    /// That moment.
    pub fn of(at: Timestamp, language: Language) -> Self {
        let local = at.to_zoned(TimeZone::fixed(VIETNAM));
        let pattern = match language {
            Language::Vietnamese => "%d/%m/%Y %H:%M:%S",
            Language::English => "%-d %b %Y, %H:%M:%S",
        };
        Self {
            iso: local.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string(),
            text: local.strftime(pattern).to_string(),
        }
    }
}

/// A day.
pub fn day(day: Date, language: Language) -> String {
    let pattern = match language {
        Language::Vietnamese => "%d/%m/%Y",
        Language::English => "%-d %b %Y",
    };
    day.strftime(pattern).to_string()
}

/// An hour of a day.
pub fn hour(at: Timestamp, language: Language) -> String {
    let pattern = match language {
        Language::Vietnamese => "%d/%m %H:%M",
        Language::English => "%-d %b, %H:%M",
    };
    at.to_zoned(TimeZone::fixed(VIETNAM))
        .strftime(pattern)
        .to_string()
}

/// A whole number with its thousands apart.
pub fn number(number: u64, language: Language) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(match language {
                Language::Vietnamese => '.',
                Language::English => ',',
            });
        }
        out.push(digit);
    }
    out
}

/// A span of time in its largest unit, to a tenth below ten seconds.
pub fn span(seconds: f64, language: Language) -> String {
    let seconds = if seconds.is_finite() {
        seconds.max(0.0)
    } else {
        0.0
    };
    if seconds < 9.95 {
        let tenths = format!("{seconds:.1}");
        return match language {
            Language::Vietnamese => format!("{} giây", tenths.replace('.', ",")),
            Language::English => format!("{tenths} s"),
        };
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "finite and not negative, and what saturates is beyond all logs"
    )]
    let whole = seconds.round() as u64;
    let (count, vietnamese, english) = match whole {
        ..120 => (whole, "giây", "s"),
        120..7200 => (whole / 60, "phút", "min"),
        7200..172_800 => (whole / 3600, "giờ", "h"),
        _ => (whole / 86_400, "ngày", "days"),
    };
    let unit = match language {
        Language::Vietnamese => vietnamese,
        Language::English => english,
    };
    format!("{} {unit}", number(count, language))
}

/// A number for which `0` is good news.
pub fn count(count: i64, language: Language) -> String {
    number(u64::try_from(count).unwrap_or(0), language)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_language_writes_numbers_its_own_way() {
        let both = |it| {
            (
                number(it, Language::Vietnamese),
                number(it, Language::English),
            )
        };
        assert_eq!(both(0), ("0".into(), "0".into()));
        assert_eq!(both(999), ("999".into(), "999".into()));
        assert_eq!(both(1000), ("1.000".into(), "1,000".into()));
        assert_eq!(both(1_234_567), ("1.234.567".into(), "1,234,567".into()));
    }

    #[test]
    fn a_moment_is_vietnams() {
        let at = "2026-11-25T17:00:00.9Z".parse().unwrap();
        let vietnamese = Moment::of(at, Language::Vietnamese);
        assert_eq!(vietnamese.text, "26/11/2026 00:00:00");
        assert_eq!(vietnamese.iso, "2026-11-26T00:00:00+07:00");
        assert_eq!(
            Moment::of(at, Language::English).text,
            "26 Nov 2026, 00:00:00"
        );
    }

    #[test]
    fn a_span_is_said_in_its_largest_unit() {
        let both = |it| (span(it, Language::Vietnamese), span(it, Language::English));
        assert_eq!(both(0.44), ("0,4 giây".into(), "0.4 s".into()));
        assert_eq!(both(61.0), ("61 giây".into(), "61 s".into()));
        assert_eq!(both(3600.0), ("60 phút".into(), "60 min".into()));
        assert_eq!(both(7200.0), ("2 giờ".into(), "2 h".into()));
        assert_eq!(both(4e8), ("4.629 ngày".into(), "4,629 days".into()));
        assert_eq!(both(f64::NAN).1, "0.0 s");
    }
}
