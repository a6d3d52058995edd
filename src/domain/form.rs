//! Filling the boxes of a procedure's form from a record.

use jiff::civil::Date;

use super::fault::{FaultCode, Reason};
use super::field::{Field, FieldMask, Leaf, Shape, leaf_info};
use super::policy::{BoxFormat, FieldPath, FormBox};
use super::record::Record;

/// What parts the items of a list in one box.
const SEPARATOR: &str = "; ";

/// The value of a box, written as its format says; `None` where the register holds nothing for it.
pub fn fill(form_box: &FormBox, record: &Record, see_hidden: bool, today: Date) -> Option<String> {
    let reader = Reader {
        record,
        see_hidden,
        today,
    };
    let main = main(form_box.field(), form_box.format())?;
    let text = reader.value(main, form_box.format())?;
    (!text.is_empty()).then_some(text)
}

/// What a box tells: of a whole object the part that stands for it, and nothing else. A date is
/// written at its own precision, and so tells that too.
pub fn told(form_box: &FormBox) -> FieldMask {
    let Some(main) = main(form_box.field(), form_box.format()) else {
        return FieldMask::EMPTY;
    };
    let mut told = FieldMask::of(main);
    if let Some(date) = leaf_info(main).path.strip_suffix(".value") {
        let precision = format!("{date}.precision");
        let sibling = form_box.field().mask().iter();
        for leaf in sibling.filter(|leaf| leaf_info(*leaf).path == precision) {
            told |= FieldMask::of(leaf);
        }
    }
    told
}

/// Whether the field has what the format writes. A box whose format does not fit would be filled
/// with something else than its form asks for.
pub fn fits(field: FieldPath, format: BoxFormat) -> Result<(), Reason> {
    let leaf = main(field, format).map(leaf_info);
    let has = |of: fn(Field, &str) -> bool| {
        leaf.is_some_and(|leaf| {
            let last = leaf.segments.last().copied().unwrap_or_default();
            of(leaf.field, last)
        })
    };
    let (fits, reason) = match format {
        BoxFormat::Plain => (true, ""),
        BoxFormat::Dmy => (
            has(|_, last| last == "value"),
            "`dmy` writes a date, and this field is none",
        ),
        BoxFormat::Upper => (
            has(|field, last| last != "value" && !is_number(field, last)),
            "`upper` writes letters, and this field has none",
        ),
        BoxFormat::Line => (
            has(|field, last| last == "address_line" || is_list(field, last)),
            "`line` writes an address or a list on one line, and this field is neither",
        ),
        BoxFormat::Code => (
            has(|field, last| has_both(field) || is_code(last)),
            "`code` writes a coded value by its code, and this field has none",
        ),
        BoxFormat::Name => (
            has(|field, last| has_both(field) || is_name(last)),
            "`name` writes what has a name, and this field has none",
        ),
    };
    if fits {
        Ok(())
    } else {
        Err(Reason::new(FaultCode::Format, reason))
    }
}

/// Whether [`worded`] knows a code and a name of it.
const fn has_both(field: Field) -> bool {
    matches!(
        field,
        Field::Sex | Field::MaritalStatus | Field::BloodType | Field::Nationality
    )
}

fn is_code(last: &str) -> bool {
    last == "code" || last.ends_with("_code") || matches!(last, "country" | "nationality")
}

fn is_name(last: &str) -> bool {
    // Candidates are written as the names of their communes.
    last == "name" || last.ends_with("_name") || last == "candidates"
}

fn is_list(field: Field, last: &str) -> bool {
    field.shape().is_list() || matches!(last, "old_id_numbers" | "candidates")
}

/// Whether it is written in digits alone.
fn is_number(field: Field, last: &str) -> bool {
    let coded = last == "code" || last.ends_with("_code");
    let numbers = ["personal_id", "old_id_number", "old_id_numbers"];
    coded || numbers.contains(&last) || matches!(field, Field::Age | Field::MobileNumber)
}

/// The leaf that is written into a box.
fn main(path: FieldPath, format: BoxFormat) -> Option<Leaf> {
    let (text, mut leaves) = (path.as_str(), path.mask().iter());
    let first = leaves.next()?;
    let field = leaf_info(first).field;
    if field.shape().is_list() {
        let whole = !text.contains('.');
        Some(if whole { field.first_leaf() } else { first })
    } else if leaves.next().is_none() {
        Some(first)
    } else {
        let wanted = main_leaf(text, field, format);
        path.mask()
            .iter()
            .find(|leaf| leaf_info(*leaf).path == wanted)
    }
}

struct Reader<'r> {
    record: &'r Record,
    see_hidden: bool,
    today: Date,
}

impl Reader<'_> {
    fn value(&self, leaf: Leaf, format: BoxFormat) -> Option<String> {
        let field = leaf_info(leaf).field;
        let text = if field.shape().is_list() {
            self.list(leaf)?
        } else {
            worded(field, self.leaf(leaf)?, format)?
        };
        Some(match format {
            BoxFormat::Upper => text.to_uppercase(),
            BoxFormat::Dmy => day_month_year(&text),
            BoxFormat::Plain | BoxFormat::Line | BoxFormat::Code | BoxFormat::Name => text,
        })
    }

    /// One leaf as text: lists of texts joined, numbers and truth values as Vietnamese forms want
    /// them.
    fn leaf(&self, leaf: Leaf) -> Option<String> {
        let json = self.record.leaf(leaf, self.see_hidden, self.today)?;
        text_of(&serde_json::from_slice(&json).expect("fragments are JSON"))
    }

    /// That leaf of everyone in a list.
    fn list(&self, leaf: Leaf) -> Option<String> {
        let items = self.record.list_leaf(leaf, self.see_hidden);
        let texts: Vec<String> = items
            .iter()
            .filter_map(|json| text_of(&serde_json::from_slice(json).expect("fragments are JSON")))
            .collect();
        (!texts.is_empty()).then(|| texts.join(SEPARATOR))
    }
}

/// The leaf that stands for a whole object in a box.
fn main_leaf(path: &str, field: Field, format: BoxFormat) -> String {
    let below = match field.shape() {
        // A date inside another object, such as `card.issued_on`, stands below its own path.
        _ if path.contains('.') && !matches!(field.shape(), Shape::Address | Shape::Residence) => {
            "value"
        }
        Shape::Date => "value",
        Shape::Coded => match format {
            BoxFormat::Code => "code",
            BoxFormat::Plain
            | BoxFormat::Dmy
            | BoxFormat::Upper
            | BoxFormat::Line
            | BoxFormat::Name => "name",
        },
        Shape::Address | Shape::Residence => address_leaf(path, format),
        Shape::Card => "number",
        Shape::Period => "from.value",
        Shape::LifeEvent => "since.value",
        Shape::Plain | Shape::Person | Shape::People | Shape::Members => "full_name",
    };
    format!("{path}.{below}")
}

/// Below an address: its line; below its parts: the commune, by name or code.
fn address_leaf(path: &str, format: BoxFormat) -> &'static str {
    match path.split('.').nth(1) {
        None => match format {
            BoxFormat::Code => "current.commune_code",
            BoxFormat::Name => "current.commune_name",
            BoxFormat::Plain | BoxFormat::Dmy | BoxFormat::Upper | BoxFormat::Line => {
                "address_line"
            }
        },
        Some(_) if path.ends_with("recorded_on") => "value",
        Some(_) => match format {
            BoxFormat::Code => "commune_code",
            BoxFormat::Plain
            | BoxFormat::Dmy
            | BoxFormat::Upper
            | BoxFormat::Line
            | BoxFormat::Name => "commune_name",
        },
    }
}

fn text_of(value: &serde_json::Value) -> Option<String> {
    match value {
        serde_json::Value::String(text) => Some(text.clone()),
        serde_json::Value::Number(number) => Some(number.to_string()),
        serde_json::Value::Bool(truth) => Some(if *truth { "Có" } else { "Không" }.to_owned()),
        serde_json::Value::Array(items) => {
            let texts: Vec<String> = items.iter().filter_map(text_of).collect();
            (!texts.is_empty()).then(|| texts.join(SEPARATOR))
        }
        serde_json::Value::Object(members) => members.get("commune_name").and_then(text_of),
        serde_json::Value::Null => None,
    }
}

/// Sex, marital status, blood type and nationality as Vietnamese forms name them, or by their code (QCVN
/// 109:2017/BTTTT). A word for "not known" fills no box.
fn worded(field: Field, word: String, format: BoxFormat) -> Option<String> {
    let named = match (field, &*word) {
        (Field::Sex, "male") => ("1", "Nam"),
        (Field::Sex, "female") => ("2", "Nữ"),
        (Field::MaritalStatus, "single") => ("1", "Chưa kết hôn"),
        (Field::MaritalStatus, "married") => ("2", "Đang có vợ/chồng"),
        (Field::MaritalStatus, "divorced_or_widowed") => ("3", "Đã ly hôn hoặc góa vợ/chồng"),
        (Field::Sex | Field::MaritalStatus | Field::BloodType, "unknown") => return None,
        (Field::BloodType, "A") => ("01", "A"),
        (Field::BloodType, "B") => ("02", "B"),
        (Field::BloodType, "AB") => ("03", "AB"),
        (Field::BloodType, "O") => ("04", "O"),
        // Of other countries the register has the code alone.
        (Field::Nationality, "VN") => ("VN", "Việt Nam"),
        _ => return Some(word),
    };
    let (code, name) = named;
    Some(
        if format == BoxFormat::Code {
            code
        } else {
            name
        }
        .to_owned(),
    )
}

/// An ISO date as Vietnamese forms write it, at its own precision: `02/03/1995`, `03/1995`, `1995`.
fn day_month_year(iso: &str) -> String {
    let mut parts: Vec<&str> = iso.split('-').collect();
    parts.reverse();
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::domain::fault::FromText;

    #[rstest]
    #[case("birth_date", "dmy", "upper line code name")]
    #[case("birth_date.precision", "upper", "dmy line code name")]
    #[case("card", "upper", "dmy line code name")]
    #[case("card.issued_on", "dmy", "upper line code name")]
    #[case("death_or_missing", "dmy", "upper line code name")]
    #[case("absence_declaration.to", "dmy", "upper line code name")]
    #[case(
        "permanent_residence.as_recorded.recorded_on",
        "dmy",
        "upper line code name"
    )]
    #[case("full_name", "upper name", "dmy line code")]
    #[case("father", "upper name", "dmy line code")]
    #[case("father.nationality", "upper code", "dmy line name")]
    #[case("personal_id", "", "dmy upper line code name")]
    #[case("old_id_numbers", "line", "dmy upper code name")]
    #[case("age", "", "dmy upper line code name")]
    #[case("sex", "upper code name", "dmy line")]
    #[case("nationality", "upper code name", "dmy line")]
    #[case("blood_type", "upper code name", "dmy line")]
    #[case("ethnicity", "upper code name", "dmy line")]
    #[case("ethnicity.name", "upper name", "dmy line code")]
    #[case("residence", "upper line code name", "dmy")]
    #[case("address_line", "upper line", "dmy code name")]
    #[case("permanent_residence.current", "upper code name", "dmy line")]
    #[case(
        "permanent_residence.current.commune_code",
        "code",
        "dmy upper line name"
    )]
    #[case(
        "permanent_residence.current.candidates",
        "upper line name",
        "dmy code"
    )]
    #[case("children", "upper line name", "dmy code")]
    #[case("children.personal_id", "line", "dmy upper code name")]
    fn a_format_fits_the_fields_that_have_what_it_writes(
        #[case] field: &str,
        #[case] fitting: &str,
        #[case] others: &str,
    ) {
        let field = FieldPath::from_text(field).unwrap();
        let fits = |format: &str| fits(field, BoxFormat::from_text(format).unwrap()).is_ok();
        assert!(fits("plain"));
        let of = |formats: &str, expected| {
            for format in formats.split_whitespace() {
                assert_eq!(fits(format), expected, "{field:?} {format}");
            }
        };
        of(fitting, true);
        of(others, false);
    }
}
