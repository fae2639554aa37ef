//! Texts with `{parameter}` in them.

use std::fmt::Write as _;

use hosk_connector::Failure;
use serde_json::Value;

use crate::input::invalid;

/// Names between single braces. `{{…}}` is not ours.
pub(crate) fn placeholders(text: &str) -> impl Iterator<Item = &str> {
    pieces(text).filter_map(|piece| match piece {
        Piece::Parameter(name) => Some(name),
        Piece::Text(_) => None,
    })
}

enum Piece<'a> {
    Text(&'a str),
    Parameter(&'a str),
}

fn pieces(text: &str) -> impl Iterator<Item = Piece<'_>> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let name = rest
            .strip_prefix('{')
            .and_then(|inside| inside.split_once('}'))
            .filter(|(name, _)| is_name(name));
        if let Some((name, tail)) = name {
            rest = tail;
            return Some(Piece::Parameter(name));
        }
        // Runs of braces go as a whole, so that `{{secrets.X}}` is not taken apart.
        let braces = rest.len() - rest.trim_start_matches('{').len();
        let end = rest[braces..].find('{').map_or(rest.len(), |at| at + braces);
        let (literal, tail) = rest.split_at(end);
        rest = tail;
        Some(Piece::Text(literal))
    })
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|letter| letter.is_alphanumeric() || letter == '_')
}

/// The template with parameters in place; `None` when a parameter that makes up a text is missing.
pub(crate) fn filled(template: &Value, input: &Value) -> Option<Value> {
    match template {
        Value::String(text) => filled_text(text, input),
        Value::Object(entries) => {
            let entries =
                entries.iter().filter_map(|(name, value)| Some((name.clone(), filled(value, input)?)));
            Some(Value::Object(entries.collect()))
        }
        Value::Array(items) => {
            Some(Value::Array(items.iter().filter_map(|item| filled(item, input)).collect()))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => Some(template.clone()),
    }
}

pub(crate) fn filled_text(text: &str, input: &Value) -> Option<Value> {
    if let Some(name) =
        text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).filter(|name| is_name(name))
    {
        return Some(input[name].clone()).filter(|value| !value.is_null());
    }
    let mut whole = String::new();
    for piece in pieces(text) {
        match piece {
            Piece::Text(literal) => whole.push_str(literal),
            Piece::Parameter(name) => whole.push_str(&plain_text(&input[name])?),
        }
    }
    Some(Value::String(whole))
}

/// The path with parameters encoded, each inside its segment.
pub(crate) fn filled_path(path: &str, input: &Value) -> Result<String, Failure> {
    let mut whole = String::new();
    for piece in pieces(path) {
        match piece {
            Piece::Text(literal) => whole.push_str(literal),
            Piece::Parameter(name) => {
                let text = plain_text(&input[name]).filter(|text| !matches!(text.as_str(), "" | "." | ".."));
                let text = text
                    .ok_or_else(|| invalid(name, "must be a text or number that can stand in an address"))?;
                for byte in text.bytes() {
                    match byte {
                        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                            whole.push(char::from(byte));
                        }
                        _ => drop(write!(whole, "%{byte:02X}")),
                    }
                }
            }
        }
    }
    Ok(whole)
}

fn plain_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}
