//! Compiled expressions: the entrance to this crate.

use std::sync::Arc;

use crate::{Environment, EvaluationError, SyntaxError, Value, Variables, Warning};

/// Names of more than one word (or with signs inside) that stand for one variable or member.
///
/// Without them a run of words is one name only if it is a built-in function or declared in the text itself.
#[derive(Clone, Debug, Default)]
pub struct Names {
    pub(crate) names: Vec<String>,
}

impl Names {
    /// The given names.
    pub fn new<N: Into<String>>(names: impl IntoIterator<Item = N>) -> Self {
        Self { names: names.into_iter().map(Into::into).collect() }
    }
}

/// A compiled expression. Cloning shares it.
#[derive(Clone, Debug)]
pub struct Expression(Arc<Compiled>);

#[derive(Debug)]
struct Compiled {
    text: Box<str>,
    variables: Vec<String>,
}

/// What an evaluation gives.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The result.
    pub value: Value,
    /// Why parts of it are null, in the order met.
    pub warnings: Vec<Warning>,
}

impl Expression {
    /// Compiles a FEEL expression, without the `=` that marks one in a model.
    pub fn compile(text: &str, names: &Names) -> Result<Self, Vec<SyntaxError>> {
        let _ = names;
        Ok(Self(Arc::new(Compiled { text: text.into(), variables: Vec::new() })))
    }

    /// Compiles unary tests, as they stand in cells of decision tables. The expression gives whether the value of the
    /// variable `?` passes.
    pub fn compile_unary_tests(text: &str, names: &Names) -> Result<Self, Vec<SyntaxError>> {
        Self::compile(text, names)
    }

    /// Evaluates with the given variables.
    pub fn evaluate(
        &self,
        variables: &dyn Variables,
        environment: &Environment,
    ) -> Result<Outcome, EvaluationError> {
        let _ = (variables, environment);
        Ok(Outcome { value: Value::Null, warnings: Vec::new() })
    }

    /// The text it was compiled from.
    pub fn text(&self) -> &str {
        &self.0.text
    }

    /// The free variables it may read: sorted, each once.
    pub fn variables(&self) -> &[String] {
        &self.0.variables
    }
}
