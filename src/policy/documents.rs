//! The JSON documents of what is administered, read with every fault reported.
//!
//! One object a kind, as PUT takes it; also the lines of a catalogue file. Members that are
//! reserved are taken only when null or empty. What needs the database to be judged (does that
//! agency exist?) is judged in [`administration`](crate::service::administration).

use jiff::civil::Date;

use crate::domain::fault::{FaultCode, Form as TextForm, FromText, Reason};
use crate::domain::policy as domain;
use crate::domain::policy::{
    AgreedOperation, BoxFormat, Claimable, Code, FieldName, FieldPath, Item, Kind, Label,
    NameMatch, OfficerId, OfficerRule, Readable, ScopeName,
};
use crate::json::schema::{Book, SchemaRef};
use crate::json::{self, Fault, List, Malformed, Read, object};

mod boxes;
mod reserved;
#[cfg(test)]
mod tests;

use boxes::Boxes;
use reserved::{Quota, Reserved};

object! {
    /// An agency.
    pub(super) struct Agency {
        /// Its code in the State's list, which stands in its address.
        code: required Code = "code",
        /// Its name.
        name: required Label = "name",
        /// The code of the agency above it.
        parent: optional Code = "parent",
    }
}

object! {
    /// A client: one agency's system.
    pub(super) struct Client {
        /// The `client_id` of its tokens, which stands in its address.
        client_id: required Code = "client_id",
        /// Who issues its tokens; null is the first configured issuer.
        issuer: optional Label = "issuer",
        /// The agency that runs it.
        agency_code: required Code = "agency_code",
        /// Its name.
        name: required Label = "name",
        /// Whether it may ask; true unless said.
        active: optional bool = "active",
        /// The most its tokens may carry.
        scopes: required List<ScopeName, 0, { domain::ScopeList::MAX }> = "scopes",
        /// Reserved: null.
        _certificate_sha256: optional Reserved = "certificate_sha256",
        /// Reserved: empty.
        _networks: optional Reserved = "networks",
    }
}

object! {
    /// An officer whom agreements with `registered` officers accept.
    pub(super) struct Officer {
        /// The registration's identifier, which stands in its address; no personal data.
        id: required Code = "id",
        /// What requests and tokens name the officer by.
        officer_id: required OfficerId = "officer_id",
        /// The agency the officer works for.
        agency_code: required Code = "agency_code",
        /// The officer's name.
        name: optional Label = "name",
        /// Whether the registration stands; true unless said.
        active: optional bool = "active",
    }
}

object! {
    /// An administrative procedure.
    pub(super) struct Procedure {
        /// Its code, which stands in its address.
        code: required Code = "code",
        /// Its name.
        name: required Label<500> = "name",
        /// The law it rests on.
        legal_basis: optional Label<1000> = "legal_basis",
        /// Whether its entries are kept from the person's own report.
        confidential: defaulted bool = "confidential",
        /// The form that prefill fills.
        form: optional Form = "form",
        /// The papers the register makes needless.
        papers: defaulted List<Paper, 0, { domain::Procedure::MAX_PAPERS }> = "papers",
    }
}

object! {
    /// The form of a procedure.
    pub(super) struct Form {
        /// Its code.
        code: required Label<100> = "code",
        /// Its boxes: by name a path of the record, or a path and a format.
        boxes: defaulted Boxes = "boxes",
    }
}

object! {
    /// A box of a form with a format.
    pub(super) struct FormattedBox {
        /// The path of the record that fills it.
        field: required FieldPath = "field",
        /// How the value is written; plain unless said. The field must have what it writes: `dmy` a
        /// date, `line` an address or a list, `code` and `name` a code or a name, `upper` letters.
        format: optional BoxFormat = "format",
    }
}

object! {
    /// A paper the register makes needless.
    pub(super) struct Paper {
        /// Its code.
        code: required Code = "code",
        /// Its name.
        name: required Label<500> = "name",
        /// What it would prove, as paths of the record.
        fields: required List<FieldPath, 1, { domain::Paper::MAX_FIELDS }> = "fields",
    }
}

object! {
    /// An agreement between a client and a procedure.
    pub(super) struct Agreement {
        /// Its identifier, which stands in its address.
        id: required Code = "id",
        /// The client.
        client_id: required Code = "client_id",
        /// The procedure.
        procedure_code: required Code = "procedure_code",
        /// What may be asked.
        operations: required List<AgreedOperation, 1, 16> = "operations",
        /// What may be read: names of sets and fields.
        read_fields: defaulted List<FieldName<Readable>, 0, 64> = "read_fields",
        /// What may be claimed beyond number, name and birth date: names of sets and fields.
        claim_fields: defaulted List<FieldName<Claimable>, 0, 64> = "claim_fields",
        /// The first day in force, in Vietnam.
        valid_from: required Day = "valid_from",
        /// The last day in force; null is without end.
        valid_to: optional Day = "valid_to",
        /// At which level names match; canonical unless said.
        name_match: optional NameMatch = "name_match",
        /// Whether an officer must be named; none unless said.
        officer: optional OfficerRule = "officer",
        /// Reserved: null.
        _quota: optional Quota = "quota",
    }
}

/// A day, `yyyy-mm-dd`.
#[derive(Clone, Copy, Debug)]
struct Day(Date);

impl FromText for Day {
    const FORM: TextForm = TextForm::pattern("^[0-9]{4}-[0-9]{2}-[0-9]{2}$", 10, "2026-01-01");

    fn from_text(text: &str) -> Result<Self, Reason> {
        let shaped = text.len() == 10
            && text.bytes().enumerate().all(|(at, byte)| match at {
                4 | 7 => byte == b'-',
                _ => byte.is_ascii_digit(),
            });
        let day = shaped.then(|| text.parse().ok()).flatten();
        day.map(Self).ok_or(Reason::new(
            FaultCode::Date,
            "a day that exists, as yyyy-mm-dd",
        ))
    }
}

/// Reads one administered thing.
pub fn read_item(kind: Kind, text: &[u8]) -> Result<Result<Item, Vec<Fault>>, Malformed> {
    Ok(match kind {
        Kind::Agency => json::read_strict::<Agency>(text)?.map(|one| Item::Agency(one.into())),
        Kind::Client => json::read_strict::<Client>(text)?.map(|one| Item::Client(one.into())),
        Kind::Officer => json::read_strict::<Officer>(text)?.map(|one| Item::Officer(one.into())),
        Kind::Procedure => {
            json::read_strict::<Procedure>(text)?.map(|one| Item::Procedure(one.into()))
        }
        Kind::Agreement => json::read_strict::<Agreement>(text)?
            .map(domain::Agreement::from)
            .and_then(in_order)
            .map(Item::Agreement),
    })
}

/// Reads a list of procedures, as catalogue files hold them.
pub(super) fn read_procedures(
    text: &[u8],
) -> Result<Result<Vec<domain::Procedure>, Vec<Fault>>, Malformed> {
    let list = json::read_strict::<List<Procedure, 0, 10_000>>(text)?;
    Ok(list.map(|list| list.0.into_iter().map(Into::into).collect()))
}

/// The schema of one administered thing, for the description of the API.
pub fn schema(kind: Kind, book: &mut Book) -> SchemaRef {
    match kind {
        Kind::Agency => Agency::schema(book),
        Kind::Client => Client::schema(book),
        Kind::Officer => Officer::schema(book),
        Kind::Procedure => Procedure::schema(book),
        Kind::Agreement => Agreement::schema(book),
    }
}

fn in_order(agreement: domain::Agreement) -> Result<domain::Agreement, Vec<Fault>> {
    if agreement
        .valid_to
        .is_some_and(|last| last < agreement.valid_from)
    {
        return Err(vec![Fault {
            pointer: "/valid_to".into(),
            code: FaultCode::Range,
            reason: "may not lie before valid_from",
        }]);
    }
    Ok(agreement)
}

impl From<Agency> for domain::Agency {
    fn from(one: Agency) -> Self {
        Self {
            code: one.code,
            name: one.name,
            parent: one.parent,
        }
    }
}

impl From<Client> for domain::Client {
    fn from(one: Client) -> Self {
        Self {
            client_id: one.client_id,
            issuer: one.issuer,
            agency_code: one.agency_code,
            name: one.name,
            active: one.active.unwrap_or(true),
            scopes: one.scopes.0.into_iter().collect(),
        }
    }
}

impl From<Officer> for domain::Officer {
    fn from(one: Officer) -> Self {
        Self {
            id: one.id,
            officer_id: one.officer_id,
            agency_code: one.agency_code,
            name: one.name,
            active: one.active.unwrap_or(true),
        }
    }
}

impl From<Procedure> for domain::Procedure {
    fn from(one: Procedure) -> Self {
        Self {
            code: one.code,
            name: one.name,
            legal_basis: one.legal_basis,
            confidential: one.confidential,
            form: one.form.map(|form| domain::Form {
                code: form.code,
                boxes: form.boxes.0,
            }),
            papers: one.papers.0.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<Paper> for domain::Paper {
    fn from(one: Paper) -> Self {
        Self {
            code: one.code,
            name: one.name,
            fields: one.fields.0,
        }
    }
}

impl From<Agreement> for domain::Agreement {
    fn from(one: Agreement) -> Self {
        Self {
            id: one.id,
            client_id: one.client_id,
            procedure_code: one.procedure_code,
            operations: one.operations.0.into_iter().collect(),
            read_fields: one.read_fields.0.into_iter().collect(),
            claim_fields: one.claim_fields.0.into_iter().collect(),
            valid_from: one.valid_from.0,
            valid_to: one.valid_to.map(|day| day.0),
            name_match: one.name_match.unwrap_or(NameMatch::Canonical),
            officer: one.officer.unwrap_or(OfficerRule::None),
        }
    }
}
