//! Elements that no token can get to: forward search from what a process starts with.

use super::{Check, is_flow_node};
use crate::definition::{Element, ElementIndex, ElementKind};
use crate::diagnostic_code::DiagnosticCode;

pub(super) fn check(check: &mut Check<'_, '_>) {
    let process = check.process;
    let reached = reached(check);
    for element in process.elements.iter().filter(|e| is_flow_node(e)) {
        let is_start = matches!(element.kind, ElementKind::StartEvent { .. });
        // Who knows what a container that was refused would have started.
        let in_refused = matches!(process.element(element.scope).kind, ElementKind::NotExecuted { .. });
        if reached[element.index.0 as usize] || is_start || in_refused || element.for_compensation {
            continue;
        }
        let message = format!("No path leads to the {}.", check.label(element.index));
        let remedy = "Lead a sequence flow to it, or remove it.";
        check.warn(DiagnosticCode::UnreachableElement, element.index, message, remedy);
    }
}

fn reached(check: &Check<'_, '_>) -> Vec<bool> {
    let process = check.process;
    let mut reached = vec![false; process.elements.len()];
    let mut todo = vec![ElementIndex::PROCESS];
    // An instantiating gateway is where a process starts.
    let starts = |e: &&Element| matches!(e.kind, ElementKind::EventBasedGateway { instantiate: Some(_) });
    todo.extend(process.elements.iter().filter(starts).map(|e| e.index));
    // Events that could not be compiled hang on nothing, but would have started something.
    todo.extend(process.elements.iter().filter(|e| is_refused_event(check, e)).map(|e| e.index));
    while let Some(index) = todo.pop() {
        let slot = index.0 as usize;
        if std::mem::replace(&mut reached[slot], true) {
            continue;
        }
        let element = process.element(index);
        todo.extend(&element.boundary_events);
        todo.extend(element.compensation_handler);
        todo.extend(&element.contents.starts);
        todo.extend(&element.contents.triggered_starts);
        todo.extend(&element.contents.event_sub_processes);
        todo.extend(process.links.get(&index));
        todo.extend(element.outgoing.iter().filter_map(|f| process.flow(*f)).map(|f| f.target));
    }
    reached
}

fn is_refused_event(check: &Check<'_, '_>, element: &Element) -> bool {
    let node = check.node(element.index);
    matches!(element.kind, ElementKind::NotExecuted { .. })
        && (node.is_bpmn("startEvent") || node.is_bpmn("boundaryEvent"))
}
