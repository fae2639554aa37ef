//! Calls of functions: closures, built-ins, functions of the host (DMN 1.5, 10.3.2.13).

use std::sync::Arc;

use super::host::Call;
use super::machine::{Evaluated, Machine, describe};
use crate::builtins::{Arguments, BuiltIn, Refusal};
use crate::compile::node::{BuiltInCall, Invocation};
use crate::value::{Body, Function, Value};

impl Machine<'_> {
    /// A call of something that is only known now.
    pub(super) fn invocation(&mut self, callee: &Value, call: &Invocation) -> Evaluated {
        let Value::Function(function) = callee else {
            return self
                .null(call.at, || format!("{} cannot be called: it is no function", describe(callee)));
        };
        let mut arguments = Vec::with_capacity(call.arguments.len());
        for argument in &call.arguments {
            arguments.push(self.run(argument)?);
        }
        if let Some(names) = &call.names {
            match order(function, names, &mut arguments) {
                Ok(ordered) => arguments = ordered,
                Err(why) => return self.null(call.at, || why),
            }
        }
        self.call(function, arguments, call.at)
    }

    /// Calls a function with arguments in the order of its parameters.
    pub(crate) fn call(&mut self, function: &Function, mut arguments: Vec<Value>, at: u32) -> Evaluated {
        self.charge(1)?;
        if let Body::BuiltIn(built_in) = function.body() {
            return self.call_built_in(built_in, &arguments, at);
        }
        let parameters = function.parameters();
        if parameters.len() != arguments.len() {
            let (wanted, got) = (parameters.len(), arguments.len());
            return self.null(at, || format!("{function} takes {wanted} arguments, but gets {got}"));
        }
        for (parameter, argument) in parameters.iter().zip(&mut arguments) {
            if parameter.of != crate::Type::Any {
                let given = std::mem::take(argument);
                match self.conformed(given, &parameter.of)? {
                    Ok(value) => *argument = value,
                    Err(given) => {
                        let (name, of) = (&parameter.name, &parameter.of);
                        self.warn(at, || {
                            format!("the argument `{name}` should be {of}, but is {}", describe(&given))
                        });
                        if !function.is_forgiving() {
                            return Ok(Value::Null);
                        }
                    }
                }
            }
        }
        let result = match function.body() {
            Body::Closure { .. } => self.deeper(|machine| machine.call_closure(function, arguments))?,
            Body::Host(run) => {
                self.deeper(|machine| run(&mut Call(machine), &arguments).map_err(Box::new))?
            }
            Body::BuiltIn(_) => Value::Null,
        };
        if *function.result() == crate::Type::Any {
            return Ok(result);
        }
        match self.conformed(result, function.result())? {
            Ok(value) => Ok(value),
            Err(given) => self.null(at, || {
                format!("the result should be {}, but is {}", function.result(), describe(&given))
            }),
        }
    }

    fn call_closure(&mut self, function: &Function, arguments: Vec<Value>) -> Evaluated {
        let Body::Closure { code, .. } = function.body() else { return Ok(Value::Null) };
        let base = self.slots.len();
        let outer_base = std::mem::replace(&mut self.base, base);
        self.slots.extend(arguments);
        self.slots.resize(base + code.slots, Value::Null);
        let outer = self.function.replace(function.clone());
        let outer_text = std::mem::replace(&mut self.text, code.text.clone());
        let result = self.run(&code.body)?;
        self.text = outer_text;
        self.function = outer;
        self.base = outer_base;
        self.slots.truncate(base);
        Ok(result)
    }

    pub(super) fn built_in(&mut self, call: &BuiltInCall) -> Evaluated {
        if let Some(special) = call.function.special {
            return special(self, &call.arguments, call.at);
        }
        // Most functions take few arguments; those need no allocation.
        match &*call.arguments {
            [] => self.call_built_in(call.function, &[], call.at),
            [a] => {
                let arguments = [self.run(a)?];
                self.call_built_in(call.function, &arguments, call.at)
            }
            [a, b] => {
                let arguments = [self.run(a)?, self.run(b)?];
                self.call_built_in(call.function, &arguments, call.at)
            }
            many => {
                let mut arguments = Vec::with_capacity(many.len());
                for argument in many {
                    arguments.push(self.run(argument)?);
                }
                self.call_built_in(call.function, &arguments, call.at)
            }
        }
    }

    pub(crate) fn call_built_in(
        &mut self,
        function: &'static BuiltIn,
        arguments: &[Value],
        at: u32,
    ) -> Evaluated {
        if let Some(why) = function.refuses(arguments.len()) {
            return self.null(at, || why);
        }
        // Whatever a function does with a text, it reads it once.
        let bytes: usize = arguments.iter().filter_map(Value::as_str).map(str::len).sum();
        self.charge(bytes / 64)?;
        let result = (function.run)(&mut Arguments { machine: self, values: arguments, at });
        match result {
            Ok(value) => Ok(value),
            Err(Refusal::Null(why)) => self.null(at, || format!("{}: {why}", function.name)),
            Err(Refusal::Limit(error)) => Err(error),
        }
    }
}

impl Function {
    /// A captured value.
    pub(super) fn captured(&self, index: u32) -> Option<Value> {
        match self.body() {
            Body::Closure { captured, .. } => captured.get(index as usize).cloned(),
            _ => None,
        }
    }
}

/// Named arguments in the order of the parameters.
pub(super) fn order(
    function: &Function,
    names: &[Arc<str>],
    arguments: &mut [Value],
) -> Result<Vec<Value>, String> {
    if let Body::BuiltIn(built_in) = function.body() {
        let names: Vec<&str> = names.iter().map(|name| &**name).collect();
        let order = built_in.order(&names)?;
        return Ok(order
            .iter()
            .map(|at| at.map_or(Value::Null, |at| std::mem::take(&mut arguments[at])))
            .collect());
    }
    let parameters = function.parameters();
    if let Some(unknown) = names.iter().find(|name| !parameters.iter().any(|p| p.name == **name)) {
        return Err(format!("{function} has no parameter `{unknown}`"));
    }
    let mut ordered = Vec::with_capacity(parameters.len());
    for parameter in parameters {
        match names.iter().position(|name| *name == parameter.name) {
            Some(position) => ordered.push(std::mem::take(&mut arguments[position])),
            None => return Err(format!("{function} lacks the argument `{}`", parameter.name)),
        }
    }
    Ok(ordered)
}
