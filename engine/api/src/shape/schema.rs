//! The OpenAPI schema of a declared shape.

use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{
    AdditionalProperties, ArrayBuilder, KnownFormat, ObjectBuilder, OneOfBuilder, Ref, Schema, SchemaFormat,
    Type,
};

use super::read::VARIABLE_NAME_MAX;
use super::{Field, Kind, LIST_MAX, Object};
use crate::tenants::TENANT_PATTERN;

/// What a text has that must not be empty: a character that is no white space.
const SOMETHING: &str = r"\S";

/// Schemas by name.
pub(crate) type Schemas = std::collections::BTreeMap<String, RefOr<Schema>>;

/// A reference to the schema of `shape`, which is added to `schemas` with all it refers to.
pub(crate) fn object_schema(shape: &'static Object, schemas: &mut Schemas) -> RefOr<Schema> {
    if !schemas.contains_key(shape.name) {
        let mut builder =
            ObjectBuilder::new().additional_properties(Some(AdditionalProperties::FreeForm(false)));
        for field in shape.fields {
            let schema = field_schema(field, schemas);
            builder = match field.kind {
                _ if field.required => builder.property(field.name, schema).required(field.name),
                // Anything is `null` as well.
                Kind::Any => builder.property(field.name, schema),
                _ => builder.property(field.name, or_null(schema)),
            };
        }
        schemas.insert(shape.name.to_owned(), builder.into());
    }
    Ref::from_schema_name(shape.name).into()
}

/// What may be left out may be `null` as well.
pub(crate) fn or_null(schema: impl Into<RefOr<Schema>>) -> OneOfBuilder {
    OneOfBuilder::new().item(schema).item(ObjectBuilder::new().schema_type(Type::Null))
}

fn field_schema(field: &Field, schemas: &mut Schemas) -> RefOr<Schema> {
    let about = Some(field.about);
    let text = || ObjectBuilder::new().schema_type(Type::String).description(about);
    match &field.kind {
        Kind::Text { min, max } => {
            let of_something = (*min > 0).then_some(SOMETHING);
            text().min_length((*min > 0).then_some(*min)).max_length(Some(*max)).pattern(of_something).into()
        }
        Kind::Key => text().pattern(Some("^-?[0-9]+$")).into(),
        Kind::Integer { min, max } => ObjectBuilder::new()
            .schema_type(Type::Integer)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int64)))
            .minimum(Some(*min as f64))
            .maximum(Some(*max as f64))
            .description(about)
            .into(),
        Kind::Boolean => ObjectBuilder::new().schema_type(Type::Boolean).description(about).into(),
        Kind::DateTime => text().format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime))).into(),
        Kind::OneOf(words) => text().enum_values(Some(words.iter().copied())).into(),
        Kind::Texts | Kind::Tenants => ArrayBuilder::new()
            .items(ObjectBuilder::new().schema_type(Type::String))
            .max_items(Some(LIST_MAX))
            .description(about)
            .into(),
        Kind::Variables => ObjectBuilder::new()
            .schema_type(Type::Object)
            .additional_properties(Some(AdditionalProperties::FreeForm(true)))
            .property_names(Some(
                ObjectBuilder::new()
                    .schema_type(Type::String)
                    .min_length(Some(1))
                    .max_length(Some(VARIABLE_NAME_MAX))
                    .build(),
            ))
            .description(about)
            .into(),
        Kind::Any => ObjectBuilder::new()
            .schema_type(utoipa::openapi::schema::SchemaType::AnyValue)
            .description(about)
            .into(),
        Kind::Object(shape) => object_schema(shape, schemas),
        Kind::Objects(shape) => ArrayBuilder::new()
            .items(object_schema(shape, schemas))
            .max_items(Some(LIST_MAX))
            .description(about)
            .into(),
        Kind::Tenant => text().pattern(Some(TENANT_PATTERN)).into(),
    }
}
