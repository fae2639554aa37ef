//! Gateways: the kind and its listeners; their conditions belong to the flows.

use super::context::Context;
use super::element::Body;
use super::extensions::Extensions;
use crate::definition::{ElementKind, Instantiate};
use crate::diagnostic_code::DiagnosticCode;
use crate::xml::Node;

pub(super) fn gateway<'d>(cx: &mut Context<'d>, node: &'d Node, kind: ElementKind) -> Body {
    let extensions = Extensions::of(cx, node, &["executionListeners"]);
    Body::plain(kind).with(cx, &extensions, false)
}

/// Complex gateway: `activationCondition` (BPMN 10.5.5). Without one, the first token activates it.
pub(super) fn complex<'d>(cx: &mut Context<'d>, node: &'d Node) -> Body {
    let doc = cx.doc;
    let condition =
        doc.bpmn_child(node, "activationCondition").filter(|condition| condition.trimmed_text().is_some());
    let activation = condition.and_then(|condition| cx.formal_expression(condition));
    gateway(cx, node, ElementKind::ComplexGateway { activation })
}

/// Event-based gateway: `instantiate` and `eventGatewayType` (BPMN 10.5.6).
pub(super) fn event_based<'d>(cx: &mut Context<'d>, node: &'d Node) -> Body {
    let instantiates = cx.boolean(node, "instantiate", false);
    let kind = match node.value("eventGatewayType").unwrap_or("Exclusive") {
        "Exclusive" => Instantiate::Exclusive,
        "Parallel" => Instantiate::Parallel,
        other => {
            let message = format!("`eventGatewayType=\"{other}\"` of the {} is not known.", cx.label(node));
            let remedy = "Write `Exclusive` or `Parallel`.";
            cx.error_at(DiagnosticCode::InvalidAttribute, node, "eventGatewayType", message, remedy);
            Instantiate::Exclusive
        }
    };
    if kind == Instantiate::Parallel && !instantiates {
        let message =
            format!("The {} waits for all of its events without starting the process.", cx.label(node));
        let remedy = "Set `instantiate=\"true\"`, or use a parallel gateway in front of the events.";
        cx.error_at(DiagnosticCode::InvalidAttribute, node, "eventGatewayType", message, remedy);
    }
    gateway(cx, node, ElementKind::EventBasedGateway { instantiate: instantiates.then_some(kind) })
}

/// Whether an event stands behind an event-based gateway that starts the process with one message, so that it never
/// waits and needs no correlation key.
pub(super) fn starts_alone<'d>(cx: &Context<'d>, event: &'d Node) -> bool {
    let (doc, Some(id)) = (cx.doc, event.id()) else { return false };
    let Some(container) = doc.parent(event) else { return false };
    let is_true = |value: Option<&str>| matches!(value, Some("true" | "1"));
    doc.bpmn_children(container, "sequenceFlow")
        .filter(|flow| flow.value("targetRef") == Some(id))
        .filter_map(|flow| cx.resolve(flow.value("sourceRef")?))
        .any(|source| {
            source.is_bpmn("eventBasedGateway")
                && is_true(source.value("instantiate"))
                && source.value("eventGatewayType") != Some("Parallel")
        })
}
