//! Conditional trigger (BPMN 2.0, 10.4.5, 13.5.2): waits until a condition over variables is true.
//!
//! - The condition is looked at when the event begins to wait, and whenever a variable it reads (or that its filter
//!   names) changes where it can see it. Nothing polls.
//! - It goes off when the condition *becomes* true. A non-interrupting one goes off again after the condition was false
//!   in between, as the specification has it; a further change that leaves it true does not count.
//! - Null stands for "not yet": a condition may wait for a variable that is not there. Everything else that is neither
//!   true nor false is an incident; resolving it looks again.

use hosk_model::{ConditionalTrigger, Element, ElementIndex, ElementKind, Trigger};

use super::Wait;
use crate::command::Variables;
use crate::commands;
use crate::event::Event;
use crate::expressions;
use crate::incidents::{self, Trouble};
use crate::keys::ElementInstanceKey;
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
    target: &Element,
    conditional: &ConditionalTrigger,
) -> Result<Wait, Trouble> {
    holds(step, key, conditional)?;
    Ok(Wait::Condition(Prepared { target: target.index }))
}

/// The condition is waited for; whether it holds already is looked at next.
pub(super) fn open(step: &mut Step<'_>, element_instance: ElementInstanceKey, prepared: &Prepared) {
    step.emit(Event::ConditionOpened { element_instance, target: prepared.target });
    step.push(Work::LookAtConditions { element_instance });
}

/// A variable changed: the conditions that read it are looked at once its turn comes.
pub(crate) fn variable_changed(step: &mut Step<'_>, scope: ElementInstanceKey, name: &str, created: bool) {
    if step.state().conditions().next().is_some() {
        step.push(Work::VariableChanged { scope, name: name.into(), created });
    }
}

/// Looks at every condition that can see a changed variable and reads it.
pub(crate) fn look_after_change(step: &mut Step<'_>, scope: ElementInstanceKey, name: &str, created: bool) {
    let reading: Vec<_> = step
        .state()
        .conditions()
        .filter(|(_, target, _)| {
            of(step.element(*target)).is_some_and(|conditional| conditional.looks_at(name, created))
        })
        .filter(|(owner, ..)| step.state().scopes(*owner).any(|instance| instance.key() == scope))
        .map(|(owner, target, _)| (owner, target))
        .collect();
    for (owner, target) in reading {
        look(step, owner, target);
    }
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
    let (Some(before), Some(conditional)) = (step.state().condition(owner, target), of(step.element(target)))
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
    if goes_off_once(step.element(target)) {
        step.emit(Event::ConditionClosed { element_instance: owner, target });
    }
    commands::reach(step, owner, target, &Variables::new());
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

fn of(element: &Element) -> Option<&ConditionalTrigger> {
    match &element.kind {
        ElementKind::IntermediateCatchEvent { trigger: Trigger::Conditional(conditional) }
        | ElementKind::BoundaryEvent { trigger: Trigger::Conditional(conditional), .. }
        | ElementKind::StartEvent { trigger: Some(Trigger::Conditional(conditional)), .. } => {
            Some(conditional)
        }
        _ => None,
    }
}

fn goes_off_once(element: &Element) -> bool {
    match &element.kind {
        ElementKind::BoundaryEvent { interrupting, .. } | ElementKind::StartEvent { interrupting, .. } => {
            *interrupting
        }
        _ => true,
    }
}
