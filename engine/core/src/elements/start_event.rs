//! Start event (BPMN 2.0, 13.5.1): passes.
//!
//! Which start event a process begins at is decided when it is created; a start event of an event sub-process waits
//! through its container, and starts the event sub-process when its trigger comes. A parallel multiple one, begun by one
//! of its messages, waits for the others (10.4.2, table 10.84).

use hosk_model::{Element, Trigger};

use super::{Behaviour, Cause, done, event_sub_process};
use crate::incidents::Trouble;
use crate::keys::ElementInstanceKey;
use crate::state::ElementInstance;
use crate::step::{Activated, Activating, Step};
use crate::triggers::multiple;

pub(crate) struct StartEvent<'a> {
    pub(crate) element: &'a Element,
    pub(crate) trigger: Option<&'a Trigger>,
    pub(crate) interrupting: bool,
}

impl Behaviour for StartEvent<'_> {
    fn activate(&self, step: &mut Step<'_>, this: Activating) -> Result<Activated, Trouble> {
        let begun_by =
            step.instance(this.key).and_then(ElementInstance::triggered).map(|triggered| triggered.by);
        match (self.trigger, begun_by) {
            (Some(Trigger::Multiple(multiple)), Some(first)) if multiple.parallel => {
                multiple::wait_for_others(step, this, self.element, multiple, first)
            }
            _ => Ok(this.pass(step)),
        }
    }

    fn resume(&self, step: &mut Step<'_>, key: ElementInstanceKey, cause: &Cause<'_>) -> Result<(), Trouble> {
        let waited_itself =
            step.instance(key).is_some_and(|instance| instance.element() == self.element.index);
        if waited_itself {
            done(step, key, cause);
        } else if let Cause::Done(variables) = cause {
            event_sub_process::start(step, key, self.element, self.interrupting, (*variables).clone());
        }
        Ok(())
    }
}
