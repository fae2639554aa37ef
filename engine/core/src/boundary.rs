//! Boundary events open with their activity and close with it: from `Active` until `Completing`.
//!
//! What they wait for is evaluated after the input mappings and before the activity becomes active, so a failing
//! expression is an incident before anything waits. For a multi-instance activity they sit on its body.

use hosk_model::{Element, ElementKind};
use smallvec::SmallVec;

use crate::incidents::Trouble;
use crate::keys::ElementInstanceKey;
use crate::step::Step;
use crate::triggers::{self, Wait};

/// Evaluates what the boundary events of an activity about to become active wait for.
pub(crate) fn prepare(
    step: &Step<'_>,
    key: ElementInstanceKey,
    activity: &Element,
    waits: &mut SmallVec<[Wait; 1]>,
) -> Result<(), Trouble> {
    for event in &activity.boundary_events {
        let event = step.element(*event);
        if let ElementKind::BoundaryEvent { trigger, interrupting, .. } = &event.kind {
            waits.extend(triggers::prepare(step, key, event, trigger, *interrupting)?);
        }
    }
    Ok(())
}
