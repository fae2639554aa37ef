//! Compensation trigger (BPMN 2.0, 10.4.5 and 13.5.5): a throw or end event undoes what was completed.
//!
//! It undoes one activity, each time it was completed, or everything in its container, and waits until that is done.
//! Thrown in an event sub-process it means the container around that. What did not complete is not undone.

use hosk_model::CompensationTrigger;

use crate::compensation;
use crate::keys::ElementInstanceKey;
use crate::step::Step;

/// The event waits until everything is undone.
pub(crate) fn throw(step: &mut Step<'_>, thrower: ElementInstanceKey, trigger: &CompensationTrigger) {
    let scope = compensation::target_scope(step, thrower);
    compensation::start(step, thrower, scope, trigger.activity);
}
