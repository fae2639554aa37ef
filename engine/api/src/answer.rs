//! What goes out: keys as text, times as ISO 8601, every property always present.
//!
//! An answer is declared with [`answer!`], which gives the type, its JSON and its OpenAPI schema in one place.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json as AxumJson;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use hosk_core::Timestamp;
use hosk_feel::Json;
use serde::{Serialize, Serializer};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{
    AdditionalProperties, ArrayBuilder, KnownFormat, ObjectBuilder, OneOfBuilder, Schema, SchemaFormat,
    SchemaType, Type,
};

use crate::problem::Problem;
use crate::shape::Schemas;

/// A type that goes out, with its schema.
pub(crate) trait Answer: Serialize {
    /// The schema; named ones are added to `schemas` and referred to.
    fn schema(schemas: &mut Schemas) -> RefOr<Schema>;
}

/// Declares an answer: camel-case names, all of them required; `field as "wire"` gives another name.
macro_rules! answer {
    ($(#[doc = $about:literal])* $name:ident {
        $($(#[doc = $doc:literal])* $field:ident $(as $wire:literal)? : $type:ty),* $(,)?
    }) => {
        $(#[doc = $about])*
        #[derive(Debug, serde::Serialize)]
        #[serde(rename_all = "camelCase")]
        #[allow(clippy::struct_field_names, reason = "the names are the wire's")]
        pub(crate) struct $name {
            $($(#[doc = $doc])* $(#[serde(rename = $wire)])? pub(crate) $field: $type,)*
        }

        impl $crate::answer::Answer for $name {
            fn schema(
                schemas: &mut $crate::shape::Schemas,
            ) -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                let about = concat!($($about),*).trim();
                $crate::answer::named(stringify!($name), about, schemas, |schemas| vec![$({
                    #[allow(unused_mut, unused_assignments, reason = "most fields keep their name on the wire")]
                    let mut wire = $crate::answer::camel_case(stringify!($field));
                    $(wire = $wire.to_owned();)?
                    (wire, <$type as $crate::answer::Answer>::schema(schemas))
                }),*])
            }
        }
    };
}
pub(crate) use answer;

/// Adds the object schema `name` unless it is there, and refers to it.
pub(crate) fn named(
    name: &str,
    about: &str,
    schemas: &mut Schemas,
    fields: impl FnOnce(&mut Schemas) -> Vec<(String, RefOr<Schema>)>,
) -> RefOr<Schema> {
    if let Some(known) = schemas.get(name) {
        debug_assert_eq!(description(known), Some(about), "two schemas are called {name}");
    } else {
        // Claimed first: a type that holds itself ends here.
        schemas.insert(name.to_owned(), ObjectBuilder::new().description(Some(about)).into());
        let mut builder = ObjectBuilder::new().schema_type(Type::Object).description(Some(about));
        for (field, schema) in fields(schemas) {
            builder = builder.property(field.clone(), schema).required(field);
        }
        schemas.insert(name.to_owned(), builder.into());
    }
    utoipa::openapi::schema::Ref::from_schema_name(name).into()
}

fn description(schema: &RefOr<Schema>) -> Option<&str> {
    match schema {
        RefOr::T(Schema::Object(object)) => object.description.as_deref(),
        _ => None,
    }
}

/// `process_instance_key` as `processInstanceKey`.
pub(crate) fn camel_case(name: &str) -> String {
    let mut camel = String::with_capacity(name.len());
    let mut upper = false;
    for letter in name.chars() {
        if letter == '_' {
            upper = true;
        } else {
            camel.push(if upper { letter.to_ascii_uppercase() } else { letter });
            upper = false;
        }
    }
    camel
}

/// An engine key: 63 bits, as text, so that clients without 64-bit integers keep every digit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key(pub(crate) u64);

impl Serialize for Key {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

/// An engine key that clients expect to be there; `-1` where there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct KeyOrNone(pub(crate) Option<u64>);

impl Serialize for KeyOrNone {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Some(key) => Key(key).serialize(serializer),
            None => serializer.serialize_str("-1"),
        }
    }
}

/// A point in time, as ISO 8601 in UTC with milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Time(pub(crate) Timestamp);

impl std::fmt::Display for Time {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Beyond jiff's range only by a broken row; the epoch is visibly wrong and harms nobody.
        let time = jiff::Timestamp::from_millisecond(self.0.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        write!(f, "{time:.3}")
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Custom headers: an object; of two with one name the later counts.
#[derive(Clone, Debug)]
pub(crate) struct Headers(pub(crate) Arc<Vec<(String, String)>>);

impl Serialize for Headers {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let entries: BTreeMap<_, _> = self.0.iter().map(|(name, value)| (name, value)).collect();
        serializer.collect_map(entries)
    }
}

impl Answer for Headers {
    fn schema(schemas: &mut Schemas) -> RefOr<Schema> {
        BTreeMap::<String, String>::schema(schemas)
    }
}

fn plain(kind: Type) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(kind)
}

macro_rules! plain_answers {
    ($($type:ty => $schema:expr;)*) => {$(
        impl Answer for $type {
            fn schema(_: &mut Schemas) -> RefOr<Schema> {
                $schema.into()
            }
        }
    )*};
}

plain_answers! {
    String => plain(Type::String);
    &'static str => plain(Type::String);
    Arc<str> => plain(Type::String);
    bool => plain(Type::Boolean);
    u8 => plain(Type::Integer);
    i32 => plain(Type::Integer);
    u32 => plain(Type::Integer);
    i64 => plain(Type::Integer).format(Some(SchemaFormat::KnownFormat(KnownFormat::Int64)));
    u64 => plain(Type::Integer).format(Some(SchemaFormat::KnownFormat(KnownFormat::Int64)));
    Key => plain(Type::String).pattern(Some("^-?[0-9]+$"));
    KeyOrNone => plain(Type::String).pattern(Some("^-?[0-9]+$"));
    Time => plain(Type::String).format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)));
    Json => ObjectBuilder::new().schema_type(SchemaType::AnyValue);
    serde_json::Value => ObjectBuilder::new().schema_type(SchemaType::AnyValue);
}

impl<T: Answer> Answer for Option<T> {
    fn schema(schemas: &mut Schemas) -> RefOr<Schema> {
        let inner = T::schema(schemas);
        OneOfBuilder::new().item(plain(Type::Null)).item(inner).into()
    }
}

impl<T: Answer> Answer for Vec<T> {
    fn schema(schemas: &mut Schemas) -> RefOr<Schema> {
        ArrayBuilder::new().items(T::schema(schemas)).into()
    }
}

impl<T: Answer> Answer for Arc<T> {
    fn schema(schemas: &mut Schemas) -> RefOr<Schema> {
        T::schema(schemas)
    }
}

impl<K: Serialize + Ord, T: Answer> Answer for BTreeMap<K, T> {
    fn schema(schemas: &mut Schemas) -> RefOr<Schema> {
        let values = T::schema(schemas);
        plain(Type::Object).additional_properties(Some(AdditionalProperties::RefOr(values))).into()
    }
}

/// 200 with a JSON body.
#[expect(clippy::unnecessary_wraps, reason = "the last line of handlers")]
pub(crate) fn ok<T: Answer>(body: &T) -> Result<Response, Problem> {
    Ok(AxumJson(body).into_response())
}

/// 201 with a JSON body.
#[expect(clippy::unnecessary_wraps, reason = "the last line of handlers, like `ok`")]
pub(crate) fn created<T: Answer>(body: &T) -> Result<Response, Problem> {
    Ok((StatusCode::CREATED, AxumJson(body)).into_response())
}

/// 204.
#[expect(clippy::unnecessary_wraps, reason = "the last line of handlers, like `ok`")]
pub(crate) fn no_content() -> Result<Response, Problem> {
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// 200 with a body of another media type.
pub(crate) fn content(media_type: &'static str, body: impl Into<axum::body::Body>) -> Response {
    let mut response = Response::new(body.into());
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    answer! {
        /// A thing.
        Thing {
            /// Its key.
            thing_key: Key,
            kind as "type": Option<String>,
            since: Time,
        }
    }

    #[test]
    fn every_property_is_there_and_required() {
        let thing = Thing { thing_key: Key(u64::MAX >> 1), kind: None, since: Time(Timestamp(1_500)) };
        let json = serde_json::to_value(&thing).unwrap();
        let expected = serde_json::json!({
            "thingKey": "9223372036854775807", "type": null, "since": "1970-01-01T00:00:01.500Z"
        });
        assert_eq!(json, expected);
        let mut schemas = Schemas::new();
        Thing::schema(&mut schemas);
        let schema = serde_json::to_value(&schemas["Thing"]).unwrap();
        assert_eq!(schema["required"], serde_json::json!(["thingKey", "type", "since"]));
    }
}
