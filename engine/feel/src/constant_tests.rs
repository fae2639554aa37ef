//! Unary tests that do not depend on variables, taken apart: what a large decision table is indexed by.

use std::cmp::Ordering;
use std::sync::Arc;

use crate::compile::node::{Node, TestNode};
use crate::eval::{compared_range, equal};
use crate::{Environment, Expression, Value};

/// Unary tests whose operands are all constants. A range is met by what lies in it, a list by what equals it or is in
/// it, every other value by what equals it.
#[derive(Clone, Debug)]
pub enum ConstantTests {
    /// `-`: every input passes.
    All,
    /// One of them is met.
    AnyOf(Vec<Value>),
    /// None of them is met.
    NoneOf(Vec<Value>),
}

impl ConstantTests {
    /// How many there are.
    pub fn len(&self) -> usize {
        match self {
            Self::All => 0,
            Self::AnyOf(tests) | Self::NoneOf(tests) => tests.len(),
        }
    }

    /// Whether there are none: every input passes.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Expression {
    /// The tests, if this was compiled from unary tests and all their operands are constants.
    pub fn constant_tests(&self) -> Option<ConstantTests> {
        if self.is_all() {
            return Some(ConstantTests::All);
        }
        let Node::Tests { negated, tests, .. } = &self.program().root else { return None };
        let values = tests.iter().map(constant).collect::<Option<Vec<_>>>()?;
        Some(if *negated { ConstantTests::NoneOf(values) } else { ConstantTests::AnyOf(values) })
    }
}

fn constant(test: &TestNode) -> Option<Value> {
    match test {
        TestNode::Compared(comparison, Node::Constant(value), _) => {
            Some(Value::Range(Arc::new(compared_range(*comparison, value.clone()))))
        }
        TestNode::Value { node: Node::Constant(value), is_condition: false, .. } => Some(value.clone()),
        _ => None,
    }
}

impl Value {
    /// Which is less, as `<` sees it; `None` for values without common order.
    pub fn order(&self, other: &Self) -> Option<Ordering> {
        crate::eval::compare(self, other)
    }

    /// Whether `=` between both is true. Values too large to be compared within the default limits are not equal.
    pub fn equals(&self, other: &Self) -> bool {
        if let Some(order) = self.order(other)
            && !matches!(self, Self::Time(_) | Self::DateTime(_))
        {
            return order.is_eq();
        }
        let environment = Environment::at(0);
        let mut machine = crate::eval::Machine::new(&(), &environment, &[], Arc::from(""), 0, Arc::default());
        equal(&mut machine, self, other).is_ok_and(|equal| equal == Some(true))
    }
}
