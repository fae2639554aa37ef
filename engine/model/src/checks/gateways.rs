//! Exclusive gateways: with several ways out, each but the default needs a condition (BPMN 13.4.2).

use super::Check;
use crate::definition::{Element, ElementKind};
use crate::diagnostic_code::DiagnosticCode;

pub(super) fn check(check: &mut Check<'_, '_>) {
    let process = check.process;
    for element in &process.elements {
        if matches!(element.kind, ElementKind::ExclusiveGateway) && element.outgoing.len() > 1 {
            conditions(check, element);
        }
    }
}

fn conditions(check: &mut Check<'_, '_>, gateway: &Element) {
    let process = check.process;
    let mut all_conditional = true;
    for flow in &gateway.outgoing {
        let is_default = gateway.default_flow == Some(*flow);
        let has_condition = process.flow(*flow).is_some_and(|f| f.condition.is_some());
        all_conditional &= has_condition;
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
    if all_conditional {
        let label = check.label(gateway.index);
        let message =
            format!("The {label} has no default flow: when no condition holds, the instance stops there.");
        let remedy = "Make one flow the default, unless the conditions cover every case.";
        check.warn(DiagnosticCode::MissingCondition, gateway.index, message, remedy);
    }
}
