//! Do these claims match this record? Every claim is compared, whatever the others gave, so that a
//! wrong first claim costs the same as a wrong last one.

use jiff::civil::Date;
use smallvec::SmallVec;

use super::{Location, Record};
use crate::domain::citizen::StatusKind;
use crate::domain::claim::{Claim, Claims, Outcome, Relative, Residence};
use crate::domain::date::{self, DateMatch};
use crate::domain::field::Field;
use crate::domain::name::{Level, NameKey, NameMatch, accepts};
use crate::domain::number::PersonalId;

/// How the claims of one request compared with one record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// All of them hold.
    pub matches: bool,
    /// The level the claimed name matched at, if one was claimed.
    pub name: Option<Level>,
    /// How the claimed birth date compared, if one was claimed.
    pub birth_date: Option<DateMatch>,
    /// Each claim's outcome, in the order of the claims.
    pub outcomes: SmallVec<[Outcome; 3]>,
}

/// Compares every claim with the record.
///
/// `see_hidden` lifts address protection: without it no claim about a protected person's location
/// matches.
pub fn judge(
    record: &Record,
    claims: &Claims,
    mode: NameMatch,
    see_hidden: bool,
    today: Date,
) -> Judgement {
    let mut judgement = Judgement {
        matches: true,
        name: None,
        birth_date: None,
        outcomes: SmallVec::new(),
    };
    for claim in &claims.0 {
        let (outcome, holds) = match claim {
            Claim::FullName(name) => {
                let level = record.keys.full_name.compare(name);
                let holds = accepts(level, name.has_diacritics(), mode);
                judgement.name = Some(level);
                (outcome(holds), holds)
            }
            Claim::BirthDate(claimed) => {
                let compared = date::judge(record.keys.birth_date, *claimed);
                judgement.birth_date = Some(compared);
                birth_date_outcome(compared)
            }
            other => {
                let outcome = record.compare(other, mode, see_hidden, today);
                (outcome, outcome == Outcome::Match)
            }
        };
        judgement.matches &= holds;
        judgement.outcomes.push(outcome);
    }
    judgement
}

const fn outcome(holds: bool) -> Outcome {
    if holds {
        Outcome::Match
    } else {
        Outcome::Mismatch
    }
}

/// A claim coarser than the record agrees only in part, and is no match.
const fn birth_date_outcome(compared: DateMatch) -> (Outcome, bool) {
    match compared {
        DateMatch::Full => (Outcome::Match, true),
        DateMatch::Partial => (Outcome::Partial, true),
        DateMatch::CoarserClaim => (Outcome::Partial, false),
        DateMatch::Mismatch => (Outcome::Mismatch, false),
    }
}

fn recorded<T: PartialEq>(recorded: Option<&T>, claimed: &T) -> Outcome {
    recorded.map_or(Outcome::NotRecorded, |recorded| {
        outcome(recorded == claimed)
    })
}

impl Record {
    fn compare(&self, claim: &Claim, mode: NameMatch, see_hidden: bool, today: Date) -> Outcome {
        let keys = &self.keys;
        match claim {
            Claim::FullName(_) | Claim::BirthDate(_) => {
                unreachable!(
                    "name and birth date are compared by the caller, which keeps the level"
                )
            }
            Claim::Sex(sex) => recorded(keys.sex.as_ref(), sex),
            Claim::Nationality(country) => recorded(keys.nationality.as_ref(), country),
            Claim::MaritalStatus(status) => recorded(keys.marital_status.as_ref(), status),
            Claim::HouseholdHead(number) => self.household_head(number, see_hidden),
            Claim::OldIdNumber(_) if keys.old_id_numbers.is_empty() => Outcome::NotRecorded,
            Claim::OldIdNumber(number) => outcome(keys.old_id_numbers.contains(number)),
            Claim::Province(residence, code) => self.location(
                *residence,
                Location::Province(*residence, *code),
                see_hidden,
            ),
            Claim::Commune(residence, code) => {
                self.location(*residence, Location::Commune(*residence, *code), see_hidden)
            }
            Claim::RelativeName(relative, name) => self.relative(*relative, name, mode, see_hidden),
            Claim::AgeAtLeast(_) if !keys.lives => Outcome::NotRecorded,
            Claim::AgeAtLeast(years) => {
                let (youngest, oldest) = keys.birth_date.age_bounds(today);
                match (youngest >= *years, oldest >= *years) {
                    (true, _) => Outcome::Match,
                    (false, false) => Outcome::Mismatch,
                    // Too coarse a birth date to tell: the register does not hold the answer.
                    (false, true) => Outcome::NotRecorded,
                }
            }
        }
    }

    /// A cancelled number never answers as if it were live: whoever it was may be under protection by
    /// another number.
    fn location(&self, residence: Residence, claimed: Location, see_hidden: bool) -> Outcome {
        let cancelled = self.status.kind == StatusKind::NumberCancelled;
        if cancelled || (self.protected && !see_hidden) {
            return Outcome::Mismatch;
        }
        let of_kind = |location: &&Location| match (location, claimed) {
            (Location::Province(of, _), Location::Province(..))
            | (Location::Commune(of, _), Location::Commune(..)) => *of == residence,
            (Location::Province(..), Location::Commune(..))
            | (Location::Commune(..), Location::Province(..)) => false,
        };
        let mut locations = self.keys.locations.iter().filter(of_kind).peekable();
        if locations.peek().is_none() {
            return Outcome::NotRecorded;
        }
        outcome(locations.any(|location| *location == claimed))
    }

    /// Whom a protected person lives with tells where, so this is a claim about a location too; and
    /// a head under protection is not named.
    fn household_head(&self, number: &PersonalId, see_hidden: bool) -> Outcome {
        let cancelled = self.status.kind == StatusKind::NumberCancelled;
        if cancelled || (self.protected && !see_hidden) {
            return Outcome::Mismatch;
        }
        if !see_hidden && self.hidden.intersects(&Field::HouseholdHead.mask()) {
            return Outcome::NotRecorded;
        }
        recorded(self.keys.household_head.as_ref(), number)
    }

    /// A relative under protection is not named, so a claim about them has nothing to match.
    fn relative(
        &self,
        relative: Relative,
        name: &NameKey,
        mode: NameMatch,
        see_hidden: bool,
    ) -> Outcome {
        if !see_hidden && self.hidden.intersects(&relative.field().mask()) {
            return Outcome::NotRecorded;
        }
        let known = self.keys.relatives.iter().find(|(of, _)| *of == relative);
        known.map_or(Outcome::NotRecorded, |(_, recorded)| {
            outcome(accepts(recorded.compare(name), name.has_diacritics(), mode))
        })
    }
}
