//! Whether every active element can become what it is mapped to.

use std::mem::discriminant;

use hosk_model::{Element, ElementIndex, ElementKind, Repetition, ScriptTask, Trigger, UserTask};

use super::map::{Map, at, general};
use crate::event::JobKind;
use crate::migration::Obstacle;
use crate::state::{ElementInstance, ElementState};
use crate::step::Step;

/// Looks at every active element, at waiting tokens and at work that was left over.
pub(super) fn check(step: &Step<'_>, map: &mut Map<'_>, obstacles: &mut Vec<Obstacle>) {
    for instance in step.state().element_instances() {
        if instance.element() != ElementIndex::PROCESS {
            check_one(step, map, instance, obstacles);
        }
        let flows: Vec<_> = instance.tokens().map(|(flow, _)| flow).collect();
        for flow in flows {
            if let Err(message) = map.flow(flow) {
                let id = &map.source.element(flow).id;
                obstacles.push(at(id, instance.key(), message));
            }
        }
        for (gateway, taken) in instance.resets() {
            // Flows it took a token from and that the target does not have are forgotten.
            let lost = taken.iter().filter(|flow| map.flow(**flow).is_err()).count();
            if map.get(*gateway).is_none() && lost == taken.len() {
                let id = &map.source.element(*gateway).id;
                let message =
                    format!("the complex gateway '{id}' waits for its reset and is not mapped; map it");
                obstacles.push(at(id, instance.key(), message));
            }
        }
    }
    let left = step.state().paused_work().iter().flat_map(crate::work::Work::elements).collect::<Vec<_>>();
    for element in left {
        let message = match (map.get(element), map.source.flow(element)) {
            (Some(_), _) => continue,
            (None, Some(_)) => map.flow(element).err(),
            (None, None) => Some(format!(
                "'{}' is about to begin and is not mapped; map it, or try again in a moment",
                map.source.element(element).id
            )),
        };
        obstacles.extend(message.map(general));
    }
}

fn check_one(step: &Step<'_>, map: &Map<'_>, instance: &ElementInstance, obstacles: &mut Vec<Obstacle>) {
    let from = map.source.element(instance.element());
    let mut object = |message: String| obstacles.push(at(&from.id, instance.key(), message));
    if let Some(message) = under_way(step, instance, from) {
        object(message);
    }
    let Some(to) = map.get(from.index).map(|to| map.target.element(to)) else {
        let hint = map.target.index_of(&from.id).map_or_else(
            || "map it to what it becomes".to_owned(),
            |_| format!("map it, perhaps to '{}' of the target", from.id),
        );
        return object(format!("'{}' is active and is not mapped; {hint}", from.id));
    };
    if kind(from) != kind(to) || waits_for(from, map.source) != waits_for(to, map.target) {
        let message = format!(
            "'{}' is {} and '{}' is {}; map it to one of its own kind",
            from.id,
            words(from, map.source),
            to.id,
            words(to, map.target)
        );
        return object(message);
    }
    if map.get(from.scope) != Some(to.scope) {
        object(format!(
            "'{}' stands in '{}', and '{}' does not stand in what that becomes; map both so that they stay together",
            from.id,
            map.source.element(from.scope).id,
            to.id
        ));
    }
    if let Some(message) = repetition(from, to) {
        object(message);
    }
}

/// What cannot be moved while it is at work.
fn under_way(step: &Step<'_>, instance: &ElementInstance, element: &Element) -> Option<String> {
    let id = &element.id;
    let job = instance.job().and_then(|job| step.state().job(job));
    if job.is_some_and(|job| matches!(job.details.kind, JobKind::ExecutionListener | JobKind::TaskListener))
        || instance.listeners_done() > 0
    {
        return Some(format!("a listener of '{id}' is at work; let it finish first"));
    }
    let task = instance.user_task().and_then(|task| step.state().user_task(task));
    if task.is_some_and(|task| task.transition.is_some()) {
        return Some(format!("listeners of the user task '{id}' are at work; let them finish first"));
    }
    if instance.state() == ElementState::Terminating {
        return Some(format!("'{id}' is being terminated; try again in a moment"));
    }
    if !instance.postponed().is_empty() {
        return Some(format!("what was interrupted in '{id}' is being terminated; try again in a moment"));
    }
    (!instance.inside().is_empty() && instance.state() == ElementState::Activating)
        .then(|| format!("'{id}' is being begun; resolve its incident first"))
}

fn repetition(from: &Element, to: &Element) -> Option<String> {
    let how = |element: &Element| match &element.repetition {
        None => "done once",
        Some(Repetition::MultiInstance(definition)) if definition.sequential => "done one after another",
        Some(Repetition::MultiInstance(_)) => "done in parallel",
        Some(Repetition::StandardLoop(_)) => "done in a loop",
    };
    let (before, after) = (how(from), how(to));
    (before != after).then(|| {
        format!("'{}' is {before} and '{}' is {after}; map it to one that is repeated alike", from.id, to.id)
    })
}

/// The kind of an element as far as what it left in the state is concerned.
fn kind(element: &Element) -> (std::mem::Discriminant<ElementKind>, bool) {
    let other = match &element.kind {
        ElementKind::UserTask(task) => matches!(task, UserTask::Native(_)),
        ElementKind::ScriptTask(task) => matches!(task, ScriptTask::Feel { .. }),
        ElementKind::AdHocSubProcess(ad_hoc) => ad_hoc.job.is_some(),
        _ => false,
    };
    (discriminant(&element.kind), other)
}

/// What it waits for: the trigger of a catch event, or of an event sub-process.
fn waits_for(
    element: &Element,
    definition: &hosk_model::ProcessDefinition,
) -> Option<std::mem::Discriminant<Trigger>> {
    trigger_of(element, definition).map(discriminant)
}

/// The trigger of an event, or of the start event of an event sub-process.
pub(super) fn trigger_of<'d>(
    element: &'d Element,
    definition: &'d hosk_model::ProcessDefinition,
) -> Option<&'d Trigger> {
    match &element.kind {
        ElementKind::IntermediateCatchEvent { trigger } | ElementKind::BoundaryEvent { trigger, .. } => {
            Some(trigger)
        }
        ElementKind::StartEvent { trigger, .. }
        | ElementKind::EndEvent { trigger }
        | ElementKind::IntermediateThrowEvent { trigger } => trigger.as_ref(),
        ElementKind::EventDefinition { .. } => definition.trigger(element.index),
        ElementKind::EventSubProcess => {
            let start = element.contents.triggered_starts.first()?;
            trigger_of(definition.element(*start), definition)
        }
        _ => None,
    }
}

/// The kind in words.
fn words(element: &Element, definition: &hosk_model::ProcessDefinition) -> String {
    let debug = format!("{:?}", element.kind);
    let name: String = debug.chars().take_while(char::is_ascii_alphanumeric).collect();
    match trigger_of(element, definition) {
        Some(trigger) => {
            let trigger: String =
                format!("{trigger:?}").chars().take_while(char::is_ascii_alphanumeric).collect();
            format!("{trigger} {name}")
        }
        None if kind(element).1 => match element.kind {
            ElementKind::AdHocSubProcess(_) => format!("{name} led by a job"),
            _ => format!("{name} done by the engine"),
        },
        None => name,
    }
}
