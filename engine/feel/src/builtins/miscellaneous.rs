//! Functions that look at how a value came about rather than at the value.

use super::arguments::{Refusal, null};
use super::{Arguments, BuiltIn, Result, function};
use crate::EvaluationError;
use crate::compile::node::Node;
use crate::eval::{Evaluated, Machine, cut, describe};
use crate::limits::MAX_WARNING_BYTES;
use crate::value::{Value, feel_text};

pub(super) const FUNCTIONS: &[BuiltIn] = &[
    function("not", &["negand"], not),
    function("is defined", &["value"], |a| Ok(Value::Boolean(!a.is_missing(0)))).special(is_defined),
    function("get or else", &["value, default"], |a| Ok(a.raw(usize::from(a.is_missing(0))).clone()))
        .special(get_or_else_lazily),
    function("assert", &["value, condition, cause?"], assert),
    function("fromAi", &["value, description?, type?, schema?, options?"], |a| Ok(a.raw(0).clone())),
];

fn not(a: &mut Arguments<'_, '_, '_>) -> Result<Value> {
    match a.single(0) {
        Value::Boolean(value) => Ok(Value::Boolean(!value)),
        Value::Null => Ok(Value::Null),
        other => null(format!("{} is no boolean", describe(other))),
    }
}

/// Whether the variable or member is there, even if its value is null.
fn is_defined(machine: &mut Machine<'_>, arguments: &[Node], at: u32) -> Evaluated {
    let [argument] = arguments else {
        return machine.null(at, || "is defined takes one argument".into());
    };
    let defined = machine.is_there(argument)?;
    Ok(Value::Boolean(defined))
}

/// The first value unless it is null; that it is null is expected, so nothing is said about it.
fn get_or_else_lazily(machine: &mut Machine<'_>, arguments: &[Node], at: u32) -> Evaluated {
    let [value, default] = arguments else {
        return machine.null(at, || "get or else takes two arguments: value and default".into());
    };
    let found = machine.quietly(|machine| machine.run(value))?;
    if found.is_null() { machine.run(default) } else { Ok(found) }
}

/// The value if the condition holds; else the evaluation fails.
fn assert(a: &mut Arguments<'_, '_, '_>) -> Result<Value> {
    if a.raw(1).as_bool() == Some(true) {
        return Ok(a.raw(0).clone());
    }
    let cause = match a.raw(2) {
        Value::Null => "the condition is not fulfilled".to_owned(),
        cause if cause.extent().bytes <= MAX_WARNING_BYTES as u64 => feel_text(cause),
        Value::String(cause) => cut(cause.to_string()),
        cause => describe(cause),
    };
    Err(Refusal::Limit(Box::new(EvaluationError::Assertion { cause })))
}
