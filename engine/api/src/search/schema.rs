//! The OpenAPI schema of a search request.

use hosk_store::read::{Entity, Field as _, Kind};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{
    AdditionalProperties, ArrayBuilder, KnownFormat, ObjectBuilder, OneOfBuilder, Ref, Schema, SchemaFormat,
    Type,
};

use super::{Like, Searchable, page, read};
use crate::shape::{Object, Schemas, object_schema, or_null};

/// Adds the schema of the filter; its name.
pub(super) fn filter<E: Entity>(of: &'static Searchable<E>, schemas: &mut Schemas) -> String {
    let name = format!("{}Filter", of.name);
    let alternative = format!("{}Alternative", of.name);
    let mut fields = filter_object(of, schemas);
    if of.alternatives {
        let members = filter_object(of, schemas).into();
        schemas.insert(alternative.clone(), members);
        fields =
            fields.property("$or", or_null(ArrayBuilder::new().items(Ref::from_schema_name(alternative))));
    }
    schemas.insert(name.clone(), fields.into());
    name
}

pub(super) fn request<E: Entity>(of: &'static Searchable<E>, schemas: &mut Schemas) -> RefOr<Schema> {
    let filter = filter(of, schemas);
    let sortable = of.sortable().map(|property| property.name);
    let order = ObjectBuilder::new().schema_type(Type::String).enum_values(Some(["ASC", "DESC"]));
    let sort = closed()
        .property("field", ObjectBuilder::new().schema_type(Type::String).enum_values(Some(sortable)))
        .property("order", or_null(order))
        .required("field");
    let body = closed()
        .property("filter", or_null(Ref::from_schema_name(filter)))
        .property("sort", or_null(ArrayBuilder::new().items(sort)))
        .property("page", or_null(object_schema(&page::PAGE, schemas)));
    schemas.insert(of.name.to_owned(), body.into());
    Ref::from_schema_name(of.name).into()
}

/// A body of a shape, its property `filter` with the schema of the filter.
pub(super) fn filtered<E: Entity>(
    shape: &'static Object,
    of: &'static Searchable<E>,
    schemas: &mut Schemas,
) -> RefOr<Schema> {
    let filter = filter(of, schemas);
    let body = object_schema(shape, schemas);
    if let Some(RefOr::T(Schema::Object(object))) = schemas.get_mut(shape.name) {
        object.properties.insert("filter".to_owned(), Ref::from_schema_name(filter).into());
    }
    body
}

pub(super) fn closed() -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(Type::Object)
        .additional_properties(Some(AdditionalProperties::FreeForm(false)))
}

fn filter_object<E: Entity>(of: &Searchable<E>, schemas: &mut Schemas) -> ObjectBuilder {
    let mut object = closed();
    for property in of.filterable() {
        object = object.property(property.name, or_null(value(property.field.kind(), schemas)));
    }
    for special in of.special {
        let schema = match special.like {
            Like::Kind(kind) => value(kind, schemas),
            Like::Plain(kind) => scalar(kind).into(),
            Like::Texts => ArrayBuilder::new().items(scalar(Kind::Text)).into(),
            Like::Variables => {
                let variable = closed()
                    .property("name", scalar(Kind::Text))
                    .property("value", value(Kind::Text, schemas))
                    .required("name")
                    .required("value");
                ArrayBuilder::new().items(variable).into()
            }
        };
        object = object.property(special.name, or_null(schema));
    }
    object
}

/// A value to filter by: bare, or with operators.
pub(super) fn value(kind: Kind, schemas: &mut Schemas) -> RefOr<Schema> {
    let name = match kind {
        Kind::Key => "KeyCondition",
        Kind::Int => "IntegerCondition",
        Kind::Bool => "BooleanCondition",
        Kind::Time => "TimeCondition",
        Kind::Text | Kind::List | Kind::Opaque => "TextCondition",
        // Each has words of its own.
        Kind::Code(_) => return condition(kind),
    };
    schemas.entry(name.to_owned()).or_insert_with(|| condition(kind));
    Ref::from_schema_name(name).into()
}

fn condition(kind: Kind) -> RefOr<Schema> {
    let mut operators = closed();
    for operator in read::operators(kind) {
        operators = match operator {
            "$exists" => operators.property(operator, or_null(scalar(Kind::Bool))),
            "$in" | "$notIn" => {
                operators.property(operator, or_null(ArrayBuilder::new().items(scalar(kind))))
            }
            "$like" => operators.property(operator, or_null(scalar(Kind::Text))),
            _ => operators.property(operator, or_null(scalar(kind))),
        };
    }
    OneOfBuilder::new().item(scalar(kind)).item(operators).into()
}

pub(super) fn scalar(kind: Kind) -> ObjectBuilder {
    let text = ObjectBuilder::new().schema_type(Type::String);
    match kind {
        Kind::Key => text.pattern(Some("^-?[0-9]+$")),
        Kind::Int => ObjectBuilder::new().schema_type(Type::Integer),
        Kind::Bool => ObjectBuilder::new().schema_type(Type::Boolean),
        Kind::Time => text.format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime))),
        Kind::Code(names) => text.enum_values(Some(names.iter().copied())),
        Kind::Text | Kind::List | Kind::Opaque => text,
    }
}
