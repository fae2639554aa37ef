//! Receive task (BPMN 2.0, 13.3.3): waits for a message.
//!
//! One behind an event-based gateway, or by which the process starts (`instantiate`), begins when the message is there.

use hosk_model::{Element, MessageTrigger};

use super::{Behaviour, Cause, done, event_based_gateway};
use crate::incidents::Trouble;
use crate::keys::ElementInstanceKey;
use crate::step::{Activated, Activating, Step};
use crate::triggers::{self, Target, message};

pub(crate) struct ReceiveTask<'a> {
    pub(crate) element: &'a Element,
    pub(crate) message: &'a MessageTrigger,
}

impl Behaviour for ReceiveTask<'_> {
    fn activate(&self, step: &mut Step<'_>, this: Activating) -> Result<Activated, Trouble> {
        let key = this.key;
        if step.instance(key).is_some_and(|i| i.triggered().is_some()) {
            return Ok(this.pass(step));
        }
        let wait = message::prepare(step, key, Target::of(self.element), self.message, true)?;
        let activated = this.activated(step);
        triggers::open(step, key, wait);
        Ok(activated)
    }

    fn resume(&self, step: &mut Step<'_>, key: ElementInstanceKey, cause: &Cause<'_>) -> Result<(), Trouble> {
        if !event_based_gateway::leaves(step, key, self.element, cause) {
            done(step, key, cause);
        }
        Ok(())
    }
}
