//! A record of a CSV file as the JSON document it stands for.
//!
//! The first row names the columns by dotted paths (`permanent_residence.commune_code`); a list is
//! JSON text in its cell; an empty cell is an absent member. Dates may also be written as `dd/mm/yyyy`
//! or `yyyymmdd`. The document is then read like any other, so a fault's pointer names the column.

use csv::StringRecord;
use serde_json::{Map, Value};

use crate::domain::date::PartialDate;

/// The columns a file may have.
const COLUMNS: &[(&str, Kind, &[&str])] = &[
    ("revision", Kind::Json, &[]),
    ("personal_id", Kind::Text, &[]),
    ("full_name", Kind::Text, &[]),
    ("birth_date", Kind::Date, &[]),
    ("sex", Kind::Text, &[]),
    ("old_id_numbers", Kind::Json, &[]),
    ("family_name", Kind::Text, &[]),
    ("middle_name", Kind::Text, &[]),
    ("given_name", Kind::Text, &[]),
    ("other_name", Kind::Text, &[]),
    ("nationality", Kind::Text, &[]),
    ("ethnicity", Kind::Object, CODED),
    ("religion", Kind::Object, CODED),
    ("blood_type", Kind::Text, &[]),
    ("place_of_birth", Kind::Object, ADDRESS),
    ("birth_registration_place", Kind::Object, ADDRESS),
    ("place_of_origin", Kind::Object, ADDRESS),
    ("permanent_residence", Kind::Object, ADDRESS),
    ("temporary_residence", Kind::Object, ADDRESS),
    ("current_residence", Kind::Object, ADDRESS),
    ("absence_declaration", Kind::Object, &["from", "to"]),
    ("residence_file_number", Kind::Text, &[]),
    (
        "card",
        Kind::Object,
        &["number", "kind", "issued_on", "issued_by", "expires_on"],
    ),
    ("marital_status", Kind::Text, &[]),
    ("father", Kind::Object, PERSON),
    ("mother", Kind::Object, PERSON),
    ("spouse", Kind::Object, PERSON),
    ("children", Kind::Json, &[]),
    ("legal_representative", Kind::Object, PERSON),
    ("represented_persons", Kind::Json, &[]),
    ("relation_to_head", Kind::Text, &[]),
    ("household_head", Kind::Object, PERSON),
    ("household_members", Kind::Json, &[]),
    ("mobile_number", Kind::Text, &[]),
    ("email", Kind::Text, &[]),
    ("protected", Kind::Json, &[]),
    ("status", Kind::Object, &["kind", "since", "superseded_by"]),
];

const CODED: &[&str] = &["code", "scheme"];
const ADDRESS: &[&str] = &[
    "country",
    "province_code",
    "district_code",
    "commune_code",
    "detail",
    "recorded_on",
];
const PERSON: &[&str] = &["full_name", "personal_id", "old_id_number", "nationality"];
/// The members of objects that are dates.
const DATES: &[&str] = &[
    "recorded_on",
    "from",
    "to",
    "issued_on",
    "expires_on",
    "since",
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Text,
    Date,
    /// A list, a number or a truth value.
    Json,
    Object,
}

/// What the columns of a file are.
#[derive(Clone, Debug)]
pub struct Header(Vec<Column>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Column {
    member: &'static str,
    /// The member of an object, where the member is one.
    below: Option<&'static str>,
    kind: Kind,
}

/// The first row does not name columns. Places are counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HeaderError {
    /// A name that is no field.
    #[error("column {0} has a name that is no field of a citizen")]
    Unknown(usize),
    /// The same name again.
    #[error("column {0} has the name of another column")]
    Twice(usize),
    /// One of the three that every record has.
    #[error("there is no column `{0}`")]
    Missing(&'static str),
}

impl Header {
    /// Reads the names in the first row; a byte order mark in front is passed over.
    pub fn read(row: &StringRecord) -> Result<Self, HeaderError> {
        let mut columns: Vec<Column> = Vec::with_capacity(row.len());
        for (at, name) in row.iter().enumerate() {
            let name = name.trim_start_matches('\u{feff}').trim();
            let column = column(name).ok_or(HeaderError::Unknown(at + 1))?;
            if columns.contains(&column) {
                return Err(HeaderError::Twice(at + 1));
            }
            columns.push(column);
        }
        for member in ["personal_id", "full_name", "birth_date"] {
            if !columns.iter().any(|column| column.member == member) {
                return Err(HeaderError::Missing(member));
            }
        }
        Ok(Self(columns))
    }

    /// The document of one row. `None`: it has another number of cells than there are columns.
    pub fn document(&self, row: &StringRecord) -> Option<Vec<u8>> {
        if row.len() != self.0.len() {
            return None;
        }
        let mut document = Map::new();
        for (column, cell) in self.0.iter().zip(row).filter(|(_, cell)| !cell.is_empty()) {
            let value = column.value(cell);
            match column.below {
                None => drop(document.insert(column.member.to_owned(), value)),
                Some(below) => {
                    let object = document
                        .entry(column.member)
                        .or_insert_with(|| Value::Object(Map::new()));
                    if let Value::Object(members) = object {
                        members.insert(below.to_owned(), value);
                    }
                }
            }
        }
        Some(serde_json::to_vec(&document).expect("a document of texts always serialises"))
    }
}

fn column(name: &str) -> Option<Column> {
    let (member, below) = name
        .split_once('.')
        .map_or((name, None), |(a, b)| (a, Some(b)));
    let (member, kind, members) = COLUMNS.iter().find(|column| column.0 == member)?;
    let Some(below) = below else {
        return (*kind != Kind::Object).then_some(Column {
            member,
            below: None,
            kind: *kind,
        });
    };
    let below = *members.iter().find(|known| **known == below)?;
    let kind = if DATES.contains(&below) {
        Kind::Date
    } else {
        Kind::Text
    };
    Some(Column {
        member,
        below: Some(below),
        kind,
    })
}

impl Column {
    /// What is no date or no JSON stays the text it is, for the reader to point at.
    fn value(&self, cell: &str) -> Value {
        match self.kind {
            Kind::Date => PartialDate::from_edge(cell)
                .map_or_else(|_| cell.into(), |date| date.to_string().into()),
            Kind::Json => serde_json::from_str(cell).unwrap_or_else(|_| cell.into()),
            Kind::Text | Kind::Object => cell.into(),
        }
    }
}
