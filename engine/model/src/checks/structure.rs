//! Where sequence flows may not lead: into start and boundary events, out of end events, to event sub-processes.

use super::Check;
use crate::definition::{Element, ElementKind};
use crate::diagnostic_code::DiagnosticCode;

pub(super) fn check(check: &mut Check<'_, '_>) {
    let process = check.process;
    for element in &process.elements {
        match element.kind {
            ElementKind::StartEvent { .. } | ElementKind::BoundaryEvent { .. } => no_incoming(check, element),
            ElementKind::EndEvent { .. } => no_outgoing(check, element),
            ElementKind::EventSubProcess => {
                no_incoming(check, element);
                no_outgoing(check, element);
                no_boundary(check, element);
            }
            _ => {}
        }
    }
}

fn no_incoming(check: &mut Check<'_, '_>, element: &Element) {
    if let Some(flow) = element.incoming.first() {
        let message = format!("A sequence flow leads into the {}.", check.label(element.index));
        let remedy = "Lead it to an activity, gateway, intermediate or end event instead.";
        check.error(DiagnosticCode::MisplacedSequenceFlow, *flow, message, remedy);
    }
}

fn no_outgoing(check: &mut Check<'_, '_>, element: &Element) {
    if let Some(flow) = element.outgoing.first() {
        let message = format!("A sequence flow leads out of the {}.", check.label(element.index));
        let remedy = "Remove it; to go on, use an intermediate event or no event at all.";
        check.error(DiagnosticCode::MisplacedSequenceFlow, *flow, message, remedy);
    }
}

fn no_boundary(check: &mut Check<'_, '_>, element: &Element) {
    if let Some(event) = element.boundary_events.first() {
        let message = format!("The {} stands on an event sub-process.", check.label(*event));
        check.error(DiagnosticCode::InvalidReference, *event, message, "Attach it to an activity.");
    }
}
