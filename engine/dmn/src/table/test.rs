//! One test of a rule: most are constants, which need no evaluation.

use std::cmp::Ordering;
use std::sync::Arc;

use hosk_feel::{Bound, Call, ConstantTests, EvaluationError, Expression, Range, Value};

use crate::logic::Cell;
use crate::run::Scope;

/// The unary tests of a cell.
#[derive(Clone, Debug)]
pub(crate) struct Test {
    cell: Cell,
    constant: Option<Arc<ConstantTests>>,
}

impl Test {
    pub(crate) fn new(cell: Cell, constant: Option<Arc<ConstantTests>>) -> Self {
        Self { cell, constant }
    }

    pub(crate) fn expression(&self) -> &Expression {
        &self.cell.expression
    }

    pub(super) fn constant(&self) -> Option<&ConstantTests> {
        self.constant.as_deref()
    }

    /// Whether the value passes, which the tests may call `?`.
    pub(super) fn passes(
        &self,
        call: &mut Call<'_, '_>,
        value: &Value,
        scope: &Scope<'_>,
    ) -> Result<bool, EvaluationError> {
        if let Some(constant) = self.constant()
            && let Some(passes) = quick(constant, value)
        {
            call.charge(constant.len() / 8)?;
            return Ok(passes);
        }
        let inside = Scope::testing(value, scope);
        let passes = call.evaluate_as(&self.cell.origin, &self.cell.expression, &inside)?;
        Ok(passes.as_bool() == Some(true))
    }
}

/// Whether the value passes, for constants of the value's type; otherwise the expression must be evaluated.
fn quick(tests: &ConstantTests, value: &Value) -> Option<bool> {
    let (tests, wanted) = match tests {
        ConstantTests::All => return Some(true),
        ConstantTests::AnyOf(tests) => (tests, true),
        ConstantTests::NoneOf(tests) => (tests, false),
    };
    for test in tests {
        if meets(test, value)? {
            return Some(wanted);
        }
    }
    Some(!wanted)
}

fn meets(test: &Value, value: &Value) -> Option<bool> {
    match (test, value) {
        (Value::String(test), Value::String(value)) => Some(test == value),
        (Value::Boolean(test), Value::Boolean(value)) => Some(test == value),
        (Value::Range(range), _) => is_in(range, value),
        (Value::Number(_) | Value::Digits(_), Value::Number(_) | Value::Digits(_))
        | (Value::Date(_), Value::Date(_)) => Some(test.order(value)?.is_eq()),
        _ => None,
    }
}

/// Whether the value is in the range; `None` unless all ends have the value's type.
fn is_in(range: &Range, value: &Value) -> Option<bool> {
    if range.inverted {
        return None;
    }
    let is_plain = matches!(value, Value::Number(_) | Value::Digits(_) | Value::String(_) | Value::Date(_));
    if !is_plain {
        return None;
    }
    Some(is_inside(&range.low, Ordering::Less, value)? && is_inside(&range.high, Ordering::Greater, value)?)
}

/// Whether the value is on the inner side of an end, which is there where the end is `beyond` the value; `None` when
/// they have no order.
fn is_inside(bound: &Bound, beyond: Ordering, value: &Value) -> Option<bool> {
    let Some(end) = bound.value() else { return Some(true) };
    if end.type_name() != value.type_name() {
        return None;
    }
    let order = end.order(value)?;
    Some(order == beyond || (order.is_eq() && bound.is_included()))
}
