//! Writing down what happened: the only writer of [`InstanceState`]. Total and dull: no decisions, no look-ups in the
//! model, no case for an element kind. What an event speaks of and is not there is passed over.

mod compensation;
mod elements;
mod migration;
mod signals;
mod triggers;
mod work_items;

use super::InstanceState;
use super::element_instance::{ElementInstance, ElementState, Triggered};
use crate::event::Event;
use crate::keys::ElementInstanceKey;

/// Writes an event down. The same events on a new state always give the same state.
#[expect(clippy::too_many_lines, reason = "a list: every event has its line, and the compiler asks for it")]
pub fn apply(state: &mut InstanceState, event: &Event) {
    match event {
        Event::InstanceCreated(created) => state.created = Some(created.clone()),
        Event::InstanceEnded(_) => state.ended = true,
        Event::Paused { work } => state.paused.extend_from_slice(work),
        Event::Continued => state.paused.clear(),
        Event::ElementActivating { .. } => elements::activating(state, event),
        Event::EntryChosen { key, inside } => on(state, *key, |i| i.inside.clone_from(inside)),
        // Said for the record or for the world: what it leads to follows. What a decision gave stands in variables.
        Event::InstanceModified { .. }
        | Event::Asked { .. }
        | Event::EscalationThrown { .. }
        | Event::MessageThrown(_)
        | Event::ChildSuspensionRequested { .. }
        | Event::DecisionEvaluated(_) => {}
        Event::InstanceMigrated { definition, elements } => {
            migration::migrated(state, *definition, elements);
        }
        Event::InstanceSuspended { .. } => state.suspended = true,
        Event::InstanceResumed(_) => state.suspended = false,
        Event::ElementActivated { key } => elements::enter(state, *key, ElementState::Active),
        Event::ElementCompleting { key } => elements::enter(state, *key, ElementState::Completing),
        Event::ElementTerminating { key } => elements::enter(state, *key, ElementState::Terminating),
        Event::ElementCompleted { key } => elements::leave(state, *key, |body| body.completed += 1),
        Event::ElementTerminated { key } => elements::leave(state, *key, |body| body.terminated += 1),
        Event::FlowTaken { flow, scope } => elements::flow_taken(state, *flow, *scope),
        Event::TokensDiscarded { scope, flows } => elements::consume(state, *scope, flows),
        Event::VariableSet { .. } => elements::variable_set(state, event),
        Event::LoopStarted { body, items, count } => elements::loop_started(state, *body, items, *count),
        Event::LoopResult { body, index, value } => elements::loop_result(state, *body, *index, value),
        Event::JobCreated(created) => work_items::job_created(state, created),
        Event::JobCompleted { key } => work_items::job_completed(state, *key),
        Event::JobCanceled { key } => work_items::job_canceled(state, *key),
        Event::JobFailed { key, retries, retry_at, .. } => {
            work_items::job_failed(state, *key, *retries, *retry_at);
        }
        Event::JobErrorThrown { key, .. } => work_items::job_error_thrown(state, *key),
        Event::JobRetried { key, retries } => work_items::job_retried(state, *key, *retries),
        Event::JobUpdated { key, retries, priority } => {
            work_items::job_updated(state, *key, *retries, *priority);
        }
        Event::UserTaskCreated(created) => work_items::user_task_created(state, created),
        Event::UserTaskTransitioning { key, to, global } => {
            work_items::user_task_transitioning(state, *key, to, global);
        }
        Event::UserTaskSettled { key, .. } => work_items::user_task_settled(state, *key),
        Event::UserTaskCorrected { key, corrections } => {
            work_items::user_task_corrected(state, *key, corrections);
        }
        Event::UserTaskAssigned { key, assignee, .. } => {
            work_items::user_task_assigned(state, *key, assignee.as_ref());
        }
        Event::UserTaskUpdated { key, changes, .. } => work_items::user_task_updated(state, *key, changes),
        Event::UserTaskCompleted { key, .. } | Event::UserTaskCanceled { key } => {
            work_items::user_task_gone(state, *key);
        }
        Event::TimerScheduled { .. } => work_items::timer_scheduled(state, event),
        Event::TimerTriggered { key } | Event::TimerCanceled { key } => work_items::timer_gone(state, *key),
        Event::SubscriptionOpened { .. } => work_items::subscription_opened(state, event),
        Event::SubscriptionCorrelated { key, message } => {
            work_items::subscription_correlated(state, *key, *message);
        }
        Event::SubscriptionClosed { key } => work_items::subscription_closed(state, *key),
        Event::Signal(signal) => signals::signal(state, signal),
        Event::Triggers(triggers) => triggers::triggers(state, triggers),
        Event::ConditionOpened { element_instance, target } => {
            work_items::condition_is(state, *element_instance, *target, false);
        }
        Event::ConditionChanged { element_instance, target, holds } => {
            work_items::condition_is(state, *element_instance, *target, *holds);
        }
        Event::ConditionClosed { element_instance, target } => {
            work_items::condition_closed(state, *element_instance, *target);
        }
        Event::IncidentRaised { .. } => work_items::incident_raised(state, event),
        Event::IncidentResolved { key } => work_items::incident_resolved(state, *key),
        Event::ChildRequested(called) => on(state, called.caller, |i| i.called = Some(called.child)),
        Event::CompensationNoted { key, scope, variables } => {
            compensation::noted(state, *key, *scope, variables);
        }
        Event::CompensationStarted { by, scope, records } => {
            compensation::started(state, *by, *scope, records);
        }
        Event::CompensationUnfolded { by } => compensation::unfolded(state, *by),
        Event::CompensationHandlerStarted { by, handler, how } => {
            compensation::handler_started(state, *by, *handler, *how);
        }
        Event::ChildCancelRequested { caller, .. } => {
            if let Some(caller) = caller {
                on(state, *caller, |i| i.canceling = true);
            }
        }
        Event::TroubleTold { incident, .. } => state.told_incident = *incident,
        Event::ChildTroubled { caller, incident: Some(incident), .. } => {
            state.called_incidents.insert(*caller, *incident);
        }
        Event::ChildTroubled { caller, incident: None, .. } => {
            state.called_incidents.remove(caller);
        }
        Event::Postponed { key, work } => on(state, *key, |i| i.postponed.clone_from(work)),
        Event::GatewaySwitched { scope, gateway, taken } => {
            elements::gateway_switched(state, *scope, *gateway, taken.as_ref());
        }
        Event::ChildEscalated { caller, origin, .. } => elements::escalated(state, *caller, *origin),
        Event::ElementTriggered { key, by, variables } => {
            let triggered = Triggered { by: *by, variables: variables.clone() };
            on(state, *key, |i| i.triggered = Some(Box::new(triggered)));
        }
        Event::ChildEnded { caller, .. } => on(state, *caller, |i| i.called = None),
    }
}

fn on(state: &mut InstanceState, key: ElementInstanceKey, write: impl FnOnce(&mut ElementInstance)) {
    if let Some(instance) = state.element_instances.get_mut(&key) {
        write(instance);
    }
}
