//! Variables in and out of elements (`zeebe:ioMapping`), and where they go without mappings.
//!
//! - Input mappings make local variables, in order; later ones see the results of earlier ones.
//! - What a job, a person, a message or a called process gives back is local if the element has output mappings, which
//!   then decide; else each variable goes to the nearest scope that has it, else to the process.
//! - A target `order.total` sets one member of the context `order`.

use std::sync::Arc;

use hosk_feel::{Json, Overlay, Variables as FeelVariables};
use hosk_model::{Dynamic, Element, Mapping};

use crate::command::Variables;
use crate::data;
use crate::elements::complex_gateway;
use crate::event::{Event, IncidentKind};
use crate::expressions;
use crate::incidents::Trouble;
use crate::keys::{ElementInstanceKey, VariableKey};
use crate::limits;
use crate::state::{ElementInstance, InstanceState};
use crate::step::Step;
use crate::triggers::conditional;

/// Sets what the input mappings give, at the element instance.
pub(crate) fn inputs(step: &mut Step<'_>, key: ElementInstanceKey, element: &Element) -> Result<(), Trouble> {
    let results = if element.inputs.is_empty() {
        Variables::new()
    } else {
        evaluate(step, key, &element.inputs, |_| None)?
    };
    data::check_inputs(step.state(), key, element, &results)?;
    data::declare(step, key, element);
    for (name, value) in &results {
        set(step, key, name, value);
    }
    Ok(())
}

/// Merges what the output mappings give into the scopes outside the element instance.
pub(crate) fn outputs(
    step: &mut Step<'_>,
    key: ElementInstanceKey,
    element: &Element,
) -> Result<(), Trouble> {
    let Some(scope) = step.instance(key).map(ElementInstance::scope) else { return Ok(()) };
    data::check_outputs(step.state(), key, element)?;
    if element.outputs.is_empty() {
        return Ok(());
    }
    let state = step.state();
    let results = evaluate(step, key, &element.outputs, |name| state.visible(scope).find(name))?;
    for (name, value) in &results {
        merge(step, scope, name, value);
    }
    Ok(())
}

/// Takes in what an element instance got from outside. The sizes were checked before.
pub(crate) fn receive(
    step: &mut Step<'_>,
    key: ElementInstanceKey,
    element: &Element,
    variables: &Variables,
) {
    for (name, value) in variables {
        if element.outputs.is_empty() {
            merge(step, key, name, value);
        } else {
            set(step, key, name, value);
        }
    }
}

/// Sets a variable at the nearest scope that has it, from `scope` outward; else at the process.
pub(crate) fn merge(step: &mut Step<'_>, scope: ElementInstanceKey, name: &Arc<str>, value: &Json) {
    let mut at = scope;
    for instance in step.state().scopes(scope) {
        at = instance.key();
        if instance.variables().contains_key(name) {
            break;
        }
    }
    set(step, at, name, value);
}

/// Sets a variable at a scope, unless it has that value.
pub(crate) fn set(step: &mut Step<'_>, scope: ElementInstanceKey, name: &Arc<str>, value: &Json) {
    let Some(instance) = step.instance(scope) else { return };
    let (key, name) = match instance.variables().get_key_value(name) {
        Some((_, variable)) if variable.value.text() == value.text() => return,
        Some((name, variable)) => (Some(variable.key), name.clone()),
        None => (None, name.clone()),
    };
    let created = key.is_none();
    let key = key.unwrap_or_else(|| VariableKey(step.next_key()));
    step.emit(Event::VariableSet { key, scope, name: name.clone(), value: value.clone(), created });
    conditional::variable_changed(step, scope, &name, created);
    complex_gateway::variable_changed(step, &name);
}

/// Why these variables cannot be taken in: a name, a value, or all together.
pub(crate) fn oversize(state: &InstanceState, variables: &Variables) -> Option<Oversize> {
    let mut bytes = state.variable_bytes();
    for (name, value) in variables {
        if name.is_empty() || name.len() > limits::VARIABLE_NAME_BYTES {
            return Some(Oversize::Name(crate::incidents::cut(
                name.to_string(),
                limits::VARIABLE_NAME_BYTES,
            )));
        }
        if value.text().len() > limits::VARIABLE_BYTES {
            return Some(Oversize::Value(name.clone(), value.text().len()));
        }
        bytes += name.len() + value.text().len();
    }
    (bytes > limits::VARIABLES_BYTES).then_some(Oversize::Total(bytes))
}

/// What is too large.
pub(crate) enum Oversize {
    /// A name, shown as far as it fits.
    Name(String),
    /// A value: its name and bytes.
    Value(Arc<str>, usize),
    /// All of them, in bytes.
    Total(usize),
}

impl Oversize {
    /// The sentence for whoever sent or computed it.
    pub(crate) fn message(&self) -> String {
        match self {
            Self::Name(name) => format!(
                "The variable name '{name}' is empty or too long; it may have 1 to {} bytes.",
                limits::VARIABLE_NAME_BYTES
            ),
            Self::Value(name, bytes) => format!(
                "The variable '{name}' has {bytes} bytes; {} are allowed. Store large data as a document and keep its \
                 reference.",
                limits::VARIABLE_BYTES
            ),
            Self::Total(bytes) => format!(
                "The variables of this instance would have {bytes} bytes together; {} are allowed. Store large data \
                 as documents and keep their references.",
                limits::VARIABLES_BYTES
            ),
        }
    }
}

/// The same check for what was computed inside the process.
pub(crate) fn check(step: &Step<'_>, variables: &Variables) -> Result<(), Trouble> {
    match oversize(step.state(), variables) {
        None => Ok(()),
        Some(oversize) => Err(Trouble::new(IncidentKind::MessageSizeExceeded, oversize.message())),
    }
}

fn evaluate<'s>(
    step: &'s Step<'_>,
    key: ElementInstanceKey,
    mappings: &[Mapping],
    existing: impl Fn(&str) -> Option<&'s Json>,
) -> Result<Variables, Trouble> {
    let mut results = Variables::new();
    for mapping in mappings {
        let value = source(step, key, mapping, &results)?;
        let Some((name, members)) = mapping.target.split_first() else { continue };
        let value = if members.is_empty() {
            value
        } else {
            let whole = results.get(name).or_else(|| existing(name));
            Json::from(with_member(whole.map(Json::value), members, value.value()))
        };
        results.insert(name.clone(), value);
    }
    check(step, &results)?;
    Ok(results)
}

fn source(
    step: &Step<'_>,
    key: ElementInstanceKey,
    mapping: &Mapping,
    results: &Variables,
) -> Result<Json, Trouble> {
    match &mapping.source {
        Dynamic::Static(text) => Ok(Json::from(serde_json::Value::from(&**text))),
        Dynamic::Expression(expression) => {
            let variables = Overlay { first: Results(results), rest: step.state().visible(key) };
            let what = format_args!("the mapping to '{}'", mapping.target.join(".")).to_string();
            let outcome = expressions::evaluate_with(step, &variables, &what, expression)
                .map_err(|trouble| trouble.of(IncidentKind::IoMappingError))?;
            Ok(outcome.value.to_json())
        }
    }
}

/// A context with one member, however deep, set; what is no context on the way becomes one.
fn with_member(
    whole: Option<&serde_json::Value>,
    members: &[Arc<str>],
    value: &serde_json::Value,
) -> serde_json::Value {
    let mut root = match whole {
        Some(serde_json::Value::Object(object)) => object.clone(),
        _ => serde_json::Map::new(),
    };
    let mut at = &mut root;
    let Some((last, path)) = members.split_last() else { return value.clone() };
    for member in path {
        let inner = at.entry(&**member).or_insert_with(|| serde_json::Value::Object(serde_json::Map::new()));
        if !inner.is_object() {
            *inner = serde_json::Value::Object(serde_json::Map::new());
        }
        match inner {
            serde_json::Value::Object(object) => at = object,
            _ => return value.clone(),
        }
    }
    at.insert(last.to_string(), value.clone());
    serde_json::Value::Object(root)
}

pub(crate) struct Results<'a>(pub(crate) &'a Variables);

impl FeelVariables for Results<'_> {
    fn get(&self, name: &str) -> Option<&Json> {
        self.0.get(name)
    }
}
