//! Evaluating what the model says as text or FEEL, at an element instance.
//!
//! What fails says which expression it was, what it read and why: that is the incident's sentence.

use std::fmt::Write;
use std::ops::RangeInclusive;
use std::sync::Arc;

use hosk_feel::{Environment, EvaluationError, Expression, Outcome, Value, Variables};
use hosk_model::Dynamic;

use crate::event::IncidentKind;
use crate::incidents::{Trouble, cut};
use crate::keys::ElementInstanceKey;
use crate::limits;
use crate::step::Step;

/// Evaluates an expression with the variables an element instance sees. `what` names it in a sentence.
pub(crate) fn evaluate(
    step: &Step<'_>,
    key: ElementInstanceKey,
    what: &str,
    expression: &Expression,
) -> Result<Outcome, Trouble> {
    evaluate_with(step, &step.state().visible(key), what, expression)
}

/// Evaluates an expression with the given variables.
pub(crate) fn evaluate_with(
    step: &Step<'_>,
    variables: &dyn Variables,
    what: &str,
    expression: &Expression,
) -> Result<Outcome, Trouble> {
    evaluated(variables, &step.environment(), what, expression)
}

fn evaluated(
    variables: &dyn Variables,
    environment: &Environment,
    what: &str,
    expression: &Expression,
) -> Result<Outcome, Trouble> {
    expression.evaluate(variables, environment).map_err(|error| {
        let trouble = failure(what, expression, variables, &format!("could not be evaluated: {error}"), None);
        trouble.of(kind_of(&error))
    })
}

/// What kind of trouble an evaluation without a value is.
pub(crate) fn kind_of(error: &EvaluationError) -> IncidentKind {
    match error {
        EvaluationError::StepsExceeded { .. }
        | EvaluationError::TimeExceeded { .. }
        | EvaluationError::DepthExceeded { .. }
        | EvaluationError::TooLarge { .. } => IncidentKind::LimitExceeded,
        EvaluationError::Assertion { .. } => IncidentKind::ExtractValueError,
    }
}

/// Evaluates a condition: true or false, anything else is trouble.
pub(crate) fn condition(
    step: &Step<'_>,
    variables: &dyn Variables,
    what: &str,
    expression: &Expression,
) -> Result<bool, Trouble> {
    let outcome = evaluate_with(step, variables, what, expression)?;
    outcome.value.as_bool().ok_or_else(|| {
        let problem = format!("gives {}, not true or false", describe(&outcome.value));
        failure(what, expression, variables, &problem, Some(&outcome))
    })
}

/// Evaluates a condition that may not be decidable yet: `None` for null, trouble for what is neither true nor false.
pub(crate) fn condition_or_null(
    step: &Step<'_>,
    variables: &dyn Variables,
    what: &str,
    expression: &Expression,
) -> Result<Option<bool>, Trouble> {
    decided(variables, &step.environment(), what, expression)
}

/// The same without an instance.
pub(crate) fn decided(
    variables: &dyn Variables,
    environment: &Environment,
    what: &str,
    expression: &Expression,
) -> Result<Option<bool>, Trouble> {
    let outcome = evaluated(variables, environment, what, expression)?;
    match outcome.value.as_bool() {
        Some(value) => Ok(Some(value)),
        None if outcome.value.is_null() => Ok(None),
        None => {
            let problem = format!("gives {}, not true, false or null", describe(&outcome.value));
            Err(failure(what, expression, variables, &problem, Some(&outcome)))
        }
    }
}

/// A text that has to be there: a string, or a date, time or duration as ISO 8601.
pub(crate) fn text(
    step: &Step<'_>,
    key: ElementInstanceKey,
    what: &str,
    value: &Dynamic,
) -> Result<Arc<str>, Trouble> {
    match value {
        Dynamic::Static(text) => Ok(text.clone()),
        Dynamic::Expression(expression) => {
            let outcome = evaluate(step, key, what, expression)?;
            text_of(&outcome.value).ok_or_else(|| {
                let problem = format!("gives {}, not a text", describe(&outcome.value));
                failure(what, expression, &step.state().visible(key), &problem, Some(&outcome))
            })
        }
    }
}

/// A text that may be missing: null and the empty text stand for none.
pub(crate) fn optional_text(
    step: &Step<'_>,
    key: ElementInstanceKey,
    what: &str,
    value: &Dynamic,
) -> Result<Option<Arc<str>>, Trouble> {
    if let Dynamic::Expression(expression) = value
        && evaluate(step, key, what, expression)?.value.is_null()
    {
        return Ok(None);
    }
    text(step, key, what, value).map(|text| (!text.is_empty()).then_some(text))
}

/// A date and time as ISO 8601 text, checked; null and the empty text stand for none.
pub(crate) fn date_time_text(
    step: &Step<'_>,
    key: ElementInstanceKey,
    what: &str,
    value: &Dynamic,
) -> Result<Option<Arc<str>>, Trouble> {
    let Some(text) = optional_text(step, key, what, value)? else { return Ok(None) };
    match crate::triggers::timer::instant(&text) {
        Ok(_) => Ok(Some(text)),
        Err(_) => Err(Trouble::new(
            IncidentKind::ExtractValueError,
            format!(
                "{what} is '{text}'; it has to be a date and time with offset such as 2027-03-01T09:00:00Z."
            ),
        )),
    }
}

/// Names: a FEEL list of texts, or texts separated by commas.
pub(crate) fn names(
    step: &Step<'_>,
    key: ElementInstanceKey,
    what: &str,
    value: &Dynamic,
) -> Result<Vec<Arc<str>>, Trouble> {
    let split = |text: &str| {
        text.split(',').map(str::trim).filter(|name| !name.is_empty()).map(Arc::from).collect::<Vec<_>>()
    };
    let expression = match value {
        Dynamic::Static(text) => return Ok(split(text)),
        Dynamic::Expression(expression) => expression,
    };
    let outcome = evaluate(step, key, what, expression)?;
    let found = match &outcome.value {
        Value::Null => Some(Vec::new()),
        Value::String(text) => Some(split(text)),
        Value::List(_) => outcome.value.as_list().and_then(|items| items.iter().map(text_of).collect()),
        _ => None,
    };
    found.ok_or_else(|| {
        let problem = format!("gives {}, not a list of texts", describe(&outcome.value));
        failure(what, expression, &step.state().visible(key), &problem, Some(&outcome))
    })
}

/// A whole number within bounds.
pub(crate) fn integer(
    step: &Step<'_>,
    key: ElementInstanceKey,
    what: &str,
    value: &Dynamic,
    range: RangeInclusive<i64>,
) -> Result<i64, Trouble> {
    let problem = |given: &str| format!("{what} is {given}; it has to be a whole number {}", bounds(&range));
    match value {
        Dynamic::Static(text) => text.trim().parse().ok().filter(|n| range.contains(n)).ok_or_else(|| {
            Trouble::new(IncidentKind::ExtractValueError, problem(&format!("'{text}'")) + ".")
        }),
        Dynamic::Expression(expression) => {
            let outcome = evaluate(step, key, what, expression)?;
            integer_of(&outcome.value).filter(|n| range.contains(n)).ok_or_else(|| {
                let problem =
                    format!("gives {}, not a whole number {}", describe(&outcome.value), bounds(&range));
                failure(what, expression, &step.state().visible(key), &problem, Some(&outcome))
            })
        }
    }
}

/// The whole number a value is, or is the text of.
pub(crate) fn integer_of(value: &Value) -> Option<i64> {
    match value {
        Value::String(text) => text.trim().parse().ok(),
        Value::Number(_) | Value::Digits(_) => {
            let json = value.to_json();
            let text = json.text();
            text.strip_suffix(".0").unwrap_or(text).parse().ok()
        }
        _ => None,
    }
}

/// The text of a string, number, boolean, date, time or duration.
pub(crate) fn text_of(value: &Value) -> Option<Arc<str>> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(_)
        | Value::Digits(_)
        | Value::Boolean(_)
        | Value::Date(_)
        | Value::Time(_)
        | Value::DateTime(_)
        | Value::DaysDuration(_)
        | Value::YearsDuration(_) => Some(value.to_json().text().trim_matches('"').into()),
        Value::Null | Value::List(_) | Value::Context(_) | Value::Range(_) | Value::Function(_) => None,
    }
}

/// The trouble with an expression: its text, the problem, what it read, and why.
pub(crate) fn failure(
    what: &str,
    expression: &Expression,
    variables: &dyn Variables,
    problem: &str,
    outcome: Option<&Outcome>,
) -> Trouble {
    let mut message = format!("{what} `{}` {problem}.", expression.text());
    for (i, name) in expression.variables().iter().enumerate() {
        let value = variables.value(name).map_or_else(
            || "not there".to_owned(),
            |value| cut(value.to_json().text().to_owned(), limits::SHOWN_VALUE_BYTES),
        );
        let _ = write!(message, "{}{name} = {value}", if i == 0 { " It read: " } else { ", " });
    }
    if !expression.variables().is_empty() {
        message.push('.');
    }
    for warning in outcome.map(|o| o.warnings.as_slice()).unwrap_or_default() {
        let _ = write!(message, " {warning}.");
    }
    message.push_str(" Correct the variables, or deploy a corrected model, then resolve this incident.");
    capitalise(&mut message);
    Trouble::new(IncidentKind::ExtractValueError, message)
}

fn capitalise(text: &mut str) {
    if let Some(first) = text.get_mut(0..1) {
        first.make_ascii_uppercase();
    }
}

fn describe(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        other => {
            let shown = cut(other.to_json().text().to_owned(), limits::SHOWN_VALUE_BYTES);
            format!("the {} {shown}", other.type_name())
        }
    }
}

fn bounds(range: &RangeInclusive<i64>) -> String {
    format!("from {} to {}", range.start(), range.end())
}
