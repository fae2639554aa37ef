//! Intermediate catch event (BPMN 2.0, 13.5.2): waits for its trigger.

use hosk_model::{Element, Trigger};

use super::Behaviour;
use crate::incidents::Trouble;
use crate::step::{Activated, Activating, Step};
use crate::triggers;

pub(crate) struct IntermediateCatchEvent<'a> {
    pub(crate) element: &'a Element,
    pub(crate) trigger: &'a Trigger,
}

impl Behaviour for IntermediateCatchEvent<'_> {
    fn activate(&self, step: &mut Step<'_>, this: Activating) -> Result<Activated, Trouble> {
        let key = this.key;
        let wait = triggers::prepare(step, key, self.element, self.trigger, true)?;
        let activated = this.activated(step);
        if let Some(wait) = wait {
            triggers::open(step, key, wait);
        }
        Ok(activated)
    }
}
