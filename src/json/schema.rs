//! The schemas of what is read, collected for the description of the API.

use std::collections::BTreeMap;

use serde_json::Value;
use utoipa::openapi::schema::{
    AdditionalProperties, AllOfBuilder, ArrayBuilder, ObjectBuilder, OneOfBuilder, Schema,
    SchemaType, Type,
};
use utoipa::openapi::{Ref, RefOr};

use crate::domain::fault::Form;
use crate::domain::limits::Limits;

/// A schema, or a reference to one in the [`Book`].
pub type SchemaRef = RefOr<Schema>;

/// The named schemas met so far, and the limits they tell.
#[derive(Default)]
pub struct Book {
    /// The limits that are configured.
    pub limits: Limits,
    /// By name, as they stand under `components/schemas`.
    pub schemas: BTreeMap<String, SchemaRef>,
}

/// One member of an object.
#[derive(Clone, Copy)]
pub struct Property {
    /// The member's name.
    pub name: &'static str,
    /// Whether it must be there.
    pub required: bool,
    /// What it is.
    pub description: &'static str,
    /// The schema of its value.
    pub schema: fn(&mut Book) -> SchemaRef,
}

impl Book {
    /// Enters an object that is read, under its name, and refers to it: no other members are taken,
    /// and null is as good as absent where a member need not be there.
    pub fn object(&mut self, name: &str, description: &str, members: &[Property]) -> SchemaRef {
        self.enter(name, |book| {
            let object = ObjectBuilder::new()
                .description(Some(description.trim()))
                .additional_properties(Some(AdditionalProperties::FreeForm(false)));
            let object = members.iter().fold(object, |object, member| {
                let schema = (member.schema)(book);
                let schema = if member.required {
                    schema
                } else {
                    nullable(schema)
                };
                with_member(object, member, schema)
            });
            object.build().into()
        })
    }

    /// Enters an object that is answered, under its name, and refers to it. More members may be
    /// added to it one day.
    pub fn answer(&mut self, name: &str, description: &str, members: &[Property]) -> SchemaRef {
        self.enter(name, |book| {
            let object = ObjectBuilder::new().description(Some(description.trim()));
            let object = members.iter().fold(object, |object, member| {
                let schema = (member.schema)(book);
                with_member(object, member, schema)
            });
            object.build().into()
        })
    }

    /// Enters what `make` gives under a name, unless there is one, and refers to it.
    pub fn enter(&mut self, name: &str, make: impl FnOnce(&mut Self) -> SchemaRef) -> SchemaRef {
        if !self.schemas.contains_key(name) {
            // Entered first, so that an object that contains itself ends.
            self.schemas.insert(name.to_owned(), truth());
            let schema = make(self);
            self.schemas.insert(name.to_owned(), schema);
        }
        RefOr::Ref(Ref::from_schema_name(name))
    }
}

fn with_member(object: ObjectBuilder, member: &Property, schema: SchemaRef) -> ObjectBuilder {
    let object = object.property(member.name, described(schema, member.description.trim()));
    if member.required {
        object.required(member.name)
    } else {
        object
    }
}

/// The schema with another description.
pub fn described(schema: SchemaRef, text: &str) -> SchemaRef {
    let description = (!text.is_empty()).then(|| text.to_owned());
    match schema {
        RefOr::Ref(mut reference) => {
            reference.description = text.to_owned();
            RefOr::Ref(reference)
        }
        RefOr::T(mut schema) => {
            match &mut schema {
                Schema::Object(object) => object.description = description,
                Schema::Array(array) => array.description = description,
                Schema::OneOf(one_of) => one_of.description = description,
                Schema::AllOf(all_of) => all_of.description = description,
                Schema::AnyOf(any_of) => any_of.description = description,
                // Of no kind that is made here.
                _ => {}
            }
            RefOr::T(schema)
        }
    }
}

/// The schema, or null.
pub fn nullable(schema: SchemaRef) -> SchemaRef {
    let or_null = |kind: SchemaType| match kind {
        SchemaType::Type(kind) if kind != Type::Null => SchemaType::Array(vec![kind, Type::Null]),
        other => other,
    };
    match schema {
        RefOr::T(Schema::Object(mut object)) => {
            object.schema_type = or_null(object.schema_type);
            if let Some(words) = &mut object.enum_values {
                words.push(Value::Null);
            }
            RefOr::T(Schema::Object(object))
        }
        RefOr::T(Schema::Array(mut array)) => {
            array.schema_type = or_null(array.schema_type);
            RefOr::T(Schema::Array(array))
        }
        other => one_of([other, null()]),
    }
}

/// A text of that form.
pub fn text(book: &mut Book, form: &Form) -> SchemaRef {
    let Some(name) = form.name else {
        return plain_text(form);
    };
    book.enter(name, |_| {
        described(plain_text(form), form.description.trim())
    })
}

fn plain_text(form: &Form) -> SchemaRef {
    let text = ObjectBuilder::new()
        .schema_type(Type::String)
        .pattern(form.pattern)
        .examples(form.example);
    let text = match form.vocabulary {
        Some(vocabulary) => text.enum_values(Some(vocabulary())),
        None if form.words.is_empty() => text.min_length(Some(1)).max_length(Some(form.max)),
        None => text.enum_values(Some(form.words.iter().copied())),
    };
    text.build().into()
}

/// One of those words.
pub fn words(words: &[&'static str]) -> SchemaRef {
    let text = ObjectBuilder::new().schema_type(Type::String);
    text.enum_values(Some(words.iter().copied())).build().into()
}

/// A whole number.
pub fn integer(min: u64, max: u64) -> SchemaRef {
    ObjectBuilder::new()
        .schema_type(Type::Integer)
        .minimum(Some(min))
        .maximum(Some(max))
        .build()
        .into()
}

/// True or false.
pub fn truth() -> SchemaRef {
    ObjectBuilder::new()
        .schema_type(SchemaType::Type(Type::Boolean))
        .build()
        .into()
}

/// A list.
pub fn list(items: SchemaRef, min: usize, max: usize) -> SchemaRef {
    ArrayBuilder::new()
        .items(items)
        .min_items(Some(min))
        .max_items(Some(max))
        .build()
        .into()
}

/// An object of at most `max` members that are named by the caller, of that form, and all alike.
pub fn map(values: SchemaRef, names: &Form, max: usize) -> SchemaRef {
    let names = ObjectBuilder::new()
        .schema_type(Type::String)
        .pattern(names.pattern)
        .build();
    ObjectBuilder::new()
        .property_names(Some(names))
        .additional_properties(Some(AdditionalProperties::RefOr(values)))
        .max_properties(Some(max))
        .build()
        .into()
}

/// A list that is answered.
pub fn answered_list(items: SchemaRef) -> SchemaRef {
    ArrayBuilder::new().items(items).build().into()
}

/// An object that is answered, with values that are all alike.
pub fn answered_map(values: SchemaRef) -> SchemaRef {
    let values = AdditionalProperties::RefOr(values);
    ObjectBuilder::new()
        .additional_properties(Some(values))
        .build()
        .into()
}

/// An object without a name of its own that may have other members too.
pub fn open_object(book: &mut Book, members: &[Property]) -> SchemaRef {
    let object = members.iter().fold(ObjectBuilder::new(), |object, member| {
        let schema = (member.schema)(book);
        with_member(object, member, schema)
    });
    object.build().into()
}

/// All of several forms at once.
pub fn all_of(forms: impl IntoIterator<Item = SchemaRef>) -> SchemaRef {
    let builder = forms
        .into_iter()
        .fold(AllOfBuilder::new(), AllOfBuilder::item);
    RefOr::T(Schema::AllOf(builder.build()))
}

/// One of several forms.
pub fn one_of(forms: impl IntoIterator<Item = SchemaRef>) -> SchemaRef {
    let builder = forms
        .into_iter()
        .fold(OneOfBuilder::new(), OneOfBuilder::item);
    RefOr::T(Schema::OneOf(builder.build()))
}

/// Nothing but null.
pub fn null() -> SchemaRef {
    ObjectBuilder::new()
        .schema_type(SchemaType::Type(Type::Null))
        .build()
        .into()
}

/// Null, or a list without items.
pub fn nothing() -> SchemaRef {
    ArrayBuilder::new()
        .schema_type(SchemaType::Array(vec![Type::Null, Type::Array]))
        .items(truth())
        .max_items(Some(0))
        .build()
        .into()
}
