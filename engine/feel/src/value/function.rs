//! Functions as values: FEEL literals with what they captured, built-ins, and functions of the host.

use std::fmt;
use std::sync::Arc;

use super::{Extent, Value};
use crate::EvaluationError;
use crate::builtins::BuiltIn;
use crate::compile::node::{FunctionCode, Node};
use crate::eval::Call;
use crate::types::Type;

/// A named parameter.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    /// Its name.
    pub name: Arc<str>,
    /// What an argument must conform to.
    pub of: Type,
}

impl Parameter {
    /// A parameter that takes anything.
    pub fn untyped(name: impl Into<Arc<str>>) -> Self {
        Self { name: name.into(), of: Type::Any }
    }
}

/// What a function of the host does: arguments in, value out, within the budget of the call.
pub type HostFunction = dyn Fn(&mut Call<'_, '_>, &[Value]) -> Result<Value, EvaluationError> + Send + Sync;

/// A function. Cloning shares it.
#[derive(Clone)]
pub struct Function(Arc<Inner>);

struct Inner {
    parameters: Arc<[Parameter]>,
    body: Body,
    result: Type,
    /// Whether an argument that does not conform is null, and the function called; else its result is null.
    forgiving: bool,
    extent: Extent,
}

/// What runs when a function is called.
pub(crate) enum Body {
    Closure { code: Arc<FunctionCode>, captured: Vec<Value> },
    BuiltIn(&'static BuiltIn),
    Host(Box<HostFunction>),
}

impl Function {
    /// A function of the host, for example a decision service. Arguments are conformed to the parameters' types and the
    /// result to `result`. It is null, and not called, when an argument does not conform.
    pub fn host(
        parameters: Vec<Parameter>,
        result: Type,
        run: impl Fn(&mut Call<'_, '_>, &[Value]) -> Result<Value, EvaluationError> + Send + Sync + 'static,
    ) -> Self {
        Self::of_host(parameters, result, false, Box::new(run))
    }

    /// As [`Function::host`], for example for a business knowledge model; but an argument that does not conform is null
    /// in the function (DMN 1.5, 10.3.2.9.4).
    pub fn forgiving_host(
        parameters: Vec<Parameter>,
        result: Type,
        run: impl Fn(&mut Call<'_, '_>, &[Value]) -> Result<Value, EvaluationError> + Send + Sync + 'static,
    ) -> Self {
        Self::of_host(parameters, result, true, Box::new(run))
    }

    fn of_host(parameters: Vec<Parameter>, result: Type, forgiving: bool, run: Box<HostFunction>) -> Self {
        let (parameters, body) = (parameters.into(), Body::Host(run));
        Self(Arc::new(Inner { parameters, body, result, forgiving, extent: Extent::empty() }))
    }

    pub(crate) fn closure(
        parameters: Arc<[Parameter]>,
        code: Arc<FunctionCode>,
        captured: Vec<Value>,
    ) -> Self {
        // What it captured is not written, so it counts for the depth only.
        let captures = |value: &Value| Extent { depth: value.extent().depth, bytes: 0 };
        let extent = captured.iter().map(captures).collect();
        Self(Arc::new(Inner {
            parameters,
            body: Body::Closure { code, captured },
            result: Type::Any,
            forgiving: false,
            extent,
        }))
    }

    pub(crate) fn built_in(function: &'static BuiltIn) -> Self {
        let body = Body::BuiltIn(function);
        let (parameters, extent) = (Arc::new([]), Extent::empty());
        Self(Arc::new(Inner { parameters, body, result: Type::Any, forgiving: false, extent }))
    }

    /// The parameters in order; empty for built-in functions, which may have several forms.
    pub fn parameters(&self) -> &[Parameter] {
        &self.0.parameters
    }

    /// What the result conforms to.
    pub fn result(&self) -> &Type {
        &self.0.result
    }

    /// What the result is known to be: as declared, or that of a constant body.
    pub(crate) fn result_type(&self) -> Type {
        match &self.0.body {
            Body::Closure { code, .. } => match &code.body {
                Node::Constant(value) => Type::of(value),
                _ => Type::Any,
            },
            _ => self.0.result.clone(),
        }
    }

    /// Whether an argument that does not conform is null, and the function called.
    pub(crate) fn is_forgiving(&self) -> bool {
        self.0.forgiving
    }

    pub(crate) fn body(&self) -> &Body {
        &self.0.body
    }

    pub(crate) fn extent(&self) -> Extent {
        self.0.extent
    }

    pub(crate) fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl fmt::Display for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Body::BuiltIn(function) = &self.0.body {
            return f.write_str(function.name);
        }
        let names: Vec<&str> = self.parameters().iter().map(|p| &*p.name).collect();
        write!(f, "function({})", names.join(", "))
    }
}
