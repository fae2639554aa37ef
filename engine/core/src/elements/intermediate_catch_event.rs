//! Intermediate catch event (BPMN 2.0, 13.5.2): waits for its trigger.

use hosk_model::{Element, Trigger};

use super::{Behaviour, Cause, done, event_based_gateway};
use crate::incidents::Trouble;
use crate::keys::ElementInstanceKey;
use crate::step::{Activated, Activating, Step};
use crate::triggers;

pub(crate) struct IntermediateCatchEvent<'a> {
    pub(crate) element: &'a Element,
    pub(crate) trigger: &'a Trigger,
}

impl Behaviour for IntermediateCatchEvent<'_> {
    fn activate(&self, step: &mut Step<'_>, this: Activating) -> Result<Activated, Trouble> {
        let key = this.key;
        let is_there = step.instance(key).is_some_and(|i| i.triggered().is_some());
        // A link is where throwing events go on; behind an event-based gateway the trigger has come to the gateway.
        if is_there || matches!(self.trigger, Trigger::Link { .. }) {
            return Ok(this.pass(step));
        }
        let waits = triggers::prepare(step, key, self.element, self.trigger, true)?;
        let activated = this.activated(step);
        for wait in waits {
            triggers::open(step, key, wait);
        }
        Ok(activated)
    }

    fn resume(&self, step: &mut Step<'_>, key: ElementInstanceKey, cause: &Cause<'_>) -> Result<(), Trouble> {
        if !event_based_gateway::leaves(step, key, self.element, cause) {
            done(step, key, cause);
        }
        Ok(())
    }
}
