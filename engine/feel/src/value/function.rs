//! Functions as values.

use std::fmt;
use std::sync::Arc;

use super::Value;
use crate::types::Type;

/// A named parameter.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    /// Its name.
    pub name: Arc<str>,
    /// What an argument must conform to.
    pub of: Type,
}

/// A function: a FEEL literal with what it captured, or a built-in.
#[derive(Clone)]
pub struct Function(Arc<Closure>);

struct Closure {
    parameters: Vec<Parameter>,
    captured: Vec<Value>,
    depth: u16,
}

impl Function {
    /// The parameters in order.
    pub fn parameters(&self) -> &[Parameter] {
        &self.0.parameters
    }

    pub(crate) fn depth(&self) -> u16 {
        self.0.depth
    }
}

impl fmt::Display for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.parameters().iter().map(|p| &*p.name).collect();
        write!(f, "function({})", names.join(", "))
    }
}
