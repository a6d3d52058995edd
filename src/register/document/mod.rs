//! A citizen in JSON as the register writes it: reading with every fault reported, and writing.
//!
//! Every member but the first three may be absent; null and absent are the same, and so is an object
//! without a member. Only what cannot be stored or would contradict itself is a fault: whether a
//! record is likely is the register's to know. Not here: what becomes of a record.

mod changes;
mod csv;
mod parts;
#[cfg(test)]
mod tests;
mod write;

pub use changes::{MAX_CHANGES, RegisterChanges};
pub use csv::{Header, HeaderError};
pub use write::CitizenDocument;

use serde::de::Deserializer;

use crate::domain::change::{Change, Upsert};
use crate::domain::citizen::{BloodType, Citizen, MaritalStatus, Status};
use crate::domain::country::Country;
use crate::domain::date::PartialDate;
use crate::domain::fault::FaultCode;
use crate::domain::limits::Limits;
use crate::domain::name::Name;
use crate::domain::number::{OldIdNumber, PersonalId};
use crate::domain::sex::Sex;
use crate::json::schema::{Book, SchemaRef};
use crate::json::{Context, Count, Fault, List, Malformed, Read, Text, object, read_strict_within};
use parts::{
    AddressPart, CardPart, EthnicityPart, MemberPart, PeriodPart, PersonPart, ReligionPart,
    StatusPart,
};

/// The most nine-digit numbers of one person.
pub const MAX_OLD_ID_NUMBERS: usize = 10;
/// The most people in one list of a record.
pub const MAX_PEOPLE: usize = 50;
/// The longest free text, in characters.
pub const MAX_TEXT: usize = 200;
/// The longest detail of an address, in characters.
pub const MAX_DETAIL: usize = 500;
/// The longest telephone number, in characters.
pub const MAX_MOBILE_NUMBER: usize = 20;
/// The longest e-mail address, in characters (RFC 5321 section 4.5.3.1).
pub const MAX_EMAIL: usize = 254;

/// A revision: a whole number that grows, small enough to be exact in every JSON reader.
pub type Revision = Count<1, { (1 << 53) - 1 }>;

/// The members of a citizen, and further ones before them.
macro_rules! citizen_object {
    ($(#[doc = $doc:literal])* $vis:vis struct $name:ident { $($further:tt)* }) => {
        object! {
            $(#[doc = $doc])*
            $vis struct $name {
                $($further)*
                /// Twelve digits.
                personal_id: required PersonalId = "personal_id",
                /// Family, middle and given name at birth.
                full_name: required Name = "full_name",
                /// Known to the day, month or year.
                birth_date: required PartialDate = "birth_date",
                /// As registered.
                sex: optional Sex = "sex",
                /// Nine digits each.
                old_id_numbers: defaulted List<OldIdNumber, 0, MAX_OLD_ID_NUMBERS> = "old_id_numbers",
                /// Where the register holds the parts of the name.
                family_name: optional Name = "family_name",
                /// Where the register holds the parts of the name.
                middle_name: optional Name = "middle_name",
                /// Where the register holds the parts of the name.
                given_name: optional Name = "given_name",
                /// Another name the person goes by.
                other_name: optional Name = "other_name",
                /// ISO 3166-1 alpha-2.
                nationality: optional Country = "nationality",
                /// Always with its scheme.
                ethnicity: optional EthnicityPart = "ethnicity",
                /// By code.
                religion: optional ReligionPart = "religion",
                /// As on record.
                blood_type: optional BloodType = "blood_type",
                /// As recorded, in codes.
                place_of_birth: optional AddressPart = "place_of_birth",
                /// As recorded, in codes.
                birth_registration_place: optional AddressPart = "birth_registration_place",
                /// As recorded, in codes.
                place_of_origin: optional AddressPart = "place_of_origin",
                /// As recorded, in codes.
                permanent_residence: optional AddressPart = "permanent_residence",
                /// As recorded, in codes.
                temporary_residence: optional AddressPart = "temporary_residence",
                /// As recorded, in codes.
                current_residence: optional AddressPart = "current_residence",
                /// A declared absence.
                absence_declaration: optional PeriodPart = "absence_declaration",
                /// Of the residence file.
                residence_file_number: optional Text<MAX_TEXT> = "residence_file_number",
                /// The identity card that was issued.
                card: optional CardPart = "card",
                /// As registered.
                marital_status: optional MaritalStatus = "marital_status",
                /// Any part of it may be known.
                father: optional PersonPart = "father",
                /// Any part of it may be known.
                mother: optional PersonPart = "mother",
                /// Any part of it may be known.
                spouse: optional PersonPart = "spouse",
                /// Any part of each may be known.
                children: defaulted List<PersonPart, 0, MAX_PEOPLE> = "children",
                /// Any part of it may be known.
                legal_representative: optional PersonPart = "legal_representative",
                /// Any part of each may be known.
                represented_persons: defaulted List<PersonPart, 0, MAX_PEOPLE> = "represented_persons",
                /// In words.
                relation_to_head: optional Text<MAX_TEXT> = "relation_to_head",
                /// Any part of it may be known.
                household_head: optional PersonPart = "household_head",
                /// Each with the relation to the head, in words.
                household_members: defaulted List<MemberPart, 0, MAX_PEOPLE> = "household_members",
                /// As recorded.
                mobile_number: optional Text<MAX_MOBILE_NUMBER> = "mobile_number",
                /// As recorded.
                email: optional Text<MAX_EMAIL> = "email",
                /// Whether the person is under address protection; absent: as before, or false.
                protected: optional bool = "protected",
                /// Absent: as before, or active.
                status: optional StatusPart = "status",
            }
        }

        impl $name {
            /// The record, and what it says of the two members that outlive one without them.
            fn into_upsert(self, revision: u64) -> Upsert {
                let mut old_id_numbers = Vec::with_capacity(self.old_id_numbers.0.len());
                for number in self.old_id_numbers.0 {
                    if !old_id_numbers.contains(&number) {
                        old_id_numbers.push(number);
                    }
                }
                let status = self.status.map(|status| status.0);
                let citizen = Citizen {
                    personal_id: self.personal_id,
                    full_name: self.full_name,
                    birth_date: self.birth_date,
                    sex: self.sex,
                    old_id_numbers,
                    family_name: self.family_name,
                    middle_name: self.middle_name,
                    given_name: self.given_name,
                    other_name: self.other_name,
                    nationality: self.nationality,
                    ethnicity: self.ethnicity.map(Into::into),
                    religion: self.religion.map(Into::into),
                    blood_type: self.blood_type,
                    place_of_birth: self.place_of_birth.and_then(AddressPart::into_address),
                    birth_registration_place: self
                        .birth_registration_place
                        .and_then(AddressPart::into_address),
                    place_of_origin: self.place_of_origin.and_then(AddressPart::into_address),
                    permanent_residence: self
                        .permanent_residence
                        .and_then(AddressPart::into_address),
                    temporary_residence: self
                        .temporary_residence
                        .and_then(AddressPart::into_address),
                    current_residence: self.current_residence.and_then(AddressPart::into_address),
                    absence_declaration: parts::unless_empty(self.absence_declaration),
                    residence_file_number: self.residence_file_number.map(|text| text.0),
                    card: parts::unless_empty(self.card),
                    marital_status: self.marital_status,
                    father: parts::unless_empty(self.father),
                    mother: parts::unless_empty(self.mother),
                    spouse: parts::unless_empty(self.spouse),
                    children: parts::all(self.children.0),
                    legal_representative: parts::unless_empty(self.legal_representative),
                    represented_persons: parts::all(self.represented_persons.0),
                    relation_to_head: self.relation_to_head.map(|text| text.0),
                    household_head: parts::unless_empty(self.household_head),
                    household_members: parts::all(self.household_members.0),
                    mobile_number: self.mobile_number.map(|text| text.0),
                    email: self.email.map(|text| text.0),
                    protected: self.protected.unwrap_or(false),
                    status: status.unwrap_or(Status::ACTIVE),
                };
                Upsert { revision, citizen, protected: self.protected, status }
            }

            /// What one member says against another.
            fn check(&self, context: &mut Context) {
                let replaced_by = self.status.as_ref().and_then(|status| status.0.superseded_by);
                if replaced_by == Some(self.personal_id) {
                    context.enter("status");
                    context.fault_at("superseded_by", FaultCode::Range, REPLACES_ITSELF);
                    context.leave();
                }
            }
        }
    };
}

const REPLACES_ITSELF: &str = "a number cannot be replaced by itself";

citizen_object! {
    /// A citizen as the register writes it.
    pub(super) struct RegisteredCitizen {}
}

citizen_object! {
    /// A citizen as a line of an import.
    struct ImportedCitizen {
        /// The register's number of this state.
        revision: optional Revision = "revision",
    }
}

/// A citizen whose members do not contradict each other.
#[derive(Clone, Debug)]
struct Sound<T>(T);

macro_rules! sound {
    ($name:ident) => {
        impl Read for Sound<$name> {
            fn read<'de, D: Deserializer<'de>>(
                deserializer: D,
                context: &mut Context,
            ) -> Result<Option<Self>, D::Error> {
                let citizen = $name::read(deserializer, context)?;
                if let Some(citizen) = &citizen {
                    citizen.check(context);
                }
                Ok(citizen.map(Self))
            }

            fn schema(book: &mut Book) -> SchemaRef {
                $name::schema(book)
            }
        }
    };
}

sound!(RegisteredCitizen);
sound!(ImportedCitizen);

/// Reads one line of an NDJSON import: a citizen that may carry its `revision`, else 1.
pub fn read_line(line: &[u8], limits: Limits) -> Result<Result<Change, Vec<Fault>>, Malformed> {
    let read = read_strict_within::<Sound<ImportedCitizen>>(line, limits)?;
    Ok(read.map(|Sound(citizen)| {
        let revision = citizen.revision.map_or(1, |revision| revision.0);
        Change::Upsert(Box::new(citizen.into_upsert(revision)))
    }))
}
