//! Boundary event (BPMN 2.0, 13.5.3): catches while its activity is active.
//!
//! It waits through its activity (see `boundary.rs`). When its trigger comes an interrupting one first stops the
//! activity with everything inside, innermost first; then it passes. A non-interrupting one passes beside it.

use hosk_model::Element;

use super::{Behaviour, Cause};
use crate::incidents::Trouble;
use crate::keys::ElementInstanceKey;
use crate::step::{Activated, Activating, Step};
use crate::work::Work;

pub(crate) struct BoundaryEvent<'a> {
    pub(crate) element: &'a Element,
    pub(crate) interrupting: bool,
}

impl Behaviour for BoundaryEvent<'_> {
    fn activate(&self, step: &mut Step<'_>, this: Activating) -> Result<Activated, Trouble> {
        Ok(this.pass(step))
    }

    fn resume(&self, step: &mut Step<'_>, key: ElementInstanceKey, cause: &Cause<'_>) -> Result<(), Trouble> {
        let (Cause::Done(variables), Some(activity)) = (cause, step.instance(key)) else { return Ok(()) };
        let enter = Work::Enter {
            element: self.element.index,
            scope: activity.scope(),
            received: (*variables).clone(),
        };
        if self.interrupting {
            step.interrupt(key, enter);
        } else {
            step.push_first([enter]);
        }
        Ok(())
    }
}
