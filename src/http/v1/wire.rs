//! The bodies of questions about a person, as they are sent.

use serde::de::Deserializer;

use crate::domain::citizen::MaritalStatus;
use crate::domain::claim::{Claim, Claims, Relative, Residence, Subject};
use crate::domain::country::Country;
use crate::domain::date::PartialDate;
use crate::domain::fault::FaultCode;
use crate::domain::limits::Limits;
use crate::domain::name::{Name, NameKey};
use crate::domain::number::{OldIdNumber, PersonalId};
use crate::domain::policy::{Code, FieldPath, OfficerId};
use crate::domain::question::{self, OnForbidden};
use crate::domain::reference::{CommuneCode, ProvinceCode};
use crate::domain::sex::Sex;
use crate::http::problem::Problem;
use crate::json::schema::{Book, SchemaRef};
use crate::json::{
    self, Count, Document, Fault, Limited, MAX_FAULTS, Read, Seed, Several, Text, Token, object,
};
use crate::policy::Lifted;

/// The oldest age that can be claimed.
const MAX_AGE: u64 = 150;

object! {
    /// Under which procedure, by which officer and for which case a question is asked.
    pub struct Context {
        /// The administrative procedure.
        pub procedure_code: required Code = "procedure_code",
        /// The officer who asks, where the agreement wants one.
        officer_id: optional OfficerId = "officer_id",
        /// The agency's own case.
        case_id: optional Token<64, true> = "case_id",
    }
}

impl From<Context> for question::Context {
    fn from(context: Context) -> Self {
        Self {
            procedure_code: context.procedure_code,
            officer_id: context.officer_id,
            case_id: context.case_id.map(|case| case.0),
        }
    }
}

object! {
    /// Who is meant: by exactly one of the two numbers.
    pub struct SubjectBody {
        /// The personal identification number, twelve digits.
        personal_id: optional PersonalId = "personal_id",
        /// A nine-digit number of an earlier card.
        old_id_number: optional OldIdNumber = "old_id_number",
    }
}

impl Read for Subject {
    fn read<'de, D: Deserializer<'de>>(
        deserializer: D,
        context: &mut json::Context,
    ) -> Result<Option<Self>, D::Error> {
        let faults = context.mark();
        let Some(body) = SubjectBody::read(deserializer, context)? else {
            return Ok(None);
        };
        Ok(match (body.personal_id, body.old_id_number) {
            (Some(number), None) => Some(Self::PersonalId(number)),
            (None, Some(number)) => Some(Self::OldIdNumber(number)),
            (Some(_), Some(_)) => {
                context.fault(
                    FaultCode::Format,
                    "exactly one number must be given, not both",
                );
                None
            }
            (None, None) => {
                let one_is_wrong = ["personal_id", "old_id_number"]
                    .iter()
                    .any(|member| context.has_fault_since(faults, member));
                if !one_is_wrong {
                    let reason = "either `personal_id` or `old_id_number` is required";
                    context.fault(FaultCode::Required, reason);
                }
                None
            }
        })
    }

    fn schema(book: &mut Book) -> SchemaRef {
        SubjectBody::schema(book)
    }
}

object! {
    /// What is claimed of the person.
    pub struct ClaimsBody {
        /// The name, in any case and with tones placed in any way.
        full_name: dispensable Name = "full_name",
        /// The birth date, to the day, month or year.
        birth_date: dispensable PartialDate = "birth_date",
        /// Sex.
        sex: optional Sex = "sex",
        /// Nationality.
        nationality: optional Country = "nationality",
        /// A nine-digit number the person has had.
        old_id_number: optional OldIdNumber = "old_id_number",
        /// Marital status.
        marital_status: optional MaritalStatus = "marital_status",
        /// The province of permanent residence, as recorded or as it is now.
        permanent_province: optional ProvinceCode = "permanent_residence.province_code",
        /// The commune of permanent residence, as recorded or as it is now.
        permanent_commune: optional CommuneCode = "permanent_residence.commune_code",
        /// The province of temporary residence.
        temporary_province: optional ProvinceCode = "temporary_residence.province_code",
        /// The commune of temporary residence.
        temporary_commune: optional CommuneCode = "temporary_residence.commune_code",
        /// The province of current residence.
        current_province: optional ProvinceCode = "current_residence.province_code",
        /// The commune of current residence.
        current_commune: optional CommuneCode = "current_residence.commune_code",
        /// The father's name.
        father: optional Name = "father.full_name",
        /// The mother's name.
        mother: optional Name = "mother.full_name",
        /// The spouse's name.
        spouse: optional Name = "spouse.full_name",
        /// The number of the head of the household.
        household_head: optional PersonalId = "household_head.personal_id",
        /// An age in years that the person has reached.
        age_at_least: optional Count<0, MAX_AGE> = "age_at_least",
    }
}

impl From<ClaimsBody> for Claims {
    fn from(body: ClaimsBody) -> Self {
        let province = |residence, code: Option<ProvinceCode>| {
            code.map(|code| Claim::Province(residence, code))
        };
        let commune =
            |residence, code: Option<CommuneCode>| code.map(|code| Claim::Commune(residence, code));
        let relative = |relative, name: Option<Name>| {
            name.map(|name| Claim::RelativeName(relative, NameKey::of(&name)))
        };
        let claims = [
            body.full_name
                .map(|name| Claim::FullName(NameKey::of(&name))),
            body.birth_date.map(Claim::BirthDate),
            body.sex.map(Claim::Sex),
            body.nationality.map(Claim::Nationality),
            body.old_id_number.map(Claim::OldIdNumber),
            body.marital_status.map(Claim::MaritalStatus),
            province(Residence::Permanent, body.permanent_province),
            commune(Residence::Permanent, body.permanent_commune),
            province(Residence::Temporary, body.temporary_province),
            commune(Residence::Temporary, body.temporary_commune),
            province(Residence::Current, body.current_province),
            commune(Residence::Current, body.current_commune),
            relative(Relative::Father, body.father),
            relative(Relative::Mother, body.mother),
            relative(Relative::Spouse, body.spouse),
            body.household_head.map(Claim::HouseholdHead),
            body.age_at_least.map(|Count(years)| {
                Claim::AgeAtLeast(i16::try_from(years).expect("at most MAX_AGE"))
            }),
        ];
        Self(claims.into_iter().flatten().collect())
    }
}

impl Read for Claims {
    fn read<'de, D: Deserializer<'de>>(
        deserializer: D,
        context: &mut json::Context,
    ) -> Result<Option<Self>, D::Error> {
        Ok(ClaimsBody::read(deserializer, context)?.map(Self::from))
    }

    fn schema(book: &mut Book) -> SchemaRef {
        ClaimsBody::schema(book)
    }
}

/// The fields of a lookup, each once or more, in any order.
pub type Fields = Several<FieldPath>;

impl Limited for FieldPath {
    fn most(limits: &Limits) -> usize {
        limits.fields
    }
}

/// The version an earlier answer gave.
pub type Version = Text<64>;

/// What a lookup wants to read.
pub fn wanted(fields: &Fields, on_forbidden: Option<OnForbidden>) -> question::Wanted {
    question::Wanted {
        paths: fields
            .0
            .iter()
            .map(|path| (path.as_str(), *path.mask()))
            .collect(),
        on_forbidden: on_forbidden.unwrap_or(OnForbidden::Refuse),
    }
}

/// The name an item of a batch goes by in the answer.
pub type ItemRef = Text<64>;

/// An item of a batch, with the faults that are its own.
#[derive(Clone, Debug)]
pub struct Apart<T> {
    /// Where it stands, as a pointer.
    pub place: String,
    /// The item, as far as it could be read.
    pub item: T,
    /// What is wrong with it.
    pub faults: Vec<Fault>,
    /// What is missing unless a permission lifts it.
    pub dispensable: Vec<Fault>,
}

impl<T: Read> Read for Apart<T> {
    fn read<'de, D: Deserializer<'de>>(
        deserializer: D,
        context: &mut json::Context,
    ) -> Result<Option<Self>, D::Error> {
        use serde::de::DeserializeSeed;
        let (item, faults, dispensable) =
            context.apart(|context| Seed::<T>::new(context).deserialize(deserializer))?;
        let place = context.place();
        // Without its name an item cannot be answered, so that is a fault of the whole batch.
        let name = format!("{place}/ref");
        let (of_batch, faults): (Vec<_>, Vec<_>) = faults
            .into_iter()
            .partition(|fault| item.is_none() || fault.pointer == name);
        for fault in of_batch {
            context.push(fault);
        }
        Ok(item.map(|item| Self {
            place,
            item,
            faults,
            dispensable,
        }))
    }

    fn schema(book: &mut Book) -> SchemaRef {
        T::schema(book)
    }
}

impl<T: Read> Limited for Apart<T> {
    fn most(limits: &Limits) -> usize {
        limits.batch_items
    }
}

/// Adds a fault for each item whose name an earlier one has.
pub fn check_refs<'a, T: 'a>(
    items: &'a [Apart<T>],
    name: impl Fn(&'a T) -> &'a ItemRef,
    faults: &mut Vec<Fault>,
) {
    let mut seen = std::collections::HashSet::new();
    for apart in items {
        if !seen.insert(&*name(&apart.item).0) {
            faults.push(Fault {
                pointer: format!("{}/ref", apart.place),
                code: FaultCode::DuplicateMember,
                reason: "another item has this name",
            });
        }
    }
}

/// The document's value, if nothing is wrong with it that `lifted` does not lift.
pub fn whole<T>(document: Document<T>, lifted: impl FnOnce(&T) -> Lifted) -> Result<T, Problem> {
    let lifted = document.value.as_ref().map(lifted).unwrap_or_default();
    let faults = still_faults(document.faults, document.dispensable, lifted);
    match document.value {
        Some(value) if faults.is_empty() => Ok(value),
        Some(_) | None => Err(Problem::invalid(faults)),
    }
}

/// The faults that remain when a permission lifts some.
pub fn still_faults(mut faults: Vec<Fault>, dispensable: Vec<Fault>, lifted: Lifted) -> Vec<Fault> {
    faults.extend(dispensable.into_iter().filter(|fault| {
        let birth_date = fault.pointer.ends_with("/birth_date");
        !(lifted.no_claims || (lifted.no_birth_date && birth_date))
    }));
    faults.truncate(MAX_FAULTS);
    faults
}

/// What is lifted for a question about that subject: only a personal number stands without claims.
pub fn lifted_for(lifted: Lifted, subject: Option<&Subject>) -> Lifted {
    let by_number = matches!(subject, Some(Subject::PersonalId(_)));
    Lifted {
        no_claims: lifted.no_claims && by_number,
        ..lifted
    }
}
