//! Leaving an element by sequence flows (BPMN 2.0, 13.2.1).
//!
//! Several outgoing flows split: a token on each. A flow with a condition counts when it holds; the default flow counts
//! when no flow with a condition holds. So conditions and a default may stand on any activity.

use hosk_model::{Element, ElementIndex};

use crate::event::IncidentKind;
use crate::expressions;
use crate::incidents::Trouble;
use crate::keys::ElementInstanceKey;
use crate::step::{Outgoing, Step};

/// Every outgoing flow whose condition holds or that has none; else the default flow.
pub(crate) fn split(step: &Step<'_>, key: ElementInstanceKey) -> Result<Outgoing, Trouble> {
    let Some(element) = step.element_of(key) else { return Ok(Outgoing::new()) };
    let mut chosen = Outgoing::new();
    let mut conditions = false;
    let mut one_holds = false;
    for flow in &element.outgoing {
        if Some(*flow) == element.default_flow {
            continue;
        }
        let conditional = step.definition.flow(*flow).is_some_and(|f| f.condition.is_some());
        let holds = holds(step, key, *flow)?;
        conditions |= conditional;
        one_holds |= conditional && holds;
        if holds {
            chosen.push(*flow);
        }
    }
    if let Some(default) = element.default_flow
        && !one_holds
    {
        chosen.push(default);
    }
    if chosen.is_empty() && conditions { Err(nowhere_to_go(step, key, element)) } else { Ok(chosen) }
}

/// Whether a flow's condition holds; one without a condition always does.
pub(crate) fn holds(step: &Step<'_>, key: ElementInstanceKey, flow: ElementIndex) -> Result<bool, Trouble> {
    let Some(condition) = step.definition.flow(flow).and_then(|f| f.condition.as_ref()) else {
        return Ok(true);
    };
    let what = || format!("the condition of flow '{}'", step.element(flow).id);
    let visible = step.state().visible(key);
    match condition.evaluate(&visible, &step.environment()).map(|o| o.value.as_bool()) {
        Ok(Some(holds)) => Ok(holds),
        // Rare: once more, to say what was read and why.
        Ok(None) | Err(_) => expressions::condition(step, &visible, &what(), condition),
    }
}

/// No condition holds and there is no default flow.
pub(crate) fn nowhere_to_go(step: &Step<'_>, key: ElementInstanceKey, element: &Element) -> Trouble {
    let visible = step.state().visible(key);
    let mut read = Vec::new();
    for flow in &element.outgoing {
        if let Some(condition) = step.definition.flow(*flow).and_then(|f| f.condition.as_ref()) {
            for name in condition.variables() {
                let value = visible.find(name).map_or("not there", |json| json.text());
                let shown = crate::incidents::cut(value.to_owned(), crate::limits::SHOWN_VALUE_BYTES);
                read.push(format!("{name} = {shown}"));
            }
        }
    }
    read.sort_unstable();
    read.dedup();
    let message = format!(
        "No condition of the flows out of '{}' holds, and it has no default flow. The conditions read: {}. Correct the \
         variables, or deploy a model with a default flow, then resolve this incident.",
        element.id,
        if read.is_empty() { "nothing".to_owned() } else { read.join(", ") }
    );
    Trouble::new(IncidentKind::ConditionError, message)
}
