//! The plan of an extended family: who is whose child and partner, and in which years they were
//! born. Names, sexes and fates are drawn per block, in [`family`](super::family).
//!
//! A plan is shared by up to [`SPAN`] blocks, which shift every birth year inside its bin of that
//! many years, each block by another step. So a birth year tells the blocks of a plan apart, which
//! is what makes [numbers](super::numbers) unique without state. Since all are shifted by the same
//! step, two years differ from the planned distance by 0 or by `SPAN`, and gaps between parents
//! and children stay plausible.

use super::BLOCK;
use super::dice::{About, Dice};

/// Blocks that may share a plan, and years in a bin.
pub(super) const SPAN: i16 = 6;
/// The last year anybody is born in.
pub(super) const LAST_YEAR: i16 = 2026;
/// People in a block who may have come from another province.
pub(super) const MOVERS: u8 = 5;

/// Seats that families take; the others are for people without kin in the register.
const FAMILY_SEATS: usize = 19;

/// One person's place in a plan.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seat {
    /// The planned birth year, before the block's shift.
    planned: i16,
    /// The seats of both parents.
    pub(super) parents: Option<[u8; 2]>,
    /// The seat of husband or wife.
    pub(super) partner: Option<u8>,
    /// Which of the block's movers this is, if one.
    pub(super) mover: Option<u8>,
    /// What the seat is for.
    pub(super) role: Role,
}

/// What a seat is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// A member of one of the block's families.
    Kin,
    /// An adult without kin in the register.
    Alone,
    /// A cancelled number of the person in that seat.
    FormerNumberOf(u8),
}

/// An extended family, or several: [`BLOCK`] seats.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    /// Seats in order of index.
    pub(super) seats: Vec<Seat>,
    movers: u8,
}

impl Seat {
    /// The birth year in the block that is shifted by `step` (below [`SPAN`]).
    ///
    /// For one seat, the six steps give the six years of one bin, each once.
    pub(super) fn year(&self, step: u8) -> i16 {
        let (bin, offset) = bin(self.planned);
        LAST_YEAR - bin * SPAN - (offset + i16::from(step)) % SPAN
    }
}

impl Plan {
    /// The plan of that number.
    pub(super) fn draw(seed: u64, which: u64) -> Self {
        let mut dice = Dice::of(seed, About::Plan, which);
        let mut plan = Self {
            seats: Vec::with_capacity(BLOCK),
            movers: 0,
        };
        while plan.seats.len() < FAMILY_SEATS {
            plan.add_root(&mut dice);
        }
        if dice.chance(1_000) {
            let of = dice.index(plan.seats.len());
            let planned = plan.seats[of].planned;
            let of = u8::try_from(of).expect("a block has few seats");
            plan.push(planned, Role::FormerNumberOf(of));
        } else {
            plan.add_alone(&mut dice);
        }
        plan
    }

    fn push(&mut self, planned: i16, role: Role) -> u8 {
        let seat = u8::try_from(self.seats.len()).expect("a block has few seats");
        self.seats.push(Seat {
            planned,
            parents: None,
            partner: None,
            mover: None,
            role,
        });
        seat
    }

    fn add_alone(&mut self, dice: &mut Dice) {
        let planned = LAST_YEAR - 3 * SPAN - dice.between(1, 3 * SPAN) - dice.between(0, 3 * SPAN);
        let seat = self.push(planned, Role::Alone);
        self.may_be_mover(seat, 3_000, dice);
    }

    fn may_be_mover(&mut self, seat: u8, in_10_000: u32, dice: &mut Dice) {
        if dice.chance(in_10_000) && self.movers < MOVERS {
            self.seats[usize::from(seat)].mover = Some(self.movers);
            self.movers += 1;
        }
    }

    fn free(&self) -> usize {
        FAMILY_SEATS - self.seats.len()
    }

    /// A couple whose parents the register does not hold, and all who descend from them.
    fn add_root(&mut self, dice: &mut Dice) {
        if self.free() < 2 {
            self.add_alone(dice);
            return;
        }
        // The oldest generation of a family: weights chosen so that the ages of the whole
        // population follow the census (see the tests of the pyramid).
        let born = match dice.weighted(&[4, 12, 16, 40, 29]) {
            0 => dice.between(1926, 1942),
            1 => dice.between(1943, 1960),
            2 => dice.between(1961, 1974),
            3 => dice.between(1975, 1988),
            _ => dice.between(1989, 2001),
        };
        let first = self.push(born, Role::Kin);
        let mut couples = vec![self.add_partner(first, dice)];
        let mut next = 0;
        while let Some(couple) = couples.get(next).copied() {
            next += 1;
            self.add_children(couple, &mut couples, dice);
        }
    }

    fn add_partner(&mut self, seat: u8, dice: &mut Dice) -> [u8; 2] {
        let (bin, _) = bin(self.seats[usize::from(seat)].planned);
        let older = i16::from(dice.chance(3_000));
        let planned = LAST_YEAR - (bin + older) * SPAN - dice.between(0, SPAN - 1);
        let partner = self.push(planned, Role::Kin);
        self.may_be_mover(partner, 3_500, dice);
        self.seats[usize::from(seat)].partner = Some(partner);
        self.seats[usize::from(partner)].partner = Some(seat);
        [seat, partner]
    }

    fn add_children(&mut self, couple: [u8; 2], couples: &mut Vec<[u8; 2]>, dice: &mut Dice) {
        let [a, b] = couple.map(|seat| self.seats[usize::from(seat)].planned);
        let younger = a.max(b);
        let wanted = match younger {
            ..1950 => dice.weighted(&[3, 7, 20, 30, 40]),
            1950..1972 => dice.weighted(&[5, 15, 40, 30, 10]),
            _ => dice.weighted(&[2, 9, 40, 35, 14]),
        };
        let mut gap = dice.between(23, 28);
        for _ in 0..wanted {
            let born = younger + gap;
            if self.free() == 0 || born > LAST_YEAR || gap > 36 {
                return;
            }
            gap += dice.between(2, 4);
            let child = self.push(born, Role::Kin);
            self.seats[usize::from(child)].parents = Some(couple);
            // The youngest of the bin must be of age to marry (20 for men, Law 52/2014 art. 8).
            let marries = match bin(born).0 {
                ..4 => 0,
                4 => 4_000,
                _ => 9_000,
            };
            if dice.chance(marries) && self.free() > 0 {
                let couple = self.add_partner(child, dice);
                couples.push(couple);
                if dice.chance(1_500) && self.free() >= 2 {
                    self.add_parents_of(couple[1], dice);
                }
            }
        }
    }

    /// Parents for somebody who married into the family.
    fn add_parents_of(&mut self, child: u8, dice: &mut Dice) {
        let born = self.seats[usize::from(child)].planned - dice.between(27, 36);
        let first = self.push(born, Role::Kin);
        let parents = self.add_partner(first, dice);
        self.seats[usize::from(child)].parents = Some(parents);
    }
}

/// The bin of a year, counted backwards from [`LAST_YEAR`], and its place in the bin.
const fn bin(year: i16) -> (i16, i16) {
    let back = LAST_YEAR - year;
    (back / SPAN, back % SPAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_blocks_of_a_plan_have_every_birth_year_of_a_bin_once() {
        for which in 0..500 {
            for seat in &Plan::draw(1, which).seats {
                let mut years: Vec<i16> = (0..6).map(|step| seat.year(step)).collect();
                years.sort_unstable();
                let first = years[0];
                assert_eq!(years, (first..first + 6).collect::<Vec<_>>());
                assert!(first >= 1900 && first + 5 <= LAST_YEAR, "{first}");
            }
        }
    }

    #[test]
    fn a_plan_fills_its_block_and_stays_within_its_movers() {
        for which in 0..2_000 {
            let plan = Plan::draw(9, which);
            assert_eq!(plan.seats.len(), BLOCK);
            let movers: Vec<u8> = plan.seats.iter().filter_map(|seat| seat.mover).collect();
            assert_eq!(movers, (0..plan.movers).collect::<Vec<_>>());
            assert!(plan.movers <= MOVERS);
        }
    }

    #[test]
    fn parents_are_older_than_their_children_by_a_plausible_gap_in_every_block() {
        for which in 0..2_000 {
            let plan = Plan::draw(5, which);
            for seat in &plan.seats {
                for parent in seat.parents.into_iter().flatten() {
                    for step in 0..6 {
                        let gap = seat.year(step) - plan.seats[usize::from(parent)].year(step);
                        assert!((16..=55).contains(&gap), "{gap}");
                    }
                }
            }
        }
    }
}
