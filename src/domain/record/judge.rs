//! Do these claims match this record? Every claim is compared, whatever the others gave, so that a
//! wrong first claim costs the same as a wrong last one.

use jiff::civil::Date;
use smallvec::SmallVec;

use super::Record;
use super::keys::Unit;
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
                let level = record.keys().own_name().compare(name);
                let holds = accepts(level, name.has_diacritics(), mode);
                judgement.name = Some(level);
                (outcome(holds), holds)
            }
            Claim::BirthDate(claimed) => {
                let compared = date::judge(record.compared.birth_date, *claimed);
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

/// What the register says, if it says anything.
fn known(holds: Option<bool>) -> Outcome {
    holds.map_or(Outcome::NotRecorded, outcome)
}

fn recorded<T: PartialEq>(recorded: Option<&T>, claimed: &T) -> Outcome {
    known(recorded.map(|recorded| recorded == claimed))
}

impl Record {
    fn compare(&self, claim: &Claim, mode: NameMatch, see_hidden: bool, today: Date) -> Outcome {
        let compared = &self.compared;
        match claim {
            Claim::FullName(_) | Claim::BirthDate(_) => {
                unreachable!(
                    "name and birth date are compared by the caller, which keeps the level"
                )
            }
            Claim::Sex(sex) => recorded(compared.sex.as_ref(), sex),
            Claim::Nationality(country) => recorded(compared.nationality.as_ref(), country),
            Claim::MaritalStatus(status) => recorded(compared.marital_status.as_ref(), status),
            Claim::HouseholdHead(number) => self.household_head(number, see_hidden),
            Claim::OldIdNumber(number) => known(self.keys().has_had(number)),
            Claim::Province(residence, code) => {
                self.location(*residence, Unit::Province(*code), see_hidden)
            }
            Claim::Commune(residence, code) => {
                self.location(*residence, Unit::Commune(*code), see_hidden)
            }
            Claim::RelativeName(relative, name) => self.relative(*relative, name, mode, see_hidden),
            Claim::AgeAtLeast(_) if !self.lives() => Outcome::NotRecorded,
            Claim::AgeAtLeast(years) => {
                let (youngest, oldest) = compared.birth_date.age_bounds(today);
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
    fn location(&self, residence: Residence, claimed: Unit, see_hidden: bool) -> Outcome {
        let cancelled = self.kind == StatusKind::NumberCancelled;
        if cancelled || (self.protected && !see_hidden) {
            return Outcome::Mismatch;
        }
        known(self.keys().lies_in(residence, &claimed))
    }

    /// Whom a protected person lives with tells where, so this is a claim about a location too; and
    /// a head under protection is not named.
    fn household_head(&self, number: &PersonalId, see_hidden: bool) -> Outcome {
        let cancelled = self.kind == StatusKind::NumberCancelled;
        if cancelled || (self.protected && !see_hidden) {
            return Outcome::Mismatch;
        }
        if !see_hidden
            && self
                .hidden_leaves()
                .intersects(&Field::HouseholdHead.mask())
        {
            return Outcome::NotRecorded;
        }
        known(self.keys().is_headed_by(number))
    }

    /// A relative under protection is not named, so a claim about them has nothing to match.
    fn relative(
        &self,
        relative: Relative,
        name: &NameKey,
        mode: NameMatch,
        see_hidden: bool,
    ) -> Outcome {
        if !see_hidden && self.hidden_leaves().intersects(&relative.field().mask()) {
            return Outcome::NotRecorded;
        }
        let recorded = self.keys().relative(relative);
        known(recorded.map(|it| accepts(it.compare(name), name.has_diacritics(), mode)))
    }
}
