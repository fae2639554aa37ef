//! What functions of the host may do in the evaluation that calls them, and evaluations that begin in the host.

use std::sync::Arc;

use super::machine::{Evaluated, Machine, check_extent, describe};
use crate::builtins;
use crate::value::{Context, ContextBuilder, Function, List, Value};
use crate::{Environment, EvaluationError, Expression, Json, Type, Variables, Warning};

/// The evaluation that a host function is called in. What happens in it shares one budget and one list of warnings.
pub struct Call<'m, 'e>(pub(super) &'m mut Machine<'e>);

/// Runs `part` as one evaluation of several expressions: their steps and depth are counted together. Gives what it
/// gives, and the warnings that were not [taken](Call::take_warnings).
pub fn session<T>(environment: &Environment, part: impl FnOnce(&mut Call<'_, '_>) -> T) -> (T, Vec<Warning>) {
    let mut machine = Machine::new(&(), environment, &[], Arc::default(), 0, Arc::default());
    let result = part(&mut Call(&mut machine));
    (result, machine.into_warnings())
}

impl Call<'_, '_> {
    /// Evaluates an expression as a part of the calling evaluation: same environment, same budget, and its warnings
    /// among the others.
    pub fn evaluate(
        &mut self,
        expression: &Expression,
        variables: &dyn Variables,
    ) -> Result<Value, EvaluationError> {
        self.0.run_expression(expression, variables, None).map_err(|error| *error)
    }

    /// As [`Call::evaluate`]; its warnings carry `origin`, the element of a model that the text stands in.
    pub fn evaluate_as(
        &mut self,
        origin: &Arc<str>,
        expression: &Expression,
        variables: &dyn Variables,
    ) -> Result<Value, EvaluationError> {
        self.0.run_expression(expression, variables, Some(origin)).map_err(|error| *error)
    }

    /// The environment of the calling evaluation.
    pub fn environment(&self) -> &Environment {
        self.0.environment
    }

    /// Takes `count` units of work from the budget.
    pub fn charge(&mut self, count: usize) -> Result<(), EvaluationError> {
        self.0.charge(count).map_err(|error| *error)
    }

    /// Whether `=` between both is true.
    pub fn equal(&mut self, left: &Value, right: &Value) -> Result<bool, EvaluationError> {
        let equal = self.0.charge(1).and_then(|()| super::equal(self.0, left, right));
        equal.map(|equal| equal == Some(true)).map_err(|error| *error)
    }

    /// The value as JSON, within the limits; writing it is work.
    pub fn to_json(&mut self, value: &Value) -> Result<Json, EvaluationError> {
        let bytes = value.extent().bytes;
        let allowed = check_extent(value.extent()).and_then(|()| self.0.charge((bytes / 8) as usize));
        allowed.map_err(|error| *error)?;
        Ok(value.to_json())
    }

    /// Runs `part` one level deeper, within the limit of depth.
    pub fn deeper<T>(
        &mut self,
        part: impl FnOnce(&mut Call<'_, '_>) -> Result<T, EvaluationError>,
    ) -> Result<T, EvaluationError> {
        self.0.deeper(|machine| part(&mut Call(machine)).map_err(Box::new)).map_err(|error| *error)
    }

    /// Records why a result is null.
    pub fn warn(&mut self, what: String) {
        self.0.warn(0, || what);
    }

    /// As [`Call::warn`], about an element of a model as a whole.
    pub fn warn_as(&mut self, origin: &Arc<str>, what: String) {
        let outer = self.0.origin.replace(origin.clone());
        let text = std::mem::take(&mut self.0.text);
        self.0.warn(0, || what);
        (self.0.origin, self.0.text) = (outer, text);
    }

    /// The warnings so far; they will not be among those of the evaluation.
    pub fn take_warnings(&mut self) -> Vec<Warning> {
        self.0.exchange_warnings(Vec::new())
    }

    /// Replaces the warnings so far.
    pub fn put_warnings(&mut self, warnings: Vec<Warning>) {
        self.0.exchange_warnings(warnings);
    }

    /// Calls a function.
    pub fn call(&mut self, function: &Function, arguments: Vec<Value>) -> Result<Value, EvaluationError> {
        self.0.call(function, arguments, 0).map_err(|error| *error)
    }

    /// Calls a function with arguments by name, each once; parameters without argument are null. Null with a warning
    /// about `origin` when it has no such parameter.
    pub fn call_named(
        &mut self,
        origin: &Arc<str>,
        function: &Function,
        arguments: Vec<(Arc<str>, Value)>,
    ) -> Result<Value, EvaluationError> {
        let outer = self.0.origin.replace(origin.clone());
        let result = self.0.call_with_names(function, arguments).map_err(|error| *error);
        self.0.origin = outer;
        result
    }

    /// Calls a built-in function by its name; null when there is none.
    pub fn built_in(&mut self, name: &str, arguments: &[Value]) -> Result<Value, EvaluationError> {
        match builtins::find(name) {
            Some(function) => self.0.call_built_in(function, arguments, 0).map_err(|error| *error),
            None => Ok(Value::Null),
        }
    }

    /// The value as one of the type (DMN 1.5, 10.3.2.9.4): itself, or implicitly converted. Null with a warning about
    /// `origin` when it does not conform; `role` says what the value is: "the output".
    pub fn conform_as(
        &mut self,
        origin: &Arc<str>,
        value: Value,
        of: &Type,
        role: &str,
    ) -> Result<Value, EvaluationError> {
        if *of == Type::Any || value.is_null() {
            return Ok(value);
        }
        match self.0.conformed(value, of).map_err(|error| *error)? {
            Ok(value) => Ok(value),
            Err(given) => {
                self.warn_as(origin, format!("{role} should be {of}, but is {}", describe(&given)));
                Ok(Value::Null)
            }
        }
    }

    /// A list, within the limits.
    pub fn list(&mut self, items: Vec<Value>) -> Result<Value, EvaluationError> {
        self.0.list(items).map_err(|error| *error)
    }

    /// A context, within the limits.
    pub fn context(&mut self, members: ContextBuilder) -> Result<Value, EvaluationError> {
        self.0.context(members).map_err(|error| *error)
    }

    /// What `for` runs over, given a list, a range of whole numbers or dates, or a single value; `None` with a warning
    /// for what cannot be iterated over.
    pub fn iterated(&mut self, domain: &Value) -> Result<Option<List>, EvaluationError> {
        self.0.iterated(domain).map_err(|error| *error)
    }
}

impl Machine<'_> {
    fn call_with_names(&mut self, function: &Function, arguments: Vec<(Arc<str>, Value)>) -> Evaluated {
        let (mut names, mut values): (Vec<_>, Vec<_>) = arguments.into_iter().unzip();
        for parameter in function.parameters() {
            if !names.contains(&parameter.name) {
                names.push(parameter.name.clone());
                values.push(Value::Null);
            }
        }
        match super::calls::order(function, &names, &mut values) {
            Ok(ordered) => self.call(function, ordered, 0),
            Err(why) => self.null(0, || why),
        }
    }
}

impl Context {
    /// The value of a path of member names.
    pub fn at_path(&self, path: &[&str]) -> Option<&Value> {
        let (first, rest) = path.split_first()?;
        let value = self.get(first)?;
        if rest.is_empty() { Some(value) } else { value.as_context()?.at_path(rest) }
    }
}
