//! Writing down what happened: the only writer of [`InstanceState`]. Total and dull: no decisions, no look-ups in the
//! model, no case for an element kind. What an event speaks of and is not there is passed over.

use hosk_feel::Json;

use super::InstanceState;
use super::element_instance::{ElementInstance, ElementState, LoopState};
use super::variables::Variable;
use super::work_items::{Incident, Job, JobState, Subscription, Timer, UserTask};
use crate::command::UserTaskChanges;
use crate::event::{Event, JobKind};
use crate::keys::{ElementInstanceKey, JobKey, UserTaskKey, VariableKey};
use crate::limits::MESSAGES_REMEMBERED;

/// Writes an event down. The same events on a new state always give the same state.
pub fn apply(state: &mut InstanceState, event: &Event) {
    match event {
        Event::InstanceCreated(created) => state.created = Some(created.clone()),
        Event::InstanceEnded(_) => state.ended = true,
        Event::Paused { work } => state.paused.extend_from_slice(work),
        Event::Continued => state.paused.clear(),
        Event::ElementActivating { .. }
        | Event::ElementActivated { .. }
        | Event::ElementCompleting { .. }
        | Event::ElementCompleted { .. }
        | Event::ElementTerminating { .. }
        | Event::ElementTerminated { .. } => life(state, event),
        Event::FlowTaken { .. } | Event::TokensDiscarded { .. } => tokens(state, event),
        Event::VariableSet { key, scope, name, value, .. } => {
            set_variable(state, *key, *scope, name, value);
        }
        Event::JobCreated(_)
        | Event::JobCompleted { .. }
        | Event::JobFailed { .. }
        | Event::JobErrorThrown { .. }
        | Event::JobCanceled { .. }
        | Event::JobUpdated { .. }
        | Event::JobRetried { .. } => job(state, event),
        Event::UserTaskCreated(_)
        | Event::UserTaskAssigned { .. }
        | Event::UserTaskUpdated { .. }
        | Event::UserTaskTransitioning { .. }
        | Event::UserTaskSettled { .. }
        | Event::UserTaskCompleted { .. }
        | Event::UserTaskCanceled { .. } => user_task(state, event),
        Event::TimerScheduled { .. }
        | Event::TimerTriggered { .. }
        | Event::TimerCanceled { .. }
        | Event::SubscriptionOpened { .. }
        | Event::SubscriptionCorrelated { .. }
        | Event::SubscriptionClosed { .. } => waiting(state, event),
        Event::IncidentRaised { .. } | Event::IncidentResolved { .. } => incident(state, event),
        Event::ChildRequested { child, caller, .. } => on(state, *caller, |i| i.called = Some(*child)),
        Event::ChildCancelRequested { .. } => {}
        Event::ChildEnded { caller, .. } => on(state, *caller, |i| i.called = None),
        Event::LoopStarted { body, items, count } => on(state, *body, |i| {
            i.body = Some(Box::new(LoopState {
                items: items.clone(),
                count: *count,
                created: 0,
                completed: 0,
                terminated: 0,
                results: std::collections::BTreeMap::new(),
            }));
        }),
        Event::LoopResult { body, index, value } => on(state, *body, |i| {
            if let Some(body) = &mut i.body {
                body.results.insert(*index, value.clone());
            }
        }),
    }
}

fn on(state: &mut InstanceState, key: ElementInstanceKey, write: impl FnOnce(&mut ElementInstance)) {
    if let Some(instance) = state.element_instances.get_mut(&key) {
        write(instance);
    }
}

fn life(state: &mut InstanceState, event: &Event) {
    match event {
        Event::ElementActivating { key, element, scope, consumed, loop_counter } => {
            on(state, *scope, |container| {
                for flow in consumed {
                    take_token(container, *flow);
                }
                if let (Some(counter), Some(body)) = (loop_counter, &mut container.body) {
                    body.created = *counter;
                }
            });
            if scope != key {
                state.children.insert((*scope, *key));
            }
            state.element_instances.insert(*key, ElementInstance::new(*key, *element, *scope, *loop_counter));
        }
        Event::ElementActivated { key } => enter(state, *key, ElementState::Active),
        Event::ElementCompleting { key } => enter(state, *key, ElementState::Completing),
        Event::ElementTerminating { key } => enter(state, *key, ElementState::Terminating),
        Event::ElementCompleted { key } => leave(state, *key, |body| body.completed += 1),
        Event::ElementTerminated { key } => leave(state, *key, |body| body.terminated += 1),
        _ => {}
    }
}

fn enter(state: &mut InstanceState, key: ElementInstanceKey, to: ElementState) {
    on(state, key, |instance| {
        instance.state = to;
        instance.listeners_done = 0;
    });
}

fn leave(state: &mut InstanceState, key: ElementInstanceKey, count: impl FnOnce(&mut LoopState)) {
    let Some(gone) = state.element_instances.remove(&key) else { return };
    for (name, variable) in &gone.variables {
        state.variable_bytes -= name.len() + variable.value.text().len();
    }
    if let Some(job) = gone.job {
        state.jobs.remove(&job);
    }
    state.children.remove(&(gone.scope, key));
    if gone.loop_counter.is_some() {
        on(state, gone.scope, |container| {
            if let Some(body) = &mut container.body {
                count(body);
            }
        });
    }
}

fn tokens(state: &mut InstanceState, event: &Event) {
    match event {
        Event::FlowTaken { flow, scope } => on(state, *scope, |container| {
            *container.tokens.entry(*flow).or_insert(0) += 1;
        }),
        Event::TokensDiscarded { scope, flows } => on(state, *scope, |container| {
            for flow in flows {
                take_token(container, *flow);
            }
        }),
        _ => {}
    }
}

fn take_token(container: &mut ElementInstance, flow: hosk_model::ElementIndex) {
    if let Some(count) = container.tokens.get_mut(&flow) {
        *count -= 1;
        if *count == 0 {
            container.tokens.remove(&flow);
        }
    }
}

fn set_variable(
    state: &mut InstanceState,
    key: VariableKey,
    scope: ElementInstanceKey,
    name: &std::sync::Arc<str>,
    value: &Json,
) {
    let Some(instance) = state.element_instances.get_mut(&scope) else { return };
    let before = instance.variables.insert(name.clone(), Variable { key, value: value.clone() });
    let freed = before.map_or(0, |old| name.len() + old.value.text().len());
    state.variable_bytes = state.variable_bytes + name.len() + value.text().len() - freed;
}

fn job(state: &mut InstanceState, event: &Event) {
    match event {
        Event::JobCreated(created) => {
            on(state, created.element_instance, |i| i.job = Some(created.key));
            let job = Job { details: (**created).clone(), state: JobState::Active, retry_at: None };
            state.jobs.insert(created.key, job);
        }
        Event::JobCompleted { key } => {
            let Some(job) = remove_job(state, *key) else { return };
            let owner = job.details.element_instance;
            match job.details.kind {
                JobKind::BpmnElement | JobKind::AdHocSubProcess => {}
                JobKind::ExecutionListener => on(state, owner, |i| i.listeners_done += 1),
                JobKind::TaskListener => {
                    if let Some(task) = state.element_instances.get(&owner).and_then(|i| i.user_task) {
                        on_task(state, task, |task| task.listeners_done += 1);
                    }
                }
            }
        }
        Event::JobCanceled { key } => {
            remove_job(state, *key);
        }
        Event::JobFailed { key, retries, retry_at, .. } => on_job(state, *key, |job| {
            job.details.retries = *retries;
            job.retry_at = *retry_at;
            job.state = if *retries == 0 { JobState::Failed } else { JobState::Active };
        }),
        Event::JobErrorThrown { key, .. } => on_job(state, *key, |job| job.state = JobState::ErrorThrown),
        Event::JobRetried { key, retries } => on_job(state, *key, |job| {
            job.details.retries = *retries;
            job.retry_at = None;
            job.state = JobState::Active;
        }),
        Event::JobUpdated { key, retries, priority } => on_job(state, *key, |job| {
            job.details.retries = retries.unwrap_or(job.details.retries);
            job.details.priority = priority.unwrap_or(job.details.priority);
        }),
        _ => {}
    }
}

fn on_job(state: &mut InstanceState, key: JobKey, write: impl FnOnce(&mut Job)) {
    if let Some(job) = state.jobs.get_mut(&key) {
        write(job);
    }
}

fn remove_job(state: &mut InstanceState, key: JobKey) -> Option<Job> {
    let job = state.jobs.remove(&key)?;
    on(state, job.details.element_instance, |i| i.job = None);
    Some(job)
}

fn user_task(state: &mut InstanceState, event: &Event) {
    match event {
        Event::UserTaskCreated(created) => {
            on(state, created.element_instance, |i| i.user_task = Some(created.key));
            let task = UserTask { details: (**created).clone(), transition: None, listeners_done: 0 };
            state.user_tasks.insert(created.key, task);
        }
        Event::UserTaskAssigned { key, assignee, .. } => on_task(state, *key, |task| {
            task.details.assignee.clone_from(assignee);
            task.transition = None;
        }),
        Event::UserTaskUpdated { key, changes, .. } => on_task(state, *key, |task| {
            change(task, changes);
            task.transition = None;
        }),
        Event::UserTaskTransitioning { key, to } => on_task(state, *key, |task| {
            task.transition = Some(to.clone());
            task.listeners_done = 0;
        }),
        Event::UserTaskSettled { key, .. } => on_task(state, *key, |task| task.transition = None),
        Event::UserTaskCompleted { key, .. } | Event::UserTaskCanceled { key } => {
            if let Some(task) = state.user_tasks.remove(key) {
                on(state, task.details.element_instance, |i| i.user_task = None);
            }
        }
        _ => {}
    }
}

fn on_task(state: &mut InstanceState, key: UserTaskKey, write: impl FnOnce(&mut UserTask)) {
    if let Some(task) = state.user_tasks.get_mut(&key) {
        write(task);
    }
}

fn change(task: &mut UserTask, changes: &UserTaskChanges) {
    let details = &mut task.details;
    if let Some(groups) = &changes.candidate_groups {
        details.candidate_groups.clone_from(groups);
    }
    if let Some(users) = &changes.candidate_users {
        details.candidate_users.clone_from(users);
    }
    if let Some(date) = &changes.due_date {
        details.due_date.clone_from(date);
    }
    if let Some(date) = &changes.follow_up_date {
        details.follow_up_date.clone_from(date);
    }
    if let Some(priority) = changes.priority {
        details.priority = priority;
    }
}

fn waiting(state: &mut InstanceState, event: &Event) {
    match event {
        Event::TimerScheduled { key, element_instance, target, due, repetitions, cycle } => {
            let timer = Timer {
                key: *key,
                element_instance: *element_instance,
                target: *target,
                due: *due,
                repetitions: *repetitions,
                cycle: cycle.clone(),
            };
            on(state, *element_instance, |i| i.timers.push(*key));
            state.timers.insert(*key, timer);
        }
        Event::TimerTriggered { key } | Event::TimerCanceled { key } => {
            if let Some(timer) = state.timers.remove(key) {
                on(state, timer.element_instance, |i| i.timers.retain(|k| k != key));
            }
        }
        Event::SubscriptionOpened {
            key,
            element_instance,
            target,
            message_name,
            correlation_key,
            interrupting,
        } => {
            let subscription = Subscription {
                key: *key,
                element_instance: *element_instance,
                target: *target,
                message_name: message_name.clone(),
                correlation_key: correlation_key.clone(),
                interrupting: *interrupting,
                received: Vec::new(),
            };
            on(state, *element_instance, |i| i.subscriptions.push(*key));
            state.subscriptions.insert(*key, subscription);
        }
        Event::SubscriptionCorrelated { key, message } => {
            if let Some(subscription) = state.subscriptions.get_mut(key) {
                subscription.received.push(*message);
                if subscription.received.len() > MESSAGES_REMEMBERED {
                    subscription.received.remove(0);
                }
                if subscription.interrupting {
                    close(state, *key);
                }
            }
        }
        Event::SubscriptionClosed { key } => close(state, *key),
        _ => {}
    }
}

fn close(state: &mut InstanceState, key: crate::keys::SubscriptionKey) {
    if let Some(subscription) = state.subscriptions.remove(&key) {
        on(state, subscription.element_instance, |i| i.subscriptions.retain(|k| *k != key));
    }
}

fn incident(state: &mut InstanceState, event: &Event) {
    match event {
        Event::IncidentRaised { key, element_instance, job, kind, message } => {
            on(state, *element_instance, |i| i.incident = Some(*key));
            let incident = Incident {
                key: *key,
                element_instance: *element_instance,
                job: *job,
                kind: *kind,
                message: message.clone(),
            };
            state.incidents.insert(*key, incident);
        }
        Event::IncidentResolved { key } => {
            if let Some(incident) = state.incidents.remove(key) {
                on(state, incident.element_instance, |i| i.incident = None);
            }
        }
        _ => {}
    }
}
