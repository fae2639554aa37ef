//! Ranges, `in`, and unary tests (DMN 1.5, 10.3.2.7, 10.3.2.12 and 8.3.3).
//!
//! A value passes a test that is equal to it, a list that has it (or a range that has it), a range it lies in. A test
//! that reads the input itself is a condition and passes when it is true.

use std::cmp::Ordering;
use std::sync::Arc;

use super::compare::{compare, equal};
use super::machine::{Evaluated, Machine, check_extent, describe};
use crate::compile::node::{Node, RangeNode, TestNode};
use crate::syntax::ast::Comparison;
use crate::value::{Bound, Range, Value};

impl Machine<'_> {
    pub(super) fn range(&mut self, node: &RangeNode, at: u32) -> Evaluated {
        let range = match node {
            RangeNode::Compared(comparison, operand) => compared_range(*comparison, self.run(operand)?),
            RangeNode::Between { low, low_included, high, high_included } => {
                let (low, high) = (self.run(low)?, self.run(high)?);
                if let Some(why) = why_no_range(&low, &high) {
                    return self.null(at, || why);
                }
                let bound =
                    |value, included| if included { Bound::Included(value) } else { Bound::Excluded(value) };
                Range::new(bound(low, *low_included), bound(high, *high_included))
            }
        };
        check_extent(range.extent())?;
        Ok(Value::Range(Arc::new(range)))
    }

    /// `value in tests`
    pub(super) fn is_in(&mut self, value: &Node, slot: u32, tests: &[TestNode], at: u32) -> Evaluated {
        let value = self.run(value)?;
        self.set(slot, value.clone());
        let result = self.passes_one(&value, tests)?;
        if result.is_none() && !value.is_null() {
            self.warn(at, || format!("`in` cannot tell whether {} passes", describe(&value)));
        }
        Ok(result.map_or(Value::Null, Value::Boolean))
    }

    pub(super) fn unary_tests(&mut self, input: &Node, negated: bool, tests: &[TestNode]) -> Evaluated {
        let input = self.run(input)?;
        let passes = self.passes_one(&input, tests)?;
        // A cell either matches or does not.
        Ok(match passes {
            Some(passes) => Value::Boolean(passes != negated),
            None if negated => Value::Null,
            None => Value::Boolean(false),
        })
    }

    /// Whether `value` passes one of the tests; `None` if none, but some could not be decided.
    fn passes_one(&mut self, value: &Value, tests: &[TestNode]) -> Evaluated<Option<bool>> {
        let mut result = Some(false);
        for test in tests {
            match self.passes(value, test)? {
                Some(true) => return Ok(Some(true)),
                Some(false) => {}
                None => result = None,
            }
        }
        Ok(result)
    }

    fn passes(&mut self, value: &Value, test: &TestNode) -> Evaluated<Option<bool>> {
        match test {
            TestNode::Compared(comparison, operand, at) => {
                let operand = self.run(operand)?;
                // An equal list or context is meant as a whole; a null input just does not pass an order.
                Ok(self.compared(*comparison, value, &operand, *at)?.as_bool())
            }
            TestNode::Value { node, is_condition, at } => {
                let test = self.run(node)?;
                match (&test, value) {
                    // A range that could not be made is not the same as null.
                    (Value::Null, _) if matches!(node, Node::Range(..)) => Ok(None),
                    (Value::Boolean(passes), _) if *is_condition => Ok(Some(*passes)),
                    (Value::Null, _) if *is_condition => Ok(None),
                    // A condition without `?` on something that is no boolean itself.
                    (Value::Boolean(passes), other)
                        if !matches!(other, Value::Boolean(_) | Value::Null | Value::List(_)) =>
                    {
                        Ok(Some(*passes))
                    }
                    _ => self.matches(value, &test, *at),
                }
            }
        }
    }

    /// Whether `value` equals `test`, is in it, or (a list) has something that it equals or is in.
    fn matches(&mut self, value: &Value, test: &Value, at: u32) -> Evaluated<Option<bool>> {
        match test {
            Value::Range(range) => self.in_range(range, value, at),
            Value::List(list) => {
                if equal(self, value, test)? == Some(true) {
                    return Ok(Some(true));
                }
                self.charge(list.len())?;
                for item in list.items() {
                    let found = match item {
                        Value::Range(range) if !matches!(value, Value::Range(_)) => {
                            contains(self, range, value)?
                        }
                        _ => equal(self, value, item)?,
                    };
                    if found == Some(true) {
                        return Ok(Some(true));
                    }
                }
                Ok(Some(false))
            }
            _ => Ok(Some(equal(self, value, test)? == Some(true))),
        }
    }

    fn in_range(&mut self, range: &Range, value: &Value, at: u32) -> Evaluated<Option<bool>> {
        if let Value::Range(other) = value {
            return Ok(Some(
                equal(self, value, &Value::Range(Arc::new(range.clone())))? == Some(true) && !other.inverted,
            ));
        }
        let found = contains(self, range, value)?;
        if found.is_none() {
            self.warn(at, || {
                let end = range.low.value().or(range.high.value()).map_or_else(|| "nothing".into(), describe);
                format!("{} cannot be compared with the ends of the range, such as {end}", describe(value))
            });
        }
        Ok(found)
    }
}

/// The range that a comparison without left side stands for.
pub(crate) fn compared_range(comparison: Comparison, operand: Value) -> Range {
    match comparison {
        Comparison::Less => Range::new(Bound::Open, Bound::Excluded(operand)),
        Comparison::LessOrEqual => Range::new(Bound::Open, Bound::Included(operand)),
        Comparison::Greater => Range::new(Bound::Excluded(operand), Bound::Open),
        Comparison::GreaterOrEqual => Range::new(Bound::Included(operand), Bound::Open),
        Comparison::Equal => Range::new(Bound::Included(operand.clone()), Bound::Included(operand)),
        Comparison::NotEqual => {
            let (low, high) = (Bound::Excluded(operand.clone()), Bound::Excluded(operand));
            Range { low, high, inverted: true }
        }
    }
}

/// Why there is no range between the two.
pub(crate) fn why_no_range(low: &Value, high: &Value) -> Option<String> {
    match (low, high) {
        (Value::Null, _) | (_, Value::Null) => Some("an end of the range is null".into()),
        _ if compare(low, high).is_some() => None,
        _ => Some(format!("there is no range from {} to {}", describe(low), describe(high))),
    }
}

/// Whether the range has the value; `None` when its ends cannot be compared with it.
pub(crate) fn contains(machine: &mut Machine<'_>, range: &Range, value: &Value) -> Evaluated<Option<bool>> {
    if range.inverted {
        let end = range.low.value().unwrap_or(&Value::Null);
        return Ok(equal(machine, value, end)?.map(|equal| !equal));
    }
    for end in [&range.low, &range.high].into_iter().filter_map(Bound::value) {
        machine.charge_texts(end, value)?;
    }
    if let (Bound::Included(low), Bound::Included(high)) = (&range.low, &range.high)
        && compare(low, high).is_none()
    {
        return equal(machine, value, low);
    }
    let above = match &range.low {
        Bound::Open => Some(true),
        Bound::Included(low) => compare(value, low).map(Ordering::is_ge),
        Bound::Excluded(low) => compare(value, low).map(Ordering::is_gt),
    };
    let below = match &range.high {
        Bound::Open => Some(true),
        Bound::Included(high) => compare(value, high).map(Ordering::is_le),
        Bound::Excluded(high) => compare(value, high).map(Ordering::is_lt),
    };
    Ok(match (above, below) {
        (Some(false), _) | (_, Some(false)) => Some(false),
        (Some(true), Some(true)) => Some(true),
        _ => None,
    })
}
