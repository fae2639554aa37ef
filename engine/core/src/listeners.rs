//! Execution listeners: jobs before an element does its work and before it leaves.
//!
//! They run one after another, in document order, while the element instance is `Activating` (after its input mappings)
//! or `Completing` (after its output mappings). Each is done once: an incident that comes later does not repeat them.

use hosk_model::{Element, ListenerEvent};

use crate::incidents::Trouble;
use crate::jobs;
use crate::keys::ElementInstanceKey;
use crate::state::ElementInstance;
use crate::step::Step;

/// Whether a start listener has to run before the element instance goes on; creates its job.
pub(crate) fn is_waiting_at_start(
    step: &mut Step<'_>,
    key: ElementInstanceKey,
    element: &Element,
) -> Result<bool, Trouble> {
    is_waiting(step, key, element, ListenerEvent::Start)
}

/// Whether an end listener has to run before the element instance leaves; creates its job.
pub(crate) fn is_waiting_at_end(
    step: &mut Step<'_>,
    key: ElementInstanceKey,
    element: &Element,
) -> Result<bool, Trouble> {
    is_waiting(step, key, element, ListenerEvent::End)
}

fn is_waiting(
    step: &mut Step<'_>,
    key: ElementInstanceKey,
    element: &Element,
    event: ListenerEvent,
) -> Result<bool, Trouble> {
    if element.execution_listeners.is_empty() {
        return Ok(false);
    }
    let done = step.instance(key).map_or(0, ElementInstance::listeners_done);
    let Some(next) = element.execution_listeners.iter().filter(|l| l.event == event).nth(done) else {
        return Ok(false);
    };
    let job = jobs::prepare_listener(step, key, element, next)?;
    jobs::create(step, job);
    Ok(true)
}
