//! The job that leads an ad-hoc sub-process: its worker chooses what begins in it, and says when it is done.
//!
//! - It is created when the sub-process begins, and again each time something directly in it has completed: an
//!   activation, or an event sub-process beside them. One is open at most; an older one is canceled, whoever has it.
//! - What completed gives its result at once: it is appended to the output collection, a variable of the sub-process that
//!   the worker reads, and may empty.
//! - The worker's choice begins elements, stops what runs, or says that the completion condition is fulfilled; then
//!   nothing more is asked. With neither the sub-process goes on as it is, and waits when nothing runs in it.
//! - An interrupting event sub-process ends the choosing: the job is canceled, and the sub-process completes after it.
//! - When nothing runs in it any more because the worker stopped all of it, it is asked again.

use std::sync::Arc;

use hosk_feel::{Json, Value};
use hosk_model::{AdHocSubProcess, Element, ElementKind, JobDefinition};

use crate::command::{AdHocChoice, Variables};
use crate::elements::ad_hoc_sub_process;
use crate::entry::Entry;
use crate::event::{Event, IncidentKind, JobKind};
use crate::expressions;
use crate::incidents::Trouble;
use crate::jobs::{self, Prepared};
use crate::keys::ElementInstanceKey;
use crate::mappings;
use crate::multi_instance::role;
use crate::state::{ElementInstance, Job};
use crate::step::Step;
use crate::work::Work;

/// The variable that describes what can be activated.
const ELEMENTS: &str = "adHocSubProcessElements";

/// What comes of the end of something directly in a led ad-hoc sub-process.
pub(crate) struct Next {
    /// Nothing more is asked in one that is on its way out.
    job: Option<Prepared>,
    /// The output collection, with its result.
    results: Option<(Arc<str>, Json)>,
}

/// The variables an ad-hoc sub-process begins with: what can be activated in it, and for a worker the results so far.
pub(crate) fn introduce(
    step: &mut Step<'_>,
    key: ElementInstanceKey,
    element: &Element,
) -> Result<(), Trouble> {
    let ElementKind::AdHocSubProcess(ad_hoc) = &element.kind else { return Ok(()) };
    let mut variables = Variables::from([(Arc::from(ELEMENTS), ad_hoc.described.clone())]);
    if let Some(name) = ad_hoc.output_collection.as_ref().filter(|_| ad_hoc.job.is_some()) {
        variables.insert(name.clone(), Value::from(Vec::new()).to_json());
    }
    mappings::check(step, &variables)?;
    for (name, value) in &variables {
        mappings::set(step, key, name, value);
    }
    Ok(())
}

/// The instance runs another definition: what can be activated may be something else now.
pub(crate) fn introduce_again(step: &mut Step<'_>) {
    let name: Arc<str> = Arc::from(ELEMENTS);
    let introduced = |instance: &ElementInstance| match &step.element(instance.element()).kind {
        ElementKind::AdHocSubProcess(ad_hoc) if instance.variables().contains_key(&name) => {
            Some((instance.key(), ad_hoc.described.clone()))
        }
        _ => None,
    };
    let again: Vec<_> = step.state().element_instances().filter_map(introduced).collect();
    for (key, described) in again {
        mappings::set(step, key, &name, &described);
    }
}

/// Looks what comes of the end of something: when it stands directly in a led ad-hoc sub-process, its result and the next
/// job.
pub(crate) fn next(step: &Step<'_>, child: ElementInstanceKey) -> Result<Option<Next>, Trouble> {
    let Some(key) = step.instance(child).map(ElementInstance::scope) else { return Ok(None) };
    let Some((element, ad_hoc, definition)) = led(step, key) else { return Ok(None) };
    let results = with_result_of(step, child, key, element, ad_hoc)?;
    let job = step.takes_in(key).then(|| jobs::prepare_choice(step, key, element, definition)).transpose()?;
    Ok(Some(Next { job, results }))
}

/// Something directly in a led ad-hoc sub-process has ended.
pub(crate) fn go_on(step: &mut Step<'_>, key: ElementInstanceKey, next: Option<Next>) {
    let Some(Next { job, results }) = next else { return };
    if let Some((name, value)) = results {
        mappings::set(step, key, &name, &value);
    }
    if let Some(job) = job.filter(|_| step.takes_in(key)) {
        withdraw(step, key);
        jobs::create(step, job);
    }
}

/// Asks the worker again when nothing is left in a led ad-hoc sub-process, and nobody was asked.
pub(crate) fn ask_again(
    step: &mut Step<'_>,
    key: ElementInstanceKey,
    element: &Element,
    definition: &JobDefinition,
) -> Result<(), Trouble> {
    // One that is entered again to be compensated has no activations to count.
    let is_idle = |i: &ElementInstance| i.job().is_none() && i.body().is_some();
    let is_empty = step.state().children(key).next().is_none();
    if is_empty && step.takes_in(key) && step.instance(key).is_some_and(is_idle) {
        let job = jobs::prepare_choice(step, key, element, definition)?;
        jobs::create(step, job);
    }
    Ok(())
}

/// Cancels the open job of a led ad-hoc sub-process, with its incident.
pub(crate) fn withdraw(step: &mut Step<'_>, key: ElementInstanceKey) {
    let Some(instance) = step.instance(key) else { return };
    let open = instance.job().and_then(|job| step.state().job(job));
    let Some(job) = open.filter(|job| job.details.kind == JobKind::AdHocSubProcess).map(Job::key) else {
        return;
    };
    let incident = instance.incident().and_then(|incident| step.state().incident(incident));
    if incident.is_some_and(|incident| incident.job == Some(job)) {
        step.close_incident(key);
    }
    step.emit(Event::JobCanceled { key: job });
}

/// Does what the worker has chosen.
pub(crate) fn follow(
    step: &mut Step<'_>,
    key: ElementInstanceKey,
    element: &Element,
    variables: &Variables,
    chosen: Vec<Entry>,
    choice: &AdHocChoice,
) {
    mappings::receive(step, key, element, variables);
    if choice.fulfilled {
        return ad_hoc_sub_process::begin_to_leave(step, key, choice.cancel_remaining);
    }
    let begins = !chosen.is_empty();
    if begins {
        ad_hoc_sub_process::request(step, key, chosen);
    }
    if choice.cancel_remaining && step.state().children(key).next().is_some() {
        step.interrupt_inside(key, Work::Spawn { body: key });
    } else if begins {
        step.push(Work::Spawn { body: key });
    }
}

/// An ad-hoc sub-process that is led by a job, itself or one of its repetitions.
fn led<'a>(
    step: &Step<'a>,
    key: ElementInstanceKey,
) -> Option<(&'a Element, &'a AdHocSubProcess, &'a JobDefinition)> {
    let element = step.element_of(key)?;
    let ElementKind::AdHocSubProcess(ad_hoc) = &element.kind else { return None };
    let does_the_work = role(element, step.instance(key)?).does_the_work();
    ad_hoc.job.as_ref().filter(|_| does_the_work).map(|job| (element, ad_hoc, job))
}

/// The output collection as it is with the result of what completes.
fn with_result_of(
    step: &Step<'_>,
    child: ElementInstanceKey,
    key: ElementInstanceKey,
    element: &Element,
    ad_hoc: &AdHocSubProcess,
) -> Result<Option<(Arc<str>, Json)>, Trouble> {
    let (Some(name), Some(output)) = (&ad_hoc.output_collection, &ad_hoc.output_element) else {
        return Ok(None);
    };
    let result = expressions::evaluate(step, child, "the output element", output)?.value;
    let before = step.instance(key).and_then(|instance| instance.variables().get(name));
    let before = before.map_or_else(|| Value::from(Vec::new()), |variable| Value::from_json(&variable.value));
    let Some(collected) = before.as_list() else {
        let message = format!(
            "The output collection '{name}' of '{}' holds a value of type {}, not a list. Set it to a list, then resolve \
             this incident.",
            element.id,
            before.type_name()
        );
        return Err(Trouble::new(IncidentKind::ExtractValueError, message));
    };
    let collected: Vec<Value> = collected.iter().cloned().chain([result]).collect();
    let collected = Value::from(collected).to_json();
    mappings::check(step, &Variables::from([(name.clone(), collected.clone())]))?;
    Ok(Some((name.clone(), collected)))
}
