//! Conversion functions (DMN 1.5, table 72), JSON and ranges from text.

use super::arguments::null;
use super::{Arguments, BuiltIn, Result, function};
use crate::eval::{describe, why_no_range};
use crate::number::Number;
use crate::syntax::ast::{Expr, Kind, RangeExpr, StepKind};
use crate::value::{Bound, Range, Value, feel_text};
use crate::{Json, Names};

pub(super) const FUNCTIONS: &[BuiltIn] = &[
    function("number", &["from, grouping separator?, decimal separator?"], number),
    function("string", &["from"], string),
    function("to string", &["from"], string),
    function("range", &["from"], range),
    function("from json", &["value"], from_json),
    function("to json", &["value"], to_json),
];

fn number(a: &mut Arguments<'_, '_, '_>) -> Result<Value> {
    if let (Some(number), 1) = (a.single(0).as_number(), a.len()) {
        return Ok(Value::Number(number));
    }
    let text = a.text(0)?;
    let separator = |index: usize, allowed: &[&str]| match a.optional_text(index) {
        Ok(None) => Ok(None),
        Ok(Some(text)) if allowed.contains(&&**text) => Ok(text.chars().next()),
        Ok(Some(text)) => null(format!("`{text}` is no separator")),
        Err(refusal) => Err(refusal),
    };
    let grouping = separator(1, &[" ", ",", "."])?;
    let decimal = separator(2, &[".", ","])?;
    if grouping.is_some() && grouping == decimal {
        return null("both separators are the same");
    }
    a.charge(text.len() / 4)?;
    let mut plain: String = text.chars().filter(|c| Some(*c) != grouping).collect();
    if let Some(decimal) = decimal {
        if decimal != '.' && plain.contains('.') {
            return null(format!("`{text:.60}` is no number"));
        }
        plain = plain.replace(decimal, ".");
    }
    Number::parse(plain.trim())
        .map_or_else(|| null(format!("`{text:.60}` is no number")), |n| Ok(Value::Number(n)))
}

fn string(a: &mut Arguments<'_, '_, '_>) -> Result<Value> {
    let value = a.raw(0);
    match value {
        Value::Null => Ok(Value::Null),
        Value::String(_) => Ok(value.clone()),
        _ => {
            charge_for_text(a, value)?;
            a.make_string(feel_text(value))
        }
    }
}

/// Charges for writing the value, before it is written.
pub(super) fn charge_for_text(a: &mut Arguments<'_, '_, '_>, value: &Value) -> Result<()> {
    a.charge((value.extent().bytes / 8) as usize + 1)
}

fn from_json(a: &mut Arguments<'_, '_, '_>) -> Result<Value> {
    let text = a.text(0)?;
    // Reading it is cheap, but so is looking inside then, which builds a value of some bytes per byte.
    a.charge(text.len() / 4)?;
    match Json::parse(&**text) {
        Ok(json) => Ok(Value::from_json(&json)),
        Err(error) => null(format!("the text is no JSON: {error}")),
    }
}

fn to_json(a: &mut Arguments<'_, '_, '_>) -> Result<Value> {
    let value = a.raw(0);
    charge_for_text(a, value)?;
    let mut out = String::new();
    value.write_json(&mut out);
    a.make_string(out)
}

/// A range from its text; both ends must be literals, and not the lower above the upper.
fn range(a: &mut Arguments<'_, '_, '_>) -> Result<Value> {
    let text = match a.raw(0) {
        Value::String(text) => text,
        other => return null(format!("argument 1 should be a string, but is {}", describe(other))),
    };
    a.charge(text.len() + 10)?;
    match parsed_range(text) {
        Some((low, high)) => {
            let ends = (low.value().cloned().unwrap_or_default(), high.value().cloned().unwrap_or_default());
            if let Some(why) = why_no_range(&ends.0, &ends.1) {
                return null(why);
            }
            let falls = crate::eval::compare(&ends.0, &ends.1).is_some_and(std::cmp::Ordering::is_gt);
            if falls {
                return null(format!("the lower end, {}, is above the upper end", describe(&ends.0)));
            }
            Ok(Value::Range(std::sync::Arc::new(Range::new(low, high))))
        }
        None => null(format!("`{text:.60}` is no range; write for example `[1..10]`")),
    }
}

fn parsed_range(text: &str) -> Option<(Bound, Bound)> {
    let text = text.trim();
    let low_included = match text.chars().next()? {
        '[' => true,
        '(' | ']' => false,
        _ => return None,
    };
    let high_included = match text.chars().next_back()? {
        ']' => true,
        ')' | '[' => false,
        _ => return None,
    };
    let inner = text.get(1..text.len().checked_sub(1)?)?;
    let expr = crate::syntax::parse(&format!("[{inner}]"), &Names::default()).ok()?;
    let Kind::Range(range) = expr.kind else { return None };
    let RangeExpr::Between { low, high, .. } = *range else { return None };
    let (low, high) = (literal(&low)?, literal(&high)?);
    let bound = |value, included| if included { Bound::Included(value) } else { Bound::Excluded(value) };
    Some((bound(low, low_included), bound(high, high_included)))
}

/// The value of a literal, also of `date("…")` and its like with a literal in it.
fn literal(expr: &Expr) -> Option<Value> {
    match &expr.kind {
        Kind::Literal(value) => Some(value.clone()),
        Kind::Negate(inner) => Some(Value::Number(literal(inner)?.as_number()?.negated())),
        Kind::Postfix(base, steps) => {
            let (Kind::Name(name), [step]) = (&base.kind, &steps[..]) else { return None };
            let StepKind::Call(arguments) = &step.kind else { return None };
            let [Expr { kind: Kind::Literal(Value::String(text)), .. }] = &arguments[..] else { return None };
            super::temporal::from_text(name, text)
        }
        _ => None,
    }
}
