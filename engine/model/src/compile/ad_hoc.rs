//! Ad-hoc sub-process (BPMN 10.3.6, table 10.22): its activities begin as somebody chooses, by `zeebe:adHoc` or through
//! the API. Not implemented: a job that chooses (`zeebe:taskDefinition`).

use super::context::Context;
use super::element::Body;
use super::extensions::Extensions;
use super::multi_instance;
use crate::definition::{AdHocSubProcess, ElementKind};
use crate::diagnostic_code::DiagnosticCode;
use crate::xml::Node;

/// Compiles an ad-hoc sub-process.
pub(super) fn compile<'d>(cx: &mut Context<'d>, node: &'d Node) -> Body {
    let extensions =
        Extensions::of(cx, node, &["adHoc", "taskDefinition", "ioMapping", "executionListeners"]);
    refuse(cx, node, &extensions);
    let sequential = ordering(cx, node);
    let cancel_remaining = cx.boolean(node, "cancelRemainingInstances", true);
    let doc = cx.doc;
    let completion_condition = doc
        .bpmn_child(node, "completionCondition")
        .filter(|condition| condition.trimmed_text().is_some())
        .and_then(|condition| cx.formal_expression(condition));
    let (mut active_elements, mut output_collection, mut output_element) = (None, None, None);
    if let Some(extension) = extensions.one(cx, "adHoc") {
        active_elements = cx.feel_attribute(extension, "activeElementsCollection");
        output_collection = cx.variable(extension, "outputCollection");
        output_element = cx.feel_attribute(extension, "outputElement");
        if extension.value("outputCollection").is_some() != extension.value("outputElement").is_some() {
            let message = format!("The {} gives only one half of the output pair.", cx.owner_label(node));
            let remedy = "Set both `outputCollection` and `outputElement`, or neither.";
            cx.error(DiagnosticCode::ConflictingExtensions, extension, message, remedy);
        }
    }
    let kind = ElementKind::AdHocSubProcess(AdHocSubProcess {
        sequential,
        active_elements,
        completion_condition,
        cancel_remaining,
        output_collection,
        output_element,
    });
    let body = Body::plain(kind).with(cx, &extensions, true);
    multi_instance::around(cx, node, body)
}

fn ordering<'d>(cx: &mut Context<'d>, node: &'d Node) -> bool {
    match node.value("ordering").unwrap_or("Parallel") {
        "Parallel" => false,
        "Sequential" => true,
        other => {
            let message = format!("`ordering=\"{other}\"` of the {} is not known.", cx.label(node));
            let remedy = "Write `Parallel` or `Sequential`.";
            cx.error_at(DiagnosticCode::InvalidAttribute, node, "ordering", message, remedy);
            false
        }
    }
}

/// What other engines or the specification allow there, and hosk does not execute.
fn refuse<'d>(cx: &mut Context<'d>, node: &'d Node, extensions: &Extensions<'d>) {
    if let Some(job) = extensions.one(cx, "taskDefinition") {
        let message = format!("The {} is to be led by a job.", cx.label(node));
        let remedy = "Name what begins in `activeElementsCollection` of `zeebe:adHoc`, or activate it through the API.";
        cx.error(DiagnosticCode::UnsupportedElement, job, message, remedy);
    }
}
