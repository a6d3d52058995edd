//! An access history for a demonstration: who asked what about whom in the days before, a pure
//! function of seed, population and day. Not here: asking.
//!
//! Agencies of several kinds and provinces at their own hours, working days and holidays, families
//! on errands, typing errors, what is not agreed; and a few abuses that somebody who watches should
//! find, each [told](Planted). The honest part stays below what is worth a look: no officer sees many
//! people an hour, guesses, works much at night or asks about their own family, nobody is asked about
//! by many officers on one day, and no system asks much more than it did.

mod calendar;
mod cast;
mod planted;
#[cfg(test)]
mod tests;
mod visits;

use std::collections::{BTreeMap, HashSet};
use std::net::Ipv4Addr;

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};

use super::{BLOCK, Population};
use crate::domain::citizen::{Citizen, StatusKind};
use crate::domain::claim::{Claim, Claims, Subject};
use crate::domain::date::PartialDate;
use crate::domain::name::NameKey;
use crate::domain::number::{OldIdNumber, PersonalId};
use crate::domain::policy::OfficerId;
use crate::domain::question::Question;

pub use planted::{Kind, Planted};

use cast::{Cast, SYSTEMS};

/// People who are asked about, at most: the first of the population.
const POOL: u64 = 10_000;

/// Who is born later is not asked about.
const ADULT_BY: i16 = 2007;

/// One call.
#[derive(Clone, Debug)]
pub struct Ask {
    /// When.
    pub at: Timestamp,
    /// The client that asks.
    pub client: &'static str,
    /// Its agency.
    pub agency: &'static str,
    /// The officer the request names.
    pub officer: Option<OfficerId>,
    /// The procedure it is for.
    pub procedure: &'static str,
    /// The agency's case.
    pub case: Option<Box<str>>,
    /// Where it comes from.
    pub address: Ipv4Addr,
    /// What is asked.
    pub what: What,
    /// About whom, and what must come of it: one, or the items of a batch.
    pub people: Vec<(Question, Outcome)>,
}

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// A verification.
    Verify,
    /// Verifications of many people in one call.
    VerifyBatch,
    /// These fields; whether forbidden ones are withheld rather than refused.
    Lookup(&'static [&'static str], bool),
    /// The procedure's form.
    Prefill,
}

/// What comes of a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// The claims hold.
    Match,
    /// They do not.
    NoMatch,
    /// It is refused for that reason.
    Refused(&'static str),
}

impl Outcome {
    /// The log's word for the decision.
    pub const fn decision(self) -> &'static str {
        match self {
            Self::Match => "match",
            Self::NoMatch => "no_match",
            Self::Refused(_) => "refused",
        }
    }
}

/// What an asker knows of a person.
#[derive(Clone, Debug)]
struct Known {
    number: PersonalId,
    name: NameKey,
    born: PartialDate,
    old: Option<OldIdNumber>,
    /// Their family's block.
    block: u64,
}

impl Known {
    fn of(citizen: &Citizen, block: u64) -> Self {
        Self {
            number: citizen.personal_id,
            name: NameKey::of(&citizen.full_name),
            born: citizen.birth_date,
            old: citizen.old_id_numbers.first().copied(),
            block,
        }
    }

    /// A question about them, with a birth date that may be another's.
    fn question(&self, subject: Subject, born: PartialDate) -> Question {
        let name = Claim::FullName(self.name.clone());
        Question {
            subject,
            claims: Claims([name, Claim::BirthDate(born)].into_iter().collect()),
        }
    }

    /// A question about them that is right.
    fn right(&self) -> Question {
        self.question(Subject::PersonalId(self.number), self.born)
    }
}

/// The history of some days.
#[derive(Debug)]
pub struct History {
    seed: u64,
    cast: Cast,
    people: Vec<Known>,
    days: Vec<Date>,
    until: Timestamp,
    /// Working days that are over, and the systems that ask ten times as much on one.
    surges: Vec<(Date, &'static str)>,
    planted: Vec<Planted>,
    planted_asks: BTreeMap<Date, Vec<Ask>>,
    /// Nobody asks about them but where that is planted.
    reserved: HashSet<PersonalId>,
}

impl History {
    /// The history of so many days before `today` in Vietnam, and of that day up to `until`.
    pub fn new(
        population: &Population,
        seed: u64,
        today: Date,
        until: Timestamp,
        days: u16,
    ) -> Self {
        let cast = Cast::of(population, &SYSTEMS);
        let alive = |citizen: &Citizen| {
            citizen.status.kind == StatusKind::Active && citizen.birth_date.year() <= ADULT_BY
        };
        let block = |index: u64| index / BLOCK as u64;
        let people = (0..)
            .zip(population.range(0..POOL))
            .filter(|(_, citizen)| alive(citizen) && !cast.numbers.contains(&citizen.personal_id))
            .map(|(index, citizen)| Known::of(&citizen, block(index)))
            .collect();
        let days = (0..=i32::from(days))
            .rev()
            .filter_map(|back| today.checked_sub(back.days()).ok())
            .collect();
        let mut history = Self {
            seed,
            cast,
            people,
            days,
            until,
            surges: Vec::new(),
            planted: Vec::new(),
            planted_asks: BTreeMap::new(),
            reserved: HashSet::new(),
        };
        history.plant();
        history
    }

    /// Its days, the last of which may not be over.
    pub fn days(&self) -> &[Date] {
        &self.days
    }

    /// When its first day begins.
    pub fn begins(&self) -> Option<Timestamp> {
        self.days.first().map(|day| calendar::begin(*day))
    }

    /// What is asked on one of its days, in order of time.
    pub fn asks(&self, day: Date) -> Vec<Ask> {
        let mut asks = self.planted_asks.get(&day).cloned().unwrap_or_default();
        self.visit(day, &mut asks);
        asks.retain(|ask| ask.at < self.until);
        asks.sort_by_key(|ask| ask.at);
        asks
    }

    /// The abuses that are in it.
    pub fn planted(&self) -> &[Planted] {
        &self.planted
    }

    /// The officers of a client that an agreement may want registered: their identifiers.
    pub fn officers(population: &Population, client: &str) -> Vec<OfficerId> {
        let place = cast::place(client);
        let cast = Cast::of(population, &SYSTEMS[..=place]);
        let of_client = &cast.officers[place];
        of_client.iter().map(|officer| officer.id).collect()
    }
}
