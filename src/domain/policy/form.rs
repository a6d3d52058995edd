//! The form of a procedure: which field of the record fills which box.

use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{BoxFormat, Code, FieldPath, Label};

/// A form and its boxes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Form {
    /// Its code, as `CT01`.
    pub code: Label<100>,
    /// Its boxes.
    pub boxes: Boxes,
}

/// The boxes of a form in the order they were written, each name once; a JSON object.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Boxes(Vec<FormBox>);

impl Boxes {
    /// Most boxes of one form.
    pub const MAX: usize = 256;

    /// Adds a box; `false` where there is one of that name.
    pub fn push(&mut self, name: Code, source: FormSource) -> bool {
        let new = !self.0.iter().any(|other| other.name == name);
        if new {
            self.0.push(FormBox { name, source });
        }
        new
    }

    /// The boxes in their order.
    pub fn iter(&self) -> std::slice::Iter<'_, FormBox> {
        self.0.iter()
    }
}

impl<'a> IntoIterator for &'a Boxes {
    type Item = &'a FormBox;
    type IntoIter = std::slice::Iter<'a, FormBox>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl Serialize for Boxes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|one| (&one.name, &one.source)))
    }
}

impl<'de> Deserialize<'de> for Boxes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Boxes;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("the boxes of a form")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Boxes, A::Error> {
                let mut boxes = Boxes::default();
                while let Some((name, source)) = members.next_entry()? {
                    if !boxes.push(name, source) {
                        return Err(A::Error::custom("a box stands there twice"));
                    }
                }
                Ok(boxes)
            }
        }
        deserializer.deserialize_map(InOrder)
    }
}

/// One box of a form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormBox {
    /// Its name in the form's data: 1 to 64 of `[0-9A-Za-z._-]`.
    pub name: Code,
    /// What fills it.
    pub source: FormSource,
}

impl FormBox {
    /// The field that fills it.
    pub const fn field(&self) -> FieldPath {
        match self.source {
            FormSource::Path(field) | FormSource::Formatted { field, .. } => field,
        }
    }

    /// How the value is written.
    pub fn format(&self) -> BoxFormat {
        match self.source {
            FormSource::Path(_) => BoxFormat::Plain,
            FormSource::Formatted { format, .. } => format.unwrap_or(BoxFormat::Plain),
        }
    }
}

/// What fills a box, in the two ways it can be written: `"full_name"`, or `{"field", "format"}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum FormSource {
    /// A path alone.
    Path(FieldPath),
    /// A path and perhaps a format.
    Formatted {
        /// The path.
        field: FieldPath,
        /// The format; `None` is plain.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        format: Option<BoxFormat>,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_written_as_it_was_read_and_in_its_order() {
        let text = r#"{"code":"CT01","boxes":{"z":{"field":"birth_date","format":"dmy"},"a":"permanent_residence.address_line","m":{"field":"sex"}}}"#;
        let form: Form = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_string(&form).unwrap(), text);
        let formats: Vec<_> = form.boxes.iter().map(FormBox::format).collect();
        assert_eq!(
            formats,
            [BoxFormat::Dmy, BoxFormat::Plain, BoxFormat::Plain]
        );
    }

    #[test]
    fn a_box_stands_in_a_form_once() {
        let text = r#"{"code":"CT01","boxes":{"a":"sex","a":"full_name"}}"#;
        assert!(serde_json::from_str::<Form>(text).is_err());
    }
}
