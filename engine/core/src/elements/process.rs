//! The process itself: the outermost container (BPMN 2.0, 13.2).
//!
//! Begins at the start event it was created for (a message may also start it at a receive task or an event-based
//! gateway), else at all of its start events without trigger, or without any at what has no incoming flow; ends when nothing in it is active and no token in it can go on.

use hosk_model::{Element, ElementKind};

use super::{Behaviour, event_based_gateway};
use crate::command::Variables;
use crate::incidents::Trouble;
use crate::keys::ElementInstanceKey;
use crate::step::{Activated, Activating, Outgoing, Step, is_done};
use crate::work::Work;

pub(crate) struct Process<'a> {
    pub(crate) element: &'a Element,
}

impl Behaviour for Process<'_> {
    fn activate(&self, step: &mut Step<'_>, this: Activating) -> Result<Activated, Trouble> {
        let scope = this.key;
        let chosen = step.state().created().map(|c| c.start.clone()).unwrap_or_default();
        let begin = if chosen.is_empty() { self.element.contents.starts.clone() } else { chosen };
        let by_message = step.state().created().is_some_and(|c| c.message.is_some());
        let activated = this.activated(step);
        for element in begin {
            let is_start = matches!(step.element(element).kind, ElementKind::StartEvent { .. });
            step.push(if by_message && !is_start {
                event_based_gateway::begin(step, element, scope)
            } else {
                Work::Enter { element, scope, received: Variables::new() }
            });
        }
        Ok(activated)
    }

    fn resume(
        &self,
        step: &mut Step<'_>,
        key: ElementInstanceKey,
        _cause: &super::Cause<'_>,
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

    fn complete(&self, _step: &mut Step<'_>, _key: ElementInstanceKey) -> Result<Outgoing, Trouble> {
        Ok(Outgoing::new())
    }
}
