//! What each element does: one kind, one file, the same five verbs.
//!
//! A behaviour says only what is particular to its kind. Mappings, boundary events, listeners, multi-instance and
//! incidents wrap it from outside (see `step/life_cycle.rs`), so no element can forget them. A new kind costs a file
//! here and a line in [`with`]; see `docs/adding-an-element.md`.

pub(crate) mod ad_hoc_sub_process;
pub(crate) mod boundary_event;
mod business_rule_task;
mod call_activity;
pub(crate) mod complex_gateway;
mod end_event;
mod event_based_gateway;
mod event_definition;
pub(crate) mod event_sub_process;
mod exclusive_gateway;
mod inclusive_gateway;
mod intermediate_catch_event;
mod intermediate_throw_event;
mod parallel_gateway;
mod process;
mod receive_task;
mod script_task;
mod send_task;
mod service_task;
mod start_event;
mod sub_process;
mod task;
mod user_task;

use hosk_model::{
    BusinessRuleTask, Element, ElementIndex, ElementKind, ProcessDefinition, Repetition, ScriptTask,
    SendTask, UserTask,
};

use crate::command::Variables;
use crate::flows;
use crate::incidents::Trouble;
use crate::keys::ElementInstanceKey;
use crate::mappings;
use crate::multi_instance::{self, Role};
use crate::standard_loop;
use crate::state::{ElementInstance, InstanceState};
use crate::step::{Activated, Activating, Outgoing, Step};
use crate::work::Work;

/// Why an element instance is to go on.
pub(crate) enum Cause<'a> {
    /// What it waited for is there, and brought these variables.
    Done(&'a Variables),
    /// The incident it had while active was resolved.
    IncidentResolved,
}

/// What is particular to an element kind. Every verb looks first: it may fail ([`Trouble`], which becomes an incident)
/// only before it emits an event.
pub(crate) trait Behaviour {
    /// Begins its work. Waits, or passes at once.
    fn activate(&self, step: &mut Step<'_>, this: Activating) -> Result<Activated, Trouble>;

    /// Goes on because of something from outside. `key` is the element instance the timer, subscription, job … belongs
    /// to: for a boundary event the activity it sits on, for the start of an event sub-process the container.
    fn resume(&self, step: &mut Step<'_>, key: ElementInstanceKey, cause: &Cause<'_>) -> Result<(), Trouble> {
        done(step, key, cause);
        Ok(())
    }

    /// Something directly inside it ended. Only containers have an inside.
    fn child_ended(&self, _step: &mut Step<'_>, _key: ElementInstanceKey) -> Result<(), Trouble> {
        Ok(())
    }

    /// Its work is done; decides by which flows it leaves. By default by every flow whose condition holds.
    fn complete(&self, step: &mut Step<'_>, key: ElementInstanceKey) -> Result<Outgoing, Trouble> {
        flows::split(step, key)
    }

    /// It is being stopped. Its jobs, user tasks, timers, subscriptions and children are closed for it.
    fn terminate(&self, _step: &mut Step<'_>, _key: ElementInstanceKey) {}
}

/// What an element instance waited for is there: it takes the variables in and completes.
fn done(step: &mut Step<'_>, key: ElementInstanceKey, cause: &Cause<'_>) {
    if let Cause::Done(variables) = cause {
        if let Some(element) = step.element_of(key) {
            mappings::receive(step, key, element, variables);
        }
        step.push(Work::Complete { key });
    }
}

/// Calls `run` with the behaviour of an element: the register of all kinds.
pub(crate) fn with<R>(element: &Element, role: Role, run: impl FnOnce(&dyn Behaviour) -> R) -> R {
    if let (Role::Body, Some(repetition)) = (role, &element.repetition) {
        return match repetition {
            Repetition::MultiInstance(multi_instance) => run(&multi_instance::Body { multi_instance }),
            Repetition::StandardLoop(repeated) => run(&standard_loop::Body { repeated }),
        };
    }
    match &element.kind {
        ElementKind::Process { .. } => run(&process::Process { element }),
        ElementKind::StartEvent { trigger, interrupting, .. } => {
            let trigger = trigger.as_ref();
            run(&start_event::StartEvent { element, trigger, interrupting: *interrupting })
        }
        ElementKind::EndEvent { trigger } => run(&end_event::EndEvent { element, trigger: trigger.as_ref() }),
        ElementKind::IntermediateCatchEvent { trigger } => {
            run(&intermediate_catch_event::IntermediateCatchEvent { element, trigger })
        }
        ElementKind::IntermediateThrowEvent { trigger } => {
            run(&intermediate_throw_event::IntermediateThrowEvent { element, trigger: trigger.as_ref() })
        }
        ElementKind::BoundaryEvent { interrupting, .. } => {
            run(&boundary_event::BoundaryEvent { element, interrupting: *interrupting })
        }
        ElementKind::ServiceTask(job)
        | ElementKind::SendTask(SendTask::Job(job))
        | ElementKind::BusinessRuleTask(BusinessRuleTask::Job(job))
        | ElementKind::ScriptTask(ScriptTask::Job(job))
        | ElementKind::UserTask(UserTask::Job(job)) => run(&service_task::ServiceTask { element, job }),
        ElementKind::SendTask(SendTask::Publish(publication)) => run(&send_task::SendTask { publication }),
        ElementKind::ScriptTask(ScriptTask::Feel { expression, result_variable }) => {
            run(&script_task::ScriptTask { element, expression, result_variable: result_variable.as_ref() })
        }
        ElementKind::BusinessRuleTask(BusinessRuleTask::Decision(called)) => {
            run(&business_rule_task::BusinessRuleTask { element, called })
        }
        ElementKind::UserTask(UserTask::Native(task)) => run(&user_task::NativeUserTask { element, task }),
        ElementKind::ReceiveTask(message) => run(&receive_task::ReceiveTask { element, message }),
        ElementKind::CallActivity(call) => run(&call_activity::CallActivity { call }),
        ElementKind::SubProcess | ElementKind::Transaction => run(&sub_process::SubProcess { element }),
        ElementKind::AdHocSubProcess(_) if role == Role::Inner => run(&ad_hoc_sub_process::Inner),
        ElementKind::AdHocSubProcess(ad_hoc) => run(&ad_hoc_sub_process::AdHocSubProcess { element, ad_hoc }),
        ElementKind::EventSubProcess => run(&event_sub_process::EventSubProcess { element }),
        ElementKind::ExclusiveGateway => run(&exclusive_gateway::ExclusiveGateway { element }),
        ElementKind::ParallelGateway => run(&parallel_gateway::ParallelGateway),
        ElementKind::EventBasedGateway { instantiate } => {
            run(&event_based_gateway::EventBasedGateway { element, instantiate: *instantiate })
        }
        ElementKind::ComplexGateway { .. } => run(&complex_gateway::ComplexGateway { element }),
        ElementKind::EventDefinition { event, .. } => {
            run(&event_definition::EventDefinition { slot: element.index, event: *event })
        }
        ElementKind::InclusiveGateway => run(&inclusive_gateway::InclusiveGateway),
        // No flow leads to the last two and no command names one: the compiler refuses it.
        ElementKind::Task
        | ElementKind::ManualTask
        | ElementKind::SequenceFlow
        | ElementKind::NotExecuted { .. } => run(&task::Task),
    }
}

/// With a token on `flow` in this container, the tokens that begin what it leads to; `None` when it has to wait for
/// others.
pub(crate) fn gather(
    definition: &ProcessDefinition,
    state: &InstanceState,
    container: &ElementInstance,
    flow: ElementIndex,
) -> Option<Vec<ElementIndex>> {
    let target = definition.element(definition.flow(flow)?.target);
    match target.kind {
        ElementKind::InclusiveGateway => {
            let reachability = definition.reachability.get(&target.index);
            inclusive_gateway::gather(target, container, state, reachability)
        }
        ElementKind::ParallelGateway => parallel_gateway::gather(target, container),
        // It looks for itself when its time has come.
        ElementKind::ComplexGateway { .. } => None,
        _ if target.quantities.start > 1 => quantity(target, container),
        _ => Some(vec![flow]),
    }
}

/// As many tokens as an activity waits for (`startQuantity`), whichever flows they are on.
fn quantity(activity: &Element, container: &ElementInstance) -> Option<Vec<ElementIndex>> {
    let needed = activity.quantities.start as usize;
    let on = |flow: &ElementIndex| std::iter::repeat_n(*flow, container.tokens_on(*flow) as usize);
    let tokens: Vec<ElementIndex> = activity.incoming.iter().flat_map(on).take(needed).collect();
    (tokens.len() == needed).then_some(tokens)
}

/// The element whose output mappings take what a trigger brought: for an event sub-process its start event.
pub(crate) fn receiver<'a>(definition: &'a ProcessDefinition, element: &'a Element) -> &'a Element {
    match element.kind {
        ElementKind::EventSubProcess => event_sub_process::start_of(definition, element).unwrap_or(element),
        _ => element,
    }
}
