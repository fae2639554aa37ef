//! The shapes of request bodies, declared once: what is read, checked and documented is the same table.
//!
//! A body is read strictly: a property nobody knows, a missing one, one of another type or out of its bounds is
//! refused with the property's path. `null` means absent. Variables keep their text, digit for digit.

mod read;
mod schema;

pub(crate) use read::{
    Body, Entries, entries_of, kind_of, list_of, parse_key, parse_time, read_object, unknown_parameter,
    unknown_property, wrong_type,
};
pub(crate) use schema::{Schemas, object_schema, or_null};

/// A JSON object with named properties.
#[derive(Debug)]
pub(crate) struct Object {
    /// Name in the OpenAPI document.
    pub(crate) name: &'static str,
    /// Its properties.
    pub(crate) fields: &'static [Field],
}

/// A property.
#[derive(Debug)]
pub(crate) struct Field {
    /// Name on the wire.
    pub(crate) name: &'static str,
    /// What it holds.
    pub(crate) kind: Kind,
    /// Whether it must be there.
    pub(crate) required: bool,
    /// What clients know it as when it is not there, where that is another name.
    pub(crate) called: Option<&'static str>,
    /// One line for the reader of the document.
    pub(crate) about: &'static str,
}

/// What a property holds.
#[derive(Debug)]
pub(crate) enum Kind {
    /// Text, with its length in characters.
    Text {
        /// At least.
        min: usize,
        /// At most.
        max: usize,
    },
    /// A key: an integer as text.
    Key,
    /// A whole number.
    Integer {
        /// At least.
        min: i64,
        /// At most.
        max: i64,
    },
    /// `true` or `false`.
    Boolean,
    /// ISO 8601 date and time; the empty text means "none".
    DateTime,
    /// One of these words, in any case.
    OneOf(&'static [&'static str]),
    /// A list of texts.
    Texts,
    /// An object whose entries become variables.
    Variables,
    /// Any JSON, kept as text.
    Any,
    /// An object.
    Object(&'static Object),
    /// A list of objects.
    Objects(&'static Object),
    /// The tenant to act for.
    Tenant,
    /// The tenants to act for.
    Tenants,
}

/// Longest text where nothing narrower is said, in characters.
pub(crate) const TEXT_MAX: usize = 32_768;
/// Longest list of texts or objects in a request.
pub(crate) const LIST_MAX: usize = 10_000;
/// Deepest nesting of a JSON value taken from outside.
pub(crate) const DEPTH_MAX: usize = 100;

impl Field {
    const fn new(name: &'static str, kind: Kind, about: &'static str) -> Self {
        Self { name, kind, required: false, called: None, about }
    }

    /// The same, mandatory.
    pub(crate) const fn required(mut self) -> Self {
        self.required = true;
        self
    }

    /// The same, known by another name when it is not there.
    pub(crate) const fn called(mut self, name: &'static str) -> Self {
        self.called = Some(name);
        self
    }
}

/// Text of any length up to [`TEXT_MAX`].
pub(crate) const fn text(name: &'static str, about: &'static str) -> Field {
    Field::new(name, Kind::Text { min: 0, max: TEXT_MAX }, about)
}

/// Text with at least one and at most `max` characters, not of white space only.
pub(crate) const fn name(name: &'static str, max: usize, about: &'static str) -> Field {
    Field::new(name, Kind::Text { min: 1, max }, about)
}

/// A key.
pub(crate) const fn key(name: &'static str, about: &'static str) -> Field {
    Field::new(name, Kind::Key, about)
}

/// A whole number from `min` to `max`.
pub(crate) const fn integer(name: &'static str, min: i64, max: i64, about: &'static str) -> Field {
    Field::new(name, Kind::Integer { min, max }, about)
}

/// `true` or `false`.
pub(crate) const fn boolean(name: &'static str, about: &'static str) -> Field {
    Field::new(name, Kind::Boolean, about)
}

/// Date and time.
pub(crate) const fn date_time(name: &'static str, about: &'static str) -> Field {
    Field::new(name, Kind::DateTime, about)
}

/// One of some words.
pub(crate) const fn one_of(name: &'static str, words: &'static [&'static str], about: &'static str) -> Field {
    Field::new(name, Kind::OneOf(words), about)
}

/// A list of texts.
pub(crate) const fn texts(name: &'static str, about: &'static str) -> Field {
    Field::new(name, Kind::Texts, about)
}

/// Variables.
pub(crate) const fn variables(about: &'static str) -> Field {
    Field::new("variables", Kind::Variables, about)
}

/// Any JSON.
pub(crate) const fn any(name: &'static str, about: &'static str) -> Field {
    Field::new(name, Kind::Any, about)
}

/// An object.
pub(crate) const fn object(name: &'static str, object: &'static Object, about: &'static str) -> Field {
    Field::new(name, Kind::Object(object), about)
}

/// A list of objects.
pub(crate) const fn objects(name: &'static str, object: &'static Object, about: &'static str) -> Field {
    Field::new(name, Kind::Objects(object), about)
}

/// The tenant.
pub(crate) const fn tenant() -> Field {
    Field::new("tenantId", Kind::Tenant, "The tenant; `<default>` when absent.")
}

/// Tenants.
pub(crate) const fn tenants() -> Field {
    Field::new("tenantIds", Kind::Tenants, "The tenants; `<default>` when absent or empty.")
}

/// A number the caller chooses to find its command again; taken and not used.
pub(crate) const fn operation_reference() -> Field {
    integer("operationReference", 1, i64::MAX, "A number of the caller's choice; not used.")
}

/// The same, of operations that look whether there is what they are about before they look at the number.
pub(crate) const fn unchecked_reference() -> Field {
    integer("operationReference", 0, i64::MAX, "A number of the caller's choice; not used.")
}
