//! Values from and to JSON.
//!
//! From JSON: `null`, booleans, numbers, strings, lists and contexts. To JSON: dates, times and durations are ISO 8601
//! strings, ranges and functions their FEEL text, everything else itself.

use std::fmt::Write;
use std::sync::Arc;

use super::{Context, Digits, Value};
use crate::Json;
use crate::number::Number;

impl Value {
    /// The value of a JSON document. Lists and objects are read only when something looks inside, once for all clones
    /// of the document.
    pub fn from_json(json: &Json) -> Self {
        json.feel(|| super::node::read(json))
    }

    /// The value as JSON. What came from JSON untouched has exactly the text it came with.
    pub fn to_json(&self) -> Json {
        let mut text = String::new();
        self.write_json(&mut text);
        Json::trusted(text)
    }

    /// Appends the value's JSON text.
    pub fn write_json(&self, out: &mut String) {
        match self {
            Self::Null => out.push_str("null"),
            Self::Boolean(value) => out.push_str(if *value { "true" } else { "false" }),
            Self::Number(number) => {
                let _ = write!(out, "{number}");
            }
            Self::Digits(digits) => out.push_str(&digits.text),
            Self::String(text) => write_quoted(text, out),
            Self::List(list) => match list.json_text() {
                Some(text) => out.push_str(text),
                None => write_items(list.items(), out, Self::write_json),
            },
            Self::Context(context) => context.write_json(out),
            other => write_quoted(&feel_text(other), out),
        }
    }
}

impl Context {
    fn write_json(&self, out: &mut String) {
        if let Some(text) = self.json_text() {
            return out.push_str(text);
        }
        out.push('{');
        for (i, (name, value)) in self.entries().iter().enumerate() {
            if i > 0 {
                out.push(',');
            }
            write_quoted(name, out);
            out.push(':');
            value.write_json(out);
        }
        out.push('}');
    }
}

/// The value of a JSON number's text.
pub(super) fn number(text: &str) -> Value {
    match Number::read(text) {
        // What is written as a plain decimal comes back with the same digits.
        Some((number, true)) if !text.contains(['e', 'E']) && text != "-0" => Value::Number(number),
        Some((number, _)) => Value::Digits(Arc::new(Digits { number, text: text.into() })),
        None => Value::Null,
    }
}

fn write_items(items: &[Value], out: &mut String, write: fn(&Value, &mut String)) {
    out.push('[');
    for (i, item) in items.iter().enumerate() {
        if i > 0 {
            out.push(',');
        }
        write(item, out);
    }
    out.push(']');
}

fn write_quoted(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c < ' ' => {
                let _ = write!(out, "\\u{:04x}", c as u32);
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

/// The value as a FEEL literal; strings inside lists and contexts are quoted, a string itself is not.
pub(crate) fn feel_text(value: &Value) -> String {
    let mut out = String::new();
    if let Value::String(text) = value {
        out.push_str(text);
    } else {
        write_feel(value, &mut out);
    }
    out
}

fn write_feel(value: &Value, out: &mut String) {
    let _ = match value {
        Value::Null => write!(out, "null"),
        Value::Boolean(value) => write!(out, "{value}"),
        Value::Number(number) => write!(out, "{}", number.normalized()),
        Value::Digits(digits) => write!(out, "{}", digits.number.normalized()),
        Value::String(text) => {
            write_quoted(text, out);
            Ok(())
        }
        Value::Date(date) => write!(out, "{date}"),
        Value::Time(time) => write!(out, "{time}"),
        Value::DateTime(date_time) => write!(out, "{date_time}"),
        Value::DaysDuration(duration) => write!(out, "{duration}"),
        Value::YearsDuration(duration) => write!(out, "{duration}"),
        Value::List(list) => {
            out.push('[');
            for (i, item) in list.items().iter().enumerate() {
                if i > 0 {
                    out.push_str(", ");
                }
                write_feel(item, out);
            }
            out.push(']');
            Ok(())
        }
        Value::Context(context) => {
            out.push('{');
            for (i, (name, value)) in context.entries().iter().enumerate() {
                if i > 0 {
                    out.push_str(", ");
                }
                write_name(name, out);
                out.push_str(": ");
                write_feel(value, out);
            }
            out.push('}');
            Ok(())
        }
        Value::Range(range) => {
            range.write(out, write_feel);
            Ok(())
        }
        Value::Function(function) => write!(out, "{function}"),
    };
}

fn write_name(name: &str, out: &mut String) {
    let plain = |c: char| c.is_alphanumeric() || c == '_' || c == ' ';
    if name.starts_with(|c: char| c.is_alphabetic() || c == '_') && name.chars().all(plain) {
        out.push_str(name);
    } else {
        write_quoted(name, out);
    }
}
