//! Conditions on the ways out: of an exclusive gateway with several, each but the default needs one (BPMN 13.4.2);
//! where all have one, there should be a default. And the direction a gateway says it has.

use super::Check;
use crate::definition::{Element, ElementIndex, ElementKind, WAITING_FOR_START};
use crate::diagnostic_code::DiagnosticCode;

pub(super) fn check(check: &mut Check<'_, '_>) {
    let process = check.process;
    for element in &process.elements {
        if matches!(element.kind, ElementKind::ExclusiveGateway) && element.outgoing.len() > 1 {
            never_taken(check, element);
        }
        if let ElementKind::ComplexGateway { activation } = &element.kind {
            complex(check, element, activation.is_some());
        }
        without_default(check, element);
        direction(check, element);
    }
}

/// `gatewayDirection` (10.5.1) changes nothing at run time, but tells what the designer meant.
fn direction(check: &mut Check<'_, '_>, gateway: &Element) {
    let node = check.node(gateway.index);
    if !node.tag.ends_with("Gateway") {
        return;
    }
    let (what, way) = match node.value("gatewayDirection") {
        Some("Converging") if gateway.outgoing.len() > 1 => ("only merges", "leave it"),
        Some("Diverging") if gateway.incoming.len() > 1 => ("only splits", "lead to it"),
        _ => return,
    };
    let message = format!("The {} says that it {what}, but several flows {way}.", check.label(gateway.index));
    let remedy = "Correct `gatewayDirection`, or use one gateway that merges and another that splits.";
    check.warn(DiagnosticCode::GatewayDirection, gateway.index, message, remedy);
}

fn never_taken(check: &mut Check<'_, '_>, gateway: &Element) {
    let process = check.process;
    for flow in &gateway.outgoing {
        let is_default = gateway.default_flow == Some(*flow);
        let has_condition = process.flow(*flow).is_some_and(|f| f.condition.is_some());
        // A condition that does not parse was reported.
        let written = check.cx.doc.bpmn_child(check.node(*flow), "conditionExpression").is_some();
        if !is_default && !has_condition && !written {
            let message = format!(
                "The {} leaves the {} without a condition and is not its default, so it is never taken.",
                check.label(*flow),
                check.label(gateway.index)
            );
            let remedy = "Write a condition, or make it the default flow.";
            check.warn(DiagnosticCode::MissingCondition, *flow, message, remedy);
        }
    }
}

/// A complex gateway evaluates its conditions twice (BPMN 13.4.5): when it is activated and when it is reset. A condition
/// that does not ask which it is holds both times, and so sends two tokens.
fn complex(check: &mut Check<'_, '_>, gateway: &Element, has_condition: bool) {
    let node = check.node(gateway.index);
    // A condition that does not parse was reported.
    let written = check.cx.doc.bpmn_child(node, "activationCondition").is_some();
    if !has_condition && !written && gateway.incoming.len() > 1 {
        let message = format!(
            "The {} has no activation condition: the first token activates it.",
            check.label(gateway.index)
        );
        let remedy = "Say what it waits for, such as `=activationCount >= 2`.";
        check.warn(DiagnosticCode::MissingCondition, gateway.index, message, remedy);
    }
    let process = check.process;
    for flow in &gateway.outgoing {
        let Some(condition) = process.flow(*flow).and_then(|f| f.condition.as_ref()) else { continue };
        if !condition.variables().iter().any(|name| name == WAITING_FOR_START) {
            let message = format!(
                "The {} may be taken twice: when the {} is activated, and when it is reset.",
                check.label(*flow),
                check.label(gateway.index)
            );
            let remedy = "Ask for `waitingForStart` in its condition: true when it is activated, false when it is reset.";
            check.warn(DiagnosticCode::TakenTwice, *flow, message, remedy);
        }
    }
}

fn without_default(check: &mut Check<'_, '_>, element: &Element) {
    let process = check.process;
    let has_condition = |flow: &ElementIndex| process.flow(*flow).is_some_and(|f| f.condition.is_some());
    if element.outgoing.is_empty() || !element.outgoing.iter().all(has_condition) {
        return;
    }
    let label = check.label(element.index);
    let message =
        format!("The {label} has no default flow: when no condition holds, the instance stops there.");
    let remedy = "Make one flow the default, unless the conditions cover every case.";
    check.warn(DiagnosticCode::MissingCondition, element.index, message, remedy);
}
