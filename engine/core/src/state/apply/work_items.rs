//! Writing down jobs, user tasks, timers, subscriptions and incidents.

use std::sync::Arc;

use hosk_model::ElementIndex;

use super::on;
use crate::command::{Corrections, UserTaskChanges};
use crate::event::{Event, JobCreated, JobKind, UserTaskCreated, UserTaskTransition};
use crate::global_listeners::ChosenListener;
use crate::keys::{
    ElementInstanceKey, IncidentKey, JobKey, MessageKey, SubscriptionKey, TimerKey, Timestamp, UserTaskKey,
};
use crate::limits::MESSAGES_REMEMBERED;
use crate::state::InstanceState;
use crate::state::work_items::{Incident, Job, JobState, Subscription, Timer, UserTask};

pub(super) fn job_created(state: &mut InstanceState, created: &JobCreated) {
    on(state, created.element_instance, |i| i.job = Some(created.key));
    let job = Job { details: created.clone(), state: JobState::Active, retry_at: None };
    state.jobs.insert(created.key, job);
}

pub(super) fn job_completed(state: &mut InstanceState, key: JobKey) {
    let Some(job) = remove_job(state, key) else { return };
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

pub(super) fn job_canceled(state: &mut InstanceState, key: JobKey) {
    remove_job(state, key);
}

pub(super) fn job_failed(state: &mut InstanceState, key: JobKey, retries: u32, retry_at: Option<Timestamp>) {
    on_job(state, key, |job| {
        job.details.retries = retries;
        job.retry_at = retry_at;
        job.state = if retries == 0 { JobState::Failed } else { JobState::Active };
    });
}

pub(super) fn job_error_thrown(state: &mut InstanceState, key: JobKey) {
    on_job(state, key, |job| job.state = JobState::ErrorThrown);
}

pub(super) fn job_retried(state: &mut InstanceState, key: JobKey, retries: u32) {
    on_job(state, key, |job| {
        job.details.retries = retries;
        job.retry_at = None;
        job.state = JobState::Active;
    });
}

pub(super) fn job_updated(
    state: &mut InstanceState,
    key: JobKey,
    retries: Option<u32>,
    priority: Option<i32>,
) {
    on_job(state, key, |job| {
        job.details.retries = retries.unwrap_or(job.details.retries);
        job.details.priority = priority.unwrap_or(job.details.priority);
    });
}

pub(super) fn user_task_created(state: &mut InstanceState, created: &UserTaskCreated) {
    on(state, created.element_instance, |i| i.user_task = Some(created.key));
    let task = UserTask {
        details: created.clone(),
        transition: None,
        listeners_done: 0,
        corrections: Corrections::default(),
        global: Vec::new(),
    };
    state.user_tasks.insert(created.key, task);
}

pub(super) fn user_task_transitioning(
    state: &mut InstanceState,
    key: UserTaskKey,
    to: &UserTaskTransition,
    global: &[ChosenListener],
) {
    on_task(state, key, |task| {
        task.transition = Some(Box::new(to.clone()));
        task.listeners_done = 0;
        task.global = global.to_vec();
        task.corrections = Corrections::default();
    });
}

pub(super) fn user_task_corrected(state: &mut InstanceState, key: UserTaskKey, corrections: &Corrections) {
    on_task(state, key, |task| {
        task.corrections = std::mem::take(&mut task.corrections).then(corrections.clone());
    });
}

pub(super) fn user_task_settled(state: &mut InstanceState, key: UserTaskKey) {
    on_task(state, key, |task| task.transition = None);
}

pub(super) fn user_task_assigned(state: &mut InstanceState, key: UserTaskKey, assignee: Option<&Arc<str>>) {
    on_task(state, key, |task| {
        task.details.assignee = assignee.cloned();
        task.transition = None;
    });
}

pub(super) fn user_task_updated(state: &mut InstanceState, key: UserTaskKey, changes: &UserTaskChanges) {
    let UserTaskChanges { candidate_groups, candidate_users, due_date, follow_up_date, priority } = changes;
    on_task(state, key, |task| {
        let details = &mut task.details;
        replace(&mut details.candidate_groups, candidate_groups.as_ref());
        replace(&mut details.candidate_users, candidate_users.as_ref());
        replace(&mut details.due_date, due_date.as_ref());
        replace(&mut details.follow_up_date, follow_up_date.as_ref());
        replace(&mut details.priority, priority.as_ref());
        task.transition = None;
    });
}

pub(super) fn user_task_gone(state: &mut InstanceState, key: UserTaskKey) {
    if let Some(task) = state.user_tasks.remove(&key) {
        on(state, task.details.element_instance, |i| i.user_task = None);
    }
}

pub(super) fn timer_scheduled(state: &mut InstanceState, event: &Event) {
    let Event::TimerScheduled { key, element_instance, target, due, repetitions, cycle } = event else {
        return;
    };
    on(state, *element_instance, |i| i.timers.push(*key));
    let timer = Timer {
        key: *key,
        element_instance: *element_instance,
        target: *target,
        due: *due,
        repetitions: *repetitions,
        cycle: cycle.clone(),
    };
    state.timers.insert(*key, timer);
}

pub(super) fn timer_gone(state: &mut InstanceState, key: TimerKey) {
    if let Some(timer) = state.timers.remove(&key) {
        on(state, timer.element_instance, |i| i.timers.retain(|k| *k != key));
    }
}

pub(super) fn subscription_opened(state: &mut InstanceState, event: &Event) {
    let Event::SubscriptionOpened {
        key,
        element_instance,
        target,
        message_name,
        correlation_key,
        interrupting,
    } = event
    else {
        return;
    };
    on(state, *element_instance, |i| i.subscriptions.push(*key));
    let subscription = Subscription {
        key: *key,
        element_instance: *element_instance,
        target: *target,
        message_name: message_name.clone(),
        correlation_key: correlation_key.clone(),
        interrupting: *interrupting,
        received: Vec::new(),
    };
    state.subscriptions.insert(*key, subscription);
}

pub(super) fn subscription_correlated(state: &mut InstanceState, key: SubscriptionKey, message: MessageKey) {
    let Some(subscription) = state.subscriptions.get_mut(&key) else { return };
    if subscription.interrupting {
        return subscription_closed(state, key);
    }
    subscription.received.push(message);
    if subscription.received.len() > MESSAGES_REMEMBERED {
        subscription.received.remove(0);
    }
}

pub(super) fn subscription_closed(state: &mut InstanceState, key: SubscriptionKey) {
    if let Some(subscription) = state.subscriptions.remove(&key) {
        on(state, subscription.element_instance, |i| i.subscriptions.retain(|k| *k != key));
    }
}

pub(super) fn condition_is(
    state: &mut InstanceState,
    owner: ElementInstanceKey,
    target: ElementIndex,
    holds: bool,
) {
    state.conditions.set(owner, target, holds);
}

pub(super) fn condition_closed(state: &mut InstanceState, owner: ElementInstanceKey, target: ElementIndex) {
    state.conditions.remove(owner, target);
}

pub(super) fn incident_raised(state: &mut InstanceState, event: &Event) {
    let Event::IncidentRaised { key, element_instance, job, kind, message } = event else { return };
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

pub(super) fn incident_resolved(state: &mut InstanceState, key: IncidentKey) {
    if let Some(incident) = state.incidents.remove(&key) {
        on(state, incident.element_instance, |i| i.incident = None);
    }
}

fn replace<T: Clone>(target: &mut T, value: Option<&T>) {
    if let Some(value) = value {
        target.clone_from(value);
    }
}

fn on_job(state: &mut InstanceState, key: JobKey, write: impl FnOnce(&mut Job)) {
    if let Some(job) = state.jobs.get_mut(&key) {
        write(job);
    }
}

fn on_task(state: &mut InstanceState, key: UserTaskKey, write: impl FnOnce(&mut UserTask)) {
    if let Some(task) = state.user_tasks.get_mut(&key) {
        write(task);
    }
}

fn remove_job(state: &mut InstanceState, key: JobKey) -> Option<Job> {
    let job = state.jobs.remove(&key)?;
    on(state, job.details.element_instance, |i| i.job = None);
    Some(job)
}
