//! Ad-hoc sub-process (BPMN 2.0, 10.3.6 and 13.3.5): a container in which somebody chooses what begins.
//!
//! What has no incoming flow can be activated, each as often as wanted: by the list of ids that
//! `activeElementsCollection` gives when the sub-process begins, and later by command. Without that list nothing begins
//! by itself: in the specification the choice is left to people. Or a worker chooses, and says when it is done, each time
//! it is asked (`ad_hoc_job.rs`).
//!
//! - Each activation runs in an inner instance of its own: an element instance of the same element inside the ad-hoc one,
//!   with the variables it was given. Flows lead on inside of it; it completes when nothing is active in it any more.
//! - With sequential ordering one activation runs at a time, the others wait in order.
//! - After each one the completion condition is evaluated. When it holds, the others are stopped, or with
//!   `cancelRemainingInstances="false"` awaited, and the sub-process completes; nothing more is activated. Without a
//!   condition it completes when everything that was activated is done.
//! - With a condition that does not hold, or before anything was activated, it waits for the next activation.
//! - Repeated, by multi-instance or a loop, each child is an ad-hoc sub-process of its own, activated by its own key.
//! - `outputElement` of each completed activation, in the order of activation, becomes `outputCollection`; for a worker in
//!   the order of completion, as soon as there is one.
//! - `adHocSubProcessElements` is a variable of the sub-process that describes what can be activated.

use std::sync::Arc;

use hosk_feel::{Json, Value};
use hosk_model::{AdHocSubProcess as Definition, Element, ElementIndex, ElementKind, Repetition};

use super::{Behaviour, Cause};
use crate::ad_hoc_job;
use crate::command::Variables;
use crate::entry::Entry;
use crate::event::{Event, IncidentKind};
use crate::expressions;
use crate::flows;
use crate::incidents::{self, Trouble};
use crate::jobs;
use crate::keys::ElementInstanceKey;
use crate::limits;
use crate::mappings;
use crate::multi_instance;
use crate::state::ElementInstance;
use crate::step::{Activated, Activating, Outgoing, Step, is_done, too_many_alive};
use crate::work::Work;

pub(crate) struct AdHocSubProcess<'a> {
    pub(crate) element: &'a Element,
    pub(crate) ad_hoc: &'a Definition,
}

impl Behaviour for AdHocSubProcess<'_> {
    fn activate(&self, step: &mut Step<'_>, this: Activating) -> Result<Activated, Trouble> {
        let key = this.key;
        let chosen = self.chosen(step, key)?;
        let job = self.ad_hoc.job.as_ref();
        let job = job.map(|job| jobs::prepare_choice(step, key, self.element, job)).transpose()?;
        // Counts activations and keeps their results.
        step.emit(Event::LoopStarted { body: key, items: Json::null(), count: 0 });
        let activated = this.activated(step);
        if let Some(job) = job {
            jobs::create(step, job);
        }
        if !chosen.is_empty() {
            request(step, key, chosen);
            step.push(Work::Spawn { body: key });
        }
        Ok(activated)
    }

    fn resume(&self, step: &mut Step<'_>, key: ElementInstanceKey, _: &Cause<'_>) -> Result<(), Trouble> {
        step.push(Work::Spawn { body: key });
        if self.ad_hoc.job.is_some() {
            step.push(Work::ChildEnded { scope: key });
        }
        Ok(())
    }

    fn child_ended(&self, step: &mut Step<'_>, key: ElementInstanceKey) -> Result<(), Trouble> {
        let Some(instance) = step.instance(key) else { return Ok(()) };
        let empty = step.state().children(key).next().is_none();
        let began = instance.body().is_some_and(|body| body.created > 0);
        if !instance.inside().is_empty() {
            step.push(Work::Spawn { body: key });
        } else if let Some(job) = &self.ad_hoc.job {
            ad_hoc_job::ask_again(step, key, self.element, job)?;
        } else if empty && self.ad_hoc.completion_condition.is_none() && began {
            step.push(Work::Complete { key });
        }
        Ok(())
    }

    fn complete(&self, step: &mut Step<'_>, key: ElementInstanceKey) -> Result<Outgoing, Trouble> {
        hand_out_results(step, key, self.element);
        flows::split(step, key)
    }
}

impl AdHocSubProcess<'_> {
    /// What the model says begins at once.
    fn chosen(&self, step: &Step<'_>, key: ElementInstanceKey) -> Result<Vec<Entry>, Trouble> {
        let Some(expression) = &self.ad_hoc.active_elements else { return Ok(Vec::new()) };
        let what = "the collection of active elements";
        let outcome = expressions::evaluate(step, key, what, expression)?;
        let problem = |problem: String| {
            let visible = step.state().visible(key);
            expressions::failure(what, expression, &visible, &problem, Some(&outcome))
        };
        let texts = outcome.value.as_list().map(|items| items.iter().map(expressions::text_of).collect());
        let Some(Some(ids)): Option<Option<Vec<Arc<str>>>> = texts else {
            let found = outcome.value.type_name();
            return Err(problem(format!("gives a value of type {found}, not a list of element ids")));
        };
        let found: Result<Vec<_>, _> = ids.iter().map(|id| startable(step, self.element, id)).collect();
        let entries =
            found.map_err(|id| problem(format!("names '{id}', {}", not_startable(self.element))))?;
        if entries.len() > limits::AD_HOC_ACTIVATIONS {
            let message = format!(
                "The {what} of '{}' names {} elements; {} are allowed. Activate fewer at once, then resolve this incident.",
                self.element.id,
                entries.len(),
                limits::AD_HOC_ACTIVATIONS
            );
            return Err(Trouble::new(IncidentKind::LimitExceeded, message));
        }
        Ok(entries.into_iter().map(|element| entry(element, Variables::new())).collect())
    }
}

/// One activation.
pub(crate) struct Inner;

impl Behaviour for Inner {
    fn activate(&self, step: &mut Step<'_>, this: Activating) -> Result<Activated, Trouble> {
        Ok(this.pass(step))
    }

    fn resume(&self, step: &mut Step<'_>, key: ElementInstanceKey, _: &Cause<'_>) -> Result<(), Trouble> {
        step.rearrive(key);
        Ok(())
    }

    fn child_ended(&self, step: &mut Step<'_>, key: ElementInstanceKey) -> Result<(), Trouble> {
        if is_done(step, key) {
            step.push(Work::Complete { key });
        }
        Ok(())
    }
}

/// An element that can be activated, by its id; else the id.
pub(crate) fn startable<'i>(step: &Step<'_>, ad_hoc: &Element, id: &'i str) -> Result<ElementIndex, &'i str> {
    let found = step.definition.index_of(id).filter(|index| ad_hoc.contents.starts.contains(index));
    found.ok_or(id)
}

/// Why an element cannot be activated.
pub(crate) fn not_startable(ad_hoc: &Element) -> String {
    format!("which is no element of '{}' without incoming flow", ad_hoc.id)
}

/// One more thing to begin, with the variables its inner instance has.
pub(crate) fn entry(element: ElementIndex, variables: Variables) -> Entry {
    Entry { element, variables, inside: Vec::new() }
}

/// These are to begin, after those that wait already.
pub(crate) fn request(step: &mut Step<'_>, key: ElementInstanceKey, entries: Vec<Entry>) {
    let mut inside = step.instance(key).map(|i| i.inside().to_vec()).unwrap_or_default();
    inside.extend(entries);
    step.emit(Event::EntryChosen { key, inside });
}

/// Begins what waits: all of it, or with sequential ordering the first when nothing else runs.
pub(crate) fn spawn(step: &mut Step<'_>, key: ElementInstanceKey, element: &Element, ad_hoc: &Definition) {
    let Some(instance) = step.instance(key).filter(|_| step.takes_in(key)) else { return };
    let mut waiting = instance.inside().to_vec();
    let busy = ad_hoc.sequential && step.state().children(key).next().is_some();
    if waiting.is_empty() || busy {
        return;
    }
    if step.state().len() + waiting.len() > limits::ELEMENT_INSTANCES {
        return incidents::raise(step, key, too_many_alive());
    }
    let left = if ad_hoc.sequential { waiting.split_off(1) } else { Vec::new() };
    step.emit(Event::EntryChosen { key, inside: left });
    for one in waiting {
        begin(step, key, element, ad_hoc, one);
    }
}

fn begin(
    step: &mut Step<'_>,
    ad_hoc_key: ElementInstanceKey,
    element: &Element,
    ad_hoc: &Definition,
    chosen: Entry,
) {
    let Some(body) = step.instance(ad_hoc_key).and_then(ElementInstance::body) else { return };
    let counter = body.created + 1;
    let key = ElementInstanceKey(step.next_key());
    step.emit(Event::ElementActivating {
        key,
        element: element.index,
        scope: ad_hoc_key,
        consumed: Vec::new(),
        loop_counter: Some(counter),
        inner: element.repetition.is_some(),
    });
    let Entry { element, variables, inside } = chosen;
    let first = Entry { element, variables: Variables::new(), inside };
    step.emit(Event::EntryChosen { key, inside: vec![first] });
    for (name, value) in &variables {
        mappings::set(step, key, name, value);
    }
    // Each activation has a result of its own, so that those that run beside it do not get in the way.
    if let Some(name) = ad_hoc.output_element.as_ref().and_then(multi_instance::own_result)
        && !variables.contains_key(&name)
    {
        mappings::set(step, key, &name, &Json::null());
    }
    step.push(Work::Activate { key });
}

/// Takes the result of a completing activation, and says whether the completion condition holds.
pub(crate) fn collect(
    step: &mut Step<'_>,
    inner: ElementInstanceKey,
    element: &Element,
) -> Result<bool, Trouble> {
    let ElementKind::AdHocSubProcess(ad_hoc) = &element.kind else { return Ok(false) };
    let Some(instance) = step.instance(inner) else { return Ok(false) };
    let (body, counter) = (instance.scope(), instance.loop_counter().unwrap_or(1));
    let satisfied = match &ad_hoc.completion_condition {
        Some(condition) => {
            let visible = step.state().visible(inner);
            expressions::condition(step, &visible, "the completion condition", condition)?
        }
        None => false,
    };
    if let Some(output) = ad_hoc.output_element.as_ref().filter(|_| ad_hoc.job.is_none()) {
        let value = expressions::evaluate(step, inner, "the output element", output)?.value.to_json();
        mappings::check(step, &Variables::from([(Arc::from("outputElement"), value.clone())]))?;
        step.emit(Event::LoopResult { body, index: counter - 1, value });
    }
    Ok(satisfied)
}

/// An activation has completed: when the completion condition holds the sub-process is on its way out.
pub(crate) fn inner_left(step: &mut Step<'_>, key: ElementInstanceKey, element: &Element, satisfied: bool) {
    let ElementKind::AdHocSubProcess(ad_hoc) = &element.kind else { return };
    if !satisfied || !step.takes_in(key) {
        return step.push(Work::ChildEnded { scope: key });
    }
    begin_to_leave(step, key, ad_hoc.cancel_remaining);
}

/// Nothing more begins in an ad-hoc sub-process: what still runs is stopped or awaited, then it completes.
pub(crate) fn begin_to_leave(step: &mut Step<'_>, key: ElementInstanceKey, cancel_remaining: bool) {
    if step.instance(key).is_some_and(|i| !i.inside().is_empty()) {
        step.emit(Event::EntryChosen { key, inside: Vec::new() });
    }
    if cancel_remaining {
        step.interrupt_inside(key, Work::Complete { key });
    } else {
        step.close_starts(key);
        step.push_first([Work::Then { key, inside: true, work: Box::new(Work::Complete { key }) }]);
    }
}

/// Without output mappings the results become a variable outside; what is one child's own result (a multi-instance
/// output element) stays with it.
pub(crate) fn hand_out_results(step: &mut Step<'_>, key: ElementInstanceKey, element: &Element) {
    let ElementKind::AdHocSubProcess(Definition { output_collection: Some(name), .. }) = &element.kind else {
        return;
    };
    let is_own = match &element.repetition {
        Some(Repetition::MultiInstance(repeated)) => {
            repeated.output_element.as_ref().and_then(multi_instance::own_result).as_ref() == Some(name)
        }
        Some(Repetition::StandardLoop(_)) | None => false,
    };
    if element.outputs.is_empty()
        && !is_own
        && let Some(instance) = step.instance(key)
        && let Some(collected) = instance.variables().get(name).map(|variable| variable.value.clone())
    {
        let scope = instance.scope();
        mappings::merge(step, scope, name, &collected);
    }
}

/// The results become a variable of the sub-process, before its output mappings read it; what a worker leads has it
/// already.
pub(crate) fn gather_results(
    step: &mut Step<'_>,
    key: ElementInstanceKey,
    element: &Element,
) -> Result<(), Trouble> {
    let ElementKind::AdHocSubProcess(Definition { output_collection: Some(name), job: None, .. }) =
        &element.kind
    else {
        return Ok(());
    };
    let Some(body) = step.instance(key).and_then(ElementInstance::body) else { return Ok(()) };
    let results: Vec<_> = body.results.values().map(Value::from_json).collect();
    let collected = Value::from(results).to_json();
    mappings::check(step, &Variables::from([(name.clone(), collected.clone())]))?;
    mappings::set(step, key, name, &collected);
    Ok(())
}
