//! Elements that no token can get to: forward search from what a process starts with.

use super::{Check, is_flow_node};
use crate::definition::{ElementIndex, ElementKind, ProcessDefinition};
use crate::diagnostic_code::DiagnosticCode;

pub(super) fn check(check: &mut Check<'_, '_>) {
    let process = check.process;
    let reached = reached(process);
    for element in process.elements.iter().filter(|e| is_flow_node(e)) {
        let is_start = matches!(element.kind, ElementKind::StartEvent { .. });
        if reached[element.index.0 as usize] || is_start {
            continue;
        }
        let message = format!("No path leads to the {}.", check.label(element.index));
        let remedy = "Lead a sequence flow to it, or remove it.";
        check.warn(DiagnosticCode::UnreachableElement, element.index, message, remedy);
    }
}

fn reached(process: &ProcessDefinition) -> Vec<bool> {
    let mut reached = vec![false; process.elements.len()];
    let mut todo = vec![ElementIndex::PROCESS];
    while let Some(index) = todo.pop() {
        let slot = index.0 as usize;
        if std::mem::replace(&mut reached[slot], true) {
            continue;
        }
        let element = process.element(index);
        todo.extend(&element.boundary_events);
        todo.extend(&element.contents.none_start);
        todo.extend(&element.contents.triggered_starts);
        todo.extend(&element.contents.event_sub_processes);
        todo.extend(element.outgoing.iter().filter_map(|f| process.flow(*f)).map(|f| f.target));
    }
    reached
}
