//! Reader of a form's boxes: an object whose members the administrator names.

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};

use super::FormattedBox;
use crate::domain::fault::{FaultCode, FromText};
use crate::domain::form;
use crate::domain::policy::{self, Code, FieldPath, FormSource};
use crate::json::schema::{self, Book, SchemaRef};
use crate::json::{Context, Key, Read, Seed, refuse_kinds};

/// The boxes of a form.
#[derive(Clone, Debug, Default)]
pub(super) struct Boxes(pub policy::Boxes);

struct BoxesVisitor<'a> {
    context: &'a mut Context,
}

impl<'de> Visitor<'de> for BoxesVisitor<'_> {
    type Value = Option<Boxes>;

    refuse_kinds!("an object is expected": bool number text list);

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
        let context = self.context;
        let mut boxes = policy::Boxes::default();
        let mut count = 0;
        while let Some(name) = members.next_key_seed(Key)? {
            count += 1;
            let name = match Code::from_text(&name) {
                Ok(name) if count <= policy::Boxes::MAX => name,
                other => {
                    // A name that is none is reported here: it could carry data.
                    match other {
                        Err(reason) => context.refuse(reason),
                        Ok(_) if count == policy::Boxes::MAX + 1 => {
                            context.fault(FaultCode::TooMany, "the form has too many boxes");
                        }
                        Ok(_) => {}
                    }
                    members.next_value::<IgnoredAny>()?;
                    continue;
                }
            };
            context.enter_named(name.as_str());
            let before = context.mark();
            match members.next_value_seed(Seed::<Source>::new(context))? {
                Some(Source(source)) if boxes.push(name, source) => {}
                Some(_) => {
                    context.fault(FaultCode::DuplicateMember, "the box stands here twice");
                }
                None if !context.has_faults_since(before) => {
                    context.fault(FaultCode::Type, "a box may not be null");
                }
                None => {}
            }
            context.leave();
        }
        Ok(Some(Boxes(boxes)))
    }
}

impl Read for Boxes {
    fn read<'de, D: Deserializer<'de>>(
        deserializer: D,
        context: &mut Context,
    ) -> Result<Option<Self>, D::Error> {
        deserializer.deserialize_any(BoxesVisitor { context })
    }

    fn schema(book: &mut Book) -> SchemaRef {
        let one = Source::schema(book);
        schema::map(one, &Code::FORM, policy::Boxes::MAX)
    }
}

/// A path, or a path and a format.
struct Source(FormSource);

struct SourceVisitor<'a> {
    context: &'a mut Context,
}

impl<'de> Visitor<'de> for SourceVisitor<'_> {
    type Value = Option<Source>;

    refuse_kinds!("a path, or an object of field and format": bool number list);

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        match FieldPath::from_text(text) {
            Ok(path) => Ok(Some(Source(FormSource::Path(path)))),
            Err(reason) => {
                self.context.refuse(reason);
                Ok(None)
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<Self::Value, A::Error> {
        let context = self.context;
        let one = FormattedBox::read(MapAccessDeserializer::new(members), context)?;
        Ok(one.and_then(|one| {
            if let Some(format) = one.format
                && let Err(reason) = form::fits(one.field, format)
            {
                context.fault_at("format", reason.code, reason.reason);
                return None;
            }
            Some(Source(FormSource::Formatted {
                field: one.field,
                format: one.format,
            }))
        }))
    }
}

impl Read for Source {
    fn read<'de, D: Deserializer<'de>>(
        deserializer: D,
        context: &mut Context,
    ) -> Result<Option<Self>, D::Error> {
        deserializer.deserialize_any(SourceVisitor { context })
    }

    fn schema(book: &mut Book) -> SchemaRef {
        let formatted = FormattedBox::schema(book);
        schema::one_of([schema::text(book, &FieldPath::FORM), formatted])
    }
}
