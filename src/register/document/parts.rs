//! The objects inside a citizen: addresses, people, card, coded values, status.

use serde::de::Deserializer;

use super::{MAX_DETAIL, MAX_TEXT};
use crate::domain::address::Address;
use crate::domain::citizen::{Card, Coded, Member, Period, Person, Status, StatusKind, words};
use crate::domain::country::Country;
use crate::domain::date::PartialDate;
use crate::domain::fault::{FaultCode, Form, FromText, Reason};
use crate::domain::name::Name;
use crate::domain::number::{OldIdNumber, PersonalId};
use crate::domain::reference::{CommuneCode, DistrictCode, ProvinceCode};
use crate::json::schema::{Book, SchemaRef};
use crate::json::{Context, Read, Text, Token, object};

/// The longest code of a list.
const MAX_CODE: usize = 16;

object! {
    /// An address as it was recorded.
    pub(super) struct AddressPart {
        /// ISO 3166-1 alpha-2; Vietnam unless another is named.
        country: optional Country = "country",
        /// Two digits.
        province_code: optional ProvinceCode = "province_code",
        /// Three digits; only before July 2025.
        district_code: optional DistrictCode = "district_code",
        /// Five digits.
        commune_code: optional CommuneCode = "commune_code",
        /// House, street, hamlet.
        detail: optional Text<MAX_DETAIL> = "detail",
        /// When it was recorded, which says what its codes mean.
        recorded_on: optional PartialDate = "recorded_on",
    }
}

impl AddressPart {
    /// The address, or nothing where the object says nothing.
    pub(super) fn into_address(self) -> Option<Address> {
        let says_nothing = self.country.is_none()
            && self.province_code.is_none()
            && self.district_code.is_none()
            && self.commune_code.is_none()
            && self.detail.is_none()
            && self.recorded_on.is_none();
        (!says_nothing).then(|| Address {
            country: self.country.unwrap_or(Country::VIETNAM),
            province_code: self.province_code,
            district_code: self.district_code,
            commune_code: self.commune_code,
            detail: self.detail.map(|text| text.0),
            recorded_on: self.recorded_on,
        })
    }
}

object! {
    /// Another person as a record names them.
    pub(super) struct PersonPart {
        /// Their name.
        full_name: optional Name = "full_name",
        /// Twelve digits.
        personal_id: optional PersonalId = "personal_id",
        /// Nine digits, where that is what is known.
        old_id_number: optional OldIdNumber = "old_id_number",
        /// ISO 3166-1 alpha-2.
        nationality: optional Country = "nationality",
    }
}

impl From<PersonPart> for Person {
    fn from(part: PersonPart) -> Self {
        Self {
            full_name: part.full_name,
            personal_id: part.personal_id,
            old_id_number: part.old_id_number,
            nationality: part.nationality,
        }
    }
}

object! {
    /// A member of a household.
    pub(super) struct MemberPart {
        /// Their name.
        full_name: optional Name = "full_name",
        /// Twelve digits.
        personal_id: optional PersonalId = "personal_id",
        /// Nine digits, where that is what is known.
        old_id_number: optional OldIdNumber = "old_id_number",
        /// ISO 3166-1 alpha-2.
        nationality: optional Country = "nationality",
        /// To the head, in words.
        relation: optional Text<MAX_TEXT> = "relation",
    }
}

impl From<MemberPart> for Member {
    fn from(part: MemberPart) -> Self {
        Self {
            person: Person {
                full_name: part.full_name,
                personal_id: part.personal_id,
                old_id_number: part.old_id_number,
                nationality: part.nationality,
            },
            relation: part.relation.map(|text| text.0),
        }
    }
}

object! {
    /// The identity card that was issued.
    pub(super) struct CardPart {
        /// As printed.
        number: optional Text<MAX_TEXT> = "number",
        /// Such as `can_cuoc`.
        kind: optional Text<MAX_TEXT> = "kind",
        /// Day of issue.
        issued_on: optional PartialDate = "issued_on",
        /// Who issued it.
        issued_by: optional Text<MAX_TEXT> = "issued_by",
        /// Last day of validity.
        expires_on: optional PartialDate = "expires_on",
    }
}

impl From<CardPart> for Card {
    fn from(part: CardPart) -> Self {
        Self {
            number: part.number.map(|text| text.0),
            kind: part.kind.map(|text| text.0),
            issued_on: part.issued_on,
            issued_by: part.issued_by.map(|text| text.0),
            expires_on: part.expires_on,
        }
    }
}

object! {
    /// A declared absence.
    pub(super) struct PeriodPart {
        /// First day.
        from: optional PartialDate = "from",
        /// Last day, where known.
        to: optional PartialDate = "to",
    }
}

impl From<PeriodPart> for Period {
    fn from(part: PeriodPart) -> Self {
        Self {
            from: part.from,
            to: part.to,
        }
    }
}

words! {
    /// The two orders of the ethnic groups.
    EthnicityScheme:
    /// The list of 1979.
    Of1979 "1979",
    /// The list of 2008.
    Of2008 "2008",
}

object! {
    /// An ethnic group by its code.
    pub(super) struct EthnicityPart {
        /// As in the list.
        code: required Token<MAX_CODE> = "code",
        /// The list: 37 of 54 groups have another code in the other.
        scheme: required EthnicityScheme = "scheme",
    }
}

impl From<EthnicityPart> for Coded {
    fn from(part: EthnicityPart) -> Self {
        Self {
            code: part.code.0,
            scheme: Some(part.scheme.as_str().into()),
        }
    }
}

object! {
    /// A religion by its code.
    pub(super) struct ReligionPart {
        /// As in the list.
        code: required Token<MAX_CODE> = "code",
        /// The list, where the register says.
        scheme: optional Token<MAX_CODE> = "scheme",
    }
}

impl From<ReligionPart> for Coded {
    fn from(part: ReligionPart) -> Self {
        Self {
            code: part.code.0,
            scheme: part.scheme.map(|scheme| scheme.0),
        }
    }
}

object! {
    /// What became of the person, or of the number.
    struct StatusObject {
        /// `erroneous` records are never found.
        kind: required StatusKind = "kind",
        /// Since when.
        since: optional PartialDate = "since",
        /// The number that replaced a cancelled one.
        superseded_by: optional PersonalId = "superseded_by",
    }
}

/// A status that does not contradict itself.
#[derive(Clone, Copy, Debug)]
pub(super) struct StatusPart(pub Status);

impl Read for StatusPart {
    fn read<'de, D: Deserializer<'de>>(
        deserializer: D,
        context: &mut Context,
    ) -> Result<Option<Self>, D::Error> {
        let Some(status) = StatusObject::read(deserializer, context)? else {
            return Ok(None);
        };
        let StatusObject {
            kind,
            since,
            superseded_by,
        } = status;
        if superseded_by.is_some() && kind != StatusKind::NumberCancelled {
            context.fault_at(
                "superseded_by",
                FaultCode::Enum,
                "only a number that is cancelled is replaced by another",
            );
        }
        Ok(Some(Self(Status {
            kind,
            since,
            superseded_by,
        })))
    }

    fn schema(book: &mut Book) -> SchemaRef {
        StatusObject::schema(book)
    }
}

/// The value, or nothing where the object had no member.
pub(super) fn unless_empty<T: Default + PartialEq>(part: Option<impl Into<T>>) -> Option<T> {
    part.map(Into::into).filter(|value| *value != T::default())
}

/// The values of a list; an item that says nothing is left out.
pub(super) fn all<T: Default + PartialEq>(parts: Vec<impl Into<T>>) -> Vec<T> {
    parts
        .into_iter()
        .filter_map(|part| unless_empty(Some(part)))
        .collect()
}
