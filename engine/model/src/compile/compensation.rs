//! Compensation (BPMN 10.6): who undoes which activity.
//!
//! A compensation boundary event has no flow: an association leads from it to the activity that undoes, which is marked
//! `isForCompensation`, stands in the same scope and has no flows either.

use super::context::Context;
use super::element::ACTIVITIES;
use super::slots::Slots;
use crate::definition::{CompensationTrigger, Element, ElementIndex, ElementKind, Trigger};
use crate::diagnostic_code::DiagnosticCode;
use crate::xml::Node;

/// What a compensation event throws: one activity, or everything in its scope.
pub(super) fn trigger<'d>(
    cx: &mut Context<'d>,
    node: &'d Node,
    definition: &'d Node,
) -> Option<CompensationTrigger> {
    if matches!(definition.value("waitForCompletion"), Some("false" | "0")) {
        let message = format!("The {} does not wait until everything is undone.", cx.label(node));
        let remedy = "Remove `waitForCompletion=\"false\"`, or put the event on a parallel path.";
        cx.error_at(DiagnosticCode::UnsupportedElement, definition, "waitForCompletion", message, remedy);
        return None;
    }
    let Some(reference) = definition.value("activityRef") else {
        return Some(CompensationTrigger { activity: None });
    };
    let activity = cx.reference(definition, "activityRef", reference, ACTIVITIES)?;
    if !in_reach(cx, node, activity) {
        let message =
            format!("The {} undoes the {}, which stands elsewhere.", cx.label(node), cx.label(activity));
        let remedy = "Name an activity of the same process or sub-process; an event sub-process may name one beside it.";
        cx.error_at(DiagnosticCode::InvalidReference, definition, "activityRef", message, remedy);
        return None;
    }
    // Its slot is known when all elements are: see `join`.
    Some(CompensationTrigger { activity: None })
}

/// A throw event undoes activities of its own scope; in an event sub-process, those of the scope around it.
fn in_reach<'d>(cx: &Context<'d>, node: &'d Node, activity: &'d Node) -> bool {
    let Some(scope) = cx.scope_of(node) else { return false };
    let container = cx.doc.node(scope);
    let own = if matches!(container.value("triggeredByEvent"), Some("true" | "1")) {
        cx.scope_of(container)
    } else {
        Some(scope)
    };
    cx.scope_of(activity) == own
}

/// Finds the handler of each compensation boundary event, and checks what is marked as one.
pub(super) fn join<'d>(cx: &mut Context<'d>, slots: &Slots<'d>, elements: &mut [Element]) {
    let process = slots.nodes[0];
    let doc = cx.doc;
    let associations: Vec<&'d Node> = doc.subtree(process).filter(|n| n.is_bpmn("association")).collect();
    for (number, element) in elements.iter_mut().enumerate() {
        if let ElementKind::IntermediateThrowEvent { trigger: Some(Trigger::Compensation(thrown)) }
        | ElementKind::EndEvent { trigger: Some(Trigger::Compensation(thrown)) } = &mut element.kind
        {
            thrown.activity = referenced(cx, slots.nodes[number], slots);
        }
    }
    for number in 0..elements.len() {
        let ElementKind::BoundaryEvent { attached_to, trigger: Trigger::Compensation(_), .. } =
            elements[number].kind
        else {
            continue;
        };
        let event = slots.nodes[number];
        let Some(handler) = handler(cx, event, &associations) else { continue };
        if cx.scope_of(handler) != cx.scope_of(event) {
            let message = format!("The {} stands in another scope than what it undoes.", cx.label(handler));
            cx.error(DiagnosticCode::InvalidReference, handler, message, "Move it beside the activity.");
            continue;
        }
        elements[attached_to.0 as usize].compensation_handler = slots.of(handler);
    }
    check_handlers(cx, slots, elements);
}

fn referenced<'d>(cx: &Context<'d>, event: &'d Node, slots: &Slots<'d>) -> Option<ElementIndex> {
    let definition = cx.doc.bpmn_child(event, "compensateEventDefinition")?;
    slots.of(cx.resolve(definition.value("activityRef")?)?)
}

fn handler<'d>(cx: &mut Context<'d>, event: &'d Node, associations: &[&'d Node]) -> Option<&'d Node> {
    let id = event.id()?;
    let ends: Vec<&'d Node> = associations
        .iter()
        .filter_map(|association| {
            let (source, target) = (association.value("sourceRef")?, association.value("targetRef")?);
            let other = if source == id { target } else { source };
            (source == id || target == id).then_some(other)
        })
        .filter_map(|end| cx.resolve(end))
        .filter(|end| ACTIVITIES.contains(&&*end.tag))
        .collect();
    match ends[..] {
        [only] if is_handler(only) => Some(only),
        [only] => {
            let message = format!("The {} is no compensation handler.", cx.label(only));
            let remedy = "Set `isForCompensation=\"true\"` on it.";
            cx.error(DiagnosticCode::CompensationHandler, only, message, remedy);
            None
        }
        _ => {
            let message = format!("The {} leads to {} handlers, not to one.", cx.label(event), ends.len());
            let remedy = "Draw one association from it to the activity that undoes the work.";
            cx.error(DiagnosticCode::CompensationHandler, event, message, remedy);
            None
        }
    }
}

fn is_handler(node: &Node) -> bool {
    matches!(node.value("isForCompensation"), Some("true" | "1"))
}

fn check_handlers<'d>(cx: &mut Context<'d>, slots: &Slots<'d>, elements: &mut [Element]) {
    let used: Vec<ElementIndex> = elements.iter().filter_map(|e| e.compensation_handler).collect();
    for (number, node) in slots.nodes.iter().enumerate().filter(|(_, node)| is_handler(node)) {
        elements[number].for_compensation = true;
        let element = &elements[number];
        if !element.incoming.is_empty() || !element.outgoing.is_empty() {
            let message = format!("The compensation handler {} has sequence flows.", cx.label(node));
            let remedy =
                "Remove them: it runs when the activity it belongs to is undone, and nothing follows it.";
            cx.error(DiagnosticCode::CompensationHandler, node, message, remedy);
        }
        if !used.contains(&element.index) {
            let message = format!("The compensation handler {} undoes nothing.", cx.label(node));
            let remedy = "Draw an association to it from the compensation boundary event of an activity.";
            cx.warn(DiagnosticCode::UnreachableElement, node, message, remedy);
        }
    }
}
