//! Data of standard BPMN (10.3): variables that an element has of its own, and data that must be there.
//!
//! - A data object or property lives as long as what it stands in, and is null until something is written to it. What
//!   is there already, from a message or a mapping, stays.
//! - An activity begins when all variables of one of its input sets are there, and completes when all of one of its
//!   output sets are (10.3.2). The specification lets it wait, or fail; here it is an incident that names what lacks.

use std::sync::Arc;

use hosk_feel::Json;
use hosk_model::Element;

use crate::command::Variables;
use crate::event::IncidentKind;
use crate::incidents::Trouble;
use crate::keys::ElementInstanceKey;
use crate::mappings;
use crate::state::InstanceState;
use crate::step::Step;

/// Makes the variables that the element has of its own, where they are not there yet.
pub(crate) fn declare(step: &mut Step<'_>, key: ElementInstanceKey, element: &Element) {
    for name in &element.data.declared {
        let is_there = step.instance(key).is_none_or(|instance| instance.variables().contains_key(name));
        if !is_there {
            mappings::set(step, key, name, &Json::from(serde_json::Value::Null));
        }
    }
}

/// Whether one of the input sets is there, with what the input mappings just gave.
pub(crate) fn check_inputs(
    state: &InstanceState,
    key: ElementInstanceKey,
    element: &Element,
    inputs: &Variables,
) -> Result<(), Trouble> {
    let is_there = |name: &Arc<str>| {
        let value = inputs.get(name).or_else(|| state.visible(key).find(name));
        value.is_some_and(|value| value.text() != "null")
    };
    let remedy = "Set them at the instance, then resolve this incident.";
    missing(&element.data.input_sets, is_there).map_or(Ok(()), |lacks| Err(trouble("begin", &lacks, remedy)))
}

/// Whether one of the output sets was produced.
pub(crate) fn check_outputs(
    state: &InstanceState,
    key: ElementInstanceKey,
    element: &Element,
) -> Result<(), Trouble> {
    let is_there =
        |name: &Arc<str>| state.visible(key).find(name).is_some_and(|value| value.text() != "null");
    let remedy =
        "Set them at the element, then resolve this incident; have whoever does the work return them.";
    missing(&element.data.output_sets, is_there)
        .map_or(Ok(()), |lacks| Err(trouble("complete", &lacks, remedy)))
}

/// What each alternative lacks; nothing when one lacks nothing.
fn missing(sets: &[Vec<Arc<str>>], is_there: impl Fn(&Arc<str>) -> bool) -> Option<String> {
    let lacks: Vec<Vec<&str>> = sets
        .iter()
        .map(|set| set.iter().filter(|name| !is_there(name)).map(|name| &**name).collect())
        .collect();
    if lacks.iter().any(Vec::is_empty) || lacks.is_empty() {
        return None;
    }
    let all: Vec<String> = lacks.iter().map(|names| format!("'{}'", names.join("', '"))).collect();
    Some(all.join(" or "))
}

fn trouble(what: &str, lacks: &str, remedy: &str) -> Trouble {
    let message = format!("The element cannot {what}: its data set lacks {lacks}. {remedy}");
    Trouble::new(IncidentKind::IoMappingError, message)
}
