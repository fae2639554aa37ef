//! Start event (BPMN 2.0, 13.5.1): passes.
//!
//! Which start event a process begins at is decided when it is created; a start event of an event sub-process waits
//! through its container, and starts the event sub-process when its trigger comes.

use hosk_model::Element;

use super::{Behaviour, Cause, event_sub_process};
use crate::incidents::Trouble;
use crate::keys::ElementInstanceKey;
use crate::step::{Activated, Activating, Step};

pub(crate) struct StartEvent<'a> {
    pub(crate) element: &'a Element,
    pub(crate) interrupting: bool,
}

impl Behaviour for StartEvent<'_> {
    fn activate(&self, step: &mut Step<'_>, this: Activating) -> Result<Activated, Trouble> {
        Ok(this.pass(step))
    }

    fn resume(&self, step: &mut Step<'_>, key: ElementInstanceKey, cause: &Cause<'_>) -> Result<(), Trouble> {
        if let Cause::Done(variables) = cause {
            event_sub_process::start(step, key, self.element, self.interrupting, (*variables).clone());
        }
        Ok(())
    }
}
