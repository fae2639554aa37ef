//! Boxed expressions (DMN 1.5, 10.2.1) at run time.

use std::sync::Arc;

use hosk_feel::{Call, ContextBuilder, EvaluationError, Function, Type, Value};

use super::{Locals, Scope};
use crate::logic::{Entry, FunctionLogic, Invocation, IteratorKind, IteratorLogic, Logic, Relation, Typed};

type Evaluated = Result<Value, EvaluationError>;

impl Logic {
    /// The value in a scope.
    pub(crate) fn evaluate(&self, call: &mut Call<'_, '_>, scope: &Scope<'_>) -> Evaluated {
        call.charge(1)?;
        match self {
            Self::Literal(cell) => call.evaluate_as(&cell.origin, &cell.expression, scope),
            Self::Undefined(origin) => {
                call.warn_as(origin, "the decision has no logic".to_owned());
                Ok(Value::Null)
            }
            Self::Broken(origin, why) => {
                call.warn_as(origin, why.to_string());
                Ok(Value::Null)
            }
            Self::Function(logic) => Ok(Value::Function(function(logic, scope))),
            nested => call.deeper(|call| nested.evaluate_nested(call, scope)),
        }
    }

    fn evaluate_nested(&self, call: &mut Call<'_, '_>, scope: &Scope<'_>) -> Evaluated {
        match self {
            Self::Table(table) => Ok(table.evaluate(call, scope)?.0),
            Self::Context(entries) => context(entries, call, scope),
            Self::Invocation(invocation) => invoke(invocation, call, scope),
            Self::List(items) => {
                let mut values = Vec::with_capacity(items.len());
                for item in items {
                    values.push(item.evaluate(call, scope)?);
                }
                call.list(values)
            }
            Self::Relation(table) => relation(table, call, scope),
            Self::Conditional(parts) => {
                let [condition, then, otherwise] = &**parts;
                let holds = condition.evaluate(call, scope)?.as_bool() == Some(true);
                if holds { then } else { otherwise }.evaluate(call, scope)
            }
            Self::Filter(parts) => filter(parts, call, scope),
            Self::Iterator(iterator) => iterate(iterator, call, scope),
            Self::Typed(typed) => {
                let value = typed.logic.evaluate(call, scope)?;
                typed.conform(call, value)
            }
            Self::Literal(_) | Self::Function(_) | Self::Undefined(_) | Self::Broken(..) => {
                self.evaluate(call, scope)
            }
        }
    }
}

impl Typed {
    /// The value as the expression's type wants it.
    pub(super) fn conform(&self, call: &mut Call<'_, '_>, value: Value) -> Evaluated {
        call.conform_as(&self.origin, value, &self.of, "the value")
    }
}

impl Entry {
    fn evaluate(&self, call: &mut Call<'_, '_>, scope: &Scope<'_>) -> Evaluated {
        let value = self.value.evaluate(call, scope)?;
        if self.of == Type::Any {
            return Ok(value);
        }
        call.conform_as(&self.origin, value, &self.of, "the entry")
    }
}

/// Entries see those before them; one without name is the result.
fn context(entries: &[Entry], call: &mut Call<'_, '_>, scope: &Scope<'_>) -> Evaluated {
    let mut locals = Locals::with_capacity(entries.len());
    let mut members = ContextBuilder::with_capacity(entries.len());
    for entry in entries {
        let value = entry.evaluate(call, &Scope::inside(&locals, scope))?;
        let Some(name) = &entry.name else { return Ok(value) };
        locals.put(name.clone(), value.clone());
        members.put(name.clone(), value);
    }
    call.context(members)
}

/// Bindings are arguments by name; those that are left out are null.
fn invoke(invocation: &Invocation, call: &mut Call<'_, '_>, scope: &Scope<'_>) -> Evaluated {
    let callee = invocation.callee.evaluate(call, scope)?;
    let Value::Function(function) = callee else {
        let what = format!("what is invoked is no function, but {}", callee.describe());
        call.warn_as(&invocation.origin, what);
        return Ok(Value::Null);
    };
    let mut arguments = Vec::with_capacity(invocation.bindings.len());
    for binding in &invocation.bindings {
        let value = binding.evaluate(call, scope)?;
        arguments.push((binding.name.clone().unwrap_or_default(), value));
    }
    call.call_named(&invocation.origin, &function, arguments)
}

fn relation(relation: &Relation, call: &mut Call<'_, '_>, scope: &Scope<'_>) -> Evaluated {
    let mut rows = Vec::with_capacity(relation.rows.len());
    for row in &relation.rows {
        let mut members = ContextBuilder::with_capacity(row.len());
        for ((name, of), cell) in relation.columns.iter().zip(row) {
            let value = cell.evaluate(call, scope)?;
            members.put(name.clone(), call.conform_as(&relation.origin, value, of, "the cell")?);
        }
        rows.push(call.context(members)?);
    }
    call.list(rows)
}

/// `item` and the members of the item are visible to the condition; a number selects by position.
fn filter(parts: &[Logic; 2], call: &mut Call<'_, '_>, scope: &Scope<'_>) -> Evaluated {
    let [list, condition] = parts;
    let values = match list.evaluate(call, scope)? {
        Value::Null => return Ok(Value::Null),
        Value::List(values) => values.items().to_vec(),
        single => vec![single],
    };
    let mut kept = Vec::new();
    let mut locals = Locals::of("item", Value::Null);
    for (position, value) in values.iter().enumerate() {
        call.charge(1)?;
        locals.set_first(value.clone());
        let item = Scope::inside(&locals, scope);
        let holds = match value.as_context() {
            Some(members) => condition.evaluate(call, &Scope::with_members(members, &item))?,
            None => condition.evaluate(call, &item)?,
        };
        match holds {
            Value::Boolean(true) => kept.push(value.clone()),
            Value::Boolean(false) | Value::Null => {}
            Value::Number(_) | Value::Digits(_) if position == 0 => {
                return Ok(at_position(&values, &holds));
            }
            other => {
                call.warn(format!("the condition of the filter is {}, not a boolean", other.describe()));
                return Ok(Value::Null);
            }
        }
    }
    call.list(kept)
}

/// The item at a position from 1, or from the end for negative ones.
fn at_position(values: &[Value], position: &Value) -> Value {
    let position = position.as_number().and_then(hosk_feel::Number::to_i64).unwrap_or_default();
    let place = if position < 0 { values.len() as i64 + position } else { position - 1 };
    usize::try_from(place).ok().and_then(|place| values.get(place)).cloned().unwrap_or_default()
}

fn iterate(iterator: &IteratorLogic, call: &mut Call<'_, '_>, scope: &Scope<'_>) -> Evaluated {
    let domain = iterator.domain.evaluate(call, scope)?;
    let Some(domain) = call.iterated(&domain)? else {
        call.warn_as(
            &iterator.origin,
            format!("what is iterated over is no list, but {}", domain.describe()),
        );
        return Ok(Value::Null);
    };
    let mut results = Vec::new();
    let (mut decided, mut undecided) = (false, false);
    for value in domain.items() {
        let value = call.conform_as(&iterator.origin, value.clone(), &iterator.of, "the item")?;
        let mut locals = Locals::of(iterator.variable.clone(), value);
        if iterator.reads_partial {
            locals.put("partial".into(), call.list(results.clone())?);
        }
        let result = iterator.body.evaluate(call, &Scope::inside(&locals, scope))?;
        match (iterator.kind, result) {
            (IteratorKind::For, result) => results.push(result),
            (kind, Value::Boolean(holds)) => decided |= holds == (kind == IteratorKind::Some),
            (_, Value::Null) => undecided = true,
            (_, other) => {
                call.warn_as(
                    &iterator.origin,
                    format!("the condition is {}, not a boolean", other.describe()),
                );
                return Ok(Value::Null);
            }
        }
    }
    match iterator.kind {
        IteratorKind::For => call.list(results),
        kind if decided => Ok(Value::Boolean(kind == IteratorKind::Some)),
        _ if undecided => Ok(Value::Null),
        kind => Ok(Value::Boolean(kind == IteratorKind::Every)),
    }
}

/// A function with what its body reads from around it.
fn function(logic: &Arc<FunctionLogic>, scope: &Scope<'_>) -> Function {
    use hosk_feel::Variables;
    let mut captured = Locals::with_capacity(logic.captures.len());
    for name in &logic.captures {
        if let Some(value) = scope.value(name) {
            captured.put(name.clone(), value);
        }
    }
    let body = logic.clone();
    Function::forgiving_host(logic.parameters.clone(), logic.result.clone(), move |call, arguments| {
        let mut locals = Locals::with_capacity(arguments.len());
        for (parameter, argument) in body.parameters.iter().zip(arguments) {
            locals.put(parameter.name.clone(), argument.clone());
        }
        body.body.evaluate(call, &Scope::inside(&locals, &Scope::closed(&captured)))
    })
}
