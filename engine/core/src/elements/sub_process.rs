//! Embedded sub-process (BPMN 2.0, 13.3.4): a container inside a container.
//!
//! Begins at its start event; is done when nothing in it is active and no token in it can go on.

use hosk_model::Element;

use super::{Behaviour, Cause};
use crate::command::Variables;
use crate::incidents::Trouble;
use crate::keys::ElementInstanceKey;
use crate::step::{Activated, Activating, Step, is_done};
use crate::work::Work;

pub(crate) struct SubProcess<'a> {
    pub(crate) element: &'a Element,
}

impl Behaviour for SubProcess<'_> {
    fn activate(&self, step: &mut Step<'_>, this: Activating) -> Result<Activated, Trouble> {
        let scope = this.key;
        if self.element.contents.starts.is_empty() {
            return Ok(this.pass(step));
        }
        let activated = this.activated(step);
        for element in &self.element.contents.starts {
            step.push(Work::Enter { element: *element, scope, received: Variables::new() });
        }
        Ok(activated)
    }

    fn resume(
        &self,
        step: &mut Step<'_>,
        key: ElementInstanceKey,
        _cause: &Cause<'_>,
    ) -> Result<(), Trouble> {
        step.rearrive(key);
        Ok(())
    }

    fn child_ended(&self, step: &mut Step<'_>, key: ElementInstanceKey) -> Result<(), Trouble> {
        if is_done(step, key) {
            step.push(Work::Complete { key });
        }
        Ok(())
    }
}
