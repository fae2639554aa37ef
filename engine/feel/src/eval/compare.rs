//! Equality and order (DMN 1.5, 10.3.2.13, tables 50 and 51).
//!
//! Values of different types are neither equal nor unequal: the comparison is null. Null equals only null. A time or
//! date-time without zone is never equal to one with a zone, and not before or after it either.

use std::cmp::Ordering;
use std::hash::{DefaultHasher, Hash, Hasher};

use super::machine::{Evaluated, Machine, describe};
use crate::compile::node::Node;
use crate::syntax::ast::Comparison;
use crate::value::{Bound, Range, Value};

impl Machine<'_> {
    pub(super) fn comparison(&mut self, comparison: Comparison, operands: &[Node; 2], at: u32) -> Evaluated {
        let left = self.run(&operands[0])?;
        let right = self.run(&operands[1])?;
        self.compared(comparison, &left, &right, at)
    }

    pub(super) fn compared(
        &mut self,
        comparison: Comparison,
        left: &Value,
        right: &Value,
        at: u32,
    ) -> Evaluated {
        let result = match comparison {
            Comparison::Equal => equal(self, left, right)?,
            Comparison::NotEqual => equal(self, left, right)?.map(|equal| !equal),
            _ => {
                self.charge_texts(left, right)?;
                compare(left, right).map(|order| match comparison {
                    Comparison::Less => order.is_lt(),
                    Comparison::LessOrEqual => order.is_le(),
                    Comparison::Greater => order.is_gt(),
                    _ => order.is_ge(),
                })
            }
        };
        match result {
            Some(result) => Ok(Value::Boolean(result)),
            None => self.null(at, || {
                format!("`{}` cannot compare {} with {}", comparison.sign(), describe(left), describe(right))
            }),
        }
    }

    pub(super) fn between(&mut self, parts: &[Node; 3], at: u32) -> Evaluated {
        let [value, low, high] = parts;
        let (value, low, high) = (self.run(value)?, self.run(low)?, self.run(high)?);
        let above = self.compared(Comparison::GreaterOrEqual, &value, &low, at)?;
        let below = self.compared(Comparison::LessOrEqual, &value, &high, at)?;
        Ok(match (above.as_bool(), below.as_bool()) {
            (Some(false), _) | (_, Some(false)) => Value::Boolean(false),
            (Some(true), Some(true)) => Value::Boolean(true),
            _ => Value::Null,
        })
    }

    /// Charges for comparing two texts.
    #[inline]
    pub(crate) fn charge_texts(&mut self, left: &Value, right: &Value) -> Evaluated<()> {
        match (left, right) {
            (Value::String(a), Value::String(b)) => self.charge(a.len().min(b.len()) / 64),
            _ => Ok(()),
        }
    }
}

/// Whether both are equal; `None` when they cannot be compared.
pub(crate) fn equal(machine: &mut Machine<'_>, left: &Value, right: &Value) -> Evaluated<Option<bool>> {
    Ok(Some(match (left, right) {
        (Value::Number(a), Value::Number(b)) => a == b,
        (Value::String(a), Value::String(b)) => {
            machine.charge_texts(left, right)?;
            a == b
        }
        (Value::Null, Value::Null) => true,
        (Value::Null, _) | (_, Value::Null) => false,
        (Value::Boolean(a), Value::Boolean(b)) => a == b,
        (Value::List(a), Value::List(b)) => {
            if a.len() != b.len() {
                return Ok(Some(false));
            }
            machine.charge(a.len())?;
            for (a, b) in a.items().iter().zip(b.items()) {
                if equal(machine, a, b)? != Some(true) {
                    return Ok(Some(false));
                }
            }
            true
        }
        (Value::Context(a), Value::Context(b)) => {
            if a.len() != b.len() {
                return Ok(Some(false));
            }
            machine.charge(a.len())?;
            for (name, value) in a.entries() {
                let Some(other) = b.get(name) else { return Ok(Some(false)) };
                if equal(machine, value, other)? != Some(true) {
                    return Ok(Some(false));
                }
            }
            true
        }
        (Value::Range(a), Value::Range(b)) => equal_ranges(machine, a, b)?,
        (Value::Function(a), Value::Function(b)) if a.is_same(b) => true,
        (Value::Time(a), Value::Time(b)) => {
            a.zone.is_some() == b.zone.is_some() && compare(left, right) == Some(Ordering::Equal)
        }
        (Value::DateTime(a), Value::DateTime(b)) => {
            a.zone.is_some() == b.zone.is_some() && compare(left, right) == Some(Ordering::Equal)
        }
        _ => return Ok(compare(left, right).map(Ordering::is_eq)),
    }))
}

fn equal_ranges(machine: &mut Machine<'_>, a: &Range, b: &Range) -> Evaluated<bool> {
    Ok(a.inverted == b.inverted
        && equal_bounds(machine, &a.low, &b.low)?
        && equal_bounds(machine, &a.high, &b.high)?)
}

fn equal_bounds(machine: &mut Machine<'_>, a: &Bound, b: &Bound) -> Evaluated<bool> {
    Ok(match (a, b) {
        (Bound::Open, Bound::Open) => true,
        (Bound::Included(a), Bound::Included(b)) | (Bound::Excluded(a), Bound::Excluded(b)) => {
            equal(machine, a, b)? == Some(true)
        }
        _ => false,
    })
}

/// The order of two values of one ordered type; `None` for others.
pub(crate) fn compare(left: &Value, right: &Value) -> Option<Ordering> {
    Some(match (left, right) {
        (Value::Number(a), Value::Number(b)) => a.cmp(b),
        (Value::String(a), Value::String(b)) => a.cmp(b),
        (Value::Date(a), Value::Date(b)) => a.cmp(b),
        (Value::Time(a), Value::Time(b)) => a.order(b)?,
        (Value::DateTime(a), Value::DateTime(b)) => a.order(b)?,
        (Value::DaysDuration(a), Value::DaysDuration(b)) => a.cmp(b),
        (Value::YearsDuration(a), Value::YearsDuration(b)) => a.cmp(b),
        _ => left.as_number()?.cmp(&right.as_number()?),
    })
}

/// Equal values have equal hashes.
pub(crate) fn hash_of(machine: &mut Machine<'_>, value: &Value) -> Evaluated<u64> {
    let mut hasher = DefaultHasher::new();
    feed(machine, value, &mut hasher)?;
    Ok(hasher.finish())
}

fn feed(machine: &mut Machine<'_>, value: &Value, hasher: &mut DefaultHasher) -> Evaluated<()> {
    machine.charge(1)?;
    value.type_name().hash(hasher);
    match value {
        Value::Boolean(value) => value.hash(hasher),
        Value::Number(number) => number.hash(hasher),
        Value::Digits(digits) => digits.number.hash(hasher),
        Value::String(text) => {
            machine.charge(text.len() / 64)?;
            text.hash(hasher);
        }
        Value::Date(date) => date.hash(hasher),
        Value::Time(time) => time.nanos().hash(hasher),
        Value::DateTime(date_time) => date_time.nanos().hash(hasher),
        Value::DaysDuration(duration) => duration.hash(hasher),
        Value::YearsDuration(duration) => duration.hash(hasher),
        Value::List(list) => {
            for item in list.items() {
                feed(machine, item, hasher)?;
            }
        }
        // Members may come in any order.
        Value::Context(context) => {
            let mut sum = 0u64;
            for (name, value) in context.entries() {
                let mut member = DefaultHasher::new();
                name.hash(&mut member);
                feed(machine, value, &mut member)?;
                sum = sum.wrapping_add(member.finish());
            }
            sum.hash(hasher);
        }
        Value::Null | Value::Range(_) | Value::Function(_) => {}
    }
    Ok(())
}
