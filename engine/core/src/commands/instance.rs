//! Creating, canceling and going on with an instance.

use hosk_model::{ElementIndex, ElementKind, ProcessDefinition, Trigger};

use super::check_variables;
use crate::command::{ChildOutcome, CreateInstance, Variables};
use crate::entry::{self, Entry};
use crate::event::{Event, InstanceCreated};
use crate::mappings;
use crate::rejection::{Rejection, RejectionCode};
use crate::step::Step;
use crate::work::Work;

/// Starts the instance.
pub(super) fn create(step: &mut Step<'_>, create: &CreateInstance) -> Result<(), Rejection> {
    if let Some(key) = step.state().key() {
        let message = format!("The process instance {key} exists already; nothing was changed.");
        return Err(Rejection::new(RejectionCode::AlreadyExists, message));
    }
    check_variables(step, &create.variables)?;
    let start = start(step.definition, create)?;
    for element in &create.terminate_after {
        check_end(step.definition, *element)?;
    }
    let inside = entries(step.definition, &start);
    let root = create.key.root();
    step.emit(Event::InstanceCreated(Box::new(InstanceCreated {
        key: create.key,
        definition: create.definition,
        start,
        parent: create.parent,
        message: create.message,
        business_id: create.business_id.clone(),
        tags: create.tags.clone(),
        tenant: create.tenant.clone(),
        by: create.by.clone(),
        terminate_after: create.terminate_after.clone(),
        conversation: create.conversation.clone(),
    })));
    step.emit(Event::ElementActivating {
        key: root,
        element: ElementIndex::PROCESS,
        scope: root,
        consumed: Vec::new(),
        loop_counter: None,
        inner: false,
    });
    if !inside.is_empty() {
        step.emit(Event::EntryChosen { key: root, inside });
    }
    for (name, value) in &create.variables {
        mappings::set(step, root, name, value);
    }
    step.push(Work::Activate { key: root });
    Ok(())
}

/// Where the instance begins; empty: at the start event without trigger.
fn start(definition: &ProcessDefinition, create: &CreateInstance) -> Result<Vec<ElementIndex>, Rejection> {
    let chosen: Vec<_> = match create.start_event {
        Some(start) => vec![begins_at(definition, start)],
        None => create.start_instructions.clone(),
    };
    for element in &chosen {
        let is_known = (element.0 as usize) < definition.elements.len();
        check_start(definition, if is_known { definition.event_of(*element) } else { *element })?;
    }
    if chosen.is_empty() && definition.element(ElementIndex::PROCESS).contents.starts.is_empty() {
        let message = format!(
            "The process '{}' has no start event without a trigger. Start it by its message, or name the element to \
             begin before.",
            definition.id
        );
        return Err(Rejection::new(RejectionCode::NoPlainStart, message));
    }
    Ok(chosen)
}

/// The event that one of its triggers starts. One that needs all of them has to know which this was.
fn begins_at(definition: &ProcessDefinition, slot: ElementIndex) -> ElementIndex {
    if slot.0 as usize >= definition.elements.len() {
        return slot;
    }
    let event = definition.event_of(slot);
    match definition.element(event).trigger() {
        Some(Trigger::Multiple(multiple)) if multiple.parallel => slot,
        _ => event,
    }
}

/// An instance begins before elements that a token can enter; containers around them are begun on the way.
fn check_start(definition: &ProcessDefinition, index: ElementIndex) -> Result<(), Rejection> {
    let refuse = |why: String| Err(Rejection::new(RejectionCode::StartNotFound, why));
    let Some(element) = definition.elements.get(index.0 as usize) else {
        return refuse(format!("The process '{}' has no element number {}.", definition.id, index.0));
    };
    let nested = element.scope != ElementIndex::PROCESS;
    let why = entry::obstacle(definition, index).or_else(|| match &element.kind {
        ElementKind::EventSubProcess => {
            Some("it is an event sub-process, which begins when its trigger comes")
        }
        ElementKind::StartEvent { .. } if nested => {
            Some("it is the start event of a container; name the container")
        }
        _ => entry::path(definition, index)
            .iter()
            .any(|container| *container != index && definition.element(*container).repetition.is_some())
            .then_some("it stands in a multi-instance activity; name that one"),
    });
    match why {
        None => Ok(()),
        Some(why) => refuse(format!(
            "An instance of '{}' cannot begin before '{}': {why}. Name an activity, gateway or event that a token can \
             enter.",
            definition.id, element.id
        )),
    }
}

/// An instance can be stopped after whatever is left or terminated.
fn check_end(definition: &ProcessDefinition, index: ElementIndex) -> Result<(), Rejection> {
    let known = definition.elements.get(index.0 as usize);
    let fits = known.is_some_and(|element| {
        let passes = !matches!(
            element.kind,
            ElementKind::SequenceFlow | ElementKind::NotExecuted { .. } | ElementKind::EventDefinition { .. }
        );
        index != ElementIndex::PROCESS && passes
    });
    if fits {
        return Ok(());
    }
    let id = known.map_or_else(|| index.0.to_string(), |element| element.id.to_string());
    let message = format!(
        "An instance of '{}' cannot be stopped after '{id}'. Name an activity, gateway or event of the process.",
        definition.id
    );
    Err(Rejection::new(RejectionCode::StartNotFound, message))
}

/// What begins in the process instead of the chosen elements, when one of them stands deeper inside.
fn entries(definition: &ProcessDefinition, start: &[ElementIndex]) -> Vec<Entry> {
    let mut entries = Vec::new();
    if start.iter().all(|element| definition.element(*element).scope == ElementIndex::PROCESS) {
        return entries;
    }
    for element in start {
        let path = entry::path(definition, *element);
        if let Some(entry) = Entry::along(&path, &mut |_| Variables::new()) {
            entry::join(&mut entries, entry);
        }
    }
    entries
}

/// Cancels the instance: everything in it is stopped, innermost first.
pub(super) fn cancel(step: &mut Step<'_>, from_parent: bool) -> Result<(), Rejection> {
    let key = step.state().key().ok_or_else(super::not_created)?;
    if step.state().is_ended() {
        let message = format!("The process instance {key} is over already; there is nothing to cancel.");
        return Err(Rejection::new(RejectionCode::InstanceEnded, message));
    }
    if let Some(parent) = step.state().parent()
        && !from_parent
    {
        let message = format!(
            "The process instance {key} was called by {}. Cancel the instance at the top, {}, instead.",
            parent.instance, parent.root
        );
        return Err(Rejection::new(RejectionCode::InstanceCalled, message));
    }
    let active = super::check_state(step, key.root(), &crate::state::ElementState::BEFORE_TERMINATING);
    active.map_err(|inactive| {
        // To a caller that waits for its end it must not be said that it has ended.
        if from_parent {
            return inactive;
        }
        let message =
            format!("The process instance {key} is being ended already; there is nothing to cancel.");
        Rejection::new(RejectionCode::InstanceEnded, message)
    })?;
    step.interrupt(key.root(), Work::End { outcome: Box::new(ChildOutcome::Terminated) });
    if step.state().is_suspended() && step.state().has_paused_work() {
        step.take_up();
    }
    Ok(())
}

/// Works off what the last step left over.
pub(super) fn go_on(step: &mut Step<'_>) -> Result<(), Rejection> {
    if !step.state().has_paused_work() {
        let message = "The last step left nothing over; this command came twice, or too late.";
        return Err(Rejection::new(RejectionCode::NothingToContinue, message));
    }
    step.take_up();
    Ok(())
}
