//! What containers start with: a process one or more start events, a sub-process one without trigger, an event sub-process
//! exactly one with trigger (BPMN 10.4.2). Process and sub-process may also begin with what has no incoming flow (13.3.4).

use std::collections::BTreeMap;

use super::Check;
use crate::definition::{Element, ElementIndex, ElementKind};
use crate::diagnostic_code::DiagnosticCode;

pub(super) fn check(check: &mut Check<'_, '_>) {
    let process = check.process;
    let mut starts: BTreeMap<ElementIndex, Vec<ElementIndex>> = BTreeMap::new();
    // By tag: start events that could not be compiled count too.
    for element in process.elements.iter().filter(|e| check.node(e.index).is_bpmn("startEvent")) {
        starts.entry(element.scope).or_default().push(element.index);
    }
    for element in &process.elements {
        let inside = starts.remove(&element.index).unwrap_or_default();
        match element.kind {
            ElementKind::Process { .. } | ElementKind::SubProcess | ElementKind::Transaction => {
                container(check, element.index, &inside);
            }
            ElementKind::EventSubProcess => event_sub_process(check, element.index, &inside),
            _ => {}
        }
    }
}

fn container(check: &mut Check<'_, '_>, container: ElementIndex, starts: &[ElementIndex]) {
    let element = check.process.element(container);
    // A receive task or an event-based gateway may start a process, too.
    if starts.is_empty() && element.contents.triggered_starts.is_empty() {
        without_start(check, element);
    }
    let is_none = |start: &&ElementIndex| {
        matches!(check.process.element(**start).kind, ElementKind::StartEvent { trigger: None, .. })
    };
    let second = starts.iter().filter(is_none).nth(1).copied();
    if let Some(second) = second.filter(|_| container != ElementIndex::PROCESS) {
        let message =
            format!("The {} has more than one start event without trigger.", check.label(container));
        let remedy = "Keep one, and branch behind it.";
        check.error(DiagnosticCode::SeveralNoneStartEvents, second, message, remedy);
    }
}

/// Without a start event the container begins with what has no incoming flow. That may be meant, or forgotten.
fn without_start(check: &mut Check<'_, '_>, container: &Element) {
    let label = check.label(container.index);
    let begins: Vec<String> = container.contents.starts.iter().map(|start| check.label(*start)).collect();
    if begins.is_empty() {
        let message = format!("The {label} has no start event.");
        let remedy = "Draw a start event and lead a sequence flow from it to the first step.";
        check.error(DiagnosticCode::MissingStartEvent, container.index, message, remedy);
    } else {
        let message =
            format!("The {label} has no start event: it begins with the {}.", begins.join(" and the "));
        let remedy =
            "Draw a start event and lead a sequence flow from it to the first step, unless that is meant.";
        check.warn(DiagnosticCode::MissingStartEvent, container.index, message, remedy);
    }
}

fn event_sub_process(check: &mut Check<'_, '_>, container: ElementIndex, starts: &[ElementIndex]) {
    let remedy =
        "Give it exactly one start event with a message, timer, signal, condition, error or escalation.";
    let what = match *starts {
        [only] => match check.process.element(only).kind {
            ElementKind::StartEvent { trigger: None, .. } => "starts with an event without trigger",
            _ => return,
        },
        [] => "has no start event",
        _ => "has more than one start event",
    };
    let message = format!("The event {} {what}.", check.label(container));
    check.error(DiagnosticCode::EventSubProcessStart, container, message, remedy);
}
