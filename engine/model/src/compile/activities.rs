//! Activities without people: tasks done by jobs, scripts, messages and nobody, call activities, sub-processes.

use super::context::Context;
use super::element::Body;
use super::extensions::{Extensions, parts};
use super::jobs::{job_definition, required_job};
use super::{forms, multi_instance, triggers};
use crate::definition::{CallActivity, Dynamic, ElementKind, JobDefinition, ScriptTask};
use crate::diagnostic_code::DiagnosticCode;
use crate::xml::Node;

/// Tasks that pass through.
pub(super) fn simple<'d>(cx: &mut Context<'d>, node: &'d Node, kind: ElementKind) -> Body {
    let extensions = Extensions::of(cx, node, &["executionListeners"]);
    let body = Body::plain(kind).with(cx, &extensions, false);
    multi_instance::around(cx, node, body)
}

/// Tasks that are a job and nothing else.
pub(super) fn job<'d>(cx: &mut Context<'d>, node: &'d Node, kind: fn(JobDefinition) -> ElementKind) -> Body {
    let allowed =
        ["taskDefinition", "taskHeaders", "jobPriorityDefinition", "ioMapping", "executionListeners"];
    let decision = &*node.tag == "businessRuleTask" && has_decision(cx, node);
    let extensions = Extensions::of(cx, node, &allowed);
    // A called decision was reported as not executed; asking for a job as well would say the same twice.
    let job = if decision { None } else { required_job(cx, node, &extensions) };
    let body = Body::of(node, job.map(kind)).with(cx, &extensions, true);
    multi_instance::around(cx, node, body)
}

fn has_decision<'d>(cx: &Context<'d>, node: &'d Node) -> bool {
    let doc = cx.doc;
    doc.bpmn_children(node, "extensionElements")
        .any(|wrapper| !parts(cx, wrapper, "calledDecision").is_empty())
}

/// Script task: `zeebe:script`, or a job.
pub(super) fn script<'d>(cx: &mut Context<'d>, node: &'d Node) -> Body {
    let allowed = [
        "script",
        "taskDefinition",
        "taskHeaders",
        "jobPriorityDefinition",
        "ioMapping",
        "executionListeners",
    ];
    let extensions = Extensions::of(cx, node, &allowed);
    let script = extensions.one(cx, "script");
    let kind = match (script, extensions.has("taskDefinition")) {
        (Some(script), true) => {
            let message =
                format!("The {} has both `zeebe:script` and `zeebe:taskDefinition`.", cx.label(node));
            cx.error(DiagnosticCode::ConflictingExtensions, script, message, "Keep one of them.");
            None
        }
        (Some(script), false) => feel_script(cx, script),
        (None, true) => job_definition(cx, &extensions).map(ScriptTask::Job),
        (None, false) => {
            let message =
                format!("The {} has neither `zeebe:script` nor `zeebe:taskDefinition`.", cx.label(node));
            let remedy =
                "Write a FEEL expression with a result variable, or set the job type of your worker.";
            cx.error(DiagnosticCode::MissingAttribute, node, message, remedy);
            None
        }
    };
    let body = Body::of(node, kind.map(ElementKind::ScriptTask)).with(cx, &extensions, true);
    multi_instance::around(cx, node, body)
}

fn feel_script<'d>(cx: &mut Context<'d>, script: &'d Node) -> Option<ScriptTask> {
    cx.required(script, "expression");
    cx.required(script, "resultVariable");
    let expression = cx.feel_attribute(script, "expression");
    let result_variable = cx.variable(script, "resultVariable");
    Some(ScriptTask::Feel { expression: expression?, result_variable: result_variable? })
}

/// Receive task: waits for a message.
pub(super) fn receive<'d>(cx: &mut Context<'d>, node: &'d Node) -> Body {
    let extensions = Extensions::of(cx, node, &["ioMapping", "executionListeners"]);
    let message = triggers::catching_message(cx, node, true);
    let body = Body::of(node, message.map(ElementKind::ReceiveTask)).with(cx, &extensions, false);
    multi_instance::around(cx, node, body)
}

/// Call activity: `zeebe:calledElement`.
pub(super) fn call<'d>(cx: &mut Context<'d>, node: &'d Node) -> Body {
    let extensions = Extensions::of(cx, node, &["calledElement", "ioMapping", "executionListeners"]);
    let called = if let Some(called) = extensions.one(cx, "calledElement") {
        called_element(cx, called)
    } else {
        let message = format!("The {} has no `zeebe:calledElement`.", cx.label(node));
        cx.error(DiagnosticCode::MissingAttribute, node, message, "Set the id of the process to call.");
        None
    };
    let body = Body::of(node, called.map(ElementKind::CallActivity)).with(cx, &extensions, true);
    multi_instance::around(cx, node, body)
}

fn called_element<'d>(cx: &mut Context<'d>, called: &'d Node) -> Option<CallActivity> {
    let legacy = called.attribute("processIdExpression").filter(|t| !t.value().trim().is_empty());
    let process_id = match legacy {
        // Before `processId` could be FEEL, a second attribute held the expression, without `=`.
        Some(text) if called.value("processId").is_none() => cx.feel(called, text).map(Dynamic::Expression),
        _ => cx.required_dynamic(called, "processId"),
    };
    let binding = forms::binding(cx, called);
    let propagate_all_child_variables = cx.boolean(called, "propagateAllChildVariables", true);
    let propagate_all_parent_variables = cx.boolean(called, "propagateAllParentVariables", true);
    let business_id = cx.dynamic(called, "businessId");
    Some(CallActivity {
        process_id: process_id?,
        binding: binding?,
        propagate_all_child_variables,
        propagate_all_parent_variables,
        business_id,
    })
}

/// Embedded or event sub-process.
pub(super) fn sub_process<'d>(cx: &mut Context<'d>, node: &'d Node) -> Body {
    let extensions = Extensions::of(cx, node, &["ioMapping", "executionListeners"]);
    if cx.boolean(node, "triggeredByEvent", false) {
        let doc = cx.doc;
        if let Some(repetition) = doc.bpmn_child(node, "multiInstanceLoopCharacteristics") {
            let message = format!("The event {} cannot be multi-instance.", cx.label(node));
            let remedy = "Put a multi-instance activity into it.";
            cx.error(DiagnosticCode::UnsupportedElement, repetition, message, remedy);
        }
        return Body::plain(ElementKind::EventSubProcess).with(cx, &extensions, true);
    }
    let body = Body::plain(ElementKind::SubProcess).with(cx, &extensions, true);
    multi_instance::around(cx, node, body)
}
