//! A citizen as the register writes it (Identity Law 26/2023 article 9): plain data, whole, before
//! anything is derived, resolved or cut.

use super::address::Address;
use super::country::Country;
use super::date::PartialDate;
use super::fault::{FaultCode, Form, FromText, Reason};
use super::name::Name;
use super::number::{OldIdNumber, PersonalId};
use super::sex::Sex;

/// The whole record of one person.
#[derive(Clone, PartialEq)]
pub struct Citizen {
    /// Item 3 of article 9: the key.
    pub personal_id: PersonalId,
    /// Item 1: family, middle and given name at birth, as one text.
    pub full_name: Name,
    /// Item 4; may be known to the year or month only.
    pub birth_date: PartialDate,
    /// Item 5.
    pub sex: Option<Sex>,
    /// Item 13: nine-digit numbers of earlier cards; several people may have had one of them.
    pub old_id_numbers: Vec<OldIdNumber>,
    /// Item 1, where the register holds the parts.
    pub family_name: Option<Name>,
    /// Item 1.
    pub middle_name: Option<Name>,
    /// Item 1.
    pub given_name: Option<Name>,
    /// Item 2.
    pub other_name: Option<Name>,
    /// Item 11.
    pub nationality: Option<Country>,
    /// Item 9; sensitive.
    pub ethnicity: Option<Coded>,
    /// Item 10; sensitive.
    pub religion: Option<Coded>,
    /// Item 12; sensitive.
    pub blood_type: Option<BloodType>,
    /// Item 6.
    pub place_of_birth: Option<Address>,
    /// Item 7.
    pub birth_registration_place: Option<Address>,
    /// Item 8.
    pub place_of_origin: Option<Address>,
    /// Item 16.
    pub permanent_residence: Option<Address>,
    /// Item 17.
    pub temporary_residence: Option<Address>,
    /// Item 18.
    pub current_residence: Option<Address>,
    /// Item 19.
    pub absence_declaration: Option<Period>,
    /// Item 20.
    pub residence_file_number: Option<Box<str>>,
    /// Item 14.
    pub card: Option<Card>,
    /// Item 21.
    pub marital_status: Option<MaritalStatus>,
    /// Item 15 and those that follow it.
    pub father: Option<Person>,
    /// Item 15.
    pub mother: Option<Person>,
    /// Item 15.
    pub spouse: Option<Person>,
    /// Item 15.
    pub children: Vec<Person>,
    /// Item 15.
    pub legal_representative: Option<Person>,
    /// Item 15.
    pub represented_persons: Vec<Person>,
    /// Item 22.
    pub relation_to_head: Option<Box<str>>,
    /// Item 23.
    pub household_head: Option<Person>,
    /// Item 23.
    pub household_members: Vec<Member>,
    /// Item 25.
    pub mobile_number: Option<Box<str>>,
    /// Item 25.
    pub email: Option<Box<str>>,
    /// Whether the person is under address protection.
    pub protected: bool,
    /// Item 24, and the life of the number itself.
    pub status: Status,
}

impl Citizen {
    /// A record that holds nothing but the three members every record has.
    pub fn new(personal_id: PersonalId, full_name: Name, birth_date: PartialDate) -> Self {
        Self {
            personal_id,
            full_name,
            birth_date,
            sex: None,
            old_id_numbers: Vec::new(),
            family_name: None,
            middle_name: None,
            given_name: None,
            other_name: None,
            nationality: None,
            ethnicity: None,
            religion: None,
            blood_type: None,
            place_of_birth: None,
            birth_registration_place: None,
            place_of_origin: None,
            permanent_residence: None,
            temporary_residence: None,
            current_residence: None,
            absence_declaration: None,
            residence_file_number: None,
            card: None,
            marital_status: None,
            father: None,
            mother: None,
            spouse: None,
            children: Vec::new(),
            legal_representative: None,
            represented_persons: Vec::new(),
            relation_to_head: None,
            household_head: None,
            household_members: Vec::new(),
            mobile_number: None,
            email: None,
            protected: false,
            status: Status::ACTIVE,
        }
    }

    /// Everyone the record names: family first, then the household.
    pub fn relatives(&self) -> impl Iterator<Item = &Person> {
        [
            &self.father,
            &self.mother,
            &self.spouse,
            &self.legal_representative,
            &self.household_head,
        ]
        .into_iter()
        .flatten()
        .chain(&self.children)
        .chain(&self.represented_persons)
        .chain(self.household_members.iter().map(|member| &member.person))
    }
}

/// Another person as a record names them. The register may hold any part of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Person {
    /// Their name.
    pub full_name: Option<Name>,
    /// Their number.
    pub personal_id: Option<PersonalId>,
    /// Their nine-digit number, where that is all that is known.
    pub old_id_number: Option<OldIdNumber>,
    /// Their nationality.
    pub nationality: Option<Country>,
}

/// A member of a household.
#[derive(Clone, Default, PartialEq)]
pub struct Member {
    /// Who it is.
    pub person: Person,
    /// Relation to the head, in words: no official code list was found.
    pub relation: Option<Box<str>>,
}

/// A value of a code list. Ethnic groups always carry their scheme, for two orders exist.
#[derive(Clone, PartialEq, Eq)]
pub struct Coded {
    /// The code, zeros kept.
    pub code: Box<str>,
    /// The list it is of: `1979` or `2008` for ethnic groups.
    pub scheme: Option<Box<str>>,
}

/// A time of absence.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Period {
    /// First day.
    pub from: Option<PartialDate>,
    /// Last day, where known.
    pub to: Option<PartialDate>,
}

/// The identity card that was issued.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Card {
    /// The number printed on it.
    pub number: Option<Box<str>>,
    /// What it is, such as `can_cuoc`.
    pub kind: Option<Box<str>>,
    /// Day of issue.
    pub issued_on: Option<PartialDate>,
    /// Who issued it.
    pub issued_by: Option<Box<str>>,
    /// Last day of validity.
    pub expires_on: Option<PartialDate>,
}

/// What is free text or a code in these would show in a log.
macro_rules! masked {
    ($($name:ident)*) => {$(
        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(concat!(stringify!($name), "(***)"))
            }
        }
    )*};
}

masked! { Citizen Member Coded Card }

/// A closed list of words, each a variant.
macro_rules! words {
    (
        $(#[doc = $doc:literal])*
        $name:ident:
        $($(#[doc = $variant_doc:literal])* $variant:ident $word:literal,)*
    ) => {
        $(#[doc = $doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $name {
            $($(#[doc = $variant_doc])* $variant,)*
        }

        impl $name {
            /// Every word of the list.
            pub const WORDS: &'static [&'static str] = &[$($word,)*];

            /// The word as callers see it.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }
        }

        impl FromText for $name {
            const FORM: Form = Form::words(Self::WORDS).named(
                stringify!($name),
                concat!($($doc, "\n",)* $("\n- `", $word, "`:", $($variant_doc,)*)*),
            );

            fn from_text(text: &str) -> Result<Self, Reason> {
                match text {
                    $($word => Ok(Self::$variant),)*
                    _ => Err(Reason::new(
                        FaultCode::Enum,
                        concat!("one of", $(" ", $word,)*),
                    )),
                }
            }
        }
    };
}
pub(crate) use words;

words! {
    /// Blood type, as QCVN 109:2017/BTTTT lists it.
    BloodType:
    /// A
    A "A",
    /// B
    B "B",
    /// AB
    Ab "AB",
    /// O
    O "O",
    /// Not known: the register holds no value.
    Unknown "unknown",
}

words! {
    /// Marital status, as QCVN 109:2017/BTTTT lists it.
    MaritalStatus:
    /// Never married.
    Single "single",
    /// Married.
    Married "married",
    /// Divorced or widowed: the list does not part the two.
    DivorcedOrWidowed "divorced_or_widowed",
    /// Not known: the register holds no value.
    Unknown "unknown",
}

words! {
    /// What became of the person, or of the number.
    StatusKind:
    /// Alive as far as the register knows.
    Active "active",
    /// Has died.
    Deceased "deceased",
    /// Declared missing.
    Missing "missing",
    /// The number was cancelled; another may have replaced it.
    NumberCancelled "number_cancelled",
    /// Recorded by error: such a record is never found.
    Erroneous "erroneous",
}

/// The life status of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Status {
    /// What it is.
    pub kind: StatusKind,
    /// Since when.
    pub since: Option<PartialDate>,
    /// The number that replaced a cancelled one.
    pub superseded_by: Option<PersonalId>,
}

impl Status {
    /// An ordinary record.
    pub const ACTIVE: Self = Self {
        kind: StatusKind::Active,
        since: None,
        superseded_by: None,
    };
}
