//! The synthetic population: each citizen a pure function of seed and index. No I/O, no state; no
//! real person is in it.
//!
//! People come in blocks of [`BLOCK`] indices. A block holds one or more families, drawn together,
//! so that spouses, parents, children, households and guardians agree from both sides. Sizes that
//! are multiples of [`BLOCK`] hold whole families; any other size cuts the last one, whose members
//! then name people the population does not hold.
//!
//! # What is in it
//!
//! | what | share |
//! |---|---|
//! | deceased | 3.4 %, by age |
//! | missing | 0.1 % of adults |
//! | cancelled numbers, superseded by the same person's new one | 0.5 % |
//! | erroneous records | 0.25 % |
//! | minors with a guardian | 0.2 % |
//! | protected people | 0.15 %, adults |
//! | birth date known to the year only; to the month only | 3.4 %; 0.3 %, by age |
//! | born abroad | 0.3 % |
//! | nine-digit number; two of them; one that somebody else has too | 58 %; 3.5 %; 1 % |
//! | peoples other than the Kinh | 15 % |
//! | names with today's tone placement (`hoà`), where there are two | 24 % |
//! | names in capitals; without diacritics; with eth for Đ; decomposed | 2 %; 0.4 %; 0.3 %; 0.3 % |
//! | name parts missing | 13 % |
//! | residence recorded under today's codes; province only; undated; none | 30 %; 3 %; 3 %; 0.8 % |
//! | number from another province than the family's | 6 % |
//! | birth year or sex corrected, number kept | 0.2 % |
//! | relatives named by an old number only; by name only | 5 %; 2 % |
//!
//! Telephone numbers and mail addresses can reach nobody: see [`record`].

mod case;
mod chunks;
mod dice;
mod family;
pub mod history;
mod household;
mod names;
mod numbers;
mod peoples;
mod places;
mod plan;
mod provinces;
mod record;

use std::ops::Range;
use std::sync::Arc;

use jiff::civil::{Date, date};

use crate::domain::citizen::Citizen;
use crate::domain::number::PersonalId;
use crate::domain::reference::{EthnicScheme, ListCode, Tables};

pub use case::Case;
pub use chunks::{Chunks, people};

use family::Family;
use names::Names;
use numbers::Numbers;
use peoples::PEOPLES;
use places::Places;

/// People in a block.
pub const BLOCK: usize = 20;
/// The largest population.
pub const MAX_SIZE: u64 = 100_000_000;
/// The last day anything in the population happened on.
pub const AS_OF: Date = date(2026, 10, 31);

/// A population of a seed and a size. Cheap to clone; all threads may read it.
#[derive(Clone, Debug)]
pub struct Population {
    world: Arc<World>,
    size: u64,
}

/// Everything drawing needs besides the index.
#[derive(Debug)]
struct World {
    seed: u64,
    numbers: Numbers,
    names: Names,
    places: Places,
    /// By index into [`PEOPLES`].
    ethnic_codes: Vec<EthnicCodes>,
}

/// A people's code in both lists.
#[derive(Clone, Copy, Debug)]
struct EthnicCodes {
    in_1979: ListCode,
    in_2008: ListCode,
}

impl Population {
    /// The population of that seed; at most [`MAX_SIZE`] people, more are cut off.
    pub fn new(seed: u64, size: u64) -> Self {
        let tables = Tables::shipped();
        let world = World {
            seed,
            numbers: Numbers::new(seed),
            names: Names::shipped(),
            places: Places::new(&tables),
            ethnic_codes: ethnic_codes(&tables),
        };
        Self {
            world: Arc::new(world),
            size: size.min(MAX_SIZE),
        }
    }

    /// How many citizens there are.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The citizen of that index. The same for every size that holds it.
    ///
    /// # Panics
    ///
    /// Where the index is not below the size.
    pub fn citizen(&self, index: u64) -> Citizen {
        assert!(index < self.size, "the population is smaller");
        let (block, seat) = place(index);
        Family::draw(&self.world, block).citizen(seat)
    }

    /// All citizens in order of index; a block is drawn once.
    pub fn iter(&self) -> impl Iterator<Item = Citizen> + '_ {
        self.range(0..self.size)
    }

    /// The citizens of those indices, as far as there are any. Threads may share the work.
    pub fn range(&self, indices: Range<u64>) -> impl Iterator<Item = Citizen> + '_ {
        let end = indices.end.min(self.size);
        let mut drawn: Option<Family<'_>> = None;
        (indices.start..end).map(move |index| {
            let (block, seat) = place(index);
            let family = match drawn.take() {
                Some(family) if family.block == block => family,
                _ => Family::draw(&self.world, block),
            };
            drawn.insert(family).citizen(seat)
        })
    }

    /// The index of the citizen who has that number, cancelled or not.
    pub fn index_of(&self, number: PersonalId) -> Option<u64> {
        let (block, seat) = self.world.numbers.find(number)?;
        let index = block * BLOCK as u64 + u64::try_from(seat).ok()?;
        let has_it = || self.citizen(index).personal_id == number;
        (index < self.size && has_it()).then_some(index)
    }

    /// The first citizen who is an example of that case, among the first [`Case::WITHIN`].
    pub fn example(&self, case: Case) -> Option<u64> {
        let last = self.size.min(Case::WITHIN).div_ceil(BLOCK as u64);
        (0..last).find_map(|block| {
            let family = Family::draw(&self.world, block);
            let seat = (0..BLOCK).find(|seat| case.fits(&family, *seat))?;
            let index = block * BLOCK as u64 + u64::try_from(seat).ok()?;
            (index < self.size).then_some(index)
        })
    }
}

fn place(index: u64) -> (u64, usize) {
    let block = BLOCK as u64;
    let seat = usize::try_from(index % block).expect("it is below the size of a block");
    (index / block, seat)
}

fn ethnic_codes(tables: &Tables) -> Vec<EthnicCodes> {
    let code = |name, scheme| {
        let group = tables
            .ethnic_groups
            .iter()
            .find(|group| &*group.name == name && group.scheme == scheme);
        group.expect("every people is in the list, by a test").code
    };
    PEOPLES
        .iter()
        .map(|people| EthnicCodes {
            in_1979: code(people.name, EthnicScheme::List1979),
            in_2008: code(people.name, EthnicScheme::List2008),
        })
        .collect()
}

#[cfg(test)]
mod tests;
