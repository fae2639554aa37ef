//! Ad-hoc sub-process (BPMN 10.3.6, table 10.22): its activities begin as somebody chooses, by `zeebe:adHoc`, through the
//! API, or the worker of a job that leads it (`zeebe:taskDefinition`).

use hosk_feel::Json;

use super::context::Context;
use super::element::Body;
use super::extensions::{Extensions, names};
use super::{jobs, multi_instance};
use crate::definition::{AdHocSubProcess, ElementKind};
use crate::diagnostic_code::DiagnosticCode;
use crate::xml::Node;

/// Compiles an ad-hoc sub-process.
pub(super) fn compile<'d>(cx: &mut Context<'d>, node: &'d Node) -> Body {
    // Headers and a priority are of the job.
    let allowed: &[&str] = if names(cx, node, "taskDefinition") {
        &[
            "adHoc",
            "ioMapping",
            "executionListeners",
            "taskDefinition",
            "taskHeaders",
            "jobPriorityDefinition",
        ]
    } else {
        &["adHoc", "ioMapping", "executionListeners"]
    };
    let extensions = Extensions::of(cx, node, allowed);
    let ad_hoc = extensions.one(cx, "adHoc");
    if extensions.has("taskDefinition") {
        leave_to_the_worker(cx, node, ad_hoc);
    }
    let job = jobs::job_definition(cx, &extensions);
    let sequential = ordering(cx, node);
    let cancel_remaining = cx.boolean(node, "cancelRemainingInstances", true);
    let doc = cx.doc;
    let completion_condition = doc
        .bpmn_child(node, "completionCondition")
        .filter(|condition| condition.trimmed_text().is_some())
        .and_then(|condition| cx.formal_expression(condition));
    let (mut active_elements, mut output_collection, mut output_element) = (None, None, None);
    if let Some(extension) = ad_hoc {
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
        job,
        // Known once all elements are.
        described: Json::null(),
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

/// What a worker is to say cannot be said by the model as well.
fn leave_to_the_worker<'d>(cx: &mut Context<'d>, node: &'d Node, ad_hoc: Option<&'d Node>) {
    let doc = cx.doc;
    let remedy =
        "Remove it and let the worker say so when it completes the job, or remove `zeebe:taskDefinition`.";
    let refuse = |cx: &mut Context<'d>, at: &Node, attribute: &str, what: &str| {
        let message = format!("The {} is led by a job and has {what}.", cx.label(node));
        cx.error_at(DiagnosticCode::ConflictingExtensions, at, attribute, message, remedy);
    };
    let condition = doc.bpmn_child(node, "completionCondition");
    if let Some(condition) = condition.filter(|condition| condition.trimmed_text().is_some()) {
        refuse(cx, condition, "", "a `completionCondition`");
    }
    if matches!(node.value("cancelRemainingInstances"), Some("false" | "0")) {
        refuse(cx, node, "cancelRemainingInstances", "`cancelRemainingInstances=\"false\"`");
    }
    if let Some(extension) = ad_hoc.filter(|e| e.value("activeElementsCollection").is_some()) {
        refuse(cx, extension, "activeElementsCollection", "an `activeElementsCollection`");
    }
}
