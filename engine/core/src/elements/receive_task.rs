//! Receive task (BPMN 2.0, 13.3.3): waits for a message.

use hosk_model::{Element, MessageTrigger};

use super::Behaviour;
use crate::incidents::Trouble;
use crate::step::{Activated, Activating, Step};
use crate::triggers::{self, message};

pub(crate) struct ReceiveTask<'a> {
    pub(crate) element: &'a Element,
    pub(crate) message: &'a MessageTrigger,
}

impl Behaviour for ReceiveTask<'_> {
    fn activate(&self, step: &mut Step<'_>, this: Activating) -> Result<Activated, Trouble> {
        let key = this.key;
        let wait = message::prepare(step, key, self.element, self.message, true)?;
        let activated = this.activated(step);
        triggers::open(step, key, wait);
        Ok(activated)
    }
}
