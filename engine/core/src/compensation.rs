//! Compensation (BPMN 2.0, 10.6 and 13.5.5): undoing what was completed, latest first.
//!
//! A completed activity that can be compensated leaves a record in its container: which activity, its variables at
//! completion, and the records of what completed inside it. Undoing moves records to whoever asked for it (a throw
//! event, or a transaction that was canceled), which works them off one after another and waits for each:
//!
//! - the activity has a handler: the handler runs in the container, with the variables as they were;
//! - it is a sub-process with a compensation event sub-process: it is entered again, with the variables as they were,
//!   and the event sub-process runs in it, where it may undo what completed inside;
//! - it is a sub-process without one: it is entered again, and what completed inside is undone;
//! - it is a multi-instance body: its children are undone.
//!
//! A sub-process entered again has no start event, boundary events, mappings or listeners, and leaves by no flow.

use hosk_model::{Element, ElementIndex, ElementKind, Trigger};

use crate::command::Variables;
use crate::event::{Event, IncidentKind, Undone};
use crate::incidents::Trouble;
use crate::keys::ElementInstanceKey;
use crate::limits;
use crate::mappings;
use crate::multi_instance::{self, Role};
use crate::state::{CompensationRecord, ElementInstance, ElementState};
use crate::step::{Activating, Step};
use crate::work::Work;

/// Refuses one record too many; asked before an activity does anything to complete.
pub(crate) fn check(step: &Step<'_>, key: ElementInstanceKey, element: &Element) -> Result<(), Trouble> {
    let Some(scope) = leaves_record(step, key, element) else { return Ok(()) };
    if step.instance(scope).is_none_or(|s| s.compensations().len() < limits::COMPENSATION_RECORDS) {
        return Ok(());
    }
    let message = format!(
        "More than {} completed activities of one scope wait for a compensation. Put what is repeated into a \
         sub-process with a handler of its own, then resolve this incident.",
        limits::COMPENSATION_RECORDS
    );
    Err(Trouble::new(IncidentKind::LimitExceeded, message))
}

/// Notes a completing activity in its container, when it can be compensated.
pub(crate) fn note(step: &mut Step<'_>, key: ElementInstanceKey, element: &Element) {
    if let Some(scope) = leaves_record(step, key, element) {
        let variables = step.state().local_variables(key);
        step.emit(Event::CompensationNoted { key, scope, variables });
    }
}

/// The container that an element instance leaves a record in, if it can be compensated.
fn leaves_record(step: &Step<'_>, key: ElementInstanceKey, element: &Element) -> Option<ElementInstanceKey> {
    let instance = step.instance(key)?;
    let inside = !instance.compensations().is_empty();
    let own = element.compensation_handler.is_some() || event_sub_process_of(step, element).is_some();
    // A multi-instance body is undone by undoing its children, and one activation in an ad-hoc sub-process what is in it.
    let role = multi_instance::role(element, instance);
    let can_be = inside || own && !matches!(role, Role::Body | Role::Inner);
    let is_being_undone = instance.undone_for().is_some() || element.for_compensation;
    (can_be && !is_being_undone && instance.scope() != key).then(|| instance.scope())
}

/// Hands the records of a container to the one who asked, and begins with the latest.
pub(crate) fn start(
    step: &mut Step<'_>,
    by: ElementInstanceKey,
    scope: ElementInstanceKey,
    activity: Option<ElementIndex>,
) {
    let chosen = |record: &&CompensationRecord| activity.is_none_or(|wanted| record.activity == wanted);
    let records: Vec<_> = step
        .instance(scope)
        .map(|s| s.compensations().iter().filter(chosen).map(|record| record.key).collect())
        .unwrap_or_default();
    step.emit(Event::CompensationStarted { by, scope, records });
    step.push(Work::Compensate { by });
}

/// Undoes the latest record that is left, or is done.
pub(crate) fn go_on(step: &mut Step<'_>, by: ElementInstanceKey) {
    let Some(instance) = step.instance(by) else { return };
    if !step.is_in(by, ElementState::Active) {
        return;
    }
    let Some(undoing) = instance.undoing() else { return };
    let Some(record) = undoing.last().cloned() else { return finish(step, by) };
    let scope = match step.element_of(by).map(|e| &e.kind) {
        // Who undoes what is inside of it.
        Some(ElementKind::SubProcess | ElementKind::Transaction | ElementKind::AdHocSubProcess(_)) => by,
        _ => target_scope(step, by),
    };
    undo(step, by, scope, &record);
}

fn undo(step: &mut Step<'_>, by: ElementInstanceKey, scope: ElementInstanceKey, record: &CompensationRecord) {
    let activity = step.element(record.activity);
    if is_body(activity, record) {
        step.emit(Event::CompensationUnfolded { by });
        step.push(Work::Compensate { by });
    } else if let Some(handler) = activity.compensation_handler {
        let key = enter(step, by, scope, handler, record, Undone::ByHandler);
        step.push(Work::Activate { key });
    } else if let Some(event_sub_process) = event_sub_process_of(step, activity) {
        let key = enter(step, by, scope, record.activity, record, Undone::ByEventSubProcess);
        Activating::again(key).activated(step);
        step.push(Work::Enter { element: event_sub_process, scope: key, received: Variables::new() });
    } else {
        let key = enter(step, by, scope, record.activity, record, Undone::ByChildren);
        Activating::again(key).activated(step);
        step.push(Work::Compensate { by: key });
    }
}

/// Whether a record is of a body around repetitions: its children are of the same activity. The activations in an ad-hoc
/// sub-process are, too, but are undone inside of it; they are told by having something else in them.
fn is_body(activity: &Element, record: &CompensationRecord) -> bool {
    let Some(child) = record.children.first().filter(|child| child.activity == record.activity) else {
        return false;
    };
    match activity.kind {
        ElementKind::AdHocSubProcess(_) => {
            activity.repetition.is_some()
                && child.children.first().is_none_or(|inside| inside.activity == record.activity)
        }
        _ => true,
    }
}

fn enter(
    step: &mut Step<'_>,
    by: ElementInstanceKey,
    scope: ElementInstanceKey,
    element: ElementIndex,
    record: &CompensationRecord,
    how: Undone,
) -> ElementInstanceKey {
    let key = step.create(element, scope, Vec::new());
    step.emit(Event::CompensationHandlerStarted { by, handler: key, how });
    for (name, value) in &record.variables {
        mappings::set(step, key, name, value);
    }
    key
}

/// Nothing is left to undo.
fn finish(step: &mut Step<'_>, by: ElementInstanceKey) {
    let Some(instance) = step.instance(by) else { return };
    let element = step.definition.element(instance.element());
    if matches!(element.kind, ElementKind::Transaction) && instance.undone_for().is_none() {
        crate::triggers::cancel::leave(step, by, element);
    } else {
        step.push(Work::Complete { key: by });
    }
}

/// A handler, or a sub-process entered again, is gone: whoever asked for it goes on.
pub(crate) fn handler_left(step: &mut Step<'_>, by: Option<ElementInstanceKey>) {
    if let Some(by) = by {
        step.push(Work::Compensate { by });
    }
}

/// The container whose activities a throw event undoes: its own; from an event sub-process, the one around that.
pub(crate) fn target_scope(step: &Step<'_>, thrower: ElementInstanceKey) -> ElementInstanceKey {
    let Some(scope) = step.instance(thrower).map(ElementInstance::scope) else { return thrower };
    let Some(container) = step.instance(scope) else { return scope };
    match step.definition.element(container.element()).kind {
        ElementKind::EventSubProcess => container.scope(),
        _ => scope,
    }
}

/// The event sub-process of a sub-process that starts when it is compensated.
fn event_sub_process_of(step: &Step<'_>, element: &Element) -> Option<ElementIndex> {
    let compensates = |start: &ElementIndex| {
        matches!(
            &step.element(*start).kind,
            ElementKind::StartEvent { trigger: Some(Trigger::Compensation(_)), .. }
        )
    };
    let mut inside = element.contents.event_sub_processes.iter().copied();
    inside.find(|index| step.element(*index).contents.triggered_starts.iter().any(compensates))
}
