//! Conditional trigger (BPMN 2.0, 10.4.5, 13.5.2): waits until a condition over variables is true.
//!
//! - The condition is looked at when the event begins to wait, and whenever a variable it reads (or that its filter
//!   names) changes where it can see it. Nothing polls.
//! - It goes off when the condition *becomes* true. A non-interrupting one goes off again after the condition was false
//!   in between, as the specification has it; a further change that leaves it true does not count.
//! - Null stands for "not yet": a condition may wait for a variable that is not there. Everything else that is neither
//!   true nor false is an incident; resolving it looks again.

use hosk_feel::Environment;
use hosk_model::{ConditionalTrigger, Element, ElementIndex, ElementKind};

use super::{Target, Wait, multiple};
use crate::command::Variables;
use crate::commands;
use crate::event::Event;
use crate::expressions;
use crate::incidents::{self, Trouble};
use crate::keys::ElementInstanceKey;
use crate::mappings;
use crate::state::{ElementInstance, ElementState};
use crate::step::Step;
use crate::work::Work;

/// A condition about to be waited for.
pub(crate) struct Prepared {
    target: ElementIndex,
}

/// Looks whether the condition can be evaluated.
pub(crate) fn prepare(
    step: &Step<'_>,
    key: ElementInstanceKey,
    target: Target<'_>,
    conditional: &ConditionalTrigger,
) -> Result<Wait, Trouble> {
    holds(step, key, conditional)?;
    Ok(Wait::Condition(Prepared { target: target.slot }))
}

/// The condition is waited for; whether it holds already is looked at next, once for all that open together.
pub(super) fn open(step: &mut Step<'_>, element_instance: ElementInstanceKey, prepared: &Prepared) {
    step.emit(Event::ConditionOpened { element_instance, target: prepared.target });
    step.push_unless_last(Work::LookAtConditions { element_instance });
}

/// A variable changed: the conditions that read it are looked at once its turn comes.
pub(crate) fn variable_changed(step: &mut Step<'_>, scope: ElementInstanceKey, name: &str, created: bool) {
    let events = step.definition.conditions_on(name);
    if events.iter().any(|event| step.state().condition_owners(*event).is_some()) {
        step.push(Work::VariableChanged { scope, name: name.into(), created });
    }
}

/// Looks at every condition that can see a changed variable and reads it: the model says which events read it, the
/// state who waits on behalf of them.
pub(crate) fn look_after_change(step: &mut Step<'_>, scope: ElementInstanceKey, name: &str, created: bool) {
    let mut reading: Vec<(ElementInstanceKey, ElementIndex)> = Vec::new();
    for event in step.definition.conditions_on(name) {
        if step.definition.conditional(*event).is_some_and(|c| c.looks_at(name, created)) {
            reading.extend(owners_inside(step, scope, *event).into_iter().map(|owner| (owner, *event)));
        }
    }
    reading.sort_unstable();
    for (owner, target) in reading {
        look(step, owner, target);
    }
}

/// Who waits on behalf of an event in a scope or at it: found from the smaller side, those who wait or what is alive in
/// the scope. So a variable of one child of a multi-instance activity does not lead to all its siblings.
fn owners_inside(step: &Step<'_>, scope: ElementInstanceKey, event: ElementIndex) -> Vec<ElementInstanceKey> {
    let state = step.state();
    let Some(owners) = state.condition_owners(event) else { return Vec::new() };
    let mut inside = vec![scope];
    let mut at = 0;
    while at < inside.len() && inside.len() <= owners.len() {
        inside.extend(state.children(inside[at]).filter(|child| *child != scope).take(owners.len()));
        at += 1;
    }
    if at == inside.len() {
        inside.retain(|owner| owners.contains(owner));
        return inside;
    }
    let is_inside = |owner: &&ElementInstanceKey| state.scopes(**owner).any(|around| around.key() == scope);
    owners.iter().filter(is_inside).copied().collect()
}

/// Looks at every condition an element instance waits for.
pub(crate) fn look_at_all(step: &mut Step<'_>, owner: ElementInstanceKey) {
    let targets: Vec<_> = step.state().conditions_of(owner).map(|(target, _)| target).collect();
    for target in targets {
        look(step, owner, target);
    }
}

/// Whether resolving an incident of an active element instance means to look at its conditions, and nothing else: it
/// waits, and only a condition of its own can have been in trouble.
pub(crate) fn only_waits(instance: &ElementInstance, element: &Element) -> bool {
    let is_container = matches!(
        element.kind,
        ElementKind::Process { .. }
            | ElementKind::SubProcess
            | ElementKind::Transaction
            | ElementKind::AdHocSubProcess(_)
            | ElementKind::EventSubProcess
    );
    !is_container && instance.body().is_none()
}

/// Evaluates one condition and goes off when it became true.
fn look(step: &mut Step<'_>, owner: ElementInstanceKey, target: ElementIndex) {
    if !step.is_in(owner, ElementState::Active) {
        return;
    }
    let (Some(before), Some(conditional)) =
        (step.state().condition(owner, target), step.definition.conditional(target))
    else {
        return;
    };
    let holds = match holds(step, owner, conditional) {
        Ok(holds) => holds,
        Err(trouble) => return incidents::raise(step, owner, trouble),
    };
    if holds == before {
        return;
    }
    step.emit(Event::ConditionChanged { element_instance: owner, target, holds });
    if !holds {
        return;
    }
    if multiple::interrupts(step.element(step.definition.event_of(target))) {
        step.emit(Event::ConditionClosed { element_instance: owner, target });
    }
    commands::reach(step, owner, target, &Variables::new());
}

/// Whether the condition of a start event of a process holds with these variables, before there is an instance. Null
/// counts as false; what is neither true nor false is said in a sentence.
///
/// # Errors
/// The sentence: what the condition gave, what it read, and why.
pub fn start_condition(
    conditional: &ConditionalTrigger,
    variables: &Variables,
    environment: &Environment,
) -> Result<bool, String> {
    let readable = mappings::Results(variables);
    expressions::decided(&readable, environment, "the condition", &conditional.condition)
        .map(|value| value.unwrap_or(false))
        .map_err(|trouble| trouble.message().to_owned())
}

fn holds(
    step: &Step<'_>,
    owner: ElementInstanceKey,
    conditional: &ConditionalTrigger,
) -> Result<bool, Trouble> {
    let visible = step.state().visible(owner);
    expressions::condition_or_null(step, &visible, "the condition", &conditional.condition)
        .map(|value| value.unwrap_or(false))
}
