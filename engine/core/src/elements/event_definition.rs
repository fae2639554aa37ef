//! One of several event definitions of an event (BPMN 2.0, 10.4.1): no element that a token enters, but what waits for one
//! trigger on behalf of its event. What a trigger that has come means to the event stands in `triggers/multiple.rs`.

use hosk_model::ElementIndex;

use super::{Behaviour, Cause};
use crate::incidents::Trouble;
use crate::keys::ElementInstanceKey;
use crate::step::{Activated, Activating, Step};
use crate::triggers::multiple;

pub(crate) struct EventDefinition {
    pub(crate) slot: ElementIndex,
    pub(crate) event: ElementIndex,
}

impl Behaviour for EventDefinition {
    fn activate(&self, step: &mut Step<'_>, this: Activating) -> Result<Activated, Trouble> {
        Ok(this.pass(step))
    }

    fn resume(&self, step: &mut Step<'_>, key: ElementInstanceKey, cause: &Cause<'_>) -> Result<(), Trouble> {
        if let Cause::Done(variables) = cause {
            multiple::arrived(step, key, self.slot, self.event, variables);
        }
        Ok(())
    }
}
