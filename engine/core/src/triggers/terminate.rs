//! Terminate trigger (BPMN 2.0, 13.5.5): an end event stops everything else in its container, which then completes
//! normally.

use crate::keys::ElementInstanceKey;
use crate::state::ElementInstance;
use crate::step::Step;
use crate::work::Work;

/// Stops everything in the container of an end event that is about to complete.
pub(crate) fn throw(step: &mut Step<'_>, end_event: ElementInstanceKey) {
    if let Some(scope) = step.instance(end_event).map(ElementInstance::scope) {
        step.interrupt_inside(scope, Work::ChildEnded { scope });
    }
}
