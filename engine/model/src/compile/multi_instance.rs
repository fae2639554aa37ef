//! Multi-instance characteristics (BPMN 10.3.8): around any activity.

use super::context::Context;
use super::element::Body;
use super::extensions::Extensions;
use crate::definition::{MultiInstance, MultiInstanceSource, Repetition};
use crate::diagnostic_code::DiagnosticCode;
use crate::xml::Node;

/// Puts the multi-instance around an activity that has one.
pub(super) fn around<'d>(cx: &mut Context<'d>, node: &'d Node, mut body: Body) -> Body {
    let doc = cx.doc;
    if let Some(characteristics) = doc.bpmn_child(node, "multiInstanceLoopCharacteristics") {
        let compiled = multi_instance(cx, characteristics);
        body.repetition = compiled.map(|m| Repetition::MultiInstance(Box::new(m)));
    }
    body
}

fn multi_instance<'d>(cx: &mut Context<'d>, node: &'d Node) -> Option<MultiInstance> {
    check_behavior(cx, node);
    let doc = cx.doc;
    let sequential = cx.boolean(node, "isSequential", false);
    let extensions = Extensions::of(cx, node, &["loopCharacteristics"]);
    let extension = extensions.one(cx, "loopCharacteristics");
    let source = source(cx, node, extension);
    let completion_condition = doc
        .bpmn_child(node, "completionCondition")
        .filter(|c| c.trimmed_text().is_some())
        .and_then(|c| cx.feel(c, c.text()));
    let (mut input_element, mut output_collection, mut output_element) = (None, None, None);
    if let Some(extension) = extension {
        input_element = cx.variable(extension, "inputElement");
        output_collection = cx.variable(extension, "outputCollection");
        output_element = cx.feel_attribute(extension, "outputElement");
        if extension.value("outputCollection").is_some() != extension.value("outputElement").is_some() {
            let message = format!("The {} gives only one half of the output pair.", cx.owner_label(node));
            let remedy = "Set both `outputCollection` and `outputElement`, or neither.";
            cx.error(DiagnosticCode::ConflictingExtensions, extension, message, remedy);
        }
    }
    Some(MultiInstance {
        sequential,
        source: source?,
        input_element,
        output_collection,
        output_element,
        completion_condition,
    })
}

fn source<'d>(
    cx: &mut Context<'d>,
    node: &'d Node,
    extension: Option<&'d Node>,
) -> Option<MultiInstanceSource> {
    let doc = cx.doc;
    let cardinality = doc.bpmn_child(node, "loopCardinality").filter(|c| c.trimmed_text().is_some());
    let collection = extension.filter(|e| e.value("inputCollection").is_some());
    match (collection, cardinality) {
        (Some(extension), None) => {
            cx.feel_attribute(extension, "inputCollection").map(MultiInstanceSource::Collection)
        }
        (None, Some(cardinality)) => {
            cx.feel(cardinality, cardinality.text()).map(MultiInstanceSource::Cardinality)
        }
        (Some(extension), Some(_)) => {
            let message =
                format!("The {} has both `inputCollection` and `loopCardinality`.", cx.owner_label(node));
            cx.error(DiagnosticCode::ConflictingExtensions, extension, message, "Keep one of them.");
            None
        }
        (None, None) => {
            let message = format!("The multi-instance {} has no `inputCollection`.", cx.owner_label(node));
            let remedy = "Set the collection to go through, such as `=order.lines`, or a `loopCardinality`.";
            cx.error(DiagnosticCode::MissingAttribute, node, message, remedy);
            None
        }
    }
}

fn check_behavior<'d>(cx: &mut Context<'d>, node: &'d Node) {
    let behavior = node.value("behavior").unwrap_or("All");
    if behavior != "All" {
        let message = format!("`behavior=\"{behavior}\"` of the {} is not executed.", cx.owner_label(node));
        let remedy = "Remove `behavior`; the multi-instance then ends when all of its children have.";
        cx.error_at(DiagnosticCode::UnsupportedElement, node, "behavior", message, remedy);
    }
}
