//! Vietnam's working days and hours, as offices and people keep them.

use jiff::civil::{Date, Weekday};
use jiff::tz::{TimeZone, offset};
use jiff::{SignedDuration, Timestamp};

use super::super::dice::Dice;

/// Days off that have a date of their own (Labour Code 45/2019 art. 112; 24 November since 2026).
const HOLIDAYS: [(i8, i8); 6] = [(1, 1), (4, 30), (5, 1), (9, 2), (9, 3), (11, 24)];

/// Days off by the lunar calendar: Tết, and the day of the Hùng kings.
const LUNAR: [(i16, i8, i8); 14] = [
    (2026, 2, 16),
    (2026, 2, 17),
    (2026, 2, 18),
    (2026, 2, 19),
    (2026, 2, 20),
    (2026, 4, 27),
    (2027, 2, 5),
    (2027, 2, 8),
    (2027, 2, 9),
    (2027, 2, 10),
    (2027, 2, 11),
    (2027, 4, 16),
    (2028, 1, 25),
    (2028, 1, 26),
];

/// When a system is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hours {
    /// An office with a lunch break.
    Office,
    /// People at home: after work, and in the evening.
    Home,
    /// A shop or an app: evenly, all day long.
    Shop,
    /// A hospital: mornings above all, and some at night.
    Ward,
}

impl Hours {
    /// How much falls into each hour of the day.
    const fn weights(self) -> [u16; 24] {
        match self {
            Self::Office => [
                0, 0, 0, 0, 0, 0, 0, 4, 16, 18, 17, 8, 1, 9, 16, 15, 11, 2, 0, 0, 0, 0, 0, 0,
            ],
            Self::Home => [
                0, 0, 0, 0, 0, 0, 2, 4, 6, 6, 6, 5, 8, 6, 5, 5, 5, 6, 6, 9, 13, 11, 5, 0,
            ],
            Self::Shop => [
                0, 0, 0, 0, 0, 0, 0, 0, 7, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 7, 0, 0, 0,
            ],
            Self::Ward => [
                1, 1, 0, 1, 1, 2, 6, 14, 16, 14, 11, 6, 3, 7, 9, 8, 6, 4, 3, 2, 2, 2, 1, 1,
            ],
        }
    }

    /// A moment of that day.
    pub(super) fn moment(self, day: Date, dice: &mut Dice) -> Timestamp {
        let hour = dice.weighted(&self.weights());
        let second = i64::from(dice.below(3_600));
        let hour = i64::try_from(hour).expect("a day has 24");
        after(day, hour * 3_600 + second, dice)
    }
}

/// Whether offices are open.
pub(super) fn is_working(day: Date) -> bool {
    let date = (day.month(), day.day());
    !is_weekend(day) && !HOLIDAYS.contains(&date) && !LUNAR.contains(&(day.year(), date.0, date.1))
}

fn is_weekend(day: Date) -> bool {
    matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday)
}

/// Whether somebody who works then is worth a look: at night, or on a day off.
pub(super) fn is_off(day: Date, at: Timestamp) -> bool {
    let hour = at.duration_since(begin(day)).as_hours();
    !is_working(day) || !(6..20).contains(&hour)
}

/// That time of the day, and some milliseconds.
pub(super) fn at(day: Date, hour: i64, minute: i64, dice: &mut Dice) -> Timestamp {
    after(day, hour * 3_600 + minute * 60, dice)
}

/// So many seconds into the day, and some milliseconds; never on another day.
pub(super) fn after(day: Date, seconds: i64, dice: &mut Dice) -> Timestamp {
    let seconds = seconds.clamp(0, 24 * 3_600 - 1);
    let milliseconds = seconds * 1_000 + i64::from(dice.below(1_000));
    begin(day) + SignedDuration::from_millis(milliseconds)
}

/// Some seconds later, still on that day.
pub(super) fn later(day: Date, at: Timestamp, low: i16, high: i16, dice: &mut Dice) -> Timestamp {
    let passed = at.duration_since(begin(day)).as_secs();
    after(day, passed + i64::from(dice.between(low, high)), dice)
}

/// The beginning of a day in Vietnam (UTC+7 since 1975, no daylight saving).
pub(super) fn begin(day: Date) -> Timestamp {
    let midnight = day.to_zoned(TimeZone::fixed(offset(7)));
    midnight.expect("days lie in this century").timestamp()
}
