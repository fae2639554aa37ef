//! Sequence flows (BPMN 8.4.13): their ends, their conditions, the default flow.

use rustc_hash::FxHashMap;

use super::context::Context;
use super::element::{ACTIVITIES, FLOW_NODES};
use super::slots::Slots;
use crate::definition::{Element, ElementIndex, SequenceFlow};
use crate::diagnostic_code::DiagnosticCode;
use crate::xml::Node;

/// Joins the elements; gives the flows by slot.
pub(super) fn join<'d>(
    cx: &mut Context<'d>,
    slots: &Slots<'d>,
    elements: &mut [Element],
) -> FxHashMap<ElementIndex, SequenceFlow> {
    let mut flows = FxHashMap::default();
    for (number, node) in slots.nodes.iter().enumerate() {
        if !node.is_bpmn("sequenceFlow") {
            continue;
        }
        let index = ElementIndex(number as u32);
        let Some((source, target)) = ends(cx, node, slots) else { continue };
        let condition = condition(cx, node, slots.nodes[source.0 as usize]);
        // Some exporters write all flows into the process; a flow lives where its ends do.
        elements[number].scope = elements[source.0 as usize].scope;
        elements[source.0 as usize].outgoing.push(index);
        elements[target.0 as usize].incoming.push(index);
        flows.insert(index, SequenceFlow { source, target, condition });
    }
    for (number, node) in slots.nodes.iter().enumerate() {
        default_flow(cx, node, slots, &mut elements[number], &flows);
    }
    flows
}

fn ends<'d>(cx: &mut Context<'d>, flow: &'d Node, slots: &Slots<'d>) -> Option<(ElementIndex, ElementIndex)> {
    let source = end(cx, flow, "sourceRef");
    let target = end(cx, flow, "targetRef");
    let (source, target) = (source?, target?);
    if cx.scope_of(source) != cx.scope_of(target) || slots.of(source).is_none() {
        let message = format!(
            "The {} leads from the {} to the {}, which stand in different processes or sub-processes.",
            cx.label(flow),
            cx.label(source),
            cx.label(target)
        );
        let remedy = "End the sub-process and go on behind it; between pools use messages.";
        cx.error(DiagnosticCode::FlowCrossesScope, flow, message, remedy);
        return None;
    }
    Some((slots.of(source)?, slots.of(target)?))
}

fn end<'d>(cx: &mut Context<'d>, flow: &'d Node, attribute: &str) -> Option<&'d Node> {
    let reference = cx.required(flow, attribute)?;
    let Some(node) = cx.resolve(reference) else {
        cx.dangling(flow, attribute, reference);
        return None;
    };
    if FLOW_NODES.contains(&&*node.tag) {
        return Some(node);
    }
    let message =
        format!("`{attribute}` of the {} refers to the {}, which it cannot.", cx.label(flow), cx.label(node));
    let remedy = "Sequence flows join activities, gateways and events.";
    cx.error_at(DiagnosticCode::InvalidReference, flow, attribute, message, remedy);
    None
}

fn condition<'d>(cx: &mut Context<'d>, flow: &'d Node, source: &'d Node) -> Option<hosk_feel::Expression> {
    let doc = cx.doc;
    let condition = doc.bpmn_child(flow, "conditionExpression")?;
    condition.trimmed_text()?;
    if !chooses(&source.tag) {
        let message =
            format!("The {} has a condition, but the {} evaluates none.", cx.label(flow), cx.label(source));
        let remedy = "Remove the condition, or let the flow leave an exclusive gateway or an activity.";
        cx.error(DiagnosticCode::MisplacedCondition, condition, message, remedy);
    }
    cx.formal_expression(condition)
}

/// Whether an element looks at the conditions of its outgoing flows (BPMN 13.2.1, 13.4).
fn chooses(tag: &str) -> bool {
    matches!(tag, "exclusiveGateway" | "inclusiveGateway" | "complexGateway") || ACTIVITIES.contains(&tag)
}

fn default_flow<'d>(
    cx: &mut Context<'d>,
    node: &'d Node,
    slots: &Slots<'d>,
    element: &mut Element,
    flows: &FxHashMap<ElementIndex, SequenceFlow>,
) {
    if !FLOW_NODES.contains(&&*node.tag) {
        return;
    }
    let Some(reference) = node.value("default") else { return };
    let Some(flow) = cx.reference(node, "default", reference, &["sequenceFlow"]) else { return };
    let Some(index) = slots.of(flow).filter(|i| element.outgoing.contains(i)) else {
        let message = format!("The default flow of the {} does not leave it.", cx.label(node));
        let remedy = "Choose one of its own outgoing flows.";
        cx.error_at(DiagnosticCode::InvalidReference, node, "default", message, remedy);
        return;
    };
    if !chooses(&node.tag) {
        let message = format!("The {} has a default flow, but takes all of its flows.", cx.label(node));
        let remedy = "Remove `default`, or use an exclusive gateway.";
        cx.error_at(DiagnosticCode::MisplacedCondition, node, "default", message, remedy);
        return;
    }
    if flows.get(&index).is_some_and(|f| f.condition.is_some()) {
        let message = format!("The default flow of the {} has a condition.", cx.label(node));
        let remedy = "Remove the condition: the default flow is taken when no condition holds.";
        cx.error(DiagnosticCode::MisplacedCondition, flow, message, remedy);
    }
    element.default_flow = Some(index);
}
