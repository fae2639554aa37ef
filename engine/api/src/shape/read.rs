//! Reading a body by its declared shape.

use std::borrow::Cow;
use std::fmt;
use std::num::IntErrorKind;
use std::sync::Arc;

use hosk_core::{Timestamp, Variables};
use hosk_feel::Json;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::{DEPTH_MAX, Field, Kind, LIST_MAX, Object};
use crate::problem::Problem;
use crate::tenants::{Tenant, Tenants};
use crate::wording;

/// Longest name of a variable, in characters.
pub(super) const VARIABLE_NAME_MAX: usize = 32_768;

/// A body that fits its shape. Values are taken by the names of the shape's fields.
#[derive(Debug)]
pub(crate) struct Body {
    shape: &'static Object,
    values: Vec<Option<Given>>,
}

/// A value that fits its field.
#[derive(Debug)]
enum Given {
    Text(String),
    Key(u64),
    Integer(i64),
    Boolean(bool),
    Time(Option<Timestamp>),
    Word(&'static str),
    Texts(Vec<String>),
    Tenant(Tenant),
    Tenants(Vec<Tenant>),
    Variables(Variables),
    Any(Json),
    Object(Body),
    Objects(Vec<Body>),
}

/// One getter per kind; each takes the value out of the body.
macro_rules! getters {
    ($($(#[$doc:meta])* $name:ident -> $type:ty = $variant:ident;)*) => {$(
        $(#[$doc])*
        pub(crate) fn $name(&mut self, field: &str) -> Option<$type> {
            match self.take(field)? {
                Given::$variant(value) => Some(value),
                other => {
                    debug_assert!(false, "{}.{field} is {other:?}", self.shape.name);
                    None
                }
            }
        }
    )*};
}

impl Body {
    /// A body without any property, where a request may have none.
    pub(crate) fn empty(shape: &'static Object) -> Result<Self, Problem> {
        read_object("{}", shape, "")
    }

    getters! {
        /// A text.
        text -> String = Text;
        /// A key.
        key -> u64 = Key;
        /// A whole number.
        integer -> i64 = Integer;
        /// `true` or `false`.
        boolean -> bool = Boolean;
        /// A date and time; `Some(None)` for the empty text, which clears.
        time -> Option<Timestamp> = Time;
        /// One of the field's words, as the shape writes it.
        word -> &'static str = Word;
        /// A list of texts.
        texts -> Vec<String> = Texts;
        /// The tenants to act for, where the body names some.
        tenants -> Vec<Tenant> = Tenants;
        /// Any JSON.
        any -> Json = Any;
        /// An object.
        object -> Body = Object;
        /// A list of objects.
        objects -> Vec<Body> = Objects;
    }

    /// Whether it has any property that is not `null`.
    pub(crate) fn says_anything(&self) -> bool {
        self.values.iter().any(Option::is_some)
    }

    /// The field `variables`; empty when absent.
    pub(crate) fn variables(&mut self) -> Variables {
        match self.take("variables") {
            Some(Given::Variables(variables)) => variables,
            _ => Variables::new(),
        }
    }

    /// The tenant to act for. Bodies have one as soon as they were [read](crate::call::Call::json).
    ///
    /// # Errors
    /// None of the caller's, but one of the code: the shape has no tenant.
    pub(crate) fn tenant(&mut self) -> Result<Tenant, Problem> {
        match self.take("tenantId") {
            Some(Given::Tenant(tenant)) => Ok(tenant),
            other => {
                debug_assert!(false, "{}.tenantId is {other:?}", self.shape.name);
                Err(Problem::internal("The server made a mistake: it does not know the tenant."))
            }
        }
    }

    /// Settles for which tenants a request is, of those that its caller is a member of.
    pub(crate) fn settle(mut self, tenants: &Tenants) -> Result<Self, Problem> {
        for (field, value) in self.shape.fields.iter().zip(&mut self.values) {
            match (&field.kind, &*value) {
                (Kind::Tenant, given) => {
                    let given =
                        if let Some(Given::Text(given)) = given { Some(given.as_str()) } else { None };
                    *value = Some(Given::Tenant(tenants.settle(given, field.name)?));
                }
                (Kind::Tenants, Some(Given::Texts(given))) if !given.is_empty() => {
                    *value = Some(Given::Tenants(tenants.settle_all(given, field.name)?));
                }
                (Kind::Tenants, _) => *value = None,
                _ => {}
            }
        }
        Ok(self)
    }

    /// The one tenant that the request is for.
    pub(crate) fn settled(&self) -> Option<&Tenant> {
        self.values.iter().find_map(|value| match value {
            Some(Given::Tenant(tenant)) => Some(tenant),
            _ => None,
        })
    }

    /// A text that the shape requires.
    pub(crate) fn required_text(&mut self, field: &str) -> String {
        self.text(field).unwrap_or_default()
    }

    /// A number that the shape requires.
    pub(crate) fn required_integer(&mut self, field: &str) -> i64 {
        self.integer(field).unwrap_or_default()
    }

    fn take(&mut self, field: &str) -> Option<Given> {
        let place = self.shape.fields.iter().position(|declared| declared.name == field);
        debug_assert!(place.is_some(), "{} has no field {field}", self.shape.name);
        self.values.get_mut(place?)?.take()
    }
}

/// Reads one object. `path` names it in refusals; empty for the body itself.
pub(crate) fn read_object(text: &str, shape: &'static Object, path: &str) -> Result<Body, Problem> {
    let mut values: Vec<Option<Given>> = Vec::new();
    values.resize_with(shape.fields.len(), || None);
    for (name, raw) in entries_of(text, path)? {
        let Some(place) = shape.fields.iter().position(|field| field.name == name) else {
            let known: Vec<_> = shape.fields.iter().map(|field| field.name).collect();
            return Err(unknown_property(&join(path, &name), &known));
        };
        if raw.get() == "null" {
            continue;
        }
        let field = &shape.fields[place];
        values[place] = Some(read_field(raw, field, &join(path, field.name))?);
    }
    let missing = shape.fields.iter().zip(&values).find(|(field, value)| field.required && value.is_none());
    if let Some((field, _)) = missing {
        let path = join(path, field.name);
        let help = format!("`{path}` is required: {}", field.about);
        return Err(Problem::missing_field(wording::not_given(field.called.unwrap_or(&path), &help)));
    }
    Ok(Body { shape, values })
}

/// The refusal of a property nobody knows, with those that are known there.
pub(crate) fn unknown_property(path: &str, known: &[&str]) -> Problem {
    let help = format!("The property `{path}` is not known; {}.", known_here(known));
    Problem::unknown_field(wording::not_parsed(path, &help))
}

/// The refusal of a property of another type.
pub(crate) fn wrong_type(path: &str, expected: &str, kind: &str) -> Problem {
    let help = format!("`{path}` must be {expected}, but is {kind}.");
    Problem::wrong_type(wording::not_parsed(path, &help))
}

/// The refusal of a query parameter that the operation does not know, with those that it knows.
pub(crate) fn unknown_parameter(name: &str, known: &[&str]) -> Problem {
    Problem::unknown_field(format!("The query parameter `{name}` is not known; {}.", known_here(known)))
}

fn known_here(known: &[&str]) -> String {
    if known.is_empty() {
        "none is expected here".to_owned()
    } else {
        format!("known here: {}", known.join(", "))
    }
}

fn read_field(raw: &RawValue, field: &Field, path: &str) -> Result<Given, Problem> {
    let text = raw.get();
    let wrong = |expected: &str| wrong_type(path, expected, kind_of(text));
    match &field.kind {
        Kind::Text { min, max } => {
            let value: String = serde_json::from_str(text).map_err(|_| wrong("a text"))?;
            if *min > 0 && value.trim().is_empty() {
                let help = format!("`{path}` must not be empty.");
                let phrase = wording::not_given(field.called.unwrap_or(path), &help);
                return Err(Problem::invalid_argument(phrase));
            }
            bounded(&value, *min, *max, path)?;
            Ok(Given::Text(value))
        }
        Kind::Key => {
            let value: Cow<'_, str> =
                serde_json::from_str(text).map_err(|_| wrong("a key: digits in a text"))?;
            parse_key(&value, path).map(Given::Key)
        }
        Kind::Integer { min, max } => {
            let value = whole(text).ok_or_else(|| wrong("a whole number"))?;
            if (*min..=*max).contains(&value) {
                return Ok(Given::Integer(value));
            }
            Err(Problem::invalid_argument(wording::out_of_bounds(path, value, (*min, *max))))
        }
        Kind::Boolean => serde_json::from_str(text).map(Given::Boolean).map_err(|_| wrong("true or false")),
        Kind::DateTime => {
            let value: String = serde_json::from_str(text).map_err(|_| wrong("a date and time as text"))?;
            if value.is_empty() {
                return Ok(Given::Time(None));
            }
            parse_time(&value, path).map(|time| Given::Time(Some(time)))
        }
        Kind::OneOf(words) => {
            let value: String = serde_json::from_str(text).map_err(|_| wrong("a word"))?;
            let found = words.iter().find(|word| word.eq_ignore_ascii_case(&value));
            found
                .map(|word| Given::Word(word))
                .ok_or_else(|| Problem::unreadable(wording::not_a_word(path, &value, words)))
        }
        Kind::Texts | Kind::Tenants => read_texts(text, path).map(Given::Texts),
        Kind::Variables => read_variables(text, path).map(Given::Variables),
        Kind::Any => {
            json_depth_within(text, path)?;
            Ok(Given::Any(Json::from(raw.to_owned())))
        }
        Kind::Object(shape) => read_object(text, shape, path).map(Given::Object),
        Kind::Objects(shape) => list_of(text, path)?
            .iter()
            .enumerate()
            .map(|(index, item)| read_object(item.get(), shape, &format!("{path}[{index}]")))
            .collect::<Result<_, _>>()
            .map(Given::Objects),
        Kind::Tenant => {
            let value: String = serde_json::from_str(text).map_err(|_| wrong("a text"))?;
            Ok(Given::Text(value))
        }
    }
}

/// A whole number; `75.0` is one too (JSON Schema 2020-12, core 4.2.3). Only what a double holds exactly is taken in
/// that form.
fn whole(text: &str) -> Option<i64> {
    let exact = |number: &f64| number.fract() == 0.0 && number.abs() <= (1_u64 << 53) as f64;
    let as_double = || serde_json::from_str(text).ok().filter(exact).map(|number: f64| number as i64);
    serde_json::from_str(text).ok().or_else(as_double)
}

fn bounded(value: &str, min: usize, max: usize, path: &str) -> Result<(), Problem> {
    let length = if value.len() <= max && value.len() >= min && !value.is_empty() {
        return Ok(());
    } else {
        value.chars().count()
    };
    if length < min {
        return Err(Problem::invalid_argument(format!("`{path}` must not be empty.")));
    }
    if length > max {
        let help = format!("`{path}` may have {max} characters, but has {length}.");
        return Err(Problem::invalid_argument(wording::too_long(path, max, &help)));
    }
    Ok(())
}

/// A key: an optional minus and digits. No key of ours is negative, so such a one is never found.
pub(crate) fn parse_key(text: &str, path: &str) -> Result<u64, Problem> {
    match text.parse::<i64>() {
        // A plus sign would parse; the rule is `^-?[0-9]+$`.
        Ok(value) if !text.starts_with('+') => Ok(u64::try_from(value).unwrap_or(0)),
        Ok(_) => Err(not_a_key(text, path, "must be a key, digits in a text")),
        Err(error) => Err(match error.kind() {
            IntErrorKind::PosOverflow | IntErrorKind::NegOverflow => {
                not_a_key(text, path, "must be a key of 64 bits")
            }
            _ => not_a_key(text, path, "must be a key, digits in a text"),
        }),
    }
}

fn not_a_key(text: &str, path: &str, rule: &str) -> Problem {
    Problem::invalid_key(wording::not_a_key(path, text, rule))
}

/// ISO 8601 date and time with an offset or `Z`.
pub(crate) fn parse_time(text: &str, path: &str) -> Result<Timestamp, Problem> {
    text.parse::<jiff::Timestamp>().map(|time| Timestamp(time.as_millisecond())).map_err(|error| {
        Problem::invalid_argument(format!(
            "{} `{path}` must be a date and time such as 2026-01-31T08:00:00Z: {error}.",
            wording::not_a_date(path, text)
        ))
    })
}

fn read_texts(text: &str, path: &str) -> Result<Vec<String>, Problem> {
    let expected = |_| wrong_type(path, "a list of texts", kind_of(text));
    let values: Vec<String> = serde_json::from_str(text).map_err(expected)?;
    within_list(values.len(), path)?;
    Ok(values)
}

/// The items of a list, as text.
pub(crate) fn list_of<'a>(text: &'a str, path: &str) -> Result<Vec<&'a RawValue>, Problem> {
    let expected = |_| wrong_type(path, "a list", kind_of(text));
    let values: Vec<&RawValue> = serde_json::from_str(text).map_err(expected)?;
    within_list(values.len(), path)?;
    Ok(values)
}

fn within_list(length: usize, path: &str) -> Result<(), Problem> {
    if length <= LIST_MAX {
        return Ok(());
    }
    Err(Problem::invalid_argument(format!("`{path}` may have {LIST_MAX} entries, but has {length}.")))
}

fn read_variables(text: &str, path: &str) -> Result<Variables, Problem> {
    json_depth_within(text, path)?;
    let mut variables = Variables::new();
    for (name, raw) in entries_of(text, path)? {
        bounded(&name, 1, VARIABLE_NAME_MAX, &format!("{path} name"))?;
        variables.insert(Arc::from(name.as_ref()), Json::from(raw.to_owned()));
    }
    Ok(variables)
}

/// Refuses JSON that nests deeper than [`DEPTH_MAX`]. The text is known to be valid JSON.
pub(crate) fn json_depth_within(text: &str, path: &str) -> Result<(), Problem> {
    let (mut depth, mut inside_text, mut escaped) = (0_usize, false, false);
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if inside_text => escaped = true,
            b'"' => inside_text = !inside_text,
            b'{' | b'[' if !inside_text => depth += 1,
            b'}' | b']' if !inside_text => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > DEPTH_MAX {
            return Err(Problem::invalid_argument(format!("`{path}` nests deeper than {DEPTH_MAX} levels.")));
        }
    }
    Ok(())
}

/// The entries of an object, values as text. A name that comes twice is refused: readers disagree which one counts.
pub(crate) fn entries_of<'a>(text: &'a str, path: &str) -> Result<Entries<'a>, Problem> {
    let place = if path.is_empty() { "The body".to_owned() } else { format!("`{path}`") };
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let read = (&mut deserializer).deserialize_any(InOrder);
    let list = read.and_then(|list| deserializer.end().map(|()| list)).map_err(|error| {
        if text.trim_start().starts_with('{') {
            Problem::malformed(format!("{place} cannot be read as JSON: {error}."))
        } else {
            let help = format!("{place} must be a JSON object, but is {}.", kind_of(text));
            Problem::wrong_type(wording::not_parsed(path, &help))
        }
    })?;
    let mut seen = std::collections::BTreeSet::new();
    if let Some((twice, _)) = list.iter().find(|(name, _)| !seen.insert(name.as_ref())) {
        return Err(Problem::malformed(format!("{place} has the property `{twice}` twice.")));
    }
    Ok(list)
}

/// Properties of an object with their values as text, in order.
pub(crate) type Entries<'a> = Vec<(Cow<'a, str>, &'a RawValue)>;

struct InOrder;

impl<'de> Visitor<'de> for InOrder {
    type Value = Entries<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut entries = Vec::new();
        while let Some(Name(name)) = map.next_key()? {
            entries.push((name, map.next_value()?));
        }
        Ok(entries)
    }
}

/// A property's name, borrowed where it has no escapes (a plain `Cow` would always be copied).
struct Name<'a>(Cow<'a, str>);

impl<'de> serde::Deserialize<'de> for Name<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl<'de> Visitor<'de> for Text {
            type Value = Name<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a property name")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Name(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Name(Cow::Owned(text.to_owned())))
            }
        }
        deserializer.deserialize_str(Text)
    }
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

/// What a JSON text is, in words.
pub(crate) fn kind_of(text: &str) -> &'static str {
    match text.trim_start().bytes().next() {
        Some(b'"') => "a text",
        Some(b'{') => "an object",
        Some(b'[') => "a list",
        Some(b't' | b'f') => "a boolean",
        Some(b'n') => "null",
        Some(_) => "a number",
        None => "empty",
    }
}

#[cfg(test)]
#[path = "read_tests.rs"]
mod tests;
