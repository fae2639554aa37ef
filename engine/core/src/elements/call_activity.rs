//! Call activity (BPMN 2.0, 13.3.4): runs another process as an instance of its own and waits for its end.
//!
//! Caller and called instance talk through effects only. The called instance's key is chosen here, so that starting it
//! twice is refused. Variables go down as the model says: all visible ones, or only those at the call activity itself
//! (its input mappings'); back come all, or what output mappings take, or none. Stopping the call activity cancels the
//! called instance, and takes until that is over.

use std::sync::Arc;

use hosk_model::CallActivity as Definition;

use super::{Behaviour, Cause};
use crate::command::Variables;
use crate::event::{ChildRequested, Event, IncidentKind};
use crate::expressions;
use crate::incidents::Trouble;
use crate::keys::{ElementInstanceKey, ProcessDefinitionKey, ProcessInstanceKey};
use crate::limits;
use crate::mappings;
use crate::state::ElementInstance;
use crate::step::{Activated, Activating, Step};
use crate::work::Work;

pub(crate) struct CallActivity<'a> {
    pub(crate) call: &'a Definition,
}

struct Called {
    definition: ProcessDefinitionKey,
    business_id: Option<Arc<str>>,
    depth: u32,
}

impl Behaviour for CallActivity<'_> {
    fn activate(&self, step: &mut Step<'_>, this: Activating) -> Result<Activated, Trouble> {
        let called = self.find(step, this.key)?;
        let key = this.key;
        let activated = this.activated(step);
        self.request(step, key, called);
        Ok(activated)
    }

    fn resume(&self, step: &mut Step<'_>, key: ElementInstanceKey, cause: &Cause<'_>) -> Result<(), Trouble> {
        match cause {
            Cause::Done(variables) => {
                let Some(element) = step.element_of(key) else { return Ok(()) };
                if self.call.propagate_all_child_variables || !element.outputs.is_empty() {
                    mappings::check(step, variables)?;
                    mappings::receive(step, key, element, variables);
                }
                step.push(Work::Complete { key });
            }
            Cause::IncidentResolved => {
                let called = self.find(step, key)?;
                self.request(step, key, called);
            }
        }
        Ok(())
    }

    fn terminate(&self, step: &mut Step<'_>, key: ElementInstanceKey) {
        let waiting = step.instance(key).filter(|instance| !instance.is_canceling());
        if let Some(child) = waiting.and_then(ElementInstance::called) {
            step.emit(Event::ChildCancelRequested { child, caller: Some(key) });
        }
    }
}

impl CallActivity<'_> {
    fn find(&self, step: &Step<'_>, key: ElementInstanceKey) -> Result<Called, Trouble> {
        let process_id = expressions::text(step, key, "the id of the called process", &self.call.process_id)?;
        let business_id = match &self.call.business_id {
            Some(id) => Some(expressions::text(step, key, "the business id", id)?),
            // The called instance belongs to the same case as its caller.
            None => step.state().created().and_then(|created| created.business_id.clone()),
        };
        let process = &step.process;
        let found = step
            .definitions
            .bound_process(&process.tenant, &process_id, &self.call.binding, process.deployment)
            .ok_or_else(|| {
                let message = format!(
                    "No process '{process_id}' is deployed with the binding {:?}. Deploy it, then resolve this incident.",
                    self.call.binding
                );
                Trouble::new(IncidentKind::CalledElementError, message)
            })?;
        let depth = step.state().parent().map_or(0, |p| p.depth) + 1;
        if depth > limits::CALL_DEPTH {
            let message = format!(
                "Calling '{process_id}' would be call {depth} in one chain; {} are allowed. Does the process call \
                 itself without end? Correct the model or the variables it decides by, then resolve this incident.",
                limits::CALL_DEPTH
            );
            return Err(Trouble::new(IncidentKind::LimitExceeded, message));
        }
        Ok(Called { definition: found.key, business_id, depth })
    }

    fn request(&self, step: &mut Step<'_>, caller: ElementInstanceKey, called: Called) {
        let variables: Variables = if self.call.propagate_all_parent_variables {
            step.state().visible_variables(caller)
        } else {
            step.state().local_variables(caller)
        };
        let Some(root) = step.state().root() else { return };
        let child = ProcessInstanceKey(step.next_key());
        step.emit(Event::ChildRequested(Box::new(ChildRequested {
            child,
            caller,
            definition: called.definition,
            variables,
            business_id: called.business_id,
            root,
            depth: called.depth,
            tenant: step.process.tenant.clone(),
            conversation: step.state().created().and_then(|created| created.conversation.clone()),
        })));
    }
}
