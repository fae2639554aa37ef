//! What may stand behind an event-based gateway, and where one that starts the process may stand (BPMN 10.5.6).

use super::Check;
use crate::definition::{Element, ElementIndex, ElementKind, Trigger};
use crate::diagnostic_code::DiagnosticCode;

pub(super) fn check(check: &mut Check<'_, '_>) {
    let process = check.process;
    for element in process.elements.iter().filter(|e| matches!(e.kind, ElementKind::ReceiveTask(_))) {
        starting_task(check, element);
    }
    for gateway in &process.elements {
        let ElementKind::EventBasedGateway { instantiate } = gateway.kind else { continue };
        if gateway.outgoing.len() < 2 {
            let message =
                format!("The {} has less than two events to choose from.", check.label(gateway.index));
            let remedy = "Lead it to two or more intermediate catch events or receive tasks.";
            check.error(DiagnosticCode::EventBasedGateway, gateway.index, message, remedy);
        }
        for flow in &gateway.outgoing {
            if let Some(target) = process.flow(*flow).map(|f| process.element(f.target)) {
                event(check, gateway, target, instantiate.is_some());
            }
        }
        if instantiate.is_some() && (!gateway.incoming.is_empty() || gateway.scope != ElementIndex::PROCESS) {
            let message = format!(
                "The {} starts the process, but is not where one starts.",
                check.label(gateway.index)
            );
            let remedy =
                "Let it stand in the process itself, with no sequence flow into it; or remove `instantiate`.";
            check.error(DiagnosticCode::EventBasedGateway, gateway.index, message, remedy);
        }
    }
}

/// A receive task that starts the process has no flow into it and stands in the process itself (BPMN 10.3.3).
fn starting_task(check: &mut Check<'_, '_>, task: &Element) {
    let starts = matches!(check.node(task.index).value("instantiate"), Some("true" | "1"));
    if starts
        && (!task.incoming.is_empty() || task.scope != ElementIndex::PROCESS || task.repetition.is_some())
    {
        let message =
            format!("The {} starts the process, but is not where one starts.", check.label(task.index));
        let remedy = "Let it stand in the process itself, once, with no sequence flow into it; or remove `instantiate`.";
        check.error(DiagnosticCode::InvalidAttribute, task.index, message, remedy);
    }
}

fn event(check: &mut Check<'_, '_>, gateway: &Element, event: &Element, instantiates: bool) {
    let (why, remedy) = match &event.kind {
        // It was refused by itself.
        ElementKind::NotExecuted { .. } => return,
        ElementKind::ReceiveTask(_) if !event.boundary_events.is_empty() || event.repetition.is_some() => (
            "is a receive task with boundary events or a loop",
            "Use an intermediate message event, or put the boundary events and the loop behind it.",
        ),
        ElementKind::IntermediateCatchEvent { trigger: Trigger::Link { .. } } => {
            ("waits for nothing", "Lead the flow to an event that waits, or to a receive task.")
        }
        ElementKind::IntermediateCatchEvent { trigger: Trigger::Multiple(multiple) } if multiple.parallel => {
            (
                "waits for several triggers together",
                "Let the first trigger decide: use events of their own, or remove `parallelMultiple`.",
            )
        }
        ElementKind::ReceiveTask(_) | ElementKind::IntermediateCatchEvent { .. } => {
            if event.incoming.len() > 1 {
                (
                    "has another flow into it",
                    "Give every event behind the gateway one flow only: the one from it.",
                )
            } else if instantiates && event.start_message().is_none() {
                ("cannot start the process", "Only messages start a process at an event-based gateway.")
            } else {
                return;
            }
        }
        _ => ("waits for nothing", "Lead the flow to an intermediate catch event or a receive task."),
    };
    let message =
        format!("The {} leads to the {}, which {why}.", check.label(gateway.index), check.label(event.index));
    check.error(DiagnosticCode::EventBasedGateway, event.index, message, remedy);
}
