//! Commands about incidents: resolve, raise from outside.
//!
//! Resolving repeats the transition the incident stopped, with the variables of now. The incident of a job offers the
//! job again. A job without retries gets one where many incidents are resolved together, and must have been given some
//! before where one is (Camunda 8.9 does the same).

use super::check_state;
use crate::elements::Cause;
use crate::event::{Event, IncidentKind};
use crate::incidents::{self, Trouble};
use crate::keys::{ElementInstanceKey, IncidentKey, JobKey};
use crate::rejection::{Rejection, RejectionCode};
use crate::state::{ElementInstance, ElementState, JobState};
use crate::step::Step;
use crate::task_listeners;
use crate::triggers::conditional;
use crate::work::Work;

/// Tries again what an incident stopped; `give_retry`: a job that has none left gets a retry.
pub(super) fn resolve(step: &mut Step<'_>, key: IncidentKey, give_retry: bool) -> Result<(), Rejection> {
    let Some(incident) = step.state().incident(key) else {
        let message = format!(
            "The incident {key} does not exist any more. It was resolved before, or its element is gone."
        );
        return Err(Rejection::new(RejectionCode::IncidentNotFound, message));
    };
    let (owner, job) = (incident.element_instance, incident.job);
    if !task_listeners::is_canceling(step, owner) {
        check_state(step, owner, &ElementState::BEFORE_TERMINATING)?;
    }
    let job = job.and_then(|job| step.state().job(job));
    if let Some(job) = job.filter(|job| job.details.retries == 0 && !give_retry) {
        return Err(no_retries_left(key, job.key()));
    }
    let stopped = job.filter(|job| job.state != JobState::Active);
    let stopped = stopped.map(|job| (job.key(), job.details.retries.max(1)));
    step.emit(Event::IncidentResolved { key });
    if let Some((key, retries)) = stopped {
        step.emit(Event::JobRetried { key, retries });
        return Ok(());
    }
    match step.instance(owner).map(ElementInstance::state) {
        Some(ElementState::Activating) => step.push(Work::Activate { key: owner }),
        Some(ElementState::Completing) => step.push(Work::Complete { key: owner }),
        Some(ElementState::Active) => go_on(step, owner),
        // Only a listener that hears that a user task is canceled can have one then.
        Some(ElementState::Terminating) => task_listeners::go_on(step, owner),
        None => {}
    }
    Ok(())
}

fn no_retries_left(key: IncidentKey, job: JobKey) -> Rejection {
    let message = format!(
        "The job {job}, which the incident {key} is about, has no retries left. Give it some, then resolve the incident."
    );
    Rejection::new(RejectionCode::NoRetriesLeft, message)
}

/// An active element instance goes on. What waits for conditions looks at them first: one of them may have been what
/// the incident was about.
fn go_on(step: &mut Step<'_>, owner: ElementInstanceKey) {
    let waits = step.state().conditions_of(owner).next().is_some();
    if waits {
        step.push(Work::LookAtConditions { element_instance: owner });
    }
    let only_waits = waits
        && step
            .instance(owner)
            .is_some_and(|instance| conditional::only_waits(instance, step.element(instance.element())));
    if !only_waits {
        step.resume(owner, &Cause::IncidentResolved);
    }
}

/// Raises an incident from outside.
pub(super) fn raise(
    step: &mut Step<'_>,
    key: ElementInstanceKey,
    kind: IncidentKind,
    message: &str,
) -> Result<(), Rejection> {
    check_state(step, key, &ElementState::BEFORE_TERMINATING)?;
    if step.instance(key).is_some_and(|i| i.incident().is_some()) {
        let message = format!("The element instance {key} has an incident already; resolve that one.");
        return Err(Rejection::new(RejectionCode::IncidentExists, message));
    }
    incidents::raise(step, key, Trouble::new(kind, message));
    Ok(())
}
