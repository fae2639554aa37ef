//! Where cancel and compensation events may stand (BPMN 10.3.5, 10.4.4, 10.6).
//!
//! A transaction is given up by a cancel end event inside it and left by the cancel boundary event on it; one without the
//! other leads nowhere. A sub-process is compensated by an event sub-process in it; a process is never compensated.

use super::Check;
use crate::definition::{Element, ElementIndex, ElementKind, Trigger};
use crate::diagnostic_code::DiagnosticCode;

pub(super) fn check(check: &mut Check<'_, '_>) {
    let process = check.process;
    for element in &process.elements {
        match &element.kind {
            ElementKind::EndEvent { trigger: Some(Trigger::Cancel) } => cancel_end(check, element),
            ElementKind::BoundaryEvent { attached_to, trigger: Trigger::Cancel, .. } => {
                cancel_boundary(check, element.index, *attached_to);
            }
            ElementKind::BoundaryEvent { trigger: Trigger::Compensation(_), .. } => no_flow(check, element),
            ElementKind::StartEvent { trigger: Some(Trigger::Compensation(_)), .. } => start(check, element),
            _ => {}
        }
    }
}

fn cancel_end(check: &mut Check<'_, '_>, end: &Element) {
    let Some(transaction) = transaction_around(check, end) else {
        let message = format!("The {} gives up a transaction, but stands in none.", check.label(end.index));
        let remedy = "Put it into a transaction, or use a terminate or error end event.";
        check.error(DiagnosticCode::MisplacedEventDefinition, end.index, message, remedy);
        return;
    };
    let process = check.process;
    let is_cancel = |event: &ElementIndex| {
        matches!(process.element(*event).kind, ElementKind::BoundaryEvent { trigger: Trigger::Cancel, .. })
    };
    if !process.element(transaction).boundary_events.iter().any(is_cancel) {
        let message = format!(
            "The {} gives up the {}, which has no cancel boundary event.",
            check.label(end.index),
            check.label(transaction)
        );
        let remedy = "Attach a cancel boundary event to the transaction and lead a flow from it.";
        check.error(DiagnosticCode::MissingCancelBoundaryEvent, transaction, message, remedy);
    }
}

fn transaction_around(check: &Check<'_, '_>, element: &Element) -> Option<ElementIndex> {
    let process = check.process;
    let mut at = element.scope;
    while at != ElementIndex::PROCESS {
        if matches!(process.element(at).kind, ElementKind::Transaction) {
            return Some(at);
        }
        at = process.element(at).scope;
    }
    None
}

fn cancel_boundary(check: &mut Check<'_, '_>, event: ElementIndex, attached_to: ElementIndex) {
    if matches!(check.process.element(attached_to).kind, ElementKind::Transaction) {
        return;
    }
    let message = format!(
        "The {} stands on the {}, which is no transaction.",
        check.label(event),
        check.label(attached_to)
    );
    let remedy = "Make the activity a transaction, or use an error boundary event.";
    check.error(DiagnosticCode::MisplacedEventDefinition, event, message, remedy);
}

fn no_flow(check: &mut Check<'_, '_>, event: &Element) {
    if let Some(flow) = event.outgoing.first() {
        let message = format!("A sequence flow leads out of the compensation {}.", check.label(event.index));
        let remedy = "Draw an association to the activity that undoes the work instead.";
        check.error(DiagnosticCode::MisplacedSequenceFlow, *flow, message, remedy);
    }
}

fn start(check: &mut Check<'_, '_>, start: &Element) {
    let process = check.process;
    let around = process.element(process.element(start.scope).scope);
    if matches!(around.kind, ElementKind::SubProcess | ElementKind::Transaction) {
        return;
    }
    let (what, remedy) = match around.kind {
        ElementKind::AdHocSubProcess(_) => (
            "an ad-hoc sub-process",
            "Put the ad-hoc sub-process and the event sub-process into a sub-process.",
        ),
        _ => ("the process itself", "Put the event sub-process into the sub-process that is to be undone."),
    };
    let message = format!("The {} waits for the compensation of {what}.", check.label(start.index));
    check.error(DiagnosticCode::MisplacedEventDefinition, start.index, message, remedy);
}
