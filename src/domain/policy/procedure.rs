//! A procedure (thủ tục hành chính): its form and the papers the register makes needless.

use serde::ser::{SerializeMap, SerializeStruct};
use serde::{Serialize, Serializer};

use super::{BoxFormat, Code, Label};
use crate::domain::fault::{FaultCode, FromText, Reason};
use crate::domain::field::{self, FieldMask};

/// An administrative procedure, by its code in the National Database of Procedures where it has one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Procedure {
    /// Its code, as `1.004194`.
    pub code: Code,
    /// Its name.
    pub name: Label<500>,
    /// The law it rests on.
    pub legal_basis: Option<Label<1000>>,
    /// Whether its entries are kept from the person's own report (criminal procedures).
    pub confidential: bool,
    /// The form that prefill fills.
    pub form: Option<Form>,
    /// The papers a person need not bring once their fields came from the register.
    pub papers: Vec<Paper>,
}

impl Procedure {
    /// Most papers.
    pub const MAX_PAPERS: usize = 64;
}

/// A form and its boxes, in the order they were written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Form {
    /// Its code, as `CT01`.
    pub code: Code,
    /// Its boxes, each name once.
    pub boxes: Vec<FormBox>,
}

impl Form {
    /// Most boxes.
    pub const MAX_BOXES: usize = 256;
}

impl Serialize for Form {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        struct Boxes<'a>(&'a [FormBox]);
        impl Serialize for Boxes<'_> {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let mut map = serializer.serialize_map(Some(self.0.len()))?;
                for one in self.0 {
                    map.serialize_entry(&one.name, &one.source)?;
                }
                map.end()
            }
        }
        let mut out = serializer.serialize_struct("Form", 2)?;
        out.serialize_field("code", &self.code)?;
        out.serialize_field("boxes", &Boxes(&self.boxes))?;
        out.end()
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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FormSource {
    /// A path alone.
    Path(FieldPath),
    /// A path and perhaps a format.
    Formatted {
        /// The path.
        field: FieldPath,
        /// The format; `None` is plain.
        format: Option<BoxFormat>,
    },
}

impl Serialize for FormSource {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Path(field) => field.serialize(serializer),
            Self::Formatted { field, format } => {
                let mut out = serializer.serialize_struct("Box", 2)?;
                out.serialize_field("field", field)?;
                match format {
                    Some(format) => out.serialize_field("format", format.as_str())?,
                    None => out.skip_field("format")?,
                }
                out.end()
            }
        }
    }
}

/// A paper the law no longer lets an agency ask for, once its fields came from the register.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Paper {
    /// Its code, as `cccd_copy`.
    pub code: Code,
    /// Its name.
    pub name: Label<500>,
    /// What it would prove: 1 to 64 paths.
    pub fields: Vec<FieldPath>,
}

impl Paper {
    /// Most fields of one paper.
    pub const MAX_FIELDS: usize = 64;

    /// Whether each of its fields is among `shown`: a parent when its whole object is.
    pub fn is_replaced_by(&self, shown: impl Fn(&FieldPath) -> bool) -> bool {
        self.fields.iter().all(shown)
    }
}

/// A path of the record that exists, and the leaves below it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct FieldPath {
    path: &'static str,
    mask: FieldMask,
}

impl FieldPath {
    /// The path, as `permanent_residence.address_line`.
    pub const fn as_str(&self) -> &'static str {
        self.path
    }

    /// The leaves below it.
    pub const fn mask(&self) -> &FieldMask {
        &self.mask
    }
}

impl FromText for FieldPath {
    fn from_text(text: &str) -> Result<Self, Reason> {
        let path = field::paths().find(|path| *path == text);
        path.and_then(|path| {
            Some(Self {
                path,
                mask: field::path_mask(path)?,
            })
        })
        .ok_or(Reason::new(FaultCode::Enum, "no such field"))
    }
}

impl std::fmt::Debug for FieldPath {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.path)
    }
}

impl Serialize for FieldPath {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> FieldPath {
        FieldPath::from_text(text).unwrap()
    }

    #[test]
    fn a_form_is_written_as_it_was_read_and_in_its_order() {
        let form = Form {
            code: Code::from_text("CT01").unwrap(),
            boxes: vec![
                FormBox {
                    name: Code::from_text("z").unwrap(),
                    source: FormSource::Formatted {
                        field: path("birth_date"),
                        format: Some(BoxFormat::Dmy),
                    },
                },
                FormBox {
                    name: Code::from_text("a").unwrap(),
                    source: FormSource::Path(path("permanent_residence.address_line")),
                },
            ],
        };
        assert_eq!(
            serde_json::to_string(&form).unwrap(),
            r#"{"code":"CT01","boxes":{"z":{"field":"birth_date","format":"dmy"},"a":"permanent_residence.address_line"}}"#
        );
        assert_eq!(form.boxes[1].format(), BoxFormat::Plain);
    }

    #[test]
    fn a_path_that_does_not_exist_is_none() {
        assert!(FieldPath::from_text("full_name.given").is_err());
        assert_eq!(
            FieldPath::from_text("nothing").unwrap_err().code,
            FaultCode::Enum
        );
    }
}
