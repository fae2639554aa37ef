//! Commands about jobs: complete, fail, throw an error, update.

use hosk_model::{ListenerEvent, RETRY_BACKOFF_HEADER, TimerKind};

use super::{ad_hoc, check_state, check_variables};
use crate::command::{AdHocChoice, Corrections, Variables};
use crate::elements::Cause;
use crate::event::{Event, IncidentKind, JobKind};
use crate::incidents::{self, Trouble, cut};
use crate::keys::{ElementInstanceKey, JobKey, Timestamp};
use crate::rejection::{Rejection, RejectionCode};
use crate::state::{ElementInstance, ElementState, Job, JobState};
use crate::step::Step;
use crate::triggers::{error, timer};
use crate::work::Work;
use crate::{limits, mappings, task_listeners};

/// A worker's failure.
pub(super) struct Failure<'a> {
    pub(super) retries: u32,
    pub(super) retry_at: Option<Timestamp>,
    pub(super) message: &'a str,
    pub(super) variables: &'a Variables,
}

/// What a task listener says about the transition.
#[derive(Clone, Copy)]
pub(crate) struct ListenerResult<'a> {
    /// It is denied, with the reason.
    pub(crate) denied: Option<&'a str>,
    /// What else changes.
    pub(crate) corrections: Option<&'a Corrections>,
}

fn check_result(
    key: JobKey,
    kind: JobKind,
    event: Option<ListenerEvent>,
    result: ListenerResult<'_>,
) -> Result<(), Rejection> {
    if result.denied.is_some() && event == Some(ListenerEvent::Canceling) {
        let message = format!(
            "The job {key} hears that a user task is canceled, which cannot be denied. Complete it without denying."
        );
        return Err(Rejection::new(RejectionCode::JobResultInvalid, message));
    }
    if (result.denied.is_some() || result.corrections.is_some()) && kind != JobKind::TaskListener {
        let message = format!(
            "The job {key} is no task listener's; only those can deny or correct. Fail it or throw an error."
        );
        return Err(Rejection::new(RejectionCode::JobResultInvalid, message));
    }
    let Some(corrections) = result.corrections else { return Ok(()) };
    if result.denied.is_some() {
        let message = "What is denied does not take place, so there is nothing to correct. Deny or correct.";
        return Err(Rejection::new(RejectionCode::JobResultInvalid, message));
    }
    super::user_tasks::check_priority(corrections.changes.priority)
}

/// A worker finished its job.
pub(super) fn complete(
    step: &mut Step<'_>,
    key: JobKey,
    variables: &Variables,
    result: ListenerResult<'_>,
    choice: Option<&AdHocChoice>,
) -> Result<(), Rejection> {
    let job = active(step, key)?;
    let (owner, listener, kind) =
        (job.details.element_instance, job.details.listener_event, job.details.kind);
    check_result(key, kind, listener, result)?;
    check_owner(step, owner, kind)?;
    check_variables(step, variables)?;
    if kind == JobKind::AdHocSubProcess {
        return ad_hoc::choose(step, key, owner, variables, choice.unwrap_or(&AdHocChoice::default()));
    }
    step.emit(Event::JobCompleted { key });
    match listener {
        None => step.resume(owner, &Cause::Done(variables)),
        Some(event) => listener_done(step, owner, event, variables, result),
    }
    Ok(())
}

/// A worker could not do its job.
pub(super) fn fail(step: &mut Step<'_>, key: JobKey, failure: &Failure<'_>) -> Result<(), Rejection> {
    let job = active(step, key)?;
    let (owner, kind) = (job.details.element_instance, job.details.kind);
    check_owner(step, owner, kind)?;
    check_retries(failure.retries)?;
    check_variables(step, failure.variables)?;
    let message = cut(failure.message.to_owned(), limits::MESSAGE_BYTES);
    let retry_at = failure.retry_at.or_else(|| pause(job, failure.retries, step.now));
    step.emit(Event::JobFailed { key, retries: failure.retries, retry_at, message: message.clone() });
    for (name, value) in failure.variables {
        mappings::set(step, owner, name, value);
    }
    if failure.retries == 0 {
        let incident = match kind {
            JobKind::BpmnElement => IncidentKind::JobNoRetries,
            JobKind::AdHocSubProcess => IncidentKind::AdHocSubProcessNoRetries,
            JobKind::ExecutionListener => IncidentKind::ExecutionListenerNoRetries,
            JobKind::TaskListener => IncidentKind::TaskListenerNoRetries,
        };
        let message = if message.is_empty() {
            "The job failed and has no retries left. The worker gave no reason.".to_owned()
        } else {
            message
        };
        incidents::raise_for(step, owner, Some(key), Trouble::new(incident, message));
    }
    Ok(())
}

/// When the job is offered again where the worker did not say: after the pause that the model wants.
fn pause(job: &Job, retries: u32, now: Timestamp) -> Option<Timestamp> {
    let (_, text) = job.details.headers.iter().find(|(key, _)| retries > 0 && key == RETRY_BACKOFF_HEADER)?;
    timer::due(TimerKind::Duration, text, now).ok().map(|due| due.at)
}

/// A worker raises a BPMN error.
pub(super) fn throw_error(
    step: &mut Step<'_>,
    key: JobKey,
    code: &str,
    message: &str,
    variables: &Variables,
) -> Result<(), Rejection> {
    let job = active(step, key)?;
    let (owner, kind) = (job.details.element_instance, job.details.kind);
    if matches!(kind, JobKind::ExecutionListener | JobKind::TaskListener) {
        let message =
            format!("The job {key} is a listener's and cannot throw a BPMN error. Fail it instead.");
        return Err(Rejection::new(RejectionCode::JobKindMismatch, message));
    }
    check_owner(step, owner, kind)?;
    check_variables(step, variables)?;
    let message = cut(message.to_owned(), limits::MESSAGE_BYTES);
    error::throw_from_job(step, key, owner, code, &message, variables);
    Ok(())
}

/// An operator changes a job.
pub(super) fn update(
    step: &mut Step<'_>,
    key: JobKey,
    retries: Option<u32>,
    priority: Option<i32>,
) -> Result<(), Rejection> {
    if step.state().job(key).is_none() {
        return Err(not_found(key));
    }
    if let Some(retries) = retries {
        check_retries(retries)?;
        if retries == 0 {
            let message = "A job needs at least one retry; to stop it, cancel the process instance.";
            return Err(Rejection::new(RejectionCode::RetriesInvalid, message));
        }
    }
    step.emit(Event::JobUpdated { key, retries, priority });
    Ok(())
}

fn listener_done(
    step: &mut Step<'_>,
    owner: ElementInstanceKey,
    event: ListenerEvent,
    variables: &Variables,
    result: ListenerResult<'_>,
) {
    match event {
        ListenerEvent::Start => {
            for (name, value) in variables {
                mappings::set(step, owner, name, value);
            }
            step.push(Work::Activate { key: owner });
        }
        ListenerEvent::End => {
            let scope = step.instance(owner).map_or(owner, ElementInstance::scope);
            for (name, value) in variables {
                mappings::merge(step, scope, name, value);
            }
            step.push(Work::Complete { key: owner });
        }
        ListenerEvent::Creating
        | ListenerEvent::Assigning
        | ListenerEvent::Updating
        | ListenerEvent::Completing
        | ListenerEvent::Canceling => {
            for (name, value) in variables {
                mappings::set(step, owner, name, value);
            }
            task_listeners::listener_done(step, owner, result);
        }
    }
}

fn active<'s>(step: &'s Step<'_>, key: JobKey) -> Result<&'s Job, Rejection> {
    let job = step.state().job(key).ok_or_else(|| not_found(key))?;
    let why = match job.state {
        JobState::Active => return Ok(job),
        JobState::Failed => "has failed for good",
        JobState::ErrorThrown => "has thrown an error that nothing caught",
    };
    let message = format!("The job {key} {why} and waits for its incident to be resolved.");
    Err(Rejection::new(RejectionCode::JobNotActive, message))
}

fn check_owner(step: &Step<'_>, owner: ElementInstanceKey, kind: JobKind) -> Result<(), Rejection> {
    match kind {
        JobKind::BpmnElement | JobKind::AdHocSubProcess => check_state(step, owner, &[ElementState::Active]),
        JobKind::TaskListener if task_listeners::is_canceling(step, owner) => Ok(()),
        JobKind::ExecutionListener | JobKind::TaskListener => {
            check_state(step, owner, &ElementState::BEFORE_TERMINATING)
        }
    }
}

fn check_retries(retries: u32) -> Result<(), Rejection> {
    if retries <= limits::RETRIES {
        return Ok(());
    }
    let message = format!("{retries} retries are too many; give at most {}.", limits::RETRIES);
    Err(Rejection::new(RejectionCode::RetriesInvalid, message))
}

pub(super) fn not_found(key: JobKey) -> Rejection {
    let message = format!(
        "The job {key} does not exist any more. It was completed before, or canceled because its element was \
         interrupted; there is nothing left to do for it."
    );
    Rejection::new(RejectionCode::JobNotFound, message)
}
