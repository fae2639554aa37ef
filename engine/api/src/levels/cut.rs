//! What is cut out of answers: made of the marks in the document, once; done with the text of an answer, so that what stays
//! keeps every digit and the order of its properties. Only what leads to a mark is read.

use std::collections::BTreeMap;

use axum::body::to_bytes;
use axum::http::{Method, header};
use axum::response::Response;
use serde_json::Value;
use serde_json::value::RawValue;

use super::{Level, SINCE, WORDS};
use crate::problem::Problem;
use crate::router::openapi_json;
use crate::shape::entries_of;

/// Deepest nesting of schemas that is looked through: answers have half of it.
const DEPTH_MAX: usize = 16;
const JSON: &str = "application/json";

/// What is cut out of a JSON value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Cut {
    /// All of it: the property is not there.
    Whole,
    /// The items of a list that are one of these.
    Items(Vec<String>),
    /// One of these, for which the other stands.
    Words(Vec<String>, String),
    /// Of the properties with these names.
    Within(BTreeMap<String, Cut>),
    /// Of each item of a list, or each property.
    Each(Box<Cut>),
}

/// The marked document, for levels that leave something out.
pub(crate) fn marked(level: Level) -> Option<Value> {
    match level {
        Level::V8_9 => serde_json::from_str(openapi_json()).ok(),
        Level::V8_10 => None,
    }
}

impl Cut {
    /// What is cut out of the answers of an operation, if anything.
    pub(crate) fn of(document: &Value, method: &Method, path: &str) -> Option<Self> {
        let responses = &document["paths"][path][method.as_str().to_ascii_lowercase()]["responses"];
        let good = responses.as_object()?.iter().filter(|(status, _)| status.starts_with('2'));
        let mut schemas = good.map(|(_, response)| &response["content"][JSON]["schema"]);
        schemas.find_map(|schema| below(document, schema, DEPTH_MAX))
    }

    /// The answer without what is cut out. Refusals, and what is no JSON, are left as they are.
    ///
    /// # Errors
    /// The answer cannot be read: a fault of the server.
    pub(crate) async fn out_of(&self, response: Response) -> Result<Response, Problem> {
        let is_json = response.headers().get(header::CONTENT_TYPE).is_some_and(|media| media == JSON);
        if !is_json || !response.status().is_success() {
            return Ok(response);
        }
        let (mut parts, body) = response.into_parts();
        let fault = |why: String| {
            tracing::error!(why, "an answer cannot be cut to its level");
            Problem::internal("The server made a mistake; it is logged under this request's id.")
        };
        // It is in memory already.
        let bytes = to_bytes(body, usize::MAX).await.map_err(|error| fault(error.to_string()))?;
        let text = std::str::from_utf8(&bytes).map_err(|error| fault(error.to_string()))?;
        let mut shorter = String::with_capacity(text.len());
        self.write(text, &mut shorter).map_err(|problem| fault(problem.detail().to_owned()))?;
        parts.headers.remove(header::CONTENT_LENGTH);
        Ok(Response::from_parts(parts, shorter.into()))
    }

    /// Appends the value without what is cut out of it. As deep as the cut.
    pub(super) fn write(&self, text: &str, out: &mut String) -> Result<(), Problem> {
        let (is_object, is_list) = (text.starts_with('{'), text.starts_with('['));
        match self {
            Self::Items(words) if is_list => {
                let items = items_of(text)?.into_iter().filter(|item| !words.iter().any(|word| word == item));
                joined(items, ['[', ']'], out, |item, out| {
                    out.push_str(item);
                    Ok(())
                })?;
            }
            Self::Words(words, other) if words.iter().any(|word| word == text) => out.push_str(other),
            Self::Within(cuts) if is_object => {
                let entries = entries_of(text, "")?.into_iter();
                let entries = entries.map(|(name, value)| (cuts.get(&*name), name, value));
                let entries = entries.filter(|(cut, ..)| *cut != Some(&Self::Whole));
                joined(entries, ['{', '}'], out, |(cut, name, value), out| {
                    named(&name, out);
                    match cut {
                        Some(cut) => cut.write(value.get(), out)?,
                        None => out.push_str(value.get()),
                    }
                    Ok(())
                })?;
            }
            Self::Each(cut) if is_list => {
                joined(items_of(text)?.into_iter(), ['[', ']'], out, |item, out| cut.write(item, out))?;
            }
            Self::Each(cut) if is_object => {
                joined(entries_of(text, "")?.into_iter(), ['{', '}'], out, |(name, value), out| {
                    named(&name, out);
                    cut.write(value.get(), out)
                })?;
            }
            Self::Whole | Self::Items(_) | Self::Words(..) | Self::Within(_) | Self::Each(_) => {
                out.push_str(text);
            }
        }
        Ok(())
    }
}

/// The items of a list, as text.
fn items_of(text: &str) -> Result<Vec<&str>, Problem> {
    let items: Vec<&RawValue> =
        serde_json::from_str(text).map_err(|error| Problem::malformed(error.to_string()))?;
    Ok(items.into_iter().map(RawValue::get).collect())
}

/// Appends parts with commas in between.
fn joined<T>(
    parts: impl Iterator<Item = T>,
    [open, close]: [char; 2],
    out: &mut String,
    mut each: impl FnMut(T, &mut String) -> Result<(), Problem>,
) -> Result<(), Problem> {
    out.push(open);
    for (place, part) in parts.enumerate() {
        if place > 0 {
            out.push(',');
        }
        each(part, out)?;
    }
    out.push(close);
    Ok(())
}

/// Appends the name of a property.
fn named(name: &str, out: &mut String) {
    out.push_str(&quoted(name));
    out.push(':');
}

fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

/// What is cut out of a value of this schema; looks `depth` schemas deep.
fn below(document: &Value, schema: &Value, depth: usize) -> Option<Cut> {
    let depth = depth.checked_sub(1)?;
    if let Some(name) = schema["$ref"].as_str().and_then(|reference| reference.rsplit('/').next()) {
        return below(document, &document["components"]["schemas"][name], depth);
    }
    for several in ["oneOf", "anyOf", "allOf"] {
        // One of them is `null`, the other one may have marks.
        let mut options = schema[several].as_array().into_iter().flatten();
        if let Some(cut) = options.find_map(|option| below(document, option, depth)) {
            return Some(cut);
        }
    }
    let each = [&schema["items"], &schema["additionalProperties"]];
    if let Some(cut) = each.into_iter().find_map(|inner| below(document, inner, depth)) {
        return Some(Cut::Each(Box::new(cut)));
    }
    let properties = schema["properties"].as_object()?.iter();
    let cuts = properties.filter_map(|(name, property)| {
        let cut = marks_of(property).or_else(|| below(document, property, depth));
        cut.map(|cut| (name.clone(), cut))
    });
    let cuts: BTreeMap<_, _> = cuts.collect();
    (!cuts.is_empty()).then_some(Cut::Within(cuts))
}

/// What the marks of a property say. A row with a word that is left out does not get here from a search; one that was asked
/// for by its key is answered as it is.
fn marks_of(property: &Value) -> Option<Cut> {
    if property.get(SINCE).is_some() {
        return Some(Cut::Whole);
    }
    let newer = property.get(WORDS)?;
    let words = newer["words"].as_array()?.iter().map(Value::to_string).collect();
    match newer.get("otherwise") {
        Some(other) => Some(Cut::Words(words, other.to_string())),
        None => (property["type"] == "array").then_some(Cut::Items(words)),
    }
}
