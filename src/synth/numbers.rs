//! Personal numbers: unique over a hundred million people, and read back into the index they are
//! of, without any state.
//!
//! # Why no two are alike
//!
//! A block has a *home*: the province (one of 63) its [slot](Numbers) stands for, the round `q` of
//! all slots it is in, the `group` and `step` that number the slots of one province. A number holds
//!
//! - the province, or for births abroad a prefix that contains both country and province,
//! - the birth year, which tells the `step`s of a group apart ([`plan`](super::plan)),
//! - six digits, which hold `q`, seat and `group`: `(q × 20 + seat) × 8 + group` < 800,000.
//!
//! So home and seat, therefore the index, can be computed from the number. People from elsewhere have
//! another province in front, as a fixed function of `q`, mover and `group`; their six digits
//! are `800,000 + (q × 5 + mover) × 8 + group`, which hold all of these. In the end the six digits are
//! shuffled by a permutation of its own for each first six digits, so that they look random.
//! [`Numbers::find`] is this proof as code, and a test runs it.

use super::dice::{About, Dice};
use super::plan::{MOVERS, Plan, Role, SPAN};
use super::provinces::{PROVINCES, Province};
use super::{BLOCK, MAX_SIZE};
use crate::domain::number::PersonalId;
use crate::domain::sex::Sex;

/// Slots in a round; each block of a round has one.
const SLOTS: u64 = 1_000;
/// Rounds until the largest population is complete.
const ROUNDS: u64 = MAX_SIZE / (SLOTS * BLOCK as u64);
/// Groups of [`SPAN`] slots a province may have.
const GROUPS: u64 = 8;
/// Slots a province may have.
const MOST: u64 = GROUPS * SPAN as u64;
/// The first six digits of people from elsewhere.
const MOVED: u64 = ROUNDS * BLOCK as u64 * GROUPS;

const _: () = assert!(MOVED + ROUNDS * MOVERS as u64 * GROUPS <= 1_000_000);
const _: () = assert!(ROUNDS * SLOTS * BLOCK as u64 == MAX_SIZE);

/// Prefixes of a country; the first is 100. Which country has which is not published, so each
/// has a run of as many as there are provinces.
const ABROAD: u64 = 64;
/// Countries people may be born in: [`ABROAD`] prefixes each, up to 999.
pub(super) const COUNTRIES: [&str; 14] = [
    "US", "KR", "JP", "TW", "DE", "CZ", "FR", "AU", "CA", "RU", "LA", "KH", "CN", "PL",
];

/// Where a block is at home, and what tells it from the other blocks there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Home {
    /// Index into [`PROVINCES`].
    pub(super) province: usize,
    round: u64,
    group: u64,
    /// By how much the plan's birth years are shifted, below [`SPAN`].
    pub(super) step: u8,
}

/// Where somebody's birth was registered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Registered {
    /// In the block's own province.
    AtHome,
    /// In another one; the mover's number in the block.
    Elsewhere(u8),
    /// In that country of [`COUNTRIES`].
    Abroad(usize),
}

/// The table of slots of one seed.
#[derive(Debug)]
pub(super) struct Numbers {
    seed: u64,
    /// Province and number within it, by slot; in a drawn order, so that a small population has
    /// people of every province too.
    slots: Vec<(usize, u64)>,
    /// Slots by province and number within it.
    by_province: Vec<Vec<u64>>,
}

impl Numbers {
    pub(super) fn new(seed: u64) -> Self {
        let mut slots: Vec<(usize, u64)> = shares()
            .into_iter()
            .enumerate()
            .flat_map(|(province, count)| (0..count).map(move |number| (province, number)))
            .collect();
        let mut dice = Dice::of(seed, About::Slots, 0);
        for last in (1..slots.len()).rev() {
            slots.swap(last, dice.index(last + 1));
        }
        let mut by_province = vec![vec![0; usize::try_from(MOST).expect("few")]; PROVINCES.len()];
        for (slot, (province, number)) in (0_u64..).zip(&slots) {
            by_province[*province][usize::try_from(*number).expect("few")] = slot;
        }
        Self {
            seed,
            slots,
            by_province,
        }
    }

    /// Where that block is at home.
    pub(super) fn home(&self, block: u64) -> Home {
        let slot = usize::try_from(block % SLOTS).expect("there are few slots");
        let (province, number) = self.slots[slot];
        let span = u64::from(SPAN.unsigned_abs());
        Home {
            province,
            round: block / SLOTS,
            group: number / span,
            step: u8::try_from(number % span).expect("it is below the span"),
        }
    }

    /// The plan of a block that is at home there.
    pub(super) fn plan(&self, home: Home) -> Plan {
        let which = (home.round * GROUPS + home.group) * ABROAD + index(home.province);
        Plan::draw(self.seed, which)
    }

    /// The province somebody is from.
    pub(super) fn province(&self, home: Home, registered: Registered) -> &'static Province {
        &PROVINCES[self.province_index(home, registered)]
    }

    /// The same, as an index into [`PROVINCES`].
    pub(super) fn province_index(&self, home: Home, registered: Registered) -> usize {
        match registered {
            Registered::AtHome | Registered::Abroad(_) => home.province,
            Registered::Elsewhere(mover) => {
                let away = self.away(home.round, mover, home.group);
                (home.province + away) % PROVINCES.len()
            }
        }
    }

    /// The number of somebody in that seat.
    pub(super) fn number(
        &self,
        home: Home,
        seat: u64,
        registered: Registered,
        year: i16,
        sex: Sex,
    ) -> PersonalId {
        let local = (home.round * BLOCK as u64 + seat) * GROUPS + home.group;
        let (prefix, plain) = match registered {
            Registered::AtHome => (PROVINCES[home.province].prefix(), local),
            Registered::Abroad(country) => {
                let run = 100 + index(country) * ABROAD;
                (run + index(home.province), local)
            }
            Registered::Elsewhere(mover) => {
                let moved = (home.round * u64::from(MOVERS) + u64::from(mover)) * GROUPS;
                let prefix = self.province(home, registered).prefix();
                (prefix, MOVED + moved + home.group)
            }
        };
        let century = u64::from((year - 1900).unsigned_abs()) / 100;
        let century_sex = century * 2 + u64::from(sex == Sex::Female);
        let cell = prefix * 1_000 + century_sex * 100 + u64::from(year.unsigned_abs()) % 100;
        let serial = shuffle(self.seed, cell, plain);
        digits(cell * 1_000_000 + serial)
    }

    /// The block and seat that number would be of, if it was ever given out.
    pub(super) fn find(&self, number: PersonalId) -> Option<(u64, usize)> {
        let value: u64 = number.as_str().parse().ok()?;
        let (cell, serial) = (value / 1_000_000, value % 1_000_000);
        let prefix = cell / 1_000;
        let plain = unshuffle(self.seed, cell, serial);
        let group = plain % GROUPS;
        let (province, round, seat, mover) = if plain < MOVED {
            let province = match prefix.checked_sub(100) {
                None => by_prefix(prefix)?,
                Some(abroad) => usize::try_from(abroad % ABROAD).ok()?,
            };
            let seat = plain / GROUPS % BLOCK as u64;
            (province, plain / GROUPS / BLOCK as u64, Some(seat), 0)
        } else {
            let moved = (plain - MOVED) / GROUPS;
            let mover = u8::try_from(moved % u64::from(MOVERS)).ok()?;
            let round = moved / u64::from(MOVERS);
            let away = self.away(round, mover, group);
            let province = (by_prefix(prefix)? + PROVINCES.len() - away) % PROVINCES.len();
            (province, round, None, mover)
        };
        let mut home = Home {
            province,
            round,
            group,
            step: 0,
        };
        if province >= PROVINCES.len() || round >= ROUNDS {
            return None;
        }
        let plan = self.plan(home);
        let seat = match seat {
            Some(seat) => usize::try_from(seat).ok()?,
            None => plan.seats.iter().position(|s| s.mover == Some(mover))?,
        };
        let planned = match plan.seats[seat].role {
            Role::FormerNumberOf(other) => &plan.seats[usize::from(other)],
            Role::Kin | Role::Alone => &plan.seats[seat],
        };
        let span = u8::try_from(SPAN).ok()?;
        home.step = (0..span).find(|step| planned.year(*step) == number.birth_year())?;
        let in_province = usize::try_from(group * u64::from(span) + u64::from(home.step)).ok()?;
        let slot = self.by_province[province][in_province];
        let block = round * SLOTS + slot;
        (self.home(block) == home).then_some((block, seat))
    }

    /// How many provinces further on in the list a mover is from; never 0.
    fn away(&self, round: u64, mover: u8, group: u64) -> usize {
        let which = (round * u64::from(MOVERS) + u64::from(mover)) * GROUPS + group;
        1 + Dice::of(self.seed, About::Elsewhere, which).index(PROVINCES.len() - 1)
    }
}

/// The nine digits of the `which`-th old number of that index; each is another's only by intent.
pub(super) fn old_number(seed: u64, index: u64, which: u64) -> u64 {
    // A bijection of the numbers below 10^9 = 31,250 × 32,000: one part is stirred into the other.
    let mut value = which * MAX_SIZE + index;
    for round in 0..4 {
        let (high, low) = (value / 31_250, value % 31_250);
        let stir = Dice::of(seed, About::OldNumber, low * 4 + round).bits() % 32_000;
        value = low * 32_000 + (high + stir) % 32_000;
    }
    value
}

/// How many slots each province has: by its people, at most [`MOST`]. The two largest cities
/// are cut by that, and rightly so: many who live there were born elsewhere.
fn shares() -> Vec<u64> {
    let mut shares = vec![1_u64; PROVINCES.len()];
    for _ in shares.len()..usize::try_from(SLOTS).expect("few") {
        // The next slot goes where most people share one (the method of Adams).
        let next = (0..shares.len())
            .filter(|province| shares[*province] < MOST)
            .max_by_key(|province| {
                u64::from(PROVINCES[*province].thousands) * 1_000 / shares[*province]
            })
            .expect("the provinces together have room for every slot");
        shares[next] += 1;
    }
    shares
}

fn by_prefix(prefix: u64) -> Option<usize> {
    PROVINCES
        .iter()
        .position(|province| province.prefix() == prefix)
}

/// A permutation of the numbers below a million: three digits are added to the other three and
/// the two swapped, four times over.
fn shuffle(seed: u64, cell: u64, plain: u64) -> u64 {
    (0..4).fold(plain, |value, round| {
        let (high, low) = (value / 1_000, value % 1_000);
        low * 1_000 + (high + stir(seed, cell, round, low)) % 1_000
    })
}

fn unshuffle(seed: u64, cell: u64, shuffled: u64) -> u64 {
    (0..4).rev().fold(shuffled, |value, round| {
        let (low, mixed) = (value / 1_000, value % 1_000);
        let high = (mixed + 1_000 - stir(seed, cell, round, low)) % 1_000;
        high * 1_000 + low
    })
}

fn stir(seed: u64, cell: u64, round: u64, half: u64) -> u64 {
    Dice::of(seed, About::Serial, (cell * 4 + round) * 1_000 + half).bits() % 1_000
}

fn digits(value: u64) -> PersonalId {
    PersonalId::parse(&format!("{value:012}")).expect("a value below 10^12 has twelve digits")
}

fn index(value: usize) -> u64 {
    u64::try_from(value).expect("an index fits")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_last_six_digits_are_a_permutation_for_every_first_six() {
        let mut seen = vec![false; 1_000_000];
        for plain in 0..1_000_000 {
            let shuffled = shuffle(7, 79_195, plain);
            let place = &mut seen[usize::try_from(shuffled).unwrap()];
            assert!(!std::mem::replace(place, true));
        }
    }

    #[test]
    fn every_province_has_slots_and_the_largest_have_most() {
        let shares = shares();
        assert_eq!(shares.iter().sum::<u64>(), SLOTS);
        assert!(shares.iter().all(|share| (1..=MOST).contains(share)));
        let of = |prefix| shares[by_prefix(prefix).unwrap()];
        assert_eq!((of(1), of(79)), (MOST, MOST));
        assert!(
            of(38) > 5 * of(6),
            "Thanh Hóa has far more people than Bắc Kạn"
        );
    }

    proptest! {
        #[test]
        fn shuffling_is_undone(seed: u64, cell in 0_u64..1_000_000, plain in 0_u64..1_000_000) {
            prop_assert_eq!(unshuffle(seed, cell, shuffle(seed, cell, plain)), plain);
        }

        #[test]
        fn a_number_reads_back_into_its_block_and_seat(
            seed: u64,
            block in 0..MAX_SIZE / BLOCK as u64,
            seat in 0..BLOCK,
            female: bool,
            country in proptest::option::of(0..COUNTRIES.len()),
        ) {
            let numbers = Numbers::new(seed);
            let home = numbers.home(block);
            let plan = numbers.plan(home);
            let planned = match plan.seats[seat].role {
                Role::FormerNumberOf(other) => &plan.seats[usize::from(other)],
                Role::Kin | Role::Alone => &plan.seats[seat],
            };
            let year = planned.year(home.step);
            let registered = match (plan.seats[seat].mover, country) {
                (Some(mover), _) => Registered::Elsewhere(mover),
                (None, Some(country)) => Registered::Abroad(country),
                (None, None) => Registered::AtHome,
            };
            let sex = if female { Sex::Female } else { Sex::Male };
            let number = numbers.number(home, index(seat), registered, year, sex);
            prop_assert_eq!(number.birth_year(), year);
            prop_assert_eq!(number.sex(), sex);
            prop_assert_eq!(numbers.find(number), Some((block, seat)));
        }
    }
}
