//! `+ - * / **`, negation, `and`, `or` (DMN 1.5, 10.3.2.10 and 10.3.2.13). `and` and `or` know three values and stop
//! at the first operand that decides.

use super::machine::{Evaluated, Machine, describe};
use crate::compile::node::Node;
use crate::number::Number;
use crate::syntax::ast::Arithmetic;
use crate::temporal;
use crate::value::Value;

impl Machine<'_> {
    pub(super) fn arithmetic(&mut self, first: &Node, rest: &[(Arithmetic, u32, Node)]) -> Evaluated {
        let mut left = self.run(first)?;
        for (operator, at, node) in rest {
            let right = self.run(node)?;
            left = match (&left, operator, &right) {
                (Value::Number(a), _, Value::Number(b)) => match self.calculate(*operator, *a, *b)? {
                    Some(number) => Value::Number(number),
                    None => self.no_number(*operator, *a, *b, *at)?,
                },
                (Value::String(a), Arithmetic::Add, Value::String(b)) => {
                    self.check_string(a.len() + b.len())?;
                    let mut joined = String::with_capacity(a.len() + b.len());
                    joined.push_str(a);
                    joined.push_str(b);
                    Value::String(joined.into())
                }
                _ => self.other_arithmetic(&left, *operator, &right, *at)?,
            };
        }
        Ok(left)
    }

    /// The result, if it is a number.
    #[inline]
    fn calculate(&mut self, operator: Arithmetic, a: Number, b: Number) -> Evaluated<Option<Number>> {
        Ok(match operator {
            Arithmetic::Add => a.plus(b),
            Arithmetic::Subtract => a.minus(b),
            Arithmetic::Multiply => a.multiply(b),
            Arithmetic::Divide => a.divide(b),
            Arithmetic::Power => {
                self.charge(a.steps_of_power(b))?;
                a.power(b)
            }
        })
    }

    fn no_number(&mut self, operator: Arithmetic, a: Number, b: Number, at: u32) -> Evaluated {
        if operator == Arithmetic::Divide && b.is_zero() {
            return self.null(at, || "division by zero".into());
        }
        self.null(at, || format!("{a} {} {b} is no number or too large", operator.sign()))
    }

    fn other_arithmetic(&mut self, left: &Value, operator: Arithmetic, right: &Value, at: u32) -> Evaluated {
        if let (Some(a), Some(b)) = (left.as_number(), right.as_number()) {
            return match self.calculate(operator, a, b)? {
                Some(number) => Ok(Value::Number(number)),
                None => self.no_number(operator, a, b, at),
            };
        }
        let result = match operator {
            Arithmetic::Add => temporal::add(left, right),
            Arithmetic::Subtract => temporal::subtract(left, right),
            Arithmetic::Multiply => temporal::multiply(left, right),
            Arithmetic::Divide => temporal::divide(left, right),
            Arithmetic::Power => None,
        };
        match result {
            Some(value) => Ok(value),
            None => self.null(at, || {
                format!(
                    "`{}` cannot be applied to {} and {}",
                    operator.sign(),
                    describe(left),
                    describe(right)
                )
            }),
        }
    }

    pub(super) fn negate(&mut self, operand: &Node, at: u32) -> Evaluated {
        Ok(match self.run(operand)? {
            Value::Number(number) => Value::Number(number.negated()),
            Value::Digits(digits) => Value::Number(digits.number.negated()),
            Value::DaysDuration(duration) => Value::DaysDuration(duration.negated()),
            Value::YearsDuration(duration) => Value::YearsDuration(duration.negated()),
            other => self.null(at, || format!("{} cannot be negated", describe(&other)))?,
        })
    }

    pub(super) fn all_of(&mut self, operands: &[Node], at: u32) -> Evaluated {
        self.logical(operands, false, "and", at)
    }

    pub(super) fn any_of(&mut self, operands: &[Node], at: u32) -> Evaluated {
        self.logical(operands, true, "or", at)
    }

    /// The first operand that is `decisive` decides; what is no boolean makes the rest undecided.
    fn logical(&mut self, operands: &[Node], decisive: bool, name: &str, at: u32) -> Evaluated {
        let mut undecided = None;
        for operand in operands {
            match self.run(operand)? {
                Value::Boolean(value) if value == decisive => return Ok(Value::Boolean(decisive)),
                Value::Boolean(_) => {}
                other => undecided = Some(other),
            }
        }
        match undecided {
            None => Ok(Value::Boolean(!decisive)),
            Some(Value::Null) => Ok(Value::Null),
            Some(other) => {
                self.null(at, || format!("an operand of `{name}` is {}, not a boolean", describe(&other)))
            }
        }
    }
}
