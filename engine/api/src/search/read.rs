//! Values of filters: equality or operators, checked against what the field holds.

use std::borrow::Cow;
use std::sync::Arc;

use hosk_store::read::{Condition, Field, Filter, Kind, Related, Scalar};
use serde_json::value::RawValue;

use crate::problem::Problem;
use crate::shape::{
    Body, Entries, Object, entries_of, kind_of, list_of, parse_key, parse_time, read_object,
    unknown_property, wrong_type,
};
use crate::wording;

/// A JSON value with its path.
pub(crate) struct Value<'a> {
    raw: &'a RawValue,
    path: String,
}

impl<'a> Value<'a> {
    pub(crate) fn new(raw: &'a RawValue, path: &str) -> Self {
        Self { raw, path: path.to_owned() }
    }

    /// Where it stands.
    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    /// Whether it is `null`.
    pub(crate) fn is_null(&self) -> bool {
        self.raw.get() == "null"
    }

    /// As an object.
    pub(crate) fn entries(&self) -> Result<Entries<'a>, Problem> {
        entries_of(self.raw.get(), &self.path)
    }

    /// As an object of a declared shape.
    pub(crate) fn object(&self, shape: &'static Object) -> Result<Body, Problem> {
        read_object(self.raw.get(), shape, &self.path)
    }

    /// As a list.
    pub(crate) fn items(&self) -> Result<Vec<Value<'a>>, Problem> {
        let items = list_of(self.raw.get(), &self.path)?;
        let place = |(index, raw)| Value { raw, path: format!("{}[{index}]", self.path) };
        Ok(items.into_iter().enumerate().map(place).collect())
    }

    /// As a text.
    pub(crate) fn text(&self) -> Result<Cow<'a, str>, Problem> {
        serde_json::from_str(self.raw.get()).map_err(|_| self.wrong("a text"))
    }

    /// As `true` or `false`.
    pub(crate) fn boolean(&self) -> Result<bool, Problem> {
        serde_json::from_str(self.raw.get()).map_err(|_| self.wrong("true or false"))
    }

    /// As one of some words, in any case; the word as listed.
    pub(crate) fn word(&self, words: &[&'static str]) -> Result<&'static str, Problem> {
        let text = self.text()?;
        words
            .iter()
            .copied()
            .find(|word| word.eq_ignore_ascii_case(&text))
            .ok_or_else(|| Problem::unreadable(wording::not_a_word(&self.path, &text, words)))
    }

    fn wrong(&self, expected: &str) -> Problem {
        wrong_type(&self.path, expected, kind_of(self.raw.get()))
    }

    /// As a value to compare a field of this kind with.
    pub(super) fn scalar(&self, kind: Kind) -> Result<Scalar, Problem> {
        match kind {
            Kind::Key => parse_key(&self.text()?, &self.path).map(Scalar::Key),
            Kind::Int => {
                let number =
                    serde_json::from_str(self.raw.get()).map_err(|_| self.wrong("a whole number"))?;
                Ok(Scalar::Int(number))
            }
            Kind::Bool => self.boolean().map(Scalar::Bool),
            Kind::Time => parse_time(&self.text()?, &self.path).map(Scalar::Time),
            Kind::Code(names) => self.word(names).map(Scalar::from),
            Kind::Text | Kind::List | Kind::Opaque => Ok(Scalar::Text(Arc::from(self.text()?))),
        }
    }
}

/// The refusal of an order that does not say by what.
pub(super) fn no_sort_field(path: &str) -> Problem {
    Problem::missing_field(format!("Sort field must not be null. `{path}.field` is required."))
}

/// Operators of every kind, and those of some.
const COMMON: &[&str] = &["$eq", "$neq", "$exists", "$in", "$notIn"];
const TEXTUAL: &[&str] = &["$like"];
const ORDERED: &[&str] = &["$gt", "$gte", "$lt", "$lte"];

/// The operators a kind understands.
pub(super) fn operators(kind: Kind) -> impl Iterator<Item = &'static str> {
    let more = match kind {
        Kind::Text | Kind::List | Kind::Opaque | Kind::Code(_) => TEXTUAL,
        Kind::Int | Kind::Time => ORDERED,
        Kind::Key | Kind::Bool => &[],
    };
    COMMON.iter().chain(more).copied()
}

/// What several properties say about an element instance is about one and the same.
pub(super) fn together<F>(filters: Vec<Filter<F>>) -> Vec<Filter<F>> {
    let (mut elements, mut rest) = (Vec::new(), Vec::new());
    for filter in filters {
        match filter {
            Filter::Has(Related::Element(element)) => elements.push(*element),
            other => rest.push(other),
        }
    }
    if !elements.is_empty() {
        rest.push(Filter::Has(Related::Element(Box::new(Filter::All(elements)))));
    }
    rest
}

/// The conditions a value sets on a field.
pub(crate) fn conditions_of<F: Field>(field: F, value: &Value<'_>) -> Result<Vec<Filter<F>>, Problem> {
    Ok(conditions(field.kind(), value)?.into_iter().map(|condition| Filter::Is(field, condition)).collect())
}

/// The conditions a value sets on something of a kind.
pub(super) fn conditions(kind: Kind, value: &Value<'_>) -> Result<Vec<Condition>, Problem> {
    if !value.raw.get().starts_with('{') {
        return Ok(vec![Condition::Eq(value.scalar(kind)?)]);
    }
    let mut conditions = Vec::new();
    for (name, raw) in value.entries()? {
        let operand = Value::new(raw, &format!("{}.{name}", value.path));
        if operand.is_null() {
            continue;
        }
        if !operators(kind).any(|operator| operator == name) {
            let known: Vec<_> = operators(kind).collect();
            return Err(unknown_property(operand.path(), &known));
        }
        conditions.push(condition(&name, kind, &operand)?);
    }
    Ok(conditions)
}

fn condition(operator: &str, kind: Kind, operand: &Value<'_>) -> Result<Condition, Problem> {
    let list = || operand.items()?.iter().map(|item| item.scalar(kind)).collect::<Result<Vec<_>, _>>();
    Ok(match operator {
        "$neq" => Condition::Neq(operand.scalar(kind)?),
        "$exists" => Condition::Exists(operand.boolean()?),
        "$in" => Condition::In(list()?),
        "$notIn" => Condition::NotIn(list()?),
        "$like" => like(kind, operand)?,
        "$gt" => Condition::Gt(operand.scalar(kind)?),
        "$gte" => Condition::Gte(operand.scalar(kind)?),
        "$lt" => Condition::Lt(operand.scalar(kind)?),
        "$lte" => Condition::Lte(operand.scalar(kind)?),
        _ => Condition::Eq(operand.scalar(kind)?),
    })
}

/// A pattern; over words it is the list of those that match, since they are not stored as text.
fn like(kind: Kind, operand: &Value<'_>) -> Result<Condition, Problem> {
    let pattern = operand.text()?;
    let Kind::Code(names) = kind else { return Ok(Condition::Like(Arc::from(pattern))) };
    let matching = names.iter().filter(|name| matches(&pattern.to_ascii_uppercase(), name));
    Ok(Condition::In(matching.map(|name| Scalar::from(*name)).collect()))
}

/// Whether a text matches a pattern of `*`, `?` and backslash. Linear but for backtracking to the last `*`.
pub(super) fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    let (mut p, mut t, mut star) = (0, 0, None);
    while t < text.len() {
        let escaped = pattern.get(p) == Some(&'\\');
        let wanted = pattern.get(if escaped { p + 1 } else { p });
        match wanted {
            Some('*') if !escaped => {
                star = Some((p, t));
                p += 1;
            }
            Some(letter) if (*letter == '?' && !escaped) || *letter == text[t] => {
                p += 1 + usize::from(escaped);
                t += 1;
            }
            _ => {
                let Some((at, taken)) = star else { return false };
                star = Some((at, taken + 1));
                p = at + 1;
                t = taken + 1;
            }
        }
    }
    pattern[p.min(pattern.len())..].iter().all(|letter| *letter == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_like_the_databases() {
        for (pattern, text, expected) in [
            ("*", "", true),
            ("A*E", "ACTIVE", true),
            ("A?TIVE", "ACTIVE", true),
            ("A?TIVE", "ATIVE", false),
            ("*T*T*", "COMPLETED", false),
            ("\\*", "*", true),
            ("\\*", "A", false),
            ("ACTIV", "ACTIVE", false),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
        }
    }
}
