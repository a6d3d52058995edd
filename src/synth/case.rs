//! Kinds of people a demonstration or a test may want an example of.

use super::BLOCK;
use super::family::Family;
use super::names::has_new_tone;
use super::numbers::Registered;
use super::plan::Role;
use crate::domain::citizen::{Citizen, Status, StatusKind};
use crate::domain::date::Precision;

/// A kind of person. See [`Population::example`](super::Population::example).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Case {
    /// A living adult with a residence and nothing unusual about them.
    Plain,
    /// Has died.
    Deceased,
    /// Declared missing.
    Missing,
    /// A cancelled number; a living person has the new one.
    NumberCancelled,
    /// The person a cancelled number now stands for.
    Successor,
    /// A record that must never be found.
    Erroneous,
    /// Under address protection.
    Protected,
    /// The spouse, parent or child of somebody who is.
    RelativeOfProtected,
    /// Only the birth year is known.
    YearOnlyBirth,
    /// Born in another country.
    BornAbroad,
    /// Has a nine-digit number.
    OldNumber,
    /// Has one that somebody else has too.
    SharedOldNumber,
    /// Lives, as recorded, in a commune that was split in July 2025.
    SplitCommune,
    /// Residence recorded under the codes of before July 2025.
    OldAddress,
    /// Residence recorded under the codes of today.
    NewAddress,
    /// A name no Kinh bears.
    EthnicName,
    /// A name with its tone mark where schools put it today.
    ToneVariant,
    /// A name without any diacritic.
    FoldedName,
    /// A name in capitals.
    CapitalName,
    /// Under 18.
    Minor,
    /// A minor whose parents are dead, missing or not known, with a guardian.
    Ward,
    /// No residence at all.
    NoResidence,
    /// Permanent residence in one place, temporary in another.
    TemporaryResidence,
    /// Heads a household of several people.
    HouseholdHead,
    /// Married to somebody in the population.
    MarriedCouple,
    /// A parent is named by an old number only.
    RelativeByOldNumber,
    /// Number and record disagree about the birth year or the sex.
    NumberDiffers,
}

impl Case {
    /// Every case.
    pub const ALL: [Self; 27] = [
        Self::Plain,
        Self::Deceased,
        Self::Missing,
        Self::NumberCancelled,
        Self::Successor,
        Self::Erroneous,
        Self::Protected,
        Self::RelativeOfProtected,
        Self::YearOnlyBirth,
        Self::BornAbroad,
        Self::OldNumber,
        Self::SharedOldNumber,
        Self::SplitCommune,
        Self::OldAddress,
        Self::NewAddress,
        Self::EthnicName,
        Self::ToneVariant,
        Self::FoldedName,
        Self::CapitalName,
        Self::Minor,
        Self::Ward,
        Self::NoResidence,
        Self::TemporaryResidence,
        Self::HouseholdHead,
        Self::MarriedCouple,
        Self::RelativeByOldNumber,
        Self::NumberDiffers,
    ];

    /// How many citizens are looked through; a population of this size has every case.
    pub const WITHIN: u64 = 10_000;

    /// Whether the person in that seat is an example.
    pub(super) fn fits(self, family: &Family<'_>, seat: usize) -> bool {
        let draft = &family.drafts[seat];
        // What the drafts decide is asked first: a whole record costs a hundred times as much.
        let possible = match self {
            Self::Deceased => draft.status == StatusKind::Deceased,
            Self::Missing => draft.status == StatusKind::Missing,
            Self::NumberCancelled => {
                successor(family, seat).is_some_and(|s| family.drafts[s].lives())
            }
            Self::Successor => draft.lives() && successor(family, BLOCK - 1) == Some(seat),
            Self::Erroneous => draft.status == StatusKind::Erroneous,
            Self::Plain
            | Self::Protected
            | Self::RelativeOfProtected
            | Self::YearOnlyBirth
            | Self::BornAbroad
            | Self::OldNumber
            | Self::SharedOldNumber
            | Self::SplitCommune
            | Self::OldAddress
            | Self::NewAddress
            | Self::EthnicName
            | Self::ToneVariant
            | Self::FoldedName
            | Self::CapitalName
            | Self::Minor
            | Self::Ward
            | Self::NoResidence
            | Self::TemporaryResidence
            | Self::HouseholdHead
            | Self::MarriedCouple
            | Self::RelativeByOldNumber
            | Self::NumberDiffers => draft.lives(),
        };
        possible && self.shows(family, seat, &family.citizen(seat))
    }

    fn shows(self, family: &Family<'_>, seat: usize, citizen: &Citizen) -> bool {
        let draft = &family.drafts[seat];
        let residence = citizen.permanent_residence.as_ref();
        let in_commune = residence.filter(|address| address.commune_code.is_some());
        match self {
            Self::Deceased
            | Self::Missing
            | Self::NumberCancelled
            | Self::Successor
            | Self::Erroneous => true,
            Self::Plain => is_plain(citizen),
            Self::Protected => citizen.protected,
            Self::RelativeOfProtected => {
                let of_seat =
                    |other: usize| family.drafts[other].lives() && family.citizen(other).protected;
                let spouse = draft.spouse.map(usize::from);
                !citizen.protected && spouse.into_iter().chain(family.children(seat)).any(of_seat)
            }
            Self::YearOnlyBirth => citizen.birth_date.precision() == Precision::Year,
            Self::BornAbroad => matches!(draft.registered, Registered::Abroad(_)),
            Self::OldNumber => !citizen.old_id_numbers.is_empty(),
            Self::SharedOldNumber => {
                let first = draft.old_numbers.first();
                let others = (0..BLOCK).filter(|other| {
                    *other != seat && family.drafts[*other].status != StatusKind::NumberCancelled
                });
                first.is_some()
                    && others
                        .into_iter()
                        .any(|other| family.drafts[other].old_numbers.first() == first)
            }
            Self::SplitCommune => in_commune.is_some_and(|address| {
                let split = |code| family.world.places.was_split(code);
                address.district_code.is_some() && address.commune_code.is_some_and(split)
            }),
            Self::OldAddress => in_commune.is_some_and(|address| address.district_code.is_some()),
            Self::NewAddress => in_commune.is_some_and(|address| address.district_code.is_none()),
            Self::EthnicName => draft.parts.family_last || draft.name.as_str().contains('\''),
            Self::ToneVariant => has_new_tone(draft.name.as_str()),
            Self::FoldedName => {
                draft.name.as_str().is_ascii() && draft.parts.family.is_some_and(|f| !f.is_ascii())
            }
            Self::CapitalName => !draft.name.as_str().contains(char::is_lowercase),
            Self::Minor => !draft.is_adult(),
            Self::Ward => {
                let guardian = draft.guardian.map(usize::from);
                guardian
                    .is_some_and(|guardian| !family.children(guardian).any(|child| child == seat))
            }
            Self::NoResidence => {
                residence.is_none()
                    && citizen.temporary_residence.is_none()
                    && citizen.current_residence.is_none()
            }
            Self::TemporaryResidence => {
                residence.is_some() && citizen.temporary_residence.is_some()
            }
            Self::HouseholdHead => {
                family.households.head(seat) == Some(seat) && citizen.household_members.len() > 1
            }
            Self::MarriedCouple => citizen
                .spouse
                .as_ref()
                .is_some_and(|spouse| spouse.personal_id.is_some()),
            Self::RelativeByOldNumber => [&citizen.father, &citizen.mother]
                .into_iter()
                .flatten()
                .any(|parent| parent.personal_id.is_none() && parent.old_id_number.is_some()),
            Self::NumberDiffers => {
                citizen.birth_date.year() != citizen.personal_id.birth_year()
                    || citizen
                        .sex
                        .is_some_and(|sex| sex != citizen.personal_id.sex())
            }
        }
    }
}

fn successor(family: &Family<'_>, seat: usize) -> Option<usize> {
    match family.plan.seats[seat].role {
        Role::FormerNumberOf(of) => Some(of.into()),
        Role::Kin | Role::Alone => None,
    }
}

fn is_plain(citizen: &Citizen) -> bool {
    let lives_somewhere = citizen.permanent_residence.as_ref().is_some_and(|address| {
        address.commune_code.is_some() && address.detail.is_some() && address.recorded_on.is_some()
    });
    citizen.status == Status::ACTIVE
        && !citizen.protected
        && lives_somewhere
        && citizen.birth_date.precision() == Precision::Day
        && citizen.personal_id.birth_year() == citizen.birth_date.year()
        && citizen.sex == Some(citizen.personal_id.sex())
        && citizen.birth_date.year() < 2005
        && citizen.card.is_some()
        && citizen.ethnicity.is_some()
        && citizen.given_name.is_some()
        && citizen.nationality.is_some()
}
