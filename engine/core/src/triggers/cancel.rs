//! Cancel trigger (BPMN 2.0, 10.3.5 and 13.3.4): an end event inside a transaction gives the transaction up.
//!
//! What is active in the transaction is stopped, what was completed in it is undone, latest first, and then it is left
//! by its cancel boundary event. An error that leaves a transaction undoes nothing.

use hosk_model::{Element, ElementIndex, ElementKind, Trigger};

use crate::command::Variables;
use crate::compensation;
use crate::keys::ElementInstanceKey;
use crate::state::{ElementInstance, ElementState};
use crate::step::Step;
use crate::work::Work;

/// Gives up the transaction around a cancel end event.
pub(crate) fn throw(step: &mut Step<'_>, end_event: ElementInstanceKey) {
    let around = step.state().scopes(end_event).find(|instance| {
        matches!(step.definition.element(instance.element()).kind, ElementKind::Transaction)
    });
    if let Some(transaction) = around.map(ElementInstance::key) {
        step.interrupt_inside(transaction, Work::CancelTransaction { transaction });
    }
}

/// Everything in the transaction is stopped: what was completed is undone.
pub(crate) fn undo(step: &mut Step<'_>, transaction: ElementInstanceKey) {
    if step.is_in(transaction, ElementState::Active) {
        compensation::start(step, transaction, transaction, None);
    }
}

/// Everything is undone: the transaction is left by its cancel boundary event.
pub(crate) fn leave(step: &mut Step<'_>, transaction: ElementInstanceKey, element: &Element) {
    let Some(instance) = step.instance(transaction) else { return };
    let (scope, body) = (instance.scope(), instance.loop_counter().is_some());
    let boundary = element.boundary_events.iter().copied().find(|event| catches_cancel(step, *event));
    let Some(event) = boundary else { return step.push(Work::Terminate { key: transaction }) };
    // The boundary events of a multi-instance transaction stand on its body.
    let (activity, outside) = if body {
        (scope, step.instance(scope).map_or(scope, ElementInstance::scope))
    } else {
        (transaction, scope)
    };
    step.interrupt(activity, Work::Enter { element: event, scope: outside, received: Variables::new() });
}

fn catches_cancel(step: &Step<'_>, event: ElementIndex) -> bool {
    matches!(step.element(event).kind, ElementKind::BoundaryEvent { trigger: Trigger::Cancel, .. })
}
