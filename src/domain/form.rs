//! Filling the boxes of a procedure's form from a record.

use jiff::civil::Date;

use super::field::{Field, FieldMask, Leaf, Shape, leaf_info};
use super::policy::{BoxFormat, FormBox};
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
    let text = reader.value(main(form_box)?, form_box.format())?;
    (!text.is_empty()).then_some(text)
}

/// What a box tells: of a whole object the part that stands for it, and nothing else. A date is
/// written at its own precision, and so tells that too.
pub fn told(form_box: &FormBox) -> FieldMask {
    let Some(main) = main(form_box) else {
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

/// The leaf that is written into a box.
fn main(form_box: &FormBox) -> Option<Leaf> {
    let (path, format) = (form_box.field(), form_box.format());
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

/// Sex and marital status as Vietnamese forms name them, or by their code (QCVN 109:2017/BTTTT). A
/// word for "not known" fills no box.
fn worded(field: Field, word: String, format: BoxFormat) -> Option<String> {
    let named = match (field, &*word) {
        (Field::Sex, "male") => ("1", "Nam"),
        (Field::Sex, "female") => ("2", "Nữ"),
        (Field::MaritalStatus, "single") => ("1", "Chưa kết hôn"),
        (Field::MaritalStatus, "married") => ("2", "Đang có vợ/chồng"),
        (Field::MaritalStatus, "divorced_or_widowed") => ("3", "Đã ly hôn hoặc góa vợ/chồng"),
        (Field::Sex | Field::MaritalStatus | Field::BloodType, "unknown") => return None,
        (Field::Nationality, "VN") if format == BoxFormat::Name => ("VN", "Việt Nam"),
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
