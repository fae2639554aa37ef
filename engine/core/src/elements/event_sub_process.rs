//! Event sub-process (BPMN 2.0, 13.5.4): a container that a trigger starts while the container around it is active.
//!
//! Its trigger waits as long as the container around it is active. An interrupting one first stops everything in that
//! container, and closes the triggers of its other event sub-processes; a non-interrupting one runs beside it, as often
//! as it is triggered.

use hosk_model::{Element, ElementIndex, ElementKind, ProcessDefinition};
use smallvec::SmallVec;

use super::{Behaviour, Cause};
use crate::ad_hoc_job;
use crate::command::Variables;
use crate::incidents::Trouble;
use crate::keys::ElementInstanceKey;
use crate::state::ElementInstance;
use crate::step::{Activated, Activating, Outgoing, Step, is_done};
use crate::triggers::{self, Wait};
use crate::work::Work;

pub(crate) struct EventSubProcess<'a> {
    pub(crate) element: &'a Element,
}

impl Behaviour for EventSubProcess<'_> {
    fn activate(&self, step: &mut Step<'_>, this: Activating) -> Result<Activated, Trouble> {
        let scope = this.key;
        let Some(start) = start_of(step.definition, self.element) else { return Ok(this.pass(step)) };
        let activated = this.activated(step);
        take_over(step, scope, start);
        step.push(Work::Enter { element: start.index, scope, received: Variables::new() });
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

    fn complete(&self, _step: &mut Step<'_>, _key: ElementInstanceKey) -> Result<Outgoing, Trouble> {
        Ok(Outgoing::new())
    }
}

/// An ad-hoc sub-process that was interrupted has nothing left to choose: it is over after its event sub-process.
fn take_over(step: &mut Step<'_>, key: ElementInstanceKey, start: &Element) {
    let Some(around) = step.instance(key).map(ElementInstance::scope) else { return };
    let ad_hoc = step.element_of(around).is_some_and(|e| matches!(e.kind, ElementKind::AdHocSubProcess(_)));
    if ad_hoc && matches!(start.kind, ElementKind::StartEvent { interrupting: true, .. }) {
        let work = Box::new(Work::Complete { key: around });
        step.push(Work::Then { key: around, inside: true, work });
    }
}

/// The start event of an event sub-process.
pub(crate) fn start_of<'a>(definition: &'a ProcessDefinition, element: &Element) -> Option<&'a Element> {
    element.contents.triggered_starts.first().map(|start| definition.element(*start))
}

/// Evaluates what the event sub-processes of a container about to become active wait for.
pub(crate) fn prepare(
    step: &Step<'_>,
    key: ElementInstanceKey,
    container: &Element,
    waits: &mut SmallVec<[Wait; 1]>,
) -> Result<(), Trouble> {
    for event_sub_process in &container.contents.event_sub_processes {
        for start in &step.element(*event_sub_process).contents.triggered_starts {
            let start = step.element(*start);
            if let ElementKind::StartEvent { trigger: Some(trigger), interrupting, .. } = &start.kind {
                waits.extend(triggers::prepare(step, key, start, trigger, *interrupting)?);
            }
        }
    }
    Ok(())
}

/// The trigger of an event sub-process's start event has come.
pub(crate) fn start(
    step: &mut Step<'_>,
    container: ElementInstanceKey,
    start: &Element,
    interrupting: bool,
    received: Variables,
) {
    let enter = Work::Enter { element: start.scope, scope: container, received };
    if interrupting {
        step.close_starts(container);
        ad_hoc_job::withdraw(step, container);
        step.interrupt_inside(container, enter);
    } else {
        step.push_first([enter]);
    }
}

impl Step<'_> {
    /// Closes the triggers of a container's event sub-processes.
    pub(crate) fn close_starts(&mut self, container: ElementInstanceKey) {
        let definition = self.definition;
        let is_start = |target: ElementIndex| {
            matches!(definition.element(definition.event_of(target)).kind, ElementKind::StartEvent { .. })
        };
        self.close_waits_where(container, is_start);
    }
}
