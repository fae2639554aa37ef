//! Multi-instance characteristics (BPMN 10.3.8): around any activity.
//!
//! `loopDataInputRef` with `inputDataItem`, and `loopDataOutputRef` with `outputDataItem`, say in standard BPMN what
//! `zeebe:loopCharacteristics` says; where both are there, the extension decides.

use std::sync::Arc;

use hosk_feel::{Expression, Names};

use super::behavior;
use super::context::Context;
use super::data;
use super::element::Body;
use super::extensions::Extensions;
use super::standard_loop;
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
    if let Some(characteristics) = doc.bpmn_child(node, "standardLoopCharacteristics") {
        if body.repetition.is_some() {
            let message = format!("The {} is multi-instance and a loop at once.", cx.label(node));
            let remedy = "Keep one; for both put a sub-process around the activity.";
            cx.error(DiagnosticCode::ConflictingExtensions, characteristics, message, remedy);
        } else {
            let compiled = standard_loop::compile(cx, characteristics);
            body.repetition = compiled.map(|l| Repetition::StandardLoop(Box::new(l)));
        }
    }
    body
}

fn multi_instance<'d>(cx: &mut Context<'d>, node: &'d Node) -> Option<MultiInstance> {
    let behavior = behavior::compile(cx, node);
    let doc = cx.doc;
    let sequential = cx.boolean(node, "isSequential", false);
    let extensions = Extensions::of(cx, node, &["loopCharacteristics"]);
    let extension = extensions.one(cx, "loopCharacteristics");
    let source = source(cx, node, extension);
    let completion_condition = doc
        .bpmn_child(node, "completionCondition")
        .filter(|c| c.trimmed_text().is_some())
        .and_then(|c| cx.formal_expression(c));
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
    input_element = input_element.or_else(|| item(cx, node, "inputDataItem"));
    if output_collection.is_none()
        && let Some(result) = item(cx, node, "outputDataItem")
    {
        output_element = variable(&result);
        output_collection = standard_collection(cx, node, "loopDataOutputRef");
    }
    Some(MultiInstance {
        sequential,
        source: source?,
        input_element,
        output_collection,
        output_element,
        completion_condition,
        behavior,
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
        (None, Some(cardinality)) => cx.formal_expression(cardinality).map(MultiInstanceSource::Cardinality),
        (Some(extension), Some(_)) => {
            let message =
                format!("The {} has both `inputCollection` and `loopCardinality`.", cx.owner_label(node));
            cx.error(DiagnosticCode::ConflictingExtensions, extension, message, "Keep one of them.");
            None
        }
        (None, None) if doc.bpmn_child(node, "loopDataInputRef").is_some() => {
            standard_collection(cx, node, "loopDataInputRef")
                .and_then(|name| variable(&name))
                .map(MultiInstanceSource::Collection)
        }
        (None, None) => {
            let message = format!("The multi-instance {} has no `inputCollection`.", cx.owner_label(node));
            let remedy = "Set the collection to go through, such as `=order.lines`, or a `loopCardinality`.";
            cx.error(DiagnosticCode::MissingAttribute, node, message, remedy);
            None
        }
    }
}

/// The variable that `loopDataInputRef` or `loopDataOutputRef` stands for.
fn standard_collection<'d>(cx: &mut Context<'d>, node: &'d Node, tag: &'static str) -> Option<Arc<str>> {
    let doc = cx.doc;
    let reference = doc.bpmn_child(node, tag)?;
    let id = reference.trimmed_text()?;
    let found = data::variable_behind(cx, id);
    if found.is_none() {
        let message =
            format!("`{tag}` of the {} refers to `{id}`, which holds no data.", cx.owner_label(node));
        let remedy = "Refer to a data object, property, or data input or output of the activity.";
        cx.error(DiagnosticCode::DanglingReference, reference, message, remedy);
    }
    found
}

/// The variable of `inputDataItem` or `outputDataItem`: its name.
fn item<'d>(cx: &mut Context<'d>, node: &'d Node, tag: &str) -> Option<Arc<str>> {
    let doc = cx.doc;
    let item = doc.children(node).find(|c| c.is_bpmn(tag))?;
    if item.value("name").is_some() { cx.variable(item, "name") } else { cx.variable(item, "id") }
}

fn variable(name: &str) -> Option<Expression> {
    Expression::compile(name, &Names::default()).ok()
}
