//! Types at run time: `instance of` and the implicit conversions of arguments (DMN 1.5, 10.3.2.9.4).

use super::machine::{Evaluated, Machine};
use crate::Type;
use crate::temporal::DateTime;
use crate::value::{Body, Range, Value};

/// Whether the allowed values of a type count: `instance of` does not look at them.
#[derive(Clone, Copy, PartialEq)]
enum Restrictions {
    Kept,
    Ignored,
}

impl Machine<'_> {
    /// `value instance of type`
    pub(crate) fn is_instance(&mut self, value: &Value, of: &Type) -> Evaluated<bool> {
        if value.is_null() {
            return Ok(*of == Type::Null);
        }
        conforms(self, value, of, Restrictions::Ignored)
    }

    /// The value as one of the type: itself, the item of a singleton list, a singleton list of it, or a date as the
    /// date and time of its start. `Err` gives back a value that does not conform.
    pub(crate) fn conformed(&mut self, value: Value, of: &Type) -> Evaluated<Result<Value, Value>> {
        if value.is_null() || conforms(self, &value, of, Restrictions::Kept)? {
            return Ok(Ok(value));
        }
        match (&value, of) {
            (Value::List(list), of) if !matches!(of, Type::List(_)) => {
                if let [single] = list.items()
                    && conforms(self, single, of, Restrictions::Kept)?
                {
                    return Ok(Ok(single.clone()));
                }
            }
            (single, Type::List(item))
                if !matches!(single, Value::List(_)) && conforms(self, single, item, Restrictions::Kept)? =>
            {
                return self.list(vec![value]).map(Ok);
            }
            (Value::Date(date), Type::DateTime) => {
                return Ok(Ok(DateTime::start_of(*date).into()));
            }
            _ => {}
        }
        Ok(Err(value))
    }
}

/// Whether the value belongs to the type; null belongs to every type.
fn conforms(
    machine: &mut Machine<'_>,
    value: &Value,
    of: &Type,
    restrictions: Restrictions,
) -> Evaluated<bool> {
    machine.charge(1)?;
    if *of == Type::Any || value.is_null() {
        return Ok(true);
    }
    Ok(match (of, value) {
        (Type::Boolean, Value::Boolean(_))
        | (Type::Number, Value::Number(_) | Value::Digits(_))
        | (Type::String, Value::String(_))
        | (Type::Date, Value::Date(_))
        | (Type::Time, Value::Time(_))
        | (Type::DateTime, Value::DateTime(_))
        | (Type::DaysDuration, Value::DaysDuration(_))
        | (Type::YearsDuration, Value::YearsDuration(_))
        | (Type::AnyFunction, Value::Function(_)) => true,
        (Type::List(item), Value::List(list)) => {
            for value in list.items() {
                if !conforms(machine, value, item, restrictions)? {
                    return Ok(false);
                }
            }
            true
        }
        (Type::Context(members), Value::Context(context)) => {
            for (name, of) in members.iter() {
                let conforming = match context.get(name) {
                    Some(member) => conforms(machine, member, of, restrictions)?,
                    None => false,
                };
                if !conforming {
                    return Ok(false);
                }
            }
            true
        }
        (Type::Range(end), Value::Range(range)) => ends_conform(machine, range, end, restrictions)?,
        (Type::Function(parameters, result), Value::Function(function)) => {
            let own = function.parameters();
            matches!(function.body(), Body::BuiltIn(_))
                || own.len() == parameters.len()
                    && own.iter().zip(parameters.iter()).all(|(own, wanted)| wanted.is_within(&own.of))
                    && function.result_type().is_within(result)
        }
        (Type::Restricted(restriction), value) => {
            if !conforms(machine, value, &restriction.of, restrictions)? {
                return Ok(false);
            }
            if restrictions == Restrictions::Ignored {
                return Ok(true);
            }
            let input = std::collections::BTreeMap::from([("?".to_owned(), value.clone())]);
            machine.run_expression(&restriction.tests, &input, None)?.as_bool() == Some(true)
        }
        _ => false,
    })
}

fn ends_conform(
    machine: &mut Machine<'_>,
    range: &Range,
    of: &Type,
    restrictions: Restrictions,
) -> Evaluated<bool> {
    for end in [&range.low, &range.high] {
        if let Some(value) = end.value()
            && !conforms(machine, value, of, restrictions)?
        {
            return Ok(false);
        }
    }
    Ok(true)
}
