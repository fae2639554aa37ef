//! Values as test cases write them, and whether a result is the expected one.

use anyhow::{Context as _, Result, bail};
use hosk_feel::{Context, Number, Type, Value};

use crate::xml::Element;

/// How far a number may be from the expected one, as other runners of the kit have it.
const TOLERANCE: &str = "0.00000001";

/// The value that an element's content writes: `value`, `list` or `component`s.
pub(crate) fn read(of: &Element) -> Result<Value> {
    if let Some(value) = of.child("value") {
        return single(value);
    }
    if let Some(list) = of.child("list") {
        if list.attribute("nil") == Some("true") {
            return Ok(Value::Null);
        }
        return Ok(Value::from(list.all("item").map(read).collect::<Result<Vec<_>>>()?));
    }
    let mut members = Vec::new();
    for component in of.all("component") {
        let name = component.attribute("name").context("a component has a name")?;
        let value = if component.attribute("nil") == Some("true") { Value::Null } else { read(component)? };
        members.push((name, value));
    }
    if members.is_empty() && of.tag != "item" {
        return Ok(Value::Null);
    }
    Ok(Value::Context(members.into_iter().collect::<Context>()))
}

fn single(value: &Element) -> Result<Value> {
    if value.attribute("nil") == Some("true") {
        return Ok(Value::Null);
    }
    let text = value.text.as_str();
    let trimmed = text.trim();
    let kind = value.attribute("type").map(|kind| kind.rsplit(':').next().unwrap_or(kind));
    let read = match kind {
        None | Some("string") => Some(Value::from(text)),
        Some("boolean") => match trimmed {
            "true" | "1" => Some(Value::Boolean(true)),
            "false" | "0" => Some(Value::Boolean(false)),
            _ => None,
        },
        Some("decimal" | "double" | "integer" | "float" | "int" | "long") => {
            number(trimmed).map(Value::Number)
        }
        Some("date") => Type::Date.read(trimmed),
        Some("time") => Type::Time.read(trimmed),
        Some("dateTime") => Type::DateTime.read(trimmed),
        Some("duration") => Type::DaysDuration.read(trimmed).or_else(|| Type::YearsDuration.read(trimmed)),
        Some(other) => bail!("values of type {other} are not known"),
    };
    // What FEEL cannot represent is equal to nothing.
    Ok(read.unwrap_or_else(|| Value::from(format!("{trimmed} (no {})", kind.unwrap_or_default()))))
}

/// XML Schema allows a plus sign and a point at either end.
fn number(text: &str) -> Option<Number> {
    let text = text.strip_prefix('+').unwrap_or(text);
    let text = text.strip_suffix('.').unwrap_or(text);
    Number::parse(text).or_else(|| text.parse().ok().and_then(Number::from_f64))
}

/// Whether a result is the expected one: same type, numbers within the tolerance, members in any order.
pub(crate) fn is_expected(expected: &Value, got: &Value) -> bool {
    match (expected, got) {
        (Value::Null, Value::Null) => true,
        (Value::List(expected), Value::List(got)) => {
            expected.len() == got.len()
                && expected.items().iter().zip(got.items()).all(|(e, g)| is_expected(e, g))
        }
        (Value::Context(expected), Value::Context(got)) => {
            expected.len() == got.len()
                && expected.entries().iter().all(|(name, e)| got.get(name).is_some_and(|g| is_expected(e, g)))
        }
        _ => match (expected.as_number(), got.as_number()) {
            (Some(a), Some(b)) => a == b || near(a, b),
            (None, None) => expected.type_name() == got.type_name() && expected.equals(got),
            _ => false,
        },
    }
}

fn near(a: Number, b: Number) -> bool {
    let (a, b) = (a.to_f64(), b.to_f64());
    TOLERANCE.parse().is_ok_and(|tolerance: f64| (a - b).abs() < tolerance)
}
