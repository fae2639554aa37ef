//! Compiled expressions: the entrance to this crate.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use crate::builtins::Patterns;
use crate::compile::{self, Program};
use crate::eval::{Machine, check_extent};
use crate::infer::{self, TypeFinding, Types};
use crate::syntax::ast::{Expr, Kind, Tests};
use crate::syntax::{self, NameTable};
use crate::{Environment, EvaluationError, SyntaxError, Type, Value, Variables, Warning};

/// Names of more than one word (or with signs inside) that stand for one variable or member, and named types.
///
/// Without them a run of words is one name only if it is a built-in function or declared in the text itself.
#[derive(Clone, Debug, Default)]
pub struct Names {
    names: NameTable,
    types: BTreeMap<String, Type>,
}

impl Names {
    /// The given names.
    pub fn new<N: Into<String>>(names: impl IntoIterator<Item = N>) -> Self {
        let mut known = Self::default();
        for name in names {
            known.add(name);
        }
        known
    }

    /// Adds a name.
    pub fn add(&mut self, name: impl Into<String>) {
        self.names.add(&name.into());
    }

    /// Adds a type that `instance of` and typed parameters may name.
    pub fn add_type(&mut self, name: impl Into<String>, of: Type) {
        self.types.insert(name.into(), of);
    }

    pub(crate) fn names(&self) -> &NameTable {
        &self.names
    }

    pub(crate) fn types(&self) -> &BTreeMap<String, Type> {
        &self.types
    }

    pub(crate) fn type_named(&self, name: &str) -> Option<Type> {
        self.types.get(name).cloned()
    }
}

/// A compiled expression. Cloning shares it; it can be evaluated by many threads at once.
#[derive(Clone)]
pub struct Expression(Arc<Compiled>);

struct Compiled {
    text: Arc<str>,
    tree: Expr,
    program: Program,
    variables: Vec<String>,
    patterns: Arc<Patterns>,
}

impl fmt::Debug for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Expression({:?})", self.0.text)
    }
}

/// What an evaluation gives.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The result.
    pub value: Value,
    /// Why parts of it are null, in the order met; at most [`MAX_WARNINGS`](crate::MAX_WARNINGS).
    pub warnings: Vec<Warning>,
}

impl Expression {
    /// Compiles a FEEL expression, without the `=` that marks one in a model.
    ///
    /// # Errors
    /// The text is not FEEL, or nests deeper than [`MAX_NESTING`](crate::MAX_NESTING).
    pub fn compile(text: &str, names: &Names) -> Result<Self, Vec<SyntaxError>> {
        Ok(Self::new(text, syntax::parse(text, names)?))
    }

    /// Compiles unary tests, as they stand in cells of decision tables. The expression gives whether the value of the
    /// variable `?` passes.
    ///
    /// # Errors
    /// As [`Expression::compile`].
    pub fn compile_unary_tests(text: &str, names: &Names) -> Result<Self, Vec<SyntaxError>> {
        Ok(Self::new(text, syntax::parse_unary_tests(text, names)?))
    }

    fn new(text: &str, tree: Expr) -> Self {
        let text: Arc<str> = text.into();
        let program = compile::compile(&tree, &text);
        let mut variables: Vec<String> = program.variables.iter().map(|name| String::from(&**name)).collect();
        variables.sort_unstable();
        Self(Arc::new(Compiled { text, tree, program, variables, patterns: Arc::default() }))
    }

    /// Evaluates with the given variables.
    ///
    /// # Errors
    /// A limit of the environment was reached, or an `assert` failed. All else that goes wrong is null and a warning.
    pub fn evaluate(
        &self,
        variables: &dyn Variables,
        environment: &Environment,
    ) -> Result<Outcome, EvaluationError> {
        let mut machine = self.machine(variables, environment);
        let value = machine.run(&self.0.program.root).map_err(|error| *error)?;
        check_extent(value.extent()).map_err(|error| *error)?;
        Ok(Outcome { value, warnings: machine.into_warnings() })
    }

    /// The text it was compiled from.
    pub fn text(&self) -> &str {
        &self.0.text
    }

    /// The free variables it may read: sorted, each once. A name in a filter that may be a member of the items counts,
    /// as it is a variable when the items lack it.
    pub fn variables(&self) -> &[String] {
        &self.0.variables
    }

    /// The type of the result and what cannot be right, given what is known about variables.
    pub fn infer(&self, types: &Types) -> (Type, Vec<TypeFinding>) {
        infer::infer(&self.0.tree, &self.0.text, types)
    }

    pub(crate) fn machine<'e>(
        &'e self,
        variables: &'e dyn Variables,
        environment: &'e Environment,
    ) -> Machine<'e> {
        let program = &self.0.program;
        let (text, patterns) = (self.0.text.clone(), self.0.patterns.clone());
        Machine::new(variables, environment, &program.variables, text, program.slots, patterns)
    }

    pub(crate) fn tree(&self) -> &Expr {
        &self.0.tree
    }

    /// Whether it was compiled from the unary tests `-`.
    pub(crate) fn is_all(&self) -> bool {
        matches!(self.0.tree.kind, Kind::Tests(Tests::All))
    }

    pub(crate) fn program(&self) -> &Program {
        &self.0.program
    }
}
