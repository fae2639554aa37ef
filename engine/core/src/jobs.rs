//! Jobs: work for workers and connectors, wanted by an element or by a listener, or to lead an ad-hoc sub-process.

use std::sync::Arc;

use hosk_model::{Element, JobDefinition, Listener, ListenerEvent};

use crate::event::{Event, JobCreated, JobKind};
use crate::expressions;
use crate::global_listeners::ChosenListener;
use crate::incidents::Trouble;
use crate::keys::{ElementInstanceKey, JobKey};
use crate::limits;
use crate::step::Step;

/// A job with everything but its key.
pub(crate) struct Prepared(JobCreated);

/// Evaluates the job of an element.
pub(crate) fn prepare(
    step: &Step<'_>,
    key: ElementInstanceKey,
    element: &Element,
    job: &JobDefinition,
) -> Result<Prepared, Trouble> {
    evaluate(step, key, element, job, &element.headers, JobKind::BpmnElement, None)
}

/// Evaluates the job that leads an ad-hoc sub-process.
pub(crate) fn prepare_choice(
    step: &Step<'_>,
    key: ElementInstanceKey,
    element: &Element,
    job: &JobDefinition,
) -> Result<Prepared, Trouble> {
    evaluate(step, key, element, job, &element.headers, JobKind::AdHocSubProcess, None)
}

/// Evaluates the job of a listener.
pub(crate) fn prepare_listener(
    step: &Step<'_>,
    key: ElementInstanceKey,
    element: &Element,
    listener: &Listener,
) -> Result<Prepared, Trouble> {
    let kind = match listener.event {
        ListenerEvent::Start | ListenerEvent::End => JobKind::ExecutionListener,
        ListenerEvent::Creating
        | ListenerEvent::Assigning
        | ListenerEvent::Updating
        | ListenerEvent::Completing
        | ListenerEvent::Canceling => JobKind::TaskListener,
    };
    evaluate(step, key, element, &listener.job, &listener.headers, kind, Some(listener.event))
}

/// The job of a listener of the installation, which has nothing to evaluate.
pub(crate) fn prepare_global(
    key: ElementInstanceKey,
    element: &Element,
    event: ListenerEvent,
    listener: &ChosenListener,
) -> Prepared {
    Prepared(JobCreated {
        key: JobKey(0),
        element_instance: key,
        element: element.index,
        kind: JobKind::TaskListener,
        listener_event: Some(event),
        job_type: listener.job_type.clone(),
        retries: listener.retries,
        priority: 0,
        headers: Arc::default(),
    })
}

/// Creates a job.
pub(crate) fn create(step: &mut Step<'_>, Prepared(mut job): Prepared) {
    job.key = JobKey(step.next_key());
    step.emit(Event::JobCreated(Box::new(job)));
}

fn evaluate(
    step: &Step<'_>,
    key: ElementInstanceKey,
    element: &Element,
    job: &JobDefinition,
    headers: &Arc<Vec<(String, String)>>,
    kind: JobKind,
    listener_event: Option<ListenerEvent>,
) -> Result<Prepared, Trouble> {
    let retries = 1..=i64::from(limits::RETRIES);
    let priorities = i64::from(i32::MIN)..=i64::from(i32::MAX);
    Ok(Prepared(JobCreated {
        // Drawn when nothing can fail any more.
        key: JobKey(0),
        element_instance: key,
        element: element.index,
        kind,
        listener_event,
        job_type: expressions::text(step, key, "the job type", &job.job_type)?,
        retries: expressions::integer(step, key, "the number of retries", &job.retries, retries)? as u32,
        priority: match &job.priority {
            Some(priority) => {
                expressions::integer(step, key, "the job priority", priority, priorities)? as i32
            }
            None => 0,
        },
        headers: headers.clone(),
    }))
}
