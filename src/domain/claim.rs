//! What a caller claims about a person, to be compared with the register.

use smallvec::SmallVec;

use super::citizen::MaritalStatus;
use super::country::Country;
use super::date::PartialDate;
use super::field::{Field, FieldMask, path_mask};
use super::name::NameKey;
use super::number::{OldIdNumber, PersonalId};
use super::reference::{CommuneCode, ProvinceCode};
use super::sex::Sex;

/// Who is meant: the number the caller submits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// By the personal identification number.
    PersonalId(PersonalId),
    /// By a nine-digit number of an earlier card, which several people may have had.
    OldIdNumber(OldIdNumber),
}

impl Subject {
    /// The number as submitted.
    pub fn as_str(&self) -> &str {
        match self {
            Self::PersonalId(number) => number.as_str(),
            Self::OldIdNumber(number) => number.as_str(),
        }
    }

    /// The leaves a match confirms.
    pub fn confirms(&self) -> FieldMask {
        match self {
            Self::PersonalId(_) => Field::PersonalId.mask(),
            Self::OldIdNumber(_) => Field::OldIdNumbers.mask(),
        }
    }
}

/// One of the three recorded residences a location can be claimed of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Residence {
    /// `permanent_residence`
    Permanent,
    /// `temporary_residence`
    Temporary,
    /// `current_residence`
    Current,
}

/// A relative whose name can be claimed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relative {
    /// `father`
    Father,
    /// `mother`
    Mother,
    /// `spouse`
    Spouse,
}

/// One claim. Values are personal: `Debug` shows only what is claimed.
#[derive(Clone, PartialEq)]
pub enum Claim {
    /// `full_name`
    FullName(NameKey),
    /// `birth_date`
    BirthDate(PartialDate),
    /// `sex`
    Sex(Sex),
    /// `nationality`
    Nationality(Country),
    /// `old_id_number`
    OldIdNumber(OldIdNumber),
    /// `marital_status`
    MaritalStatus(MaritalStatus),
    /// `<residence>.province_code`
    Province(Residence, ProvinceCode),
    /// `<residence>.commune_code`
    Commune(Residence, CommuneCode),
    /// `<relative>.full_name`
    RelativeName(Relative, NameKey),
    /// `household_head.personal_id`
    HouseholdHead(PersonalId),
    /// `age_at_least`, in years.
    AgeAtLeast(i16),
}

impl Claim {
    /// The claim's name in requests and in the log.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::FullName(_) => "full_name",
            Self::BirthDate(_) => "birth_date",
            Self::Sex(_) => "sex",
            Self::Nationality(_) => "nationality",
            Self::OldIdNumber(_) => "old_id_number",
            Self::MaritalStatus(_) => "marital_status",
            Self::Province(Residence::Permanent, _) => "permanent_residence.province_code",
            Self::Province(Residence::Temporary, _) => "temporary_residence.province_code",
            Self::Province(Residence::Current, _) => "current_residence.province_code",
            Self::Commune(Residence::Permanent, _) => "permanent_residence.commune_code",
            Self::Commune(Residence::Temporary, _) => "temporary_residence.commune_code",
            Self::Commune(Residence::Current, _) => "current_residence.commune_code",
            Self::RelativeName(Relative::Father, _) => "father.full_name",
            Self::RelativeName(Relative::Mother, _) => "mother.full_name",
            Self::RelativeName(Relative::Spouse, _) => "spouse.full_name",
            Self::HouseholdHead(_) => "household_head.personal_id",
            Self::AgeAtLeast(_) => "age_at_least",
        }
    }

    /// The field that an agreement's `claim_fields` must name. `None`: name and birth date, which
    /// every agreement allows.
    pub const fn field(&self) -> Option<Field> {
        match self {
            Self::FullName(_) | Self::BirthDate(_) => None,
            Self::Sex(_) => Some(Field::Sex),
            Self::Nationality(_) => Some(Field::Nationality),
            Self::OldIdNumber(_) => Some(Field::OldIdNumbers),
            Self::MaritalStatus(_) => Some(Field::MaritalStatus),
            Self::Province(residence, _) | Self::Commune(residence, _) => Some(residence.field()),
            Self::RelativeName(relative, _) => Some(relative.field()),
            Self::HouseholdHead(_) => Some(Field::HouseholdHead),
            Self::AgeAtLeast(_) => Some(Field::Age),
        }
    }

    /// The leaves a match confirms to the caller, as good as reading them.
    pub fn confirms(&self) -> FieldMask {
        match self {
            Self::FullName(_) => Field::FullName.mask(),
            Self::BirthDate(_) => Field::BirthDate.mask(),
            Self::Sex(_) => Field::Sex.mask(),
            Self::Nationality(_) => Field::Nationality.mask(),
            Self::OldIdNumber(_) => Field::OldIdNumbers.mask(),
            Self::MaritalStatus(_) => Field::MaritalStatus.mask(),
            Self::RelativeName(..) | Self::HouseholdHead(_) => {
                path_mask(self.name()).expect("the claim is named after the path it confirms")
            }
            // A unit matches as recorded, as it is now, or as a candidate: none is confirmed alone.
            // Being old enough confirms no age.
            Self::Province(..) | Self::Commune(..) | Self::AgeAtLeast(_) => FieldMask::EMPTY,
        }
    }
}

impl std::fmt::Debug for Claim {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Claim({})", self.name())
    }
}

impl Relative {
    /// The field they are recorded in.
    pub const fn field(self) -> Field {
        match self {
            Self::Father => Field::Father,
            Self::Mother => Field::Mother,
            Self::Spouse => Field::Spouse,
        }
    }
}

impl Residence {
    /// The field it is recorded in.
    pub const fn field(self) -> Field {
        match self {
            Self::Permanent => Field::PermanentResidence,
            Self::Temporary => Field::TemporaryResidence,
            Self::Current => Field::CurrentResidence,
        }
    }
}

/// All claims of one request, name and birth date first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Claims(pub SmallVec<[Claim; 3]>);

impl Claims {
    /// The claimed name.
    pub fn full_name(&self) -> Option<&NameKey> {
        self.0.iter().find_map(|claim| match claim {
            Claim::FullName(name) => Some(name),
            _ => None,
        })
    }

    /// The names of what is claimed.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.0.iter().map(Claim::name)
    }

    /// The leaves that matching all of them confirms.
    pub fn confirms(&self) -> FieldMask {
        self.0
            .iter()
            .fold(FieldMask::EMPTY, |mask, claim| mask | claim.confirms())
    }
}

/// How one claim compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It holds.
    Match,
    /// Claim and record agree at the coarser precision of the two.
    Partial,
    /// It does not hold.
    Mismatch,
    /// The register holds no such value.
    NotRecorded,
}

impl Outcome {
    /// The word callers see.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Match => "match",
            Self::Partial => "partial",
            Self::Mismatch => "mismatch",
            Self::NotRecorded => "not_recorded",
        }
    }
}
