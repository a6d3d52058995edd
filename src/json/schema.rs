//! The schemas of what is read, collected for the description of the API.

use std::collections::BTreeMap;

use utoipa::openapi::schema::{
    AdditionalProperties, ArrayBuilder, ObjectBuilder, OneOfBuilder, Schema, SchemaType, Type,
};
use utoipa::openapi::{Ref, RefOr};

use crate::domain::fault::Form;

/// A schema, or a reference to one in the [`Book`].
pub type SchemaRef = RefOr<Schema>;

/// The named schemas met so far.
#[derive(Default)]
pub struct Book {
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
    /// Enters an object under its name and refers to it.
    pub fn object(&mut self, name: &str, description: &str, members: &[Property]) -> SchemaRef {
        let reference = RefOr::Ref(Ref::from_schema_name(name));
        if self.schemas.contains_key(name) {
            return reference;
        }
        // Entered first, so that an object that contains itself ends.
        self.schemas.insert(name.to_owned(), truth());
        let mut object = ObjectBuilder::new()
            .schema_type(Type::Object)
            .description(Some(description.trim()))
            .additional_properties(Some(AdditionalProperties::FreeForm(false)));
        for member in members {
            let schema = described((member.schema)(self), member.description.trim());
            object = object.property(member.name, schema);
            if member.required {
                object = object.required(member.name);
            }
        }
        self.schemas.insert(name.to_owned(), object.build().into());
        reference
    }
}

fn described(schema: SchemaRef, description: &str) -> SchemaRef {
    let description = (!description.is_empty()).then(|| description.to_owned());
    match schema {
        RefOr::T(Schema::Object(mut object)) => {
            object.description = description;
            RefOr::T(Schema::Object(object))
        }
        RefOr::T(Schema::Array(mut array)) => {
            array.description = description;
            RefOr::T(Schema::Array(array))
        }
        RefOr::Ref(mut reference) => {
            reference.description = description.unwrap_or_default();
            RefOr::Ref(reference)
        }
        other => other,
    }
}

/// A text of that form.
pub fn text(form: &Form) -> SchemaRef {
    let mut text = ObjectBuilder::new()
        .schema_type(Type::String)
        .pattern(form.pattern)
        .examples(form.example);
    if form.words.is_empty() {
        text = text.min_length(Some(1)).max_length(Some(form.max));
    } else {
        text = text.enum_values(Some(form.words.iter().copied()));
    }
    text.build().into()
}

/// A whole number.
pub fn integer(min: u64, max: u64) -> SchemaRef {
    ObjectBuilder::new()
        .schema_type(Type::Integer)
        .minimum(Some(min as f64))
        .maximum(Some(max as f64))
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

/// An object whose members are named by the caller and are all alike.
pub fn map(values: SchemaRef) -> SchemaRef {
    ObjectBuilder::new()
        .schema_type(Type::Object)
        .additional_properties(Some(AdditionalProperties::RefOr(values)))
        .build()
        .into()
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
