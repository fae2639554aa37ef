//! Operands of operators: which types go together, and what comes out.

use super::{Inference, article, is_unknown};
use crate::Type;
use crate::syntax::ast::{Arithmetic, Comparison, Expr};

/// Whether values of the two types can be equal.
pub(super) fn comparable(a: &Type, b: &Type) -> bool {
    is_unknown(a)
        || is_unknown(b)
        || match (a, b) {
            (Type::List(_), Type::List(_))
            | (Type::Context(_), Type::Context(_))
            | (Type::Range(_), Type::Range(_))
            | (Type::Function(..) | Type::AnyFunction, Type::Function(..) | Type::AnyFunction) => true,
            _ => a == b,
        }
}

fn is_ordered(of: &Type) -> bool {
    is_unknown(of)
        || matches!(
            of,
            Type::Number
                | Type::String
                | Type::Date
                | Type::Time
                | Type::DateTime
                | Type::DaysDuration
                | Type::YearsDuration
        )
}

/// The type of the result; `None` when the operator cannot be applied.
fn applied(operator: Arithmetic, a: &Type, b: &Type) -> Option<Type> {
    use Type::{Date, DateTime, DaysDuration, Number, String, Time, YearsDuration};
    if is_unknown(a) || is_unknown(b) {
        return Some(Type::Any);
    }
    Some(match (a, operator, b) {
        (Number, _, Number)
        | (DaysDuration, Arithmetic::Divide, DaysDuration)
        | (YearsDuration, Arithmetic::Divide, YearsDuration) => Number,
        (String, Arithmetic::Add, String) => String,
        (DaysDuration | YearsDuration, Arithmetic::Multiply | Arithmetic::Divide, Number)
        | (Date | DateTime | Time | DaysDuration, Arithmetic::Add | Arithmetic::Subtract, DaysDuration)
        | (Date | DateTime | YearsDuration, Arithmetic::Add | Arithmetic::Subtract, YearsDuration) => {
            a.clone()
        }
        (DaysDuration, Arithmetic::Add, Date | DateTime | Time)
        | (YearsDuration, Arithmetic::Add, Date | DateTime)
        | (Number, Arithmetic::Multiply, DaysDuration | YearsDuration) => b.clone(),
        (Date | DateTime, Arithmetic::Subtract, Date | DateTime) | (Time, Arithmetic::Subtract, Time) => {
            DaysDuration
        }
        _ => return None,
    })
}

impl Inference<'_> {
    pub(super) fn arithmetic(&mut self, first: &Expr, rest: &[(Arithmetic, Expr)]) -> Type {
        let mut left = self.of(first);
        for (operator, expr) in rest {
            let right = self.of(expr);
            left = applied(*operator, &left, &right).unwrap_or_else(|| {
                let (a, b) = (article(&left), article(&right));
                self.find(expr.span, format!("`{}` cannot be applied to {a} and {b}", operator.sign()));
                Type::Any
            });
        }
        left
    }

    pub(super) fn negated(&mut self, operand: &Expr) -> Type {
        let of = self.of(operand);
        if !is_unknown(&of) && !matches!(of, Type::Number | Type::DaysDuration | Type::YearsDuration) {
            self.find(operand.span, format!("{} cannot be negated", article(&of)));
            return Type::Any;
        }
        of
    }

    /// An expression that should be boolean.
    pub(super) fn condition(&mut self, expr: &Expr, role: &str) {
        let of = self.of(expr);
        if !is_unknown(&of) && of != Type::Boolean {
            let quoted = self.quoted(expr);
            self.find(expr.span, format!("{quoted} is {}, but {role} should be a boolean", article(&of)));
        }
    }

    pub(super) fn compared(&mut self, comparison: Comparison, left: &Expr, right: &Expr) -> Type {
        let (a, b) = (self.of(left), self.of(right));
        let unlike = self.incompatible(&a, &b, left, right, "");
        let is_order = !matches!(comparison, Comparison::Equal | Comparison::NotEqual);
        if is_order && !unlike && !(is_ordered(&a) && is_ordered(&b)) {
            let of = if is_ordered(&a) { &b } else { &a };
            self.find(
                left.span,
                format!("`{}` cannot compare, {} has no order", comparison.sign(), article(of)),
            );
        }
        Type::Boolean
    }

    pub(super) fn between(&mut self, parts: &[Expr; 3]) -> Type {
        let [value, low, high] = parts;
        let (of, a, b) = (self.of(value), self.of(low), self.of(high));
        self.incompatible(&of, &a, value, low, "");
        self.incompatible(&of, &b, value, high, "");
        Type::Boolean
    }

    /// Says so if the two cannot be compared.
    pub(super) fn incompatible(&mut self, a: &Type, b: &Type, left: &Expr, right: &Expr, role: &str) -> bool {
        if comparable(a, b) {
            return false;
        }
        let (x, y) = (self.quoted(left), self.quoted(right));
        let what = format!("{x} is {}, compared with {y}, {} {role}", article(a), article(b));
        self.find(left.span, what.trim_end().to_owned());
        true
    }
}
