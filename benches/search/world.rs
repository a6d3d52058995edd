//! Who asks about whom: a made-up month.

use dancu::domain::entry::{Decision, Entry, Operation, Private};
use jiff::Timestamp;
use jiff::civil::{Date, date};

/// Days of the log, the last of them [`LAST_DAY`].
pub const DAYS: u64 = 30;
const LAST_DAY: Date = date(2026, 3, 20);
const AGENCIES: u64 = 200;
const CLIENTS: u64 = 1_000;
const OFFICERS: u64 = 5_000;
const PEOPLE: f64 = 1_000_000.0;
const PROCEDURES: f64 = 40.0;
/// Entries of a case.
const CASE: u64 = 5;

/// How many entries there are, and what each of them is.
pub struct World {
    pub entries: u64,
}

/// Who asks whom about what.
pub struct Asked {
    pub agency: String,
    pub client: String,
    pub officer: String,
    pub person: String,
    pub procedure: String,
    pub case: String,
    pub operation: Operation,
    pub decision: Decision,
}

/// A number that depends on two others and looks like chance (splitmix64).
pub fn dice(of: u64, salt: u64) -> f64 {
    let mut z = of.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ salt.wrapping_mul(0xD1B5_4A32_D192_ED03);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
}

/// A rank below `count`, the chance of which falls with `1 / (rank + shift)`.
fn zipf(chance: f64, count: f64, shift: f64) -> u64 {
    let rank = shift * ((count + shift) / shift).powf(chance) - shift;
    rank.min(count - 1.0) as u64
}

impl World {
    pub const fn new(entries: u64) -> Self {
        Self { entries }
    }

    pub fn a_day(&self) -> u64 {
        self.entries / DAYS
    }

    pub fn day(number: u64) -> Date {
        let back = DAYS - 1 - number;
        LAST_DAY - jiff::Span::new().days(back as i64)
    }

    /// When the entries of a day are written, in their order: within eleven hours.
    pub fn at(&self, day: u64, number: u64) -> Timestamp {
        let begins = dancu::audit::search::beginning(Self::day(day)).as_millisecond();
        let share = number as f64 / self.a_day() as f64;
        let at = begins + 7 * 3_600_000 + (share * 11.0 * 3_600_000.0) as i64;
        Timestamp::from_millisecond(at).expect("a moment of this century")
    }

    pub fn person(rank: u64) -> String {
        format!("001{:09}", rank)
    }

    pub fn officer(number: u64) -> String {
        format!("079{:09}", number)
    }

    /// What the entry of that number is.
    pub fn asked(&self, number: u64) -> Asked {
        let client = zipf(dice(number, 1), CLIENTS as f64, 10.0);
        let agency = client % AGENCIES;
        let a_desk = OFFICERS / AGENCIES;
        let officer = agency * a_desk + (dice(number, 2) * a_desk as f64) as u64;
        let kind = dice(number, 3);
        let end = dice(number, 4);
        Asked {
            agency: format!("H{agency:03}"),
            client: format!("client-{client:04}"),
            officer: Self::officer(officer),
            person: Self::person(zipf(dice(number, 5), PEOPLE, 100.0)),
            procedure: format!("1.{:06}", 4_000 + zipf(dice(number, 6), PROCEDURES, 3.0)),
            case: format!(
                "H{agency:03}-{:010}",
                number / (CASE * CLIENTS) * CLIENTS + client
            ),
            operation: match kind {
                it if it < 0.6 => Operation::Verify,
                it if it < 0.95 => Operation::Lookup,
                _ => Operation::Prefill,
            },
            decision: match end {
                it if it < 0.03 => Decision::NoMatch,
                it if it < 0.032 => Decision::Refused,
                _ => Decision::Match,
            },
        }
    }
}

impl Asked {
    pub fn entry(&self, number: u64) -> Entry<'_> {
        let fields: &[&str] = match self.operation {
            Operation::Verify => &[],
            _ => &["full_name", "birth_date", "sex", "permanent_residence"],
        };
        let is_match = self.decision == Decision::Match;
        Entry {
            request_id: Some(uuid::Uuid::from_u128(u128::from(number))),
            agency_code: Some(&self.agency),
            client_id: Some(&self.client),
            token_id: Some("4f2c9b0e-6f4d-4a2e-9d55-0b8f6f1f6a3c"),
            token_sub: Some(&self.client),
            procedure_code: Some(&self.procedure),
            claims: &["full_name", "birth_date"],
            asked: fields,
            disclosed: if is_match { fields } else { &[] },
            papers_replaced: if is_match { &["cccd_copy"] } else { &[] },
            address: Some([10, 1, 2, 3].into()),
            name_match: is_match.then_some("canonical"),
            revision: is_match.then_some(7),
            subject: Some(Private::new(&self.person)),
            officer: Some(Private::new(&self.officer)),
            case: Some(Private::new(&self.case)),
            ..Entry::new(self.operation, self.decision)
        }
    }
}
